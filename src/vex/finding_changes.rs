//! Which findings are gone, new or unchanged between two results.
//!
//! Two findings are the same if their packages have one name and their vulnerabilities one id, whatever the versions
//! are: as for a baseline. Only findings that remain after VEX are compared. What is suppressed on one side and remains
//! on the other is a change, and says so.

use std::collections::BTreeMap;

use super::gating::baseline::{PackageKey, package_key};
use super::matching::vulnerability::{Key, keys_of_finding};
use super::{Applied, AppliedScan, Decision, Finding, Outcome};

/// The differences between two results.
#[derive(Clone, Debug, Default)]
pub struct FindingChanges<'a> {
    /// Findings that remain in the first result and not in the second.
    pub gone: Vec<FindingChange<'a>>,
    /// Findings that remain in the second result and not in the first.
    pub new: Vec<FindingChange<'a>>,
    /// Findings that remain in both, as the second result has them.
    pub unchanged: Vec<&'a Finding>,
}

/// A finding that is in one result alone.
#[derive(Clone, Copy, Debug)]
pub struct FindingChange<'a> {
    /// The finding.
    pub finding: &'a Finding,
    /// What the other result has of it.
    pub other: InOther,
}

/// What the other result has of a finding that is in one alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InOther {
    /// The finding, suppressed by a statement.
    Suppressed,
    /// Nothing: it is not reported there.
    NotReported,
}

/// Compares the findings of two results.
pub fn finding_changes<'a>(from: &'a Applied, to: &'a Applied) -> FindingChanges<'a> {
    let (before, after) = (Known::of(from), Known::of(to));
    let mut changes = FindingChanges::default();
    for (finding, _) in decided(from).filter(|(_, decision)| decision.outcome == Outcome::Kept) {
        let other = match after.outcome(finding) {
            Some(Outcome::Kept) => continue,
            Some(Outcome::Suppressed) => InOther::Suppressed,
            None => InOther::NotReported,
        };
        changes.gone.push(FindingChange { finding, other });
    }
    for (finding, _) in decided(to).filter(|(_, decision)| decision.outcome == Outcome::Kept) {
        let other = match before.outcome(finding) {
            Some(Outcome::Kept) => {
                changes.unchanged.push(finding);
                continue;
            }
            Some(Outcome::Suppressed) => InOther::Suppressed,
            None => InOther::NotReported,
        };
        changes.new.push(FindingChange { finding, other });
    }
    changes
}

fn decided(applied: &Applied) -> impl Iterator<Item = (&Finding, &Decision)> {
    applied.reports.iter().flat_map(|report| &report.scans).flat_map(AppliedScan::decided)
}

/// The findings of one result: by package and id, whether one of them remains.
struct Known<'a>(BTreeMap<PackageKey<'a>, BTreeMap<Key, Outcome>>);

impl<'a> Known<'a> {
    fn of(applied: &'a Applied) -> Self {
        let mut known: BTreeMap<PackageKey<'a>, BTreeMap<Key, Outcome>> = BTreeMap::new();
        for (finding, decision) in decided(applied) {
            let of_package = known.entry(package_key(finding)).or_default();
            for id in keys_of_finding(finding).ids {
                let outcome = of_package.entry(id).or_insert(decision.outcome);
                if decision.outcome == Outcome::Kept {
                    *outcome = Outcome::Kept;
                }
            }
        }
        Self(known)
    }

