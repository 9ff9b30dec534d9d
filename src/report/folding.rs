//! Findings and skipped checks of several images, equal ones folded.
//!
//! Findings are compared as values: outcome, kind of check, code, message, remedies and facts. No image is lost: each
//! folded finding has all its images and objects. Facts that differ, such as the digest of each attestation, are one
//! fact with all its values, unless every detail is shown.

use std::collections::HashMap;

use super::finding::{Severity, render_diagnostic};
use super::item::{Skipped, folded_skips};
use super::style::printable;
use super::{HintTexts, Image, Style};
use crate::diagnostic::{Code, Diagnostic};
use crate::evidence::{Check, CheckKind, Outcome};

/// The names and values of one list that are shown, unless every detail is.
const SHOWN: usize = 3;

/// How much of a folded finding is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Detail {
    /// The first names and values of each list, and how many there are.
    #[default]
    Short,
    /// All names and values.
    Full,
}

/// The findings of images, in the order in which they were first found.
#[derive(Default)]
pub(super) struct FoldedFindings {
    detail: Detail,
    findings: Vec<FoldedFinding>,
    /// Positions of the findings with this code and message.
    known: HashMap<(Code, String), Vec<usize>>,
}

struct FoldedFinding {
    outcome: Outcome,
    /// `None` for an image that was not resolved.
    kind: Option<CheckKind>,
    /// Without facts.
    diagnostic: Diagnostic,
    /// The distinct values of each fact.
    facts: Vec<(String, Vec<String>)>,
    images: Vec<FoundIn>,
}

/// An image, and the objects in it that a finding is about; none if it is about the image itself.
struct FoundIn {
    image: usize,
    name: String,
    scopes: Vec<String>,
}

impl FoldedFindings {
    pub(super) fn new(detail: Detail) -> Self {
        Self { detail, ..Self::default() }
    }

    /// Adds the failures and warnings of an image, which is the `position`th.
    pub(super) fn add(&mut self, position: usize, image: &Image) {
        match &image.result {
            Ok((_, verdict)) => self.add_checks(position, &image.reference.to_string(), &verdict.checks),
            Err(diagnostic) => {
                let outcome = Outcome::of_failed(diagnostic.exit().is_open());
                let found_in =
                    FoundIn { image: position, name: image.reference.to_string(), scopes: Vec::new() };
                self.add_one(outcome, None, diagnostic, found_in);
            }
        }
    }

    /// Adds the failures and warnings among the checks of an image.
    pub(super) fn add_checks(&mut self, position: usize, name: &str, checks: &[Check]) {
        for check in checks {
            let outcome = check.outcome();
            let (true, Some(diagnostic)) = (check.counts() || outcome == Outcome::Warn, check.shown()) else {
                continue;
            };
            let scopes = vec![check.scope.clone()];
            let found_in = FoundIn { image: position, name: name.to_owned(), scopes };
            self.add_one(outcome, Some(check.kind), &diagnostic, found_in);
        }
    }

    fn add_one(
        &mut self,
        outcome: Outcome,
        kind: Option<CheckKind>,
        diagnostic: &Diagnostic,
        found_in: FoundIn,
    ) {
        let positions = self.known.entry((diagnostic.code, diagnostic.message.clone())).or_default();
        let detail = self.detail;
        let equal = positions.iter().copied().find(|at| {
            self.findings.get(*at).is_some_and(|known| known.equals(outcome, kind, diagnostic, detail))
        });
        if let Some(known) = equal.and_then(|at| self.findings.get_mut(at)) {
            for ((_, values), (_, value)) in known.facts.iter_mut().zip(&diagnostic.facts) {
                if !values.contains(value) {
                    values.push(value.clone());
                }
            }
            match known.images.last_mut() {
                Some(last) if last.image == found_in.image => last.scopes.extend(found_in.scopes),
                _ => known.images.push(found_in),
            }
            return;
        }
        positions.push(self.findings.len());
        let facts = diagnostic.facts.iter().map(|(name, value)| (name.clone(), vec![value.clone()]));
        self.findings.push(FoldedFinding {
            outcome,
            kind,
            facts: facts.collect(),
            diagnostic: Diagnostic { facts: Vec::new(), ..diagnostic.clone() },
            images: vec![found_in],
        });
    }

