//! What a page shows findings of: an image with the result for it, or the reports of a run.

use super::facts::Facts;
use crate::diagnostic::Diagnostic;
use crate::evidence::{BaseProof, ConclusionKind, Evidence};
use crate::report::vex::run::{AppliedRun, DecidedFinding, PlacedScan};

/// An image, or the reports of a run, with the result.
pub(super) struct Subject<'a> {
    /// The image, if the run names one. Else the reports tell what was scanned.
    pub(super) image: Option<String>,
    /// Its verdict, if it has one of its own.
    pub(super) kind: Option<ConclusionKind>,
    /// What is known about it.
    pub(super) facts: Facts,
    /// Its findings with decisions, or why there are none.
    pub(super) result: Result<AppliedRun<'a>, &'a Diagnostic>,
    /// What is proven about the image, if it was verified.
    pub(super) evidence: Option<&'a Evidence>,
    /// What the image is built on, if that was searched.
    pub(super) base: Option<&'a BaseProof>,
}

/// Which findings a list has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum List {
    /// Those that remain.
    Remaining,
    /// Those that are suppressed.
    Suppressed,
}

impl<'a> Subject<'a> {
    /// The result, if there is one.
    pub(super) fn run(&self) -> Option<AppliedRun<'a>> {
        self.result.as_ref().ok().copied()
    }

    /// The name of one of its scans.
    pub(super) fn scan_name(&self, scan: &PlacedScan<'_>) -> String {
        let is_only = self.run().is_some_and(|run| run.scans().count() == 1);
        match &self.image {
            Some(image) if is_only => image.clone(),
            Some(image) => format!("{image}, {}", scan.name()),
            None => scan.name(),
        }
    }
}

impl List {
    /// Whether a finding is in it.
    pub(super) fn has(self, found: &DecidedFinding<'_>, run: &AppliedRun<'_>) -> bool {
        run.shows(found) && found.is_suppressed() == (self == Self::Suppressed)
    }
}
