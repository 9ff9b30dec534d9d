//! Gates: which findings make a run fail, and why.
//!
//! Invariant: a gate is a function of findings and decisions alone, and unknown facts never weaken it silently. Every
//! finding that a threshold, a fix or the baseline leaves out is counted, a subject that was not scanned does not pass,
//! what must be verified is not taken from a report, and a baseline excuses only what the same gate would have counted in it.

pub(super) mod baseline;
#[cfg(test)]
mod tests;

use baseline::Baseline;

use super::{Applied, Decision, Finding, Fix, Outcome, Scan, Severity, Status, Warning};
use crate::diagnostic::Exit;

/// What makes a run fail. The default gate passes everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gate {
    /// Findings of this severity or a higher one count. [`Severity::Unknown`] is the lowest: it counts every finding.
    pub fail_on: Option<Severity>,
    /// Findings that a statement with one of these statuses keeps count.
    pub fail_on_status: Vec<Status>,
    /// Only findings for which the report names a fixed version count.
    pub only_fixed: bool,
    /// Suppressed findings count if their decision rests on something that nobody verified. Reports that no digest binds
    /// to the image do not pass, nor do those that list suppressed entries.
    pub require_verified: bool,
    /// Entries that a report lists as suppressed are no configuration of a user, and pass: a scanner that runs without
    /// any has rules of its own.
    pub accepts_listed: bool,
}

/// The result of a gate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GateResult {
    /// Whether the gate has any condition.
    pub is_set: bool,
    /// The findings that count, in the order of reports, scans and findings.
    pub counting: Vec<Counting>,
    /// The number of findings that would count, and do not since the baseline has them.
    pub in_baseline: usize,
    /// The number of findings that do not count since the report names no fixed version.
    pub without_fix: usize,
    /// The number of findings that remain, have no known severity, and so are below the threshold.
    pub without_severity: usize,
    /// The number of subjects that were not scanned. They are never free of findings.
    pub not_scanned: usize,
    /// The number of subjects whose report names no digest that tells whether it is about the verified image, if that
    /// makes the gate fail.
    pub unbound: usize,
    /// The number of entries that reports already list as suppressed, if that makes the gate fail.
    pub suppressed_before: usize,
}

/// A finding that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counting {
    /// The finding.
    pub position: Position,
    /// Why it counts. Not empty.
    pub causes: Vec<Cause>,
}

/// A finding of a run: position of its report, of its scan in the report, and of the finding in the scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Position of the report.
    pub report: usize,
    /// Position of the scan.
    pub scan: usize,
    /// Position of the finding.
    pub finding: usize,
}

/// Why a finding counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// Its severity reaches the threshold.
    Severity(Severity),
    /// A statement with this status keeps it.
    Status(Status),
    /// It is suppressed by a source that nobody verified.
    UnverifiedSource,
    /// It is suppressed for an image that is known by a name alone.
    UnverifiedImage,
    /// It is suppressed in a report that names no digest.
    UnboundReport,
    /// It is suppressed since the user states that the image is hardened.
    AssumedHardened,
}

impl Cause {
    /// Its name in results.
    pub fn id(self) -> &'static str {
        match self {
            Self::Severity(_) => "severity",
            Self::Status(_) => "status",
            Self::UnverifiedSource => "unverified-source",
            Self::UnverifiedImage => "unverified-image",
            Self::UnboundReport => "unbound-report",
            Self::AssumedHardened => "assumed-hardened",
        }
    }
}

impl Gate {
    /// Whether it has any condition. `only_fixed` only restricts them.
    pub fn is_set(&self) -> bool {
        self.fail_on.is_some() || !self.fail_on_status.is_empty() || self.require_verified
    }

    /// Whether the severity of a finding reaches the threshold.
    fn counts_severity(&self, finding: &Finding) -> bool {
        self.fail_on.is_some_and(|threshold| finding.severity >= threshold)
    }

    /// Whether a finding may count, as far as its fix is concerned.
    fn accepts_fix(&self, fix: &Fix) -> bool {
        !self.only_fixed || matches!(fix, Fix::Fixed(_))
    }

