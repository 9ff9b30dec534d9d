//! The result of a run: reports, their findings, and the decision about each. Gates, renderers and the writer of
//! reports read it.

use super::decide::binding::is_unbound;
use super::{Decision, Finding, ImageFacts, Outcome, Scan, StatementSet};

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

impl AppliedScan {
    /// Whether the report names no digest that tells whether it is about the image that this run verified. Only the user
    /// states it.
    pub fn is_unbound(&self) -> bool {
        is_unbound(&self.scan.subject, &self.facts)
    }

    /// Each finding with its decision.
    pub fn decided(&self) -> impl Iterator<Item = (&Finding, &Decision)> {
        self.scan.findings.iter().zip(&self.decisions)
    }

    /// The findings that are kept.
    pub fn kept(&self) -> impl Iterator<Item = (&Finding, &Decision)> {
        self.decided().filter(|(_, decision)| decision.outcome == Outcome::Kept)
    }
}
