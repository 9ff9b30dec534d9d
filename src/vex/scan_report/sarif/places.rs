//! Where the results of a report are, with their suppressions.

use std::ops::Range;

use crate::vex::scan_report::parts::Parts;

/// The property of a suppression that names the statement. It marks the entries of this program.
pub(super) const STATEMENT: &str = "dhi:vex:statement";

/// Where the results of a report are: those of each run.
#[derive(Clone, Debug, Default)]
pub(in crate::vex::scan_report) struct Places(pub(super) Vec<RunPlace>);

impl Places {
    /// The findings of a run whose suppression somebody rejected.
    pub(in crate::vex::scan_report) fn rejected(&self, run: usize) -> impl Iterator<Item = usize> {
        let details = self.0.get(run).map(|run| run.details.as_slice()).unwrap_or_default();
        let is_rejected =
            |place: &&ResultPlace| place.suppressions.as_ref().is_some_and(SuppressionsPlace::is_rejected);
        details.iter().filter(is_rejected).filter_map(|place| place.finding)
    }
}

/// Where the results of a run are.
#[derive(Clone, Debug, Default)]
pub(super) struct RunPlace {
    pub(super) results: Parts,
    /// As long as the list of results.
    pub(super) details: Vec<ResultPlace>,
}

/// One result.
#[derive(Clone, Debug, Default)]
pub(super) struct ResultPlace {
    /// The position of its finding among those of the scan. `None`: it is suppressed already, or is no vulnerability.
    pub(super) finding: Option<usize>,
    pub(super) suppressions: Option<SuppressionsPlace>,
}

/// The member `suppressions` of a result.
#[derive(Clone, Debug)]
pub(super) struct SuppressionsPlace {
    /// Where its name begins.
    pub(super) start: usize,
    pub(super) value: Range<usize>,
    /// The elements. `None` for `null`.
    pub(super) list: Option<Parts>,
    /// As long as the list.
    pub(super) entries: Vec<Suppression>,
}

/// One entry of `suppressions`.
#[derive(Clone, Debug, Default)]
pub(super) struct Suppression {
    pub(super) status: SuppressionStatus,
    /// The value of the member `status`.
    pub(super) status_value: Option<Range<usize>>,
    pub(super) justification: Option<String>,
    /// The statement, if this program wrote the entry.
    pub(super) statement: Option<String>,
}

/// The status of a suppression (SARIF 2.1.0, 3.35.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum SuppressionStatus {
    #[default]
    Accepted,
    UnderReview,
    Rejected,
}

impl SuppressionStatus {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::UnderReview => "underReview",
            Self::Rejected => "rejected",
        }
    }
}

impl SuppressionsPlace {
    /// Whether somebody refused to suppress the result. Then it stays as it is.
    pub(super) fn is_rejected(&self) -> bool {
        self.entries.iter().any(|entry| entry.status == SuppressionStatus::Rejected)
    }

    /// Whether the result counts as suppressed: there are entries, and none is under review or rejected (3.27.23).
    pub(super) fn suppresses(&self) -> bool {
        !self.entries.is_empty()
            && self.entries.iter().all(|entry| entry.status == SuppressionStatus::Accepted)
    }
}