    /// Each finding as a block. With `name_images` it names its images, and failures come before warnings; without, all
    /// findings are of one image, in their order.
    pub(super) fn blocks(
        &self,
        name_images: bool,
        texts: &dyn HintTexts,
        style: Style,
    ) -> impl Iterator<Item = String> {
        let is_warning = move |finding: &&FoldedFinding| name_images && finding.outcome == Outcome::Warn;
        let failures = self.findings.iter().filter(move |finding| !is_warning(finding));
        failures.chain(self.findings.iter().filter(is_warning)).map(move |finding| {
            let (diagnostic, scope) = finding.folded(name_images, self.detail);
            let scopes: &[&str] = match &scope {
                Some(scope) => &[scope.as_str()],
                None => &[],
            };
            render_diagnostic(Severity::of(finding.outcome), &diagnostic, scopes, texts, style)
        })
    }
}

impl FoldedFinding {
    fn equals(
        &self,
        outcome: Outcome,
        kind: Option<CheckKind>,
        diagnostic: &Diagnostic,
        detail: Detail,
    ) -> bool {
        let same_facts = |((name, values), (other, value)): (&(String, Vec<String>), &(String, String))| {
            name == other && (detail == Detail::Short || values.contains(value))
        };
        (self.outcome, self.kind) == (outcome, kind)
            && self.diagnostic.code == diagnostic.code
            && self.diagnostic.message == diagnostic.message
            && self.diagnostic.remedies == diagnostic.remedies
            && self.facts.len() == diagnostic.facts.len()
            && self.facts.iter().zip(&diagnostic.facts).all(same_facts)
    }

    /// The finding as one diagnostic, and the one object that it is about.
    fn folded(&self, name_images: bool, detail: Detail) -> (Diagnostic, Option<String>) {
        let mut diagnostic = self.diagnostic.clone();
        let facts = self.facts.iter().map(|(name, values)| (name.clone(), listed(values, 1, detail)));
        let scope = self.common_scope();
        if let [image] = self.images.as_slice() {
            if name_images {
                diagnostic.facts.push(("image".to_owned(), image.name.clone()));
            }
            diagnostic.facts.extend(facts);
            if image.scopes.len() > 1 {
                diagnostic.message = format!("{} ({} objects)", diagnostic.message, image.scopes.len());
                diagnostic.facts.push(("objects".to_owned(), listed(&image.scopes, SHOWN, detail)));
            }
        } else {
            diagnostic.message = format!("{} ({} images)", diagnostic.message, self.images.len());
            let names: Vec<String> =
                self.images.iter().map(|image| image.named(scope.is_none(), detail)).collect();
            diagnostic.facts.push(("images".to_owned(), listed(&names, SHOWN, detail)));
            diagnostic.facts.extend(facts);
        }
        (diagnostic, scope)
    }

    /// The object, if it is the same in all images.
    fn common_scope(&self) -> Option<String> {
        let (first, others) = self.images.split_first()?;
        let [scope] = first.scopes.as_slice() else { return None };
        others.iter().all(|other| other.scopes == first.scopes).then(|| scope.clone())
    }
}

impl FoundIn {
    fn named(&self, with_scopes: bool, detail: Detail) -> String {
        let name = &self.name;
        match (with_scopes, self.scopes.as_slice()) {
            (false, _) | (true, []) => name.clone(),
            (true, [scope]) => format!("{name} ({scope})"),
            (true, scopes) if detail == Detail::Full => format!("{name} ({})", scopes.join(", ")),
            (true, scopes) => format!("{name} ({} objects)", scopes.len()),
        }
    }
}

