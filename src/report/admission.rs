//! The images of manifests: where each is used, and the same verdict that `dhi verify` gives. What was not judged
//! stands in every rendering.

use std::fmt;
use std::fmt::Write;

use serde::Serialize;

use super::columns::columns;
use super::json::{IMAGES, ImageResult, ProblemJson, Tool, Trusted, around, element, text, word};
use super::judged::{Judged, Location};
use super::parts::{Frame, Parts, Pipeline, PipelineFormat, Renderer};
use super::style::printable;
use super::table::{self, Severity};
use super::{Image, Run, Style};
use crate::diagnostic::{Diagnostic, Exit};

/// Version of the document's shape.
const SCHEMA_VERSION: u32 = 1;

/// What is known of manifests beside their images.
pub struct Admission {
    /// The most severe exit code of all images.
    pub images: Exit,
    /// Uses whose text is not taken for an image.
    pub refused: Vec<(Use, Diagnostic)>,
    /// What was seen and not judged.
    pub not_judged: Vec<NotJudged>,
    /// Set if something that was not judged is a failure.
    pub strict: Option<Diagnostic>,
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

impl Admission {
    /// What the renderers for pipelines show behind the images: what was refused, and what was not judged.
    fn judged<'a>(&'a self, policy: &'a str) -> impl Iterator<Item = Judged<'a>> {
        let error = move |reference: String, places, problem: &'a Diagnostic| Judged {
            reference,
            digest: None,
            places,
            headline: None,
            result: Err(problem),
            exit: problem.exit(),
            policy,
            left_out: Vec::new(),
        };
        let refused = self
            .refused
            .iter()
            .map(move |(one, problem)| error(one.written.clone(), vec![one.place.location()], problem));
        let strict =
            self.strict.iter().map(move |problem| error("manifests".to_owned(), Vec::new(), problem));
        let not_judged = self.not_judged.iter().map(move |left| Judged {
            reference: left.place.to_string(),
            digest: None,
            places: vec![left.place.location()],
            headline: None,
            result: Ok(&[]),
            exit: Exit::Pass,
            policy,
            left_out: vec![left.reason.clone()],
        });
        refused.chain(strict).chain(not_judged)
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

impl Admission {
    /// The most severe exit code of everything.
    pub fn exit(&self) -> Exit {
        let refused = self.refused.iter().map(|(_, problem)| problem.exit());
        refused.chain(self.strict.iter().map(Diagnostic::exit)).fold(self.images, Ord::max)
    }
}

/// One format of `dhi admit check` at work.
pub struct AdmissionRenderer<'a> {
    run: Run<'a>,
    format: Format<'a>,
}

enum Format<'a> {
    Table(Table),
    Json { any: bool },
    Pipeline(Pipeline<'a>),
}

impl<'a> AdmissionRenderer<'a> {
    /// The table for people: images with their uses, then what is wrong with them.
    pub fn table(run: Run<'a>, style: Style) -> Self {
        let table = Table { style, rows: Vec::new(), blocks: String::new(), images: 0, passed: 0 };
        Self { run, format: Format::Table(table) }
    }

    /// The JSON document: `docs/schemas/admit-1.json`.
    pub fn json(run: Run<'a>) -> Self {
        Self { run, format: Format::Json { any: false } }
    }

    /// A format for pipelines.
    pub fn pipeline(run: Run<'a>, format: PipelineFormat) -> Self {
        Self { run, format: Format::Pipeline(Pipeline::new(format, run.words)) }
    }
}

impl Renderer for AdmissionRenderer<'_> {
    type End<'a> = &'a Admission;

    fn streams(&self) -> bool {
        match &self.format {
            Format::Table(_) | Format::Json { .. } => false,
            Format::Pipeline(pipeline) => pipeline.streams(),
        }
    }

    fn add(&mut self, image: &Image, uses: &[Use]) -> Parts {
        match &mut self.format {
            Format::Table(table) => {
                table.add(image, uses, &self.run);
                Parts::default()
            }
            Format::Json { any } => {
                let first = !std::mem::replace(any, true);
                let used = UsedImage { uses, image: ImageResult::new(image, self.run.words) };
                [element(&used, IMAGES, first), String::new()]
            }
            Format::Pipeline(pipeline) => {
                let places = uses.iter().map(|one| one.place.location()).collect();
                pipeline.add(&Judged { places, ..self.run.judged(image) })
            }
        }
    }