    /// Why a finding that remains counts, whatever its fix is.
    fn causes_of_kept(&self, finding: &Finding, decision: &Decision) -> Vec<Cause> {
        let severity = self.counts_severity(finding).then_some(Cause::Severity(finding.severity));
        let status = decision.ruling.as_ref().map(|ruling| ruling.status);
        let status = status.filter(|status| self.fail_on_status.contains(status)).map(Cause::Status);
        severity.into_iter().chain(status).collect()
    }

    /// Why a suppressed finding counts.
    fn causes_of_suppressed(&self, decision: &Decision) -> Vec<Cause> {
        if !self.require_verified {
            return Vec::new();
        }
        let unverified = decision.warnings.iter().filter_map(|warning| match warning {
            Warning::UnverifiedSource => Some(Cause::UnverifiedSource),
            Warning::UnverifiedImage => Some(Cause::UnverifiedImage),
            Warning::UnboundReport => Some(Cause::UnboundReport),
            Warning::AssumedHardened => Some(Cause::AssumedHardened),
            _ => None,
        });
        unverified.collect()
    }
}

impl GateResult {
    /// Whether the gate passes.
    pub fn passes(&self) -> bool {
        let is_unscanned = self.is_set && self.not_scanned > 0;
        self.counting.is_empty() && !is_unscanned && self.unbound == 0 && self.suppressed_before == 0
    }

    /// The exit code of the gate.
    pub fn exit(&self) -> Exit {
        if self.passes() { Exit::Pass } else { Exit::Fail }
    }

    /// Why a finding counts. Empty if it does not.
    pub fn causes(&self, position: Position) -> &[Cause] {
        let found = self.counting.binary_search_by_key(&position, |counting| counting.position);
        found.ok().and_then(|at| self.counting.get(at)).map_or(&[], |counting| &counting.causes)
    }
}

/// Judges the findings of all reports. `baseline` has the findings of an earlier report as it was: no statement is
/// applied to them, and what the report lists as suppressed is not among them.
pub fn judge(applied: &Applied, gate: &Gate, baseline: Option<&[Scan]>) -> GateResult {
    // The status of a finding is not known there, so only its severity can have counted.
    let counted = |finding: &&Finding| gate.counts_severity(finding) && gate.accepts_fix(&finding.fix);
    let baseline =
        baseline.map(|scans| Baseline::of(scans.iter().flat_map(|scan| &scan.findings).filter(counted)));
    let mut result = GateResult { is_set: gate.is_set(), ..GateResult::default() };
    for (report, one) in applied.reports.iter().enumerate() {
        for (scan, one) in one.scans.iter().enumerate() {
            result.not_scanned += usize::from(one.scan.not_scanned.is_some());
            if gate.require_verified {
                result.unbound += usize::from(one.is_unbound());
                result.suppressed_before += if gate.accepts_listed { 0 } else { one.scan.suppressed_before };
            }
            for (at, (finding, decision)) in one.decided().enumerate() {
                let position = Position { report, scan, finding: at };
                result.add(position, finding, decision, gate, baseline.as_ref());
            }
        }
    }
    result
}

impl GateResult {
    fn add(
        &mut self,
        position: Position,
        finding: &Finding,
        decision: &Decision,
        gate: &Gate,
        baseline: Option<&Baseline<'_>>,
    ) {
        let causes = match decision.outcome {
            Outcome::Suppressed => gate.causes_of_suppressed(decision),
            Outcome::Kept => gate.causes_of_kept(finding, decision),
        };
        let is_kept = decision.outcome == Outcome::Kept;
        if causes.is_empty() {
            let has_none = gate.fail_on.is_some() && finding.severity == Severity::Unknown;
            self.without_severity += usize::from(is_kept && has_none);
        } else if is_kept && !gate.accepts_fix(&finding.fix) {
            self.without_fix += 1;
        } else if is_kept && baseline.is_some_and(|baseline| baseline.has(finding)) {
            self.in_baseline += 1;
        } else {
            self.counting.push(Counting { position, causes });
        }
    }
}
