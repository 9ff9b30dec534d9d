//! Renders the result of an admission check: each image with its uses and the verdict of `dhi verify`. Every format
//! lists what was not judged.

use std::borrow::Cow;
use std::fmt::Write;

use serde::Serialize;

use super::uses::{NotJudged, Place, Use};
use crate::diagnostic::{Code, Diagnostic, Exit};
use crate::evidence::{Conclusion, ConclusionKind, Excuses, Tally, Verdict};
use crate::report::columns::columns;
use crate::report::json::{
    Counts, DiagnosticJson, ExcusesJson, IMAGES, ImageResult, Tool, Trusted, around, element, text,
};
use crate::report::{
    Frame, Image, ItemResult, LastLine, Parts, Pipeline, PipelineFormat, Renderer, ReportItem, Run, Severity,
    Style, table,
};

/// Version of the schema.
const SCHEMA_VERSION: u32 = 1;

/// The result of an admission check, without the judged images, which are rendered one by one.
pub struct Admission {
    /// The conclusions of all images.
    pub images: Tally,
    /// Uses whose text is not a valid image.
    pub refused: Vec<(Use, Diagnostic)>,
    /// Parts that were found and not judged.
    pub not_judged: Vec<NotJudged>,
    /// Whether parts that were not judged are failures.
    pub strict: bool,
    /// Kubernetes objects, and Compose services and jobs.
    pub objects: usize,
}

impl Admission {
    /// The failure of `strict`, if a part was not judged.
    fn strict_failure(&self) -> Option<Diagnostic> {
        let what = match self.not_judged.iter().filter(|part| self.fails(part)).count() {
            0 => return None,
            1 => "a part of the manifests was not judged".to_owned(),
            count => format!("{count} parts of the manifests were not judged"),
        };
        Some(NotJudged::diagnostic_of(what, true))
    }

    /// Whether it is a failure that this part was not judged.
    fn fails(&self, part: &NotJudged) -> bool {
        self.strict && part.excused_until.is_none()
    }

    /// The conclusions of all images and parts.
    pub fn tally(&self) -> Tally {
        let mut tally = self.images.clone();
        for (_, diagnostic) in &self.refused {
            tally.add(&Conclusion::of(diagnostic.exit()), diagnostic.exit());
        }
        for part in &self.not_judged {
            let exit = if self.fails(part) { Code::ADMIT_NOT_JUDGED.exit() } else { Exit::Pass };
            tally.add(&Conclusion::NotJudged, exit);
            // Without `strict` it is not a failure, so there is nothing to excuse.
            if let Some(until) = part.excused_until.filter(|_| self.strict) {
                tally.excuse(&Excuses::until(until));
            }
        }
        tally
    }

    /// The items of pipeline formats after the images: refused texts, and parts that were not judged.
    fn items<'a>(&'a self, policy: &'a str) -> impl Iterator<Item = ReportItem<'a>> {
        let item = move |reference: String, place: &Place, result, conclusion| ReportItem {
            reference,
            digest: None,
            places: vec![place.location()],
            claim: None,
            result,
            conclusion,
            policy,
            skipped: Vec::new(),
        };
        let refused = self.refused.iter().map(move |(one, diagnostic)| {
            let conclusion = Conclusion::of(diagnostic.exit());
            item(one.written.clone(), &one.place, ItemResult::Unresolved(diagnostic), conclusion)
        });
        let not_judged = self.not_judged.iter().map(move |part| {
            let counts = self.fails(part);
            let result = ItemResult::NotJudged { diagnostic: Cow::Owned(part.diagnostic(counts)), counts };
            item(part.place.to_string(), &part.place, result, Conclusion::NotJudged)
        });
        refused.chain(not_judged)
    }
}

/// A judged image with its uses.
#[derive(Clone, Copy)]
pub struct UsedImage<'a> {
    /// The result.
    pub image: &'a Image,
    /// The uses, in the order of the manifests.
    pub uses: &'a [Use],
}

/// A rendering of `dhi admit check` in one format.
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
    /// The table for people: images with their uses, then failures and warnings.
    pub fn table(run: Run<'a>, style: Style) -> Self {
        let table = Table { style, rows: Vec::new(), blocks: String::new() };
        Self { run, format: Format::Table(table) }
    }

    /// The JSON document: `docs/schemas/admit-1.json`.
    pub fn json(run: Run<'a>) -> Self {
        Self { run, format: Format::Json { any: false } }
    }

    /// A pipeline format.
    pub fn pipeline(run: Run<'a>, format: PipelineFormat) -> Self {
        Self { run, format: Format::Pipeline(Pipeline::new(format, run.texts)) }
    }
}

