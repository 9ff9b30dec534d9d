//! Which statements have a finding in a report.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use super::kind::LintKind;
use crate::vex::decide::decide;
use crate::vex::matching::vulnerability::{FindingKeys, keys_of_finding, keys_of_statement};
use crate::vex::matching::{Key, closeness};
use crate::vex::{ImageFacts, Inapplicable, NearMissPart, Profile, Rules, Scan, StatementRef, StatementSet};

/// What the findings of all reports say about each statement.
pub(super) struct Usage<'a> {
    statements: &'a StatementSet,
    /// The ids of all findings.
    found: HashSet<Key>,
    /// Statements that are about a finding. A part: they differ in it from the closest one.
    compared: HashMap<StatementRef, Option<NearMissPart>>,
}

/// Compares all statements with the findings of these reports.
pub(super) fn of<'a>(statements: &'a StatementSet, reports: &[Scan], now: Timestamp) -> Usage<'a> {
    let rules = Rules { profile: Profile::Dhi, lenient: false, require_verified: false, now };
    let mut usage = Usage { statements, found: HashSet::new(), compared: HashMap::new() };
    for scan in reports {
        for finding in &scan.findings {
            let FindingKeys { ids, bundled } = keys_of_finding(finding);
            usage.found.extend(ids.into_iter().chain(bundled.into_iter().flatten()));
        }
        for decision in decide(scan, &ImageFacts::default(), statements, &rules) {
            for considered in decision.considered {
                let is_other = matches!(
                    considered.inapplicable,
                    Some(Inapplicable::NoProductMatch | Inapplicable::OtherSubject)
                );
                usage.add(considered.statement, considered.differs.filter(|_| is_other), is_other);
            }
        }
    }
    usage
}

impl Usage<'_> {
    fn add(&mut self, at: StatementRef, part: Option<NearMissPart>, is_other: bool) {
        match (self.compared.get(&at), part) {
            // It matches another finding.
            (Some(None), _) => {}
            (_, None) if !is_other => {
                self.compared.insert(at, None);
            }
            (Some(Some(known)), Some(part)) if closeness(known) >= closeness(&part) => {}
            (_, Some(part)) => {
                self.compared.insert(at, Some(part));
            }
            (_, None) => {}
        }
    }

    /// Whether a statement has no finding.
    pub(super) fn of(&self, at: StatementRef) -> Option<LintKind> {
        let (_, statement) = self.statements.get(at)?;
        let keys = keys_of_statement(&statement.vulnerability);
        if !keys.iter().any(|key| self.found.contains(key)) {
            return Some(LintKind::Unused);
        }
        match self.compared.get(&at) {
            Some(None) => None,
            Some(Some(part)) => Some(LintKind::Unmatched { part: Some(part.clone()) }),
            None => Some(LintKind::Unmatched { part: None }),
        }
    }
}
