//! The conclusion of a whole run: the last line of a table, or the title of a summary.
//!
//! It counts everything that was requested, so a reader of this line alone is not misled.

use super::Style;
use super::run_policies::RunPolicies;
use crate::evidence::{ConclusionKind, Tally};

/// The counts of a run.
#[derive(Clone, Copy, Debug)]
pub struct LastLine<'a> {
    /// The conclusions of all results.
    pub tally: &'a Tally,
    /// The policies of the run.
    pub policies: &'a RunPolicies,
    /// The number of objects, if images were searched in manifests. Then the line always has the count of parts that
    /// were not judged.
    pub objects: Option<usize>,
}

impl LastLine<'_> {
    /// `pass  1 of 1 image passes dhi-or-dhi-based`.
    pub(crate) fn line(&self, style: Style) -> String {
        format!("{}  {}", style.conclusion(&self.tally.conclusion()), self.counts())
    }

    /// `23 of 25 images pass dhi-or-dhi-based; 1 failed, 1 unknown`.
    pub(super) fn counts(&self) -> String {
        let (tally, policy) = (self.tally, self.policies.as_str());
        let passes = match (tally.images(), self.objects) {
            (0, Some(1)) => "no images in 1 object".to_owned(),
            (0, Some(objects)) => format!("no images in {objects} objects"),
            (1, _) => format!("{} of 1 image passes {policy}", tally.passed()),
            (images, _) => format!("{} of {images} images pass {policy}", tally.passed()),
        };
        let others = self.others();
        if others.is_empty() { passes } else { format!("{passes}; {}", others.join(", ")) }
    }

    /// The counts of results that did not pass. For a single reference the first word is enough.
    fn others(&self) -> Vec<String> {
        let tally = self.tally;
        let is_counted = tally.images() > 1 || self.objects.is_some();
        let mut others = Vec::new();
        if is_counted && tally.failed() > 0 {
            others.push(format!("{} failed", tally.failed()));
        }
        if is_counted && tally.unknown() > 0 {
            others.push(format!("{} unknown", tally.unknown()));
        }
        // If the run passes, the first word already shows the excused findings.
        if tally.conclusion().kind() != ConclusionKind::Pass && !tally.excuses().is_empty() {
            others.push(tally.excuses().to_string());
        }
        if self.objects.is_some() {
            others.push(format!("{} not judged", tally.not_judged()));
        }
        others
    }
}
