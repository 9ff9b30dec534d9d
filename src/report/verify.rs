//! The formats of `dhi verify`.

use super::parts::{Frame, Parts, Pipeline, PipelineFormat, Renderer};
use super::{Cosign, Excuse, Image, Run, Style, Use, comment, json, table};
use crate::diagnostic::Exit;
use crate::evidence::Basis;

/// One of them at work.
pub struct VerifyRenderer<'a> {
    run: Run<'a>,
    format: Format<'a>,
    any: bool,
}

enum Format<'a> {
    Table { explain: bool, style: Style },
    Json,
    Pipeline(Pipeline<'a>),
    Cosign(&'a Cosign<'a>),
}

/// What is known only after the last result.
#[derive(Clone, Copy)]
pub struct VerifyEnd<'a> {
    /// Exceptions that excused nothing, and those that did, as they stand in their file.
    pub exceptions: &'a [Excuse],
    /// The most severe exit code of all results.
    pub exit: Exit,
}

impl<'a> VerifyRenderer<'a> {
    /// The table for people; `explain` adds the facts that decided each check.
    pub fn table(run: Run<'a>, explain: bool, style: Style) -> Self {
        Self { run, format: Format::Table { explain, style }, any: false }
    }

    /// The JSON document: `docs/schemas/verify-1.json`.
    pub fn json(run: Run<'a>) -> Self {
        Self { run, format: Format::Json, any: false }
    }

    /// A format for pipelines.
    pub fn pipeline(run: Run<'a>, format: PipelineFormat) -> Self {
        Self { run, format: Format::Pipeline(Pipeline::new(format, run.words)), any: false }
    }

    /// The equal cosign commands.
    pub fn cosign(run: Run<'a>, cosign: &'a Cosign<'a>) -> Self {
        Self { run, format: Format::Cosign(cosign), any: false }
    }

    /// All `images` as one text.
    pub fn render(mut self, images: &[Image], exceptions: &[Excuse]) -> String {
        let [mut first, mut second] = Parts::default();
        for image in images {
            let [one, other] = self.add(image, &[]);
            first.push_str(&one);
            second.push_str(&other);
        }
        let exit = images.iter().map(Image::exit).max().unwrap_or(Exit::Pass);
        let Frame([before, between, after]) = self.finish(VerifyEnd { exceptions, exit });
        [before, first, between, second, after].concat()
    }
}

impl Renderer for VerifyRenderer<'_> {
    type End<'a> = VerifyEnd<'a>;

    fn streams(&self) -> bool {
        match &self.format {
            Format::Table { .. } | Format::Cosign(_) => true,
            Format::Json => false,
            Format::Pipeline(pipeline) => pipeline.streams(),
        }
    }

    fn add(&mut self, image: &Image, _: &[Use]) -> Parts {
        let first = !std::mem::replace(&mut self.any, true);
        let text = match &mut self.format {
            Format::Table { explain, style } => {
                let block = table::image(image, &self.run, *explain, *style);
                if first { block } else { format!("\n{block}") }
            }
            Format::Json => json::image(image, self.run.words, first),
            Format::Pipeline(pipeline) => return pipeline.add(&self.run.judged(image)),
            Format::Cosign(cosign) => commands(image, cosign),
        };
        [text, String::new()]
    }

    fn finish(&mut self, end: VerifyEnd<'_>) -> Frame {
        match &self.format {
            Format::Table { .. } | Format::Cosign(_) => Frame::default(),
            Format::Json => json::frame(&self.run, end.exceptions, end.exit, self.any),
            Format::Pipeline(pipeline) => pipeline.finish(end.exit),
        }
    }
}

fn commands(image: &Image, cosign: &Cosign<'_>) -> String {
    let word = if image.exit() == Exit::Pass { "pass" } else { "fail" };
    let mut lines = vec![comment(&format!("{}: {word}", image.reference))];
    if let Ok((Basis::Evidence(evidence), _)) = &image.result {
        lines.extend(cosign.commands(evidence));
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}
