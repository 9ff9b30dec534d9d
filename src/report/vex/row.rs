//! One finding with its decision as a row: the same cells and sentence in every format for people.

use super::run::{AppliedRun, DecidedFinding};
use super::wording::{self, inapplicable, label, why_kept};
use crate::report::columns::{Cell, Tone};
use crate::vex::{HardenedStatus, Origin, SourceTrust, StatementRef};

/// The names of the cells.
pub(super) const HEADER: [&str; 10] = [
    "PACKAGE",
    "FINDING",
    "SEVERITY",
    "FIXED IN",
    "FROM",
    "GATE",
    "STATUS",
    "REASON",
    "STATEMENT",
    "SIGNED BY",
];
/// The columns that are shown even if they have no value.
pub(super) const ALWAYS: usize = 2;

/// The cells of one finding. An empty text has no value.
pub(in crate::report) struct Row {
    /// The package with its version.
    pub(super) package: String,
    /// The id that the scanner reports.
    pub(super) finding: String,
    /// The severity.
    pub(super) severity: &'static str,
    /// The versions with a fix, or that there is none. Empty if the report does not say.
    pub(super) fix: String,
    /// Where the package comes from: `base`, `added`, or `unknown` in an image whose base is proven.
    pub(super) origin: &'static str,
    /// What makes it count for the gate: `severity`.
    pub(super) gate: String,
    /// The status of the statement that decided.
    pub(in crate::report) status: &'static str,
    /// The reason of the statement that decided, or why none did.
    pub(in crate::report) reason: String,
    /// The statement that decided, or else the one that came closest.
    pub(in crate::report) statement: String,
    /// Who signed it.
    pub(in crate::report) signer: String,
    /// Whether its source is verified.
    pub(in crate::report) is_verified: bool,
}

impl Row {
    pub(in crate::report) fn new(found: &DecidedFinding<'_>, run: &AppliedRun<'_>) -> Self {
        let (finding, decision, statements) = (found.finding, found.decision, run.statements());
        let closest = decision.near_miss.as_ref().map(|near| near.statement);
        let ruling = decision.ruling.as_ref();
        let statement = ruling.map(|ruling| ruling.statement).or(closest);
        let trust = statement.and_then(|statement| trust(statement, run));
        let is_closest = ruling.is_none() && closest.is_some();
        let shown = statement.map(|statement| label(statement, statements)).unwrap_or_default();
        Self {
            package: found.package(),
            finding: finding.id.clone(),
            severity: finding.severity.id(),
            fix: wording::fix(&finding.fix),
            origin: origin(found, run),
            gate: found.causes.iter().map(|cause| cause.id()).collect::<Vec<_>>().join(", "),
            status: ruling.map_or("", |ruling| ruling.status.as_str()),
            reason: reason(found, run),
            statement: if is_closest { format!("nearest: {shown}") } else { shown },
            signer: trust.map(wording::signer).unwrap_or_default(),
            is_verified: trust.is_none_or(|trust| matches!(trust, SourceTrust::Verified(_))),
        }
    }

    /// The cells under [`HEADER`].
    pub(super) fn cells(&self) -> [Cell; HEADER.len()] {
        let signed = if self.is_verified { Tone::Plain } else { Tone::Warning };
        [
            self.package.as_str().into(),
            Cell::whole(self.finding.as_str()),
            self.severity.into(),
            self.fix.as_str().into(),
            self.origin.into(),
            Cell::new(self.gate.as_str(), Tone::Bad),
            self.status.into(),
            self.reason.as_str().into(),
            self.statement.as_str().into(),
            Cell::new(self.signer.as_str(), signed),
        ]
    }

    /// `CVE-2026-1 of openssl 3.5.1-1 (high): affected: Update to 3.5.2 (vex.json#3, signed by dhi-2)`.
    pub(super) fn line(&self) -> String {
        let Self { finding, package, severity, status, reason, statement, signer, .. } = self;
        let said: Vec<&str> = [*status, reason].into_iter().filter(|text| !text.is_empty()).collect();
        let by = match (statement.is_empty(), self.is_verified) {
            (true, _) => String::new(),
            (false, true) => format!(" ({statement}, signed by {signer})"),
            (false, false) => format!(" ({statement}, {signer})"),
        };
        format!("{finding} of {package} ({severity}): {}{by}", said.join(": "))
    }
}

/// Where the package comes from. Empty in an image without a proven base, which tells nothing about packages.
fn origin(found: &DecidedFinding<'_>, run: &AppliedRun<'_>) -> &'static str {
    let scan = run.applied.reports.get(found.position.report);
    let scan = scan.and_then(|report| report.scans.get(found.position.scan));
    match found.finding.package.origin {
        Origin::Base => "base",
        Origin::Added => "added",
        Origin::Unproven if scan.is_some_and(|scan| scan.facts.hardened == HardenedStatus::BuiltOn) => {
            "unknown"
        }
        Origin::Unproven => "",
    }
}

/// The reason of the statement that decided, with what qualifies it; without one, why none decided.
fn reason(found: &DecidedFinding<'_>, run: &AppliedRun<'_>) -> String {
    let decision = found.decision;
    let Some(ruling) = &decision.ruling else { return why_kept(decision) };
    let stated = run.statements().get(ruling.statement).map(|(_, statement)| wording::reason(statement));
    let conflict = decision.conflict.then(|| "statements of one time contradict each other".to_owned());
    let qualified = decision.reason.map(|reason| inapplicable(reason).to_owned());
    let parts = stated.into_iter().chain(conflict).chain(qualified);
    parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
}

/// Whether the source of a statement is trusted.
fn trust<'a>(statement: StatementRef, run: &AppliedRun<'a>) -> Option<&'a SourceTrust> {
    Some(&run.statements().documents().get(statement.source)?.source.trust)
}