    /// Whether the finding remains there. `None`: it is not there.
    fn outcome(&self, finding: &Finding) -> Option<Outcome> {
        let of_package = self.0.get(&package_key(finding))?;
        let ids = keys_of_finding(finding).ids;
        let outcomes = ids.iter().filter_map(|id| of_package.get(id).copied());
        outcomes.max_by_key(|outcome| *outcome == Outcome::Kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vex::{
        AppliedReport, Fix, FoundPackage, ImageFacts, PackageUrl, Scan, Scanned, Severity, StatementSet,
    };

    fn applied(findings: &[(&str, &str, Outcome)]) -> Applied {
        let (findings, decisions) = findings
            .iter()
            .map(|(id, purl, outcome)| {
                let purl = PackageUrl::parse(purl).unwrap();
                let (id, alias) = id.split_once('=').unwrap_or((*id, ""));
                let finding = Finding {
                    id: id.to_owned(),
                    aliases: [alias.to_owned()].into_iter().filter(|alias| !alias.is_empty()).collect(),
                    package: FoundPackage {
                        name: purl.name().to_owned(),
                        purl: Some(purl),
                        ..FoundPackage::default()
                    },
                    severity: Severity::High,
                    fix: Fix::Unknown,
                    published: None,
                    known_exploited: None,
                    scores: Vec::new(),
                    epss: None,
                };
                let decision = Decision {
                    outcome: *outcome,
                    ruling: None,
                    reason: None,
                    conflict: false,
                    considered: Vec::new(),
                    near_miss: None,
                    warnings: Vec::new(),
                };
                (finding, decision)
            })
            .unzip();
        let scan = Scan {
            subject: Scanned::default(),
            findings,
            suppressed_before: 0,
            graph: None,
            not_scanned: None,
        };
        let scans = vec![AppliedScan { scan, facts: ImageFacts::default(), decisions }];
        let reports = vec![AppliedReport { name: "report".to_owned(), scans }];
        Applied { reports, statements: StatementSet::new(Vec::new()) }
    }

    #[test]
    fn versions_and_aliases_do_not_make_a_finding_new() {
        use Outcome::{Kept, Suppressed};
        let from = applied(&[
            ("CVE-1", "pkg:npm/table@1", Kept),
            ("GHSA-2=CVE-2", "pkg:npm/table@1", Kept),
            ("CVE-3", "pkg:npm/table@1", Kept),
            ("CVE-4", "pkg:npm/table@1", Kept),
            ("CVE-5", "pkg:npm/table@1", Suppressed),
            ("CVE-6", "pkg:npm/table@1", Suppressed),
        ]);
        let to = applied(&[
            ("CVE-1", "pkg:npm/table@2", Kept),
            ("cve-2", "pkg:npm/table@1", Kept),
            ("CVE-3", "pkg:npm/chair@1", Kept),
            ("CVE-4", "pkg:npm/table@1", Suppressed),
            ("CVE-5", "pkg:npm/table@1", Kept),
            ("CVE-6", "pkg:npm/table@1", Suppressed),
        ]);
        let changes = finding_changes(&from, &to);
        let gone: Vec<_> = changes.gone.iter().map(|one| (one.finding.id.as_str(), one.other)).collect();
        assert_eq!(gone, [("CVE-3", InOther::NotReported), ("CVE-4", InOther::Suppressed)]);
        let new: Vec<_> = changes.new.iter().map(|one| (one.finding.id.as_str(), one.other)).collect();
        assert_eq!(new, [("CVE-3", InOther::NotReported), ("CVE-5", InOther::Suppressed)]);
        let unchanged: Vec<_> = changes.unchanged.iter().map(|finding| finding.id.as_str()).collect();
        assert_eq!(unchanged, ["CVE-1", "cve-2"]);
    }

    #[test]
    fn a_finding_remains_if_one_of_its_places_remains() {
        use Outcome::{Kept, Suppressed};
        let from = applied(&[("CVE-1", "pkg:npm/table@1", Suppressed), ("CVE-1", "pkg:npm/table@2", Kept)]);
        let to = applied(&[("CVE-1", "pkg:npm/table@2", Kept), ("CVE-1", "pkg:npm/table@1", Suppressed)]);
        let changes = finding_changes(&from, &to);
        assert!(changes.gone.is_empty() && changes.new.is_empty());
        assert_eq!(changes.unchanged.len(), 1);
    }
}
