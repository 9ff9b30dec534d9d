//! The result of a run: reports, their findings, and the decision about each. Gates, renderers and the writer of
//! reports read it.

use super::{Decision, Finding, ImageFacts, Outcome, Scan, Severity, StatementSet};

/// The result for all reports of a run.
#[derive(Clone, Debug)]
pub struct Applied {
    /// The reports, in the order given.
    pub reports: Vec<AppliedReport>,
    /// The statements that were considered.
    pub statements: StatementSet,
}

/// The result for one report.
#[derive(Clone, Debug)]
pub struct AppliedReport {
    /// Its name, as the user gave it.
    pub name: String,
    /// Its scans, in the order of the report.
    pub scans: Vec<AppliedScan>,
}

/// The result for one scan.
#[derive(Clone, Debug)]
pub struct AppliedScan {
    /// The scan.
    pub scan: Scan,
    /// What is known about the scanned image.
    pub facts: ImageFacts,
    /// One decision for each finding, in the same order.
    pub decisions: Vec<Decision>,
}

impl Applied {
    /// Keeps only findings of these severities, and returns the number of the others.
    pub fn keep_severities(&mut self, severities: &[Severity]) -> usize {
        let mut removed = 0;
        for scan in self.reports.iter_mut().flat_map(|report| &mut report.scans) {
            let before = scan.scan.findings.len();
            let findings = std::mem::take(&mut scan.scan.findings);
            let decisions = std::mem::take(&mut scan.decisions);
            let decided = findings.into_iter().zip(decisions);
            (scan.scan.findings, scan.decisions) =
                decided.filter(|(finding, _)| severities.contains(&finding.severity)).unzip();
            removed += before - scan.scan.findings.len();
        }
        removed
    }
}

impl AppliedScan {
    /// Each finding with its decision.
    pub fn decided(&self) -> impl Iterator<Item = (&Finding, &Decision)> {
        self.scan.findings.iter().zip(&self.decisions)
    }

    /// The findings that are kept.
    pub fn kept(&self) -> impl Iterator<Item = (&Finding, &Decision)> {
        self.decided().filter(|(_, decision)| decision.outcome == Outcome::Kept)
    }
}
