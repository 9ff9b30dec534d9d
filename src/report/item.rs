//! What the renderers for pipelines (SARIF, JUnit, annotations, Markdown) read: things that were judged, each with
//! its checks. Whatever was judged, an image or a line of a manifest, looks alike to them; what was left out is
//! part of the value, so that no renderer can lose it.

use std::borrow::Cow;

use super::style::printable;
use crate::diagnostic::Diagnostic;
use crate::evidence::{Check, CheckKind, Claim, Conclusion, ConclusionKind, Outcome};
use crate::oci::Digest;

/// One thing that was judged.
#[derive(Clone, Debug)]
pub struct ReportItem<'a> {
    /// Its name: a reference as it was asked for.
    pub reference: String,
    /// What the reference resolved to.
    pub digest: Option<Digest>,
    /// Lines of files that name it. None for what was named on the command line.
    pub places: Vec<Location>,
    /// What is proven about it; `None` where it was not found.
    pub claim: Option<&'a Claim>,
    /// Its checks, or why there are none.
    pub result: ItemResult<'a>,
    /// What came of it.
    pub conclusion: Conclusion,
    /// The policy that decided.
    pub policy: &'a str,
    /// What was left out for all checks, such as the transparency log.
    pub skipped: Vec<String>,
}

/// What is known of a thing.
#[derive(Clone, Debug)]
pub enum ItemResult<'a> {
    /// It was judged.
    Checks(&'a [Check]),
    /// It could not be judged: it was not found, or is no image.
    Unresolved(&'a Diagnostic),
    /// It was seen and is not judged.
    NotJudged {
        /// Why.
        diagnostic: Cow<'a, Diagnostic>,
        /// Whether the caller demands that everything is judged.
        counts: bool,
    },
}

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The path, relative to where the run began.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
}

/// Checks with the same finding.
pub(super) struct Finding<'a> {
    /// Whether it counts against the thing.
    pub(super) outcome: Outcome,
    /// What was found.
    pub(super) diagnostic: Cow<'a, Diagnostic>,
    /// What it was found of; empty for the thing itself.
    pub(super) scopes: Vec<&'a str>,
}

impl<'a> ReportItem<'a> {
    /// What is proven about it, in a few words that a terminal may show.
    pub(super) fn says(&self) -> String {
        match self.claim {
            Some(headline) => printable(&headline.with(&self.conclusion)),
            None if let ItemResult::NotJudged { diagnostic, .. } = &self.result => {
                printable(&diagnostic.message)
            }
            None if self.conclusion.kind() == ConclusionKind::Fail => "not proven".to_owned(),
            None => self.conclusion.to_string(),
        }
    }

    /// The checks, none where it was not judged.
    pub(super) fn checks(&self) -> &'a [Check] {
        match self.result {
            ItemResult::Checks(checks) => checks,
            ItemResult::Unresolved(_) | ItemResult::NotJudged { .. } => &[],
        }
    }

    /// How many checks have this outcome.
    pub(super) fn count(&self, outcome: Outcome) -> usize {
        self.checks().iter().filter(|check| check.outcome() == outcome).count()
    }

    /// What counts against it and what is a warning, equal findings folded.
    pub(super) fn findings(&self) -> Vec<Finding<'_>> {
        let of_itself = |outcome, diagnostic| vec![Finding { outcome, diagnostic, scopes: Vec::new() }];
        match &self.result {
            ItemResult::Checks(checks) => findings(checks),
            ItemResult::Unresolved(diagnostic) => {
                let is_open = self.conclusion.kind() == ConclusionKind::Unknown;
                of_itself(Outcome::of_failed(is_open), Cow::Borrowed(*diagnostic))
            }
            ItemResult::NotJudged { diagnostic, counts } => {
                let outcome = if *counts { Outcome::Fail } else { Outcome::Warn };
                of_itself(outcome, Cow::Borrowed(diagnostic.as_ref()))
            }
        }
    }

    /// What was not checked, a line for each reason.
    pub(super) fn not_checked(&self) -> Vec<String> {
        let left_out = self.skipped.iter().map(|what| format!("not checked: {}", printable(what)));
        left_out.chain(skipped(self.checks())).collect()
    }
}

/// Failures and warnings, equal ones folded.
pub(super) fn findings(checks: &[Check]) -> Vec<Finding<'_>> {
    let mut folded: Vec<(CheckKind, Finding<'_>)> = Vec::new();
    for check in checks {
        let outcome = check.outcome();
        let (true, Some(diagnostic)) = (check.counts() || outcome == Outcome::Warn, check.shown()) else {
            continue;
        };
        let same = folded.iter_mut().find(|(kind, known)| {
            known.outcome == outcome
                && *kind == check.kind
                && known.diagnostic.code == diagnostic.code
                && known.diagnostic.message == diagnostic.message
                && known.diagnostic.remedies == diagnostic.remedies
        });
        match same {
            Some((_, known)) => known.scopes.push(&check.scope),
            None => {
                let finding = Finding { outcome, diagnostic, scopes: vec![&check.scope] };
                folded.push((check.kind, finding));
            }
        }
    }
    folded.into_iter().map(|(_, finding)| finding).collect()
}

/// Checks that were not made, a line for each reason. Images that were not judged are named one by one; of other
/// checks the first few are.
pub(super) fn skipped(checks: &[Check]) -> impl Iterator<Item = String> {
    let mut folded: Vec<((&str, bool), Vec<&str>)> = Vec::new();
    for check in checks.iter().filter(|check| check.outcome() == Outcome::Skip) {
        let reason = (check.message.as_str(), check.kind == CheckKind::Platform);
        match folded.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, scopes)) => scopes.push(&check.scope),
            None => folded.push((reason, vec![&check.scope])),
        }
    }
    folded.into_iter().map(|((says, whole), scopes)| {
        let most = if whole { scopes.len() } else { 3 };
        let shown: Vec<String> = scopes.iter().take(most).map(|scope| printable(scope)).collect();
        let more = scopes.len() - shown.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("not checked: {}{more}: {}", shown.join(", "), printable(says))
    })
}
