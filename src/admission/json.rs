//! The JSON document of `dhi admit check`, with the schema `docs/schemas/admit-2.json`.

use serde::Serialize;

use super::result::Admission;
use super::uses::{NotJudged, Place, TextException, Use};
use crate::report::json::{DiagnosticJson, Head, IMAGES, ImageResult, around, element, text};
use crate::report::{Frame, HintTexts, Image, Run};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    objects: usize,
    /// Empty: the images are inserted one by one.
    images: [(); 0],
    refused: Vec<Refused<'a>>,
    not_judged: Vec<NotJudgedJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<DiagnosticJson>,
}

#[derive(Serialize)]
struct UsedImageJson<'a> {
    uses: &'a [Use],
    image: ImageResult<'a>,
}

#[derive(Serialize)]
struct Refused<'a> {
    #[serde(rename = "use")]
    used: &'a Use,
    error: DiagnosticJson,
}

/// A part that was not judged.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NotJudgedJson<'a> {
    #[serde(flatten)]
    place: &'a Place,
    reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exception: Option<&'a TextException>,
}

impl<'a> NotJudgedJson<'a> {
    fn new(part: &'a NotJudged) -> Self {
        let NotJudged { place, reason, text, exception } = part;
        Self { place, reason, text: text.as_deref(), exception: exception.as_ref() }
    }
}

/// Renders one image with its uses as an element of the list of images.
pub(super) fn image(image: &Image, uses: &[Use], texts: &dyn HintTexts, first: bool) -> String {
    element(&UsedImageJson { uses, image: ImageResult::new(image, texts) }, IMAGES, first)
}

/// The document around the images, which ends with a line feed.
pub(super) fn frame(end: &Admission, run: &Run<'_>, any: bool) -> Frame {
    let document = Document {
        head: Head::new(run, &end.exceptions, &end.tally()),
        objects: end.objects,
        images: [],
        refused: end
            .refused
            .iter()
            .map(|(used, diagnostic)| Refused { used, error: DiagnosticJson::new(diagnostic, run.texts) })
            .collect(),
        not_judged: end.not_judged.iter().map(NotJudgedJson::new).collect(),
        error: end.strict_failure().map(|diagnostic| DiagnosticJson::new(&diagnostic, run.texts)),
    };
    let (before, after) = around(&text(&document), "images", any);
    Frame([before, String::new(), after])
}
