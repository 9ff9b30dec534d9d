//! The JSON document of a scan, with the schema `docs/schemas/scan-1.json`. The result of each image is a document of
//! `docs/schemas/vex-apply-1.json`.

use serde::Serialize;

use super::run::{FindingSource, ScanRun, ScannedImage};
use super::words::{Severities, kind};
use crate::report::HintTexts;
use crate::report::json::{DiagnosticJson, IMAGES, around, element, text};
use crate::vex::Severity;

/// Version of the schema.
pub(super) const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    schema_version: u32,
    tool: Tool,
    verdict: &'static str,
    exit_code: u8,
    /// Empty: the images are inserted.
    images: [(); 0],
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ImageJson<'a> {
    reference: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    verdict: &'static str,
    exit_code: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<SourceJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base: Option<BaseJson>,
    found: SeveritiesJson,
    remaining: SeveritiesJson,
    not_shown: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<DiagnosticJson>,
    /// Empty: the document is inserted.
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<[(); 0]>,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase", rename_all_fields = "camelCase")]
enum SourceJson<'a> {
    Scanner {
        name: &'a str,
        version: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        database: Option<String>,
    },
    File {
        name: &'a str,
    },
    Attestation {
        digest: String,
        predicate_type: &'a str,
        signers: &'a [String],
        #[serde(skip_serializing_if = "Option::is_none")]
        scanner: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        time: Option<String>,
    },
}

/// What each platform of the image is built on.
#[derive(Serialize)]
struct BaseJson {
    answer: &'static str,
}

#[derive(Serialize)]
struct SeveritiesJson {
    critical: usize,
    high: usize,
    medium: usize,
    low: usize,
    negligible: usize,
    unknown: usize,
}

/// Renders the document, which ends with a line feed.
pub(super) fn json(run: &ScanRun<'_>) -> String {
    let document = text(&Document {
        schema_version: SCHEMA_VERSION,
        tool: Tool { name: "dhi", version: env!("CARGO_PKG_VERSION") },
        verdict: kind(&run.images).id(),
        exit_code: run.exit().code(),
        images: [],
    });
    let images = run.images.iter().enumerate().map(|(at, one)| image(one, run.texts, at == 0));
    let images: String = images.collect();
    let (before, after) = around(&document, "images", !images.is_empty());
    [before, images, after].concat()
}

/// One image as an element of the list of images.
fn image(image: &ScannedImage<'_>, texts: &dyn HintTexts, is_first: bool) -> String {
    let head = element(&ImageJson::new(image, texts), IMAGES, is_first);
    let Ok(run) = &image.result else { return head };
    let (before, after) = around(&head, "result", false);
    // The placeholder is an empty list, and a document takes its place.
    let (before, after) = (before.trim_end_matches('['), after.trim_start_matches(']'));
    let indent = format!("\n{:columns$}", "", columns = IMAGES + 2);
    let result = run.json().trim_end().replace('\n', &indent);
    [before, &result, after].concat()
}

impl<'a> ImageJson<'a> {
    fn new(image: &'a ScannedImage<'a>, texts: &dyn HintTexts) -> Self {
        let [before, after] = image.severities();
        Self {
            reference: &image.reference,
            digest: image.digest.map(|digest| digest.to_string()),
            verdict: image.kind().id(),
            exit_code: image.exit().code(),
            source: image.source.as_ref().map(SourceJson::new),
            base: image.base.map(|base| BaseJson { answer: base.answer() }),
            found: SeveritiesJson::new(before),
            remaining: SeveritiesJson::new(after),
            not_shown: image.not_shown(),
            error: image.result.as_ref().err().map(|error| DiagnosticJson::new(error, texts)),
            result: image.result.is_ok().then_some([]),
        }
    }
}

impl<'a> SourceJson<'a> {
    fn new(source: &'a FindingSource) -> Self {
        match source {
            FindingSource::Scanner { name, version, database } => {
                Self::Scanner { name, version, database: database.map(|time| time.to_string()) }
            }
            FindingSource::File { name } => Self::File { name },
            FindingSource::Attestation { digest, predicate_type, signers, scanner, time } => {
                Self::Attestation {
                    digest: digest.to_string(),
                    predicate_type,
                    signers,
                    scanner: scanner.as_deref(),
                    time: time.map(|time| time.to_string()),
                }
            }
        }
    }
}

impl SeveritiesJson {
    fn new(counts: Severities) -> Self {
        Self {
            critical: counts.of(Severity::Critical),
            high: counts.of(Severity::High),
            medium: counts.of(Severity::Medium),
            low: counts.of(Severity::Low),
            negligible: counts.of(Severity::Negligible),
            unknown: counts.of(Severity::Unknown),
        }
    }
}
