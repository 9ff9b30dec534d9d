//! The result of applying statements to reports, as all formats read it.

use crate::diagnostic::{Diagnostic, Exit};
use crate::evidence::{BaseProof, Evidence};
use crate::report::HintTexts;
use crate::vex::{
    Applied, AppliedReport, AppliedScan, Cause, Decision, Finding, Fix, Gate, GateResult, Outcome, Position,
    Rules, Severity, StatementSet,
};

/// The result of a run, and what a rendering needs besides.
#[derive(Clone, Copy)]
pub struct AppliedRun<'a> {
    /// The decisions.
    pub applied: &'a Applied,
    /// The rules that were applied. Ages are relative to their time.
    pub rules: &'a Rules,
    /// The gate.
    pub gate: &'a Gate,
    /// Its result.
    pub result: &'a GateResult,
    /// The findings that formats for people show.
    pub shown: Shown<'a>,
    /// What is wrong with sources and reports, without being an error of the run.
    pub problems: &'a [Diagnostic],
    /// What could not be read or verified, so that statements that change a decision may be missing.
    pub incomplete: &'a [Diagnostic],
    /// The texts of hints.
    pub texts: &'a dyn HintTexts,
}

/// Which findings formats for people show. All are counted, and those that count for the gate are always shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shown<'a> {
    /// Only findings of these severities. Empty: of all.
    pub severities: &'a [Severity],
    /// Of those that remain, only findings with a fixed version.
    pub only_fixed: bool,
}

/// What was found about the image of a run, where VEX of it was loaded.
#[derive(Clone, Copy)]
pub struct ImageEvidence<'a> {
    /// Its evidence.
    pub evidence: &'a Evidence,
    /// What each of its platforms is built on.
    pub base: Option<&'a BaseProof>,
}

/// A finding with its decision.
#[derive(Clone, Copy)]
pub struct DecidedFinding<'a> {
    /// Where it is.
    pub position: Position,
    /// The finding.
    pub finding: &'a Finding,
    /// The decision.
    pub decision: &'a Decision,
    /// Why it counts for the gate. Empty if it does not.
    pub causes: &'a [Cause],
}

/// A scan with its position and its report.
#[derive(Clone, Copy)]
pub(in crate::report) struct PlacedScan<'a> {
    /// Position of the report.
    pub(in crate::report) report: usize,
    /// Position of the scan in it.
    pub(in crate::report) scan: usize,
    /// The report.
    pub(in crate::report) of: &'a AppliedReport,
    /// The scan.
    pub(in crate::report) applied: &'a AppliedScan,
}

/// How many findings there are, and what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::report) struct Counts {
    /// Findings that were judged.
    pub(in crate::report) findings: usize,
    /// Those that are suppressed.
    pub(in crate::report) suppressed: usize,
    /// Entries that a report already lists as suppressed. They are left alone.
    pub(super) suppressed_before: usize,
    /// Subjects that were not scanned.
    pub(super) not_scanned: usize,
}

impl<'a> AppliedRun<'a> {
    /// Every finding, in the order of reports, scans and findings.
    pub fn findings(self) -> impl Iterator<Item = DecidedFinding<'a>> {
        self.scans().flat_map(move |scan| scan.findings(self.result))
    }

    /// Every scan, in the order of reports.
    pub(in crate::report) fn scans(self) -> impl Iterator<Item = PlacedScan<'a>> {
        self.applied.reports.iter().enumerate().flat_map(|(report, of)| {
            let scans = of.scans.iter().enumerate();
            scans.map(move |(scan, applied)| PlacedScan { report, scan, of, applied })
        })
    }

    /// All statements of the run.
    pub(in crate::report) fn statements(&self) -> &'a StatementSet {
        &self.applied.statements
    }

    /// The exit code of the run, without that of failed outputs.
    pub fn exit(&self) -> Exit {
        let incomplete = self.incomplete.iter().map(Diagnostic::exit).max();
        incomplete.unwrap_or(Exit::Pass).max(self.result.exit())
    }

    /// Whether formats for people show the finding.
    pub(in crate::report) fn shows(&self, found: &DecidedFinding<'_>) -> bool {
        !found.causes.is_empty() || (self.shown.has_severity(found) && self.shown.has_fix(found))
    }

    /// The findings that remain and are not shown.
    pub(in crate::report) fn not_shown(self) -> impl Iterator<Item = DecidedFinding<'a>> {
        self.findings().filter(move |found| !found.is_suppressed() && !self.shows(found))
    }

    /// The counts over all scans.
    pub(in crate::report) fn counts(&self) -> Counts {
        self.scans().map(|scan| scan.counts()).fold(Counts::default(), Counts::plus)
    }
}

impl Shown<'_> {
    pub(super) fn has_severity(&self, found: &DecidedFinding<'_>) -> bool {
        self.severities.is_empty() || self.severities.contains(&found.finding.severity)
    }

    fn has_fix(&self, found: &DecidedFinding<'_>) -> bool {
        !self.only_fixed || found.is_suppressed() || matches!(found.finding.fix, Fix::Fixed(_))
    }
}

impl<'a> PlacedScan<'a> {
    /// Its findings.
    pub(in crate::report) fn findings(
        self,
        result: &'a GateResult,
    ) -> impl Iterator<Item = DecidedFinding<'a>> {
        let Self { report, scan, applied, .. } = self;
        applied.decided().enumerate().map(move |(at, (finding, decision))| {
            let position = Position { report, scan, finding: at };
            DecidedFinding { position, finding, decision, causes: result.causes(position) }
        })
    }

    /// Its counts.
    pub(in crate::report) fn counts(&self) -> Counts {
        let scan = &self.applied.scan;
        Counts {
            findings: scan.findings.len(),
            suppressed: self.applied.decided().filter(|(_, decision)| is_suppressed(decision)).count(),
            suppressed_before: scan.suppressed_before,
            not_scanned: usize::from(scan.not_scanned.is_some()),
        }
    }

    /// What was scanned, as people name it: the report, the use in a cluster, the name in the report.
    pub(in crate::report) fn name(&self) -> String {
        let subject = &self.applied.scan.subject;
        let scanned = subject.resource.as_ref().unwrap_or(&subject.name);
        if scanned.is_empty() { self.of.name.clone() } else { format!("{}: {scanned}", self.of.name) }
    }
}

impl DecidedFinding<'_> {
    /// Whether it is suppressed.
    pub(in crate::report) fn is_suppressed(&self) -> bool {
        is_suppressed(self.decision)
    }

    /// The package with its version.
    pub(super) fn package(&self) -> String {
        let package = &self.finding.package;
        match &package.version {
            Some(version) => format!("{} {version}", package.name),
            None => package.name.clone(),
        }
    }
}

impl Counts {
    /// Those that remain.
    pub(in crate::report) fn remaining(self) -> usize {
        self.findings.saturating_sub(self.suppressed)
    }

    fn plus(self, other: Self) -> Self {
        Self {
            findings: self.findings + other.findings,
            suppressed: self.suppressed + other.suppressed,
            suppressed_before: self.suppressed_before + other.suppressed_before,
            not_scanned: self.not_scanned + other.not_scanned,
        }
    }
}

fn is_suppressed(decision: &Decision) -> bool {
    decision.outcome == Outcome::Suppressed
}
