//! The images of manifests: where each is used, and the same verdict that `dhi verify` gives. What was not judged
//! stands in every rendering.

use std::fmt;
use std::fmt::Write;

use serde::Serialize;

use super::columns::columns;
use super::json::{ImageResult, ProblemJson, Tool, Trusted, text, word};
use super::judged::{Judged, Location};
use super::style::printable;
use super::table::{self, Severity};
use super::{Report, Style};
use crate::error::{Exit, Problem};

/// Version of the document's shape.
const SCHEMA_VERSION: u32 = 1;

/// What became of the images of manifests.
pub struct Admission<'a> {
    /// One result for each distinct image, in the order of first use.
    pub report: Report<'a>,
    /// Where each image of the report is used: as many, in the same order.
    pub uses: Vec<Vec<Use>>,
    /// Uses whose text is not taken for an image.
    pub refused: Vec<(Use, Problem)>,
    /// What was seen and not judged.
    pub not_judged: Vec<NotJudged>,
    /// Set if something that was not judged is a failure.
    pub strict: Option<Problem>,
    /// Kubernetes objects, and Compose services and jobs.
    pub objects: usize,
}

/// A place in the manifests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// As the user wrote it, or found below the directory that he wrote; `-` for standard input.
    pub file: String,
    /// Beginning with 1.
    pub line: usize,
    /// The number of the document in the file, beginning with 1.
    pub document: usize,
    /// `Deployment`; `service`, `job` or `model` for Compose; or nothing.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// Where one is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Of the object.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
}

/// One use of an image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Use {
    /// Where the image stands.
    #[serde(flatten)]
    pub place: Place,
    /// What runs it.
    pub role: Role,
    /// The name of the container or volume; empty if it has none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub container: String,
    /// The image as it is written.
    pub written: String,
}

/// What runs or mounts an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// `containers`, or a Compose service or job.
    Container,
    /// `initContainers`, or what runs before a Compose service.
    InitContainer,
    /// `ephemeralContainers`.
    EphemeralContainer,
    /// An image that is mounted.
    Volume,
    /// `image` anywhere else in an object of a kind that is not known.
    Field,
}

/// Something in the manifests that may name images and was not judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NotJudged {
    /// Where it stands.
    #[serde(flatten)]
    pub place: Place,
    /// What it is, and why it was not judged.
    pub reason: String,
}

impl Place {
    fn location(&self) -> Location {
        Location { file: self.file.clone(), line: self.line }
    }
}

impl Admission<'_> {
    /// Everything as the renderers for pipelines read it: images with the lines that name them, what was refused, and
    /// what was not judged.
    pub fn judged(&self) -> Vec<Judged<'_>> {
        let policy = self.report.policy.as_str();
        let error = |reference: String, places, problem| Judged {
            reference,
            digest: None,
            places,
            headline: None,
            result: Err(problem),
            exit: problem.exit(),
            policy,
            left_out: Vec::new(),
        };
        let images = self.report.judged().zip(&self.uses).map(|(judged, uses)| Judged {
            places: uses.iter().map(|one| one.place.location()).collect(),
            ..judged
        });
        let refused = self
            .refused
            .iter()
            .map(|(one, problem)| error(one.written.clone(), vec![one.place.location()], problem));
        let strict = self.strict.iter().map(|problem| error("manifests".to_owned(), Vec::new(), problem));
        let not_judged = self.not_judged.iter().map(|left| Judged {
            reference: left.place.to_string(),
            digest: None,
            places: vec![left.place.location()],
            headline: None,
            result: Ok(&[]),
            exit: Exit::Pass,
            policy,
            left_out: vec![left.reason.clone()],
        });
        images.chain(refused).chain(strict).chain(not_judged).collect()
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)?;
        if !self.kind.is_empty() {
            write!(f, " {}", self.kind)?;
        }
        match (&self.namespace, self.name.as_str()) {
            (_, "") => Ok(()),
            (Some(namespace), name) => write!(f, " {namespace}/{name}"),
            (None, name) => write!(f, " {name}"),
        }
    }
}

impl fmt::Display for Use {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.place, self.role.word())?;
        if self.container.is_empty() { Ok(()) } else { write!(f, " {}", self.container) }
    }
}

