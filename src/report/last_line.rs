//! The last line of a table, the title of a summary: the conclusion over everything that was asked for, so that whoever
//! reads no more is not misled.

use super::Style;
use crate::evidence::{ConclusionKind, Tally};
use crate::policy::BuiltIn;

/// What was counted, and of what.
#[derive(Clone, Copy, Debug)]
pub struct LastLine<'a> {
    /// The conclusions.
    pub tally: &'a Tally,
    /// By which policy.
    pub policy: BuiltIn,
    /// Where images were looked for in manifests: how many objects these have. Then what was not judged is counted, also
    /// where that is nothing.
    pub objects: Option<usize>,
}

impl LastLine<'_> {
    /// `pass  1 of 1 image passes dhi-or-dhi-based`.
    pub(crate) fn line(&self, style: Style) -> String {
        format!("{}  {}", style.conclusion(&self.tally.conclusion()), self.counts())
    }

    /// `23 of 25 images pass dhi-or-dhi-based; 1 failed, 1 unknown`.
    pub(super) fn counts(&self) -> String {
        let (tally, policy) = (self.tally, self.policy.as_str());
        let passes = match (tally.images(), self.objects) {
            (0, Some(1)) => "no images in 1 object".to_owned(),
            (0, Some(objects)) => format!("no images in {objects} objects"),
            (1, _) => format!("{} of 1 image passes {policy}", tally.passed()),
            (images, _) => format!("{} of {images} images pass {policy}", tally.passed()),
        };
        let others = self.others();
        if others.is_empty() { passes } else { format!("{passes}; {}", others.join(", ")) }
    }

    /// What did not pass. Of a single reference the word says it.
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
        // Where the run passes the excuses stand beside its word.
        if tally.conclusion().kind() != ConclusionKind::Pass && !tally.excuses().is_empty() {
            others.push(tally.excuses().to_string());
        }
        if self.objects.is_some() {
            others.push(format!("{} not judged", tally.not_judged()));
        }
        others
    }
}