    fn finish(&mut self, end: &Admission) -> Frame {
        match &mut self.format {
            Format::Table(table) => Frame([table.finish(end, &self.run), String::new(), String::new()]),
            Format::Json { any } => json(end, &self.run, *any),
            Format::Pipeline(pipeline) => {
                // What is no image comes behind all images, in both lists.
                let [mut first, mut second] = Parts::default();
                for thing in end.judged(self.run.policy.as_str()) {
                    let [one, other] = pipeline.add(&thing);
                    first.push_str(&one);
                    second.push_str(&other);
                }
                let Frame([before, between, after]) = pipeline.finish(end.exit());
                Frame([before, first + &between, second + &after])
            }
        }
    }
}

/// The table needs the widths of all rows, and of most images no more than that.
struct Table {
    style: Style,
    rows: Vec<Vec<String>>,
    /// What is said of the images below the rows.
    blocks: String,
    images: usize,
    passed: usize,
}

impl Table {
    fn add(&mut self, image: &Image, uses: &[Use], run: &Run<'_>) {
        for (at, used) in uses.iter().enumerate() {
            let first = |text: String| if at == 0 { text } else { String::new() };
            let verdict = first(word(image.exit()).to_owned());
            self.rows.push(vec![first(image.reference.to_string()), used.to_string(), verdict]);
        }
        let passes = image.exit() == Exit::Pass;
        self.images += 1;
        self.passed += usize::from(passes);
        let text = if passes {
            table::remarks(image, run, self.style)
        } else {
            table::image(image, run, false, self.style)
        };
        if !text.is_empty() {
            let _ = writeln!(self.blocks, "{text}");
        }
    }

    fn finish(&mut self, end: &Admission, run: &Run<'_>) -> String {
        let mut out = String::new();
        let style = self.style;
        let refused = end.refused.iter();
        self.rows
            .extend(refused.map(|(used, _)| vec![used.written.clone(), used.to_string(), "fail".to_owned()]));
        if !self.rows.is_empty() {
            let rows = std::mem::take(&mut self.rows);
            out.push_str(&columns(["IMAGE", "USED IN", "VERDICT"].map(str::to_owned), rows, None));
            out.push('\n');
        }
        out.push_str(&self.blocks);
        for (used, refused) in &end.refused {
            let problem = table::problem(Severity::Error, refused, &[&used.to_string()], run.words, style);
            let _ = writeln!(out, "{problem}");
        }
        if let Some(problem) = &end.strict {
            let _ = writeln!(out, "{}", table::problem(Severity::Error, problem, &[], run.words, style));
        }
        for left in &end.not_judged {
            let (place, reason) = (left.place.to_string(), &left.reason);
            let _ = writeln!(out, "not judged: {}: {}", printable(&place), printable(reason));
        }
        if !end.not_judged.is_empty() {
            out.push('\n');
        }
        let images = self.images + end.refused.len();
        let passed = self.passed;
        let objects = end.objects;
        let objects = format!("{objects} object{}", if objects == 1 { "" } else { "s" });
        let verdict = if end.exit() == Exit::Pass { style.good("pass") } else { style.bad("fail") };
        let _ = match images {
            0 => writeln!(out, "{verdict}  no images in {objects}"),
            _ => {
                let policy = table::policy(run.policy);
                writeln!(out, "{verdict}  {passed} of {images} images pass, in {objects}; {policy}")
            }
        };
        out
    }
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
    /// Written one by one.
    images: [(); 0],
    refused: Vec<Refused<'a>>,
    not_judged: &'a [NotJudged],
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ProblemJson>,
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
    error: ProblemJson,
}

/// The document around the images, which ends in a line feed.
fn json(end: &Admission, run: &Run<'_>, any: bool) -> Frame {
    let exit = end.exit();
    let document = Document {
        schema_version: SCHEMA_VERSION,
        tool: Tool::this(),
        verdict: word(exit),
        exit_code: exit.code(),
        policy: run.policy.as_str(),
        objects: end.objects,
        trust: Trusted::new(run),
        images: [],
        refused: end
            .refused
            .iter()
            .map(|(used, problem)| Refused { used, error: ProblemJson::new(problem, run.words) })
            .collect(),
        not_judged: &end.not_judged,
        error: end.strict.as_ref().map(|problem| ProblemJson::new(problem, run.words)),
    };
    let (before, after) = around(&text(&document), "images", any);
    Frame([before, String::new(), after])
}