impl Role {
    fn word(self) -> &'static str {
        match self {
            Self::Container => "container",
            Self::InitContainer => "init container",
            Self::EphemeralContainer => "ephemeral container",
            Self::Volume => "volume",
            Self::Field => "image",
        }
    }
}

impl Admission<'_> {
    /// The most severe exit code of everything.
    pub fn exit(&self) -> Exit {
        let refused = self.refused.iter().map(|(_, problem)| problem.exit());
        refused.chain(self.strict.iter().map(Problem::exit)).fold(self.report.exit(), Ord::max)
    }
}

/// The table for people: images with their uses, then what is wrong with them.
pub fn render(admission: &Admission<'_>, style: Style) -> String {
    let mut out = String::new();
    let mut rows = Vec::new();
    for (image, uses) in admission.report.images.iter().zip(&admission.uses) {
        for (at, used) in uses.iter().enumerate() {
            let first = |text: String| if at == 0 { text } else { String::new() };
            let verdict = first(word(image.exit()).to_owned());
            rows.push(vec![first(image.reference.to_string()), used.to_string(), verdict]);
        }
    }
    for (used, _) in &admission.refused {
        rows.push(vec![used.written.clone(), used.to_string(), "fail".to_owned()]);
    }
    if !rows.is_empty() {
        out.push_str(&columns(["IMAGE", "USED IN", "VERDICT"].map(str::to_owned), rows, None));
        out.push('\n');
    }
    for image in &admission.report.images {
        let text = if image.exit() == Exit::Pass {
            table::remarks(image, &admission.report, style)
        } else {
            table::image(image, &admission.report, false, style)
        };
        if !text.is_empty() {
            let _ = writeln!(out, "{text}");
        }
    }
    for (used, refused) in &admission.refused {
        let _ = writeln!(out, "{}", table::problem(Severity::Error, refused, &[&used.to_string()], style));
    }
    if let Some(problem) = &admission.strict {
        let _ = writeln!(out, "{}", table::problem(Severity::Error, problem, &[], style));
    }
    for left in &admission.not_judged {
        let _ =
            writeln!(out, "not judged: {}: {}", printable(&left.place.to_string()), printable(&left.reason));
    }
    if !admission.not_judged.is_empty() {
        out.push('\n');
    }
    let images = admission.report.images.len() + admission.refused.len();
    let passed = admission.report.images.iter().filter(|image| image.exit() == Exit::Pass).count();
    let objects = admission.objects;
    let objects = format!("{objects} object{}", if objects == 1 { "" } else { "s" });
    let verdict = if admission.exit() == Exit::Pass { style.good("pass") } else { style.bad("fail") };
    let _ = match images {
        0 => writeln!(out, "{verdict}  no images in {objects}"),
        _ => {
            let policy = table::policy(admission.report.policy);
            writeln!(out, "{verdict}  {passed} of {images} images pass, in {objects}; {policy}")
        }
    };
    out
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    schema_version: u32,
    tool: Tool,
    verdict: &'static str,
    exit_code: u8,
    policy: &'static str,
    objects: usize,
    trust: Trusted<'a>,
    images: Vec<UsedImage<'a>>,
    refused: Vec<Refused<'a>>,
    not_judged: &'a [NotJudged],
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ProblemJson<'a>>,
}

#[derive(Serialize)]
struct UsedImage<'a> {
    uses: &'a [Use],
    image: ImageResult<'a>,
}

#[derive(Serialize)]
struct Refused<'a> {
    #[serde(rename = "use")]
    used: &'a Use,
    error: ProblemJson<'a>,
}

/// One JSON document that ends in a line feed: `docs/schemas/admit-1.json`.
pub fn render_json(admission: &Admission<'_>) -> String {
    let exit = admission.exit();
    let images = admission.report.images.iter().zip(&admission.uses);
    text(&Document {
        schema_version: SCHEMA_VERSION,
        tool: Tool::this(),
        verdict: word(exit),
        exit_code: exit.code(),
        policy: admission.report.policy.as_str(),
        objects: admission.objects,
        trust: Trusted::new(&admission.report),
        images: images.map(|(image, uses)| UsedImage { uses, image: ImageResult::new(image) }).collect(),
        refused: admission
            .refused
            .iter()
            .map(|(used, problem)| Refused { used, error: ProblemJson::new(problem) })
            .collect(),
        not_judged: &admission.not_judged,
        error: admission.strict.as_ref().map(ProblemJson::new),
    })
}