impl Renderer for AdmissionRenderer<'_> {
    type Item<'a> = UsedImage<'a>;
    type End<'a> = &'a Admission;

    fn streams(&self) -> bool {
        match &self.format {
            Format::Table(_) | Format::Json { .. } => false,
            Format::Pipeline(pipeline) => pipeline.streams(),
        }
    }

    fn add(&mut self, UsedImage { image, uses }: UsedImage<'_>) -> Parts {
        match &mut self.format {
            Format::Table(table) => {
                table.add(image, uses, &self.run);
                Parts::default()
            }
            Format::Json { any } => {
                let first = !std::mem::replace(any, true);
                let used = UsedImageJson { uses, image: ImageResult::new(image, self.run.texts) };
                [element(&used, IMAGES, first), String::new()]
            }
            Format::Pipeline(pipeline) => {
                let places = uses.iter().map(|one| one.place.location()).collect();
                pipeline.add(&ReportItem { places, ..self.run.item(image) })
            }
        }
    }

    fn finish(&mut self, end: &Admission) -> Frame {
        match &mut self.format {
            Format::Table(table) => Frame([table.finish(end, &self.run), String::new(), String::new()]),
            Format::Json { any } => json(end, &self.run, *any),
            Format::Pipeline(pipeline) => {
                // Refused and not judged items come after all images, in both lists.
                let [mut first, mut second] = Parts::default();
                for item in end.items(self.run.policy.as_str()) {
                    let [one, other] = pipeline.add(&item);
                    first.push_str(&one);
                    second.push_str(&other);
                }
                let tally = &end.tally();
                let last = LastLine { tally, policy: self.run.policy, objects: Some(end.objects) };
                let Frame([before, between, after]) = pipeline.finish(last);
                Frame([before, first + &between, second + &after])
            }
        }
    }
}

/// The table under construction. Its layout needs the widths of all rows, so rows are kept until the end.
struct Table {
    style: Style,
    rows: Vec<Vec<String>>,
    /// The text about images below the rows.
    blocks: String,
}

impl Table {
    fn add(&mut self, image: &Image, uses: &[Use], run: &Run<'_>) {
        let why = match &image.result {
            Ok((_, verdict)) => codes(verdict),
            Err(diagnostic) => diagnostic.code.to_string(),
        };
        for (at, used) in uses.iter().enumerate() {
            let first = |text: String| if at == 0 { text } else { String::new() };
            let (verdict, reference) = (image.conclusion().to_string(), image.reference.to_string());
            self.rows.push(vec![first(verdict), first(reference), used.to_string(), first(why.clone())]);
        }
        let text = match image.conclusion().kind() {
            ConclusionKind::Pass => table::remarks(image, run, self.style),
            _ => table::image(image, run, false, false, self.style),
        };
        if !text.is_empty() {
            let _ = writeln!(self.blocks, "{text}");
        }
    }

    fn finish(&mut self, end: &Admission, run: &Run<'_>) -> String {
        let mut out = String::new();
        let style = self.style;
        self.rows.extend(end.refused.iter().map(|(used, diagnostic)| {
            let verdict = Conclusion::of(diagnostic.exit()).to_string();
            vec![verdict, used.written.clone(), used.to_string(), diagnostic.code.to_string()]
        }));
        self.rows.extend(end.not_judged.iter().map(|part| {
            let verdict = Conclusion::NotJudged.to_string();
            vec![verdict, "-".to_owned(), part.place.to_string(), part.reason.clone()]
        }));
        if !self.rows.is_empty() {
            let rows = std::mem::take(&mut self.rows);
            out.push_str(&columns(["VERDICT", "IMAGE", "USED IN", "WHY"], rows, style));
            out.push('\n');
        }
        out.push_str(&self.blocks);
        for (used, refused) in &end.refused {
            let diagnostic =
                table::render_diagnostic(Severity::Error, refused, &[&used.to_string()], run.texts, style);
            let _ = writeln!(out, "{diagnostic}");
        }
        if let Some(diagnostic) = end.strict_failure() {
            let _ = writeln!(
                out,
                "{}",
                table::render_diagnostic(Severity::Error, &diagnostic, &[], run.texts, style)
            );
        }
        let (tally, objects) = (&end.tally(), Some(end.objects));
        let last = LastLine { tally, policy: run.policy, objects };
        out.push_str(&style.lines(&last.line(style), 2));
        out
    }
}

/// The codes of the failures and excused findings of an image, each once.
fn codes(verdict: &Verdict) -> String {
    let found = verdict.checks.iter().filter(|check| check.counts() || check.excused.is_some());
    let mut codes: Vec<&str> = Vec::new();
    for diagnostic in found.filter_map(|check| check.diagnostic.as_ref()) {
        if !codes.contains(&diagnostic.code.as_str()) {
            codes.push(diagnostic.code.as_str());
        }
    }
    codes.join(", ")
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
    objects: usize,
    trust: Trusted<'a>,
    /// Empty: the images are inserted one by one.
    images: [(); 0],
    refused: Vec<Refused<'a>>,
    not_judged: &'a [NotJudged],
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

/// The document around the images, which ends with a line feed.
fn json(end: &Admission, run: &Run<'_>, any: bool) -> Frame {
    let tally = end.tally();
    let conclusion = tally.conclusion();
    let document = Document {
        schema_version: SCHEMA_VERSION,
        tool: Tool::this(),
        verdict: conclusion.kind().id(),
        exit_code: tally.exit().code(),
        counts: Counts::new(&tally),
        excused: ExcusesJson::of(&conclusion),
        policy: run.policy.as_str(),
        objects: end.objects,
        trust: Trusted::new(run),
        images: [],
        refused: end
            .refused
            .iter()
            .map(|(used, diagnostic)| Refused { used, error: DiagnosticJson::new(diagnostic, run.texts) })
            .collect(),
        not_judged: &end.not_judged,
        error: end.strict_failure().map(|diagnostic| DiagnosticJson::new(&diagnostic, run.texts)),
    };
    let (before, after) = around(&text(&document), "images", any);
    Frame([before, String::new(), after])
}
