//! Renderers: pure functions from one result to text. None of them decides anything, so they cannot disagree.

mod admission;
mod attestations;
mod base;
mod columns;
mod cosign;
mod github;
mod json;
mod judged;
mod junit;
mod keys;
mod markdown;
mod page;
mod sarif;
mod signed;
mod style;
mod table;

pub use admission::{
    Admission, NotJudged, Place, Role, Use, render as admission, render_json as admission_json,
};
pub use attestations::{list, list_json};
pub use base::{base, base_json};
pub use cosign::{Cosign, comment};
pub use github::render as github;
pub use json::render as json;
pub use judged::{Judged, Location};
pub use junit::render as junit;
pub use keys::{keys, keys_json};
pub use markdown::render as markdown;
pub use page::render as page;
pub use sarif::render as sarif;
pub use signed::{Signed, SignedObject, signed_json};
pub use style::Style;
pub(crate) use style::printable;
pub use table::{Severity, age, problem, render as table, render_explained as explained};

use crate::error::{Exit, Id, Problem};
use crate::evidence::{Basis, Verdict};
use crate::oci::Reference;
use crate::policy::{self, Policy};
use crate::trust::{LogPolicy, Trust};

/// The results of one run, in the order of its arguments.
pub struct Report<'a> {
    /// What was trusted.
    pub trust: &'a Trust,
    /// By which policy it was decided.
    pub policy: Policy,
    /// Exceptions that excused nothing, and those that did, as they stand in their file.
    pub exceptions: Vec<Excuse>,
    /// The time for keys, where the caller set it: a report must not depend on the clock.
    pub effective_time: Option<jiff::Timestamp>,
    /// One for each reference.
    pub images: Vec<Image>,
}

/// What became of one exception.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excuse {
    /// The image as it was written.
    pub image: String,
    /// The finding.
    pub check: Id,
    /// Why it is excused.
    pub reason: String,
    /// The last day.
    pub expires: String,
    /// What became of it.
    pub outcome: policy::Use,
}

/// The result for one reference.
pub struct Image {
    /// As asked for.
    pub reference: Reference,
    /// What the verdict rests on and the verdict, or why the reference could not be resolved.
    pub result: Result<(Basis, Verdict), Problem>,
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
    /// Every result as the renderers for pipelines read it.
    pub fn judged(&self) -> impl Iterator<Item = Judged<'_>> {
        self.images.iter().map(|image| {
            let found = image.result.as_ref().ok();
            Judged {
                reference: image.reference.to_string(),
                digest: found.map(|(basis, _)| basis.root().digest),
                places: Vec::new(),
                headline: found.map(|(_, verdict)| &verdict.headline),
                result: image.result.as_ref().map(|(_, verdict)| verdict.checks.as_slice()),
                exit: image.exit(),
                policy: self.policy.as_str(),
                left_out: self.left_out(),
            }
        })
    }

    /// What the caller had left out, for all results.
    fn left_out(&self) -> Vec<String> {
        let log = (self.trust.log == LogPolicy::Skip).then(|| "transparency log (`--skip-tlog`)".to_owned());
        log.into_iter().collect()
    }

    /// The most severe exit code of all results.
    pub fn exit(&self) -> Exit {
        self.images.iter().map(Image::exit).max().unwrap_or(Exit::Pass)
    }
}
