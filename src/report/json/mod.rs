//! The JSON document of verdicts, with the schema `docs/schemas/verify-1.json`.
//!
//! A change that removes a member or changes its meaning needs a new `schemaVersion`.

mod attestations;
mod checks;
mod image;
mod proofs;
mod run;
mod text;

use serde::Serialize;

pub(crate) use image::ImageResult;
pub(super) use image::{NotJudgedJson, not_judged_json};
pub(crate) use proofs::DiagnosticJson;
pub(super) use proofs::{SignatureJson, more};
pub(super) use run::Key;
pub(crate) use run::{Counts, ExcusesJson, Tool, Trusted};
pub(crate) use text::{IMAGES, around, element, text};

use super::parts::Frame;
use super::{AppliedException, HintTexts, Image, Run};
use crate::evidence::Tally;

/// Version of the schema.
const SCHEMA_VERSION: u32 = 1;

/// Renders one result as an element of the list of images.
pub(super) fn image(image: &Image, texts: &dyn HintTexts, first: bool) -> String {
    element(&ImageResult::new(image, texts), IMAGES, first)
}

/// The document around the results, which ends with a line feed.
pub(super) fn frame(run: &Run<'_>, exceptions: &[AppliedException], tally: &Tally, any: bool) -> Frame {
    let conclusion = tally.conclusion();
    let document = Document {
        schema_version: SCHEMA_VERSION,
        tool: Tool::this(),
        verdict: conclusion.kind().id(),
        exit_code: tally.exit().code(),
        counts: Counts::new(tally),
        excused: ExcusesJson::of(&conclusion),
        policy: run.policy.as_str(),
        trust: Trusted::new(run),
        exceptions: exceptions
            .iter()
            .map(|excuse| ExceptionJson {
                image: &excuse.image,
                check: excuse.check.as_str(),
                reason: &excuse.reason,
                expires: &excuse.expires,
                outcome: excuse.outcome.as_str(),
            })
            .collect(),
        images: [],
    };
    let (before, after) = around(&text(&document), "images", any);
    Frame([before, String::new(), after])
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    schema_version: u32,
    tool: Tool,
    verdict: &'static str,
    exit_code: u8,
    counts: Counts,
    #[serde(skip_serializing_if = "Option::is_none")]
    excused: Option<ExcusesJson>,
    policy: &'static str,
    trust: Trusted<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    exceptions: Vec<ExceptionJson<'a>>,
    /// Empty: the images are inserted one by one.
    images: [(); 0],
}

#[derive(Serialize)]
struct ExceptionJson<'a> {
    image: &'a str,
    check: &'static str,
    reason: &'a str,
    expires: &'a str,
    outcome: &'static str,
}
