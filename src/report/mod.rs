//! Renderers: pure functions from one result to text. None of them decides anything, so they cannot disagree.

mod admission;
mod attestations;
mod columns;
mod cosign;
mod json;
mod keys;
mod page;
mod signed;
mod style;
mod table;

pub use admission::{
    Admission, NotJudged, Place, Role, Use, render as admission, render_json as admission_json,
};
pub use attestations::{list, list_json};
pub use cosign::{Cosign, comment};
pub use json::render as json;
pub use keys::{keys, keys_json};
pub use page::render as page;
pub use signed::{Signed, SignedObject, signed_json};
pub use style::Style;
pub(crate) use style::printable;
pub use table::{Severity, age, problem, render as table};

use crate::error::{Exit, Problem};
use crate::evidence::{Evidence, Verdict};
use crate::oci::Reference;
use crate::trust::Trust;

/// The results of one run, in the order of its arguments.
pub struct Report<'a> {
    /// What was trusted.
    pub trust: &'a Trust,
    /// The time for keys, where the caller set it: a report must not depend on the clock.
    pub effective_time: Option<jiff::Timestamp>,
    /// One for each reference.
    pub images: Vec<Image>,
}

/// The result for one reference.
pub struct Image {
    /// As asked for.
    pub reference: Reference,
    /// Evidence and verdict, or why the reference could not be resolved.
    pub result: Result<(Evidence, Verdict), Problem>,
}

impl Image {
    /// The exit code of this result.
    pub fn exit(&self) -> Exit {
        match &self.result {
            Ok((_, verdict)) => verdict.exit,
            Err(problem) => problem.exit(),
        }
    }
}

impl Report<'_> {
    /// The most severe exit code of all results.
    pub fn exit(&self) -> Exit {
        self.images.iter().map(Image::exit).max().unwrap_or(Exit::Pass)
    }
}
