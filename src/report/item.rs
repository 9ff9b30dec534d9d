//! The input of the pipeline formats (SARIF, JUnit, GitHub annotations, Markdown): judged items with their checks.
//!
//! An item is an image or a line of a manifest. Skipped checks are part of the item, so no renderer can lose them.

use std::borrow::Cow;
use std::fmt;

use super::style::printable;
use crate::diagnostic::Diagnostic;
use crate::evidence::{Check, CheckKind, Claim, Conclusion, ConclusionKind, Outcome};
use crate::oci::Digest;

/// One judged item.
#[derive(Clone, Debug)]
pub struct ReportItem<'a> {
    /// The requested reference.
    pub reference: String,
    /// The digest that the reference resolved to.
    pub digest: Option<Digest>,
    /// Lines of files that name the item. Empty for references of the command line.
    pub places: Vec<Location>,
    /// The proven claim; `None` if the item was not found.
    pub claim: Option<&'a Claim>,
    /// Its checks, or the reason why there are none.
    pub result: ItemResult<'a>,
    /// The conclusion.
    pub conclusion: Conclusion,
    /// The policy that decided.
    pub policy: &'a str,
    /// Checks that were skipped for the whole item, such as the transparency log.
    pub skipped: Vec<String>,
}

/// The result of judging an item.
#[derive(Clone, Debug)]
pub enum ItemResult<'a> {
    /// It was judged.
    Checks(&'a [Check]),
    /// It could not be judged: it was not found, or is not an image.
    Unresolved(&'a Diagnostic),
    /// It was found but not judged.
    NotJudged {
        /// The reason.
        diagnostic: Cow<'a, Diagnostic>,
        /// Whether that is a failure, because the caller requires that everything is judged.
        counts: bool,
    },
}

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The path, relative to the working directory of the run.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
}

/// Checks with the same finding.
pub(super) struct Finding<'a> {
    /// The outcome of the checks.
    pub(super) outcome: Outcome,
    /// The finding.
    pub(super) diagnostic: Cow<'a, Diagnostic>,
    /// The objects of the checks; empty for the item itself.
    pub(super) scopes: Vec<&'a str>,
}

impl<'a> ReportItem<'a> {
    /// The proven claim in one phrase, escaped for terminals.
    pub(super) fn claim_text(&self) -> String {
        match self.claim {
            Some(claim) => printable(&claim.with(&self.conclusion)),
            None if let ItemResult::NotJudged { diagnostic, .. } = &self.result => {
                printable(&diagnostic.message)
            }
            None if self.conclusion.kind() == ConclusionKind::Fail => "not proven".to_owned(),
            None => self.conclusion.to_string(),
        }
    }

    /// Whether the item counts against the run.
    pub(super) fn fails(&self) -> bool {
        match &self.result {
            ItemResult::NotJudged { counts, .. } => *counts,
            _ => self.conclusion.kind() != ConclusionKind::Pass,
        }
    }

    /// The checks; none if the item was not judged.
    pub(super) fn checks(&self) -> &'a [Check] {
        match self.result {
            ItemResult::Checks(checks) => checks,
            ItemResult::Unresolved(_) | ItemResult::NotJudged { .. } => &[],
        }
    }

    /// The number of checks with this outcome.
    pub(super) fn count(&self, outcome: Outcome) -> usize {
        self.checks().iter().filter(|check| check.outcome() == outcome).count()
    }

    /// Failures and warnings; equal findings are merged.
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

    /// The skipped checks, one line for each reason.
    pub(super) fn not_checked(&self) -> Vec<String> {
        let by_option = self.skipped.iter().map(|what| format!("not checked: {}", printable(what)));
        by_option.chain(skipped(self.checks())).collect()
    }
}

/// Failures and warnings; equal findings are merged.
pub(super) fn findings(checks: &[Check]) -> Vec<Finding<'_>> {
    let mut folded: Vec<(CheckKind, Vec<Vec<String>>, Finding<'_>)> = Vec::new();
    for check in checks {
        let outcome = check.outcome();
        let (true, Some(diagnostic)) = (check.counts() || outcome == Outcome::Warn, check.shown()) else {
            continue;
        };
        let same = folded.iter_mut().find(|(kind, _, known)| {
            known.outcome == outcome
                && *kind == check.kind
                && known.diagnostic.code == diagnostic.code
                && known.diagnostic.message == diagnostic.message
                && known.diagnostic.remedies == diagnostic.remedies
                && known
                    .diagnostic
                    .facts
                    .iter()
                    .map(|(name, _)| name)
                    .eq(diagnostic.facts.iter().map(|(name, _)| name))
        });
        match same {
            Some((_, values, known)) => {
                known.scopes.push(&check.scope);
                for (values, (_, value)) in values.iter_mut().zip(&diagnostic.facts) {
                    if !values.contains(value) {
                        values.push(value.clone());
                    }
                }
            }
            None => {
                let values = diagnostic.facts.iter().map(|(_, value)| vec![value.clone()]).collect();
                let finding = Finding { outcome, diagnostic, scopes: vec![&check.scope] };
                folded.push((check.kind, values, finding));
            }
        }
    }
    let merged = folded.into_iter().map(|(_, values, mut finding)| {
        // A value of one object is not shown as that of all.
        for (at, values) in values.iter().enumerate() {
            if let ([first, rest @ ..], false) = (values.as_slice(), values.len() < 2)
                && let Some((_, value)) = finding.diagnostic.to_mut().facts.get_mut(at)
            {
                *value = format!("{first} and {} more", rest.len());
            }
        }
        finding
    });
    merged.collect()
}

/// Checks that were skipped for the same reason. As text, images that were not judged are all named; of other objects
/// only the first three.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Skipped {
    message: String,
    /// Whether whole images were not judged.
    is_of_images: bool,
    scopes: Vec<String>,
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let most = if self.is_of_images { self.scopes.len() } else { 3 };
        let shown: Vec<String> = self.scopes.iter().take(most).map(|scope| printable(scope)).collect();
        let more = self.scopes.len() - shown.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        write!(f, "{}{more}: {}", shown.join(", "), printable(&self.message))
    }
}

/// The skipped checks, folded by their reason.
pub(super) fn folded_skips(checks: &[Check]) -> Vec<Skipped> {
    let mut folded: Vec<Skipped> = Vec::new();
    for check in checks.iter().filter(|check| check.outcome() == Outcome::Skip) {
        let is_of_images = check.kind == CheckKind::Platform;
        let same =
            |known: &&mut Skipped| known.message == check.message && known.is_of_images == is_of_images;
        match folded.iter_mut().find(same) {
            Some(known) => known.scopes.push(check.scope.clone()),
            None => folded.push(Skipped {
                message: check.message.clone(),
                is_of_images,
                scopes: vec![check.scope.clone()],
            }),
        }
    }
    folded
}

/// The skipped checks, one line for each reason.
pub(super) fn skipped(checks: &[Check]) -> impl Iterator<Item = String> {
    folded_skips(checks).into_iter().map(|skip| format!("not checked: {skip}"))
}