/// `A, B, C and 9 more`.
fn listed(names: &[String], most: usize, detail: Detail) -> String {
    let most = if detail == Detail::Full { names.len() } else { most };
    let shown = names.iter().take(most).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(most) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// The skipped checks of images, in the order in which they were first found.
#[derive(Default)]
pub(super) struct FoldedSkips(Vec<(Skipped, Vec<String>)>);

impl FoldedSkips {
    /// Adds the skipped checks of an image.
    pub(super) fn add(&mut self, image: &Image) {
        let Ok((_, verdict)) = &image.result else { return };
        let name = image.reference.to_string();
        for skip in folded_skips(&verdict.checks) {
            match self.0.iter_mut().find(|(known, _)| *known == skip) {
                Some((_, images)) => images.push(name.clone()),
                None => self.0.push((skip, vec![name.clone()])),
            }
        }
    }

    /// Each skipped check as a line that names its images.
    pub(super) fn lines(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|(skip, images)| {
            let images = printable(&listed(images, SHOWN, Detail::Short));
            format!("not checked: {images}: {skip}")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Remedy;
    use crate::evidence::CheckSubject;
    use crate::report::hints::OneText;

    fn wrong_key(signer: &str) -> Diagnostic {
        Diagnostic::new(Code::TRUST_WRONG_KEY, "not signed by a trusted key")
            .fact("signed by", signer)
            .remedy(Remedy::GiveTeamKey)
    }

    fn check(scope: &str, outcome: Outcome, diagnostic: Diagnostic) -> Check {
        Check::noted(CheckKind::Attestation, CheckSubject::Root, scope, outcome, diagnostic)
    }

    fn failed(scope: &str, signer: &str) -> Check {
        check(scope, Outcome::Fail, wrong_key(signer))
    }

    /// The blocks of the findings of these images, `a`, `b` and so on.
    fn blocks(detail: Detail, images: &[&[Check]]) -> Vec<String> {
        let mut findings = FoldedFindings::new(detail);
        for (position, checks) in images.iter().enumerate() {
            let name = char::from(b'a' + u8::try_from(position).unwrap()).to_string();
            findings.add_checks(position, &name, checks);
        }
        findings.blocks(true, &OneText("h"), Style::default()).collect()
    }

    #[test]
    fn equal_findings_are_one_block_with_all_images() {
        let one = [failed("SPDX SBOM", "k")];
        let all: Vec<&[Check]> = vec![&one; 5];
        assert_eq!(
            blocks(Detail::Short, &all),
            ["error[trust/wrong-key]: SPDX SBOM: not signed by a trusted key (5 images)\n  \
              images     a, b, c and 2 more\n  signed by  k\n  hint: h\n"]
        );
        let several = [failed("SPDX SBOM", "k"), failed("VEX", "k")];
        assert_eq!(
            blocks(Detail::Short, &[&one, &several]),
            ["error[trust/wrong-key]: not signed by a trusted key (2 images)\n  \
              images     a (SPDX SBOM), b (2 objects)\n  signed by  k\n  hint: h\n"]
        );
        assert_eq!(
            blocks(Detail::Short, &[&several]),
            ["error[trust/wrong-key]: not signed by a trusted key (2 objects)\n  \
              image      a\n  signed by  k\n  objects    SPDX SBOM, VEX\n  hint: h\n"]
        );
    }

    #[test]
    fn facts_that_differ_are_counted_and_all_shown_in_full_detail() {
        let (one, other) = ([failed("x", "k")], [failed("x", "l")]);
        let short = blocks(Detail::Short, &[&one, &other, &one]);
        assert_eq!(short.len(), 1);
        assert!(short[0].contains("(3 images)\n") && short[0].contains("  signed by  k and 1 more\n"));
        let full = blocks(Detail::Full, &[&one, &other, &one]);
        assert_eq!(full.len(), 2, "{full:?}");
        assert!(full[0].contains("  images     a, c\n") && full[1].contains("  image      b\n"));
    }

    #[test]
    fn findings_that_differ_are_not_folded() {
        let base = wrong_key("k");
        let differ = [
            check("x", Outcome::Unknown, base.clone()),
            check("x", Outcome::Fail, Diagnostic { code: Code::TRUST_UNSIGNED, ..base.clone() }),
            check("x", Outcome::Fail, base.clone().about("y")),
            check("x", Outcome::Fail, base.clone().remedy(Remedy::RetryLater { after: None })),
            check("x", Outcome::Fail, base.clone().fact("another", "fact")),
            Check { kind: CheckKind::Base, ..check("x", Outcome::Fail, base.clone()) },
        ];
        for other in differ {
            let found = blocks(Detail::Short, &[&[failed("x", "k")], std::slice::from_ref(&other)]);
            assert_eq!(found.len(), 2, "{other:?}");
        }
    }

    #[test]
    fn failures_come_before_warnings() {
        let warned = [check("x", Outcome::Warn, wrong_key("k"))];
        let found = blocks(Detail::Short, &[&warned, &[failed("x", "k")]]);
        assert!(found[0].starts_with("error[") && found[1].starts_with("warning["), "{found:?}");
    }
}
