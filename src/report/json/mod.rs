//! The JSON document of verdicts, with the schema `docs/schemas/verify-2.json`, and what all JSON documents share.
//!
//! Values are data: names, numbers, digests and words of fixed lists. Only the members `message` and `hint`, `reason` of
//! exceptions, logs and parts of manifests, and the facts of a failure, are texts for people; `labels` are texts of the
//! image. A change that removes a member or changes its meaning needs a new `schemaVersion`.

mod attestations;
mod base;
mod checks;
mod entries;
mod image;
mod proofs;
mod run;
mod text;

use serde::Serialize;

pub(super) use attestations::ListedReasonJson;
pub use base::base_json;
pub(super) use entries::{NotJudgedJson, not_judged_json};
pub(crate) use image::ImageResult;
pub(crate) use proofs::DiagnosticJson;
pub(super) use proofs::{SignatureJson, more};
pub(crate) use run::Head;
pub(super) use run::{AddedPolicy, Counts, ExcusesJson, Key, TrustedRootJson, added_policies};
pub(crate) use text::{IMAGES, around, element, text};

use super::parts::Frame;
use super::{AppliedException, HintTexts, Image, Run};
use crate::evidence::Tally;

/// Renders one result as an element of the list of images.
pub(super) fn image(image: &Image, texts: &dyn HintTexts, first: bool) -> String {
    element(&ImageResult::new(image, texts), IMAGES, first)
}

/// The document around the results, which ends with a line feed.
pub(super) fn frame(run: &Run<'_>, exceptions: &[AppliedException], tally: &Tally, any: bool) -> Frame {
    #[derive(Serialize)]
    struct Document<'a> {
        #[serde(flatten)]
        head: Head<'a>,
        /// Empty: the images are inserted one by one.
        images: [(); 0],
    }
    let document = Document { head: Head::new(run, exceptions, tally), images: [] };
    let (before, after) = around(&text(&document), "images", any);
    Frame([before, String::new(), after])
}
