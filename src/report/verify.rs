//! The rendering of `dhi verify` in each of its formats.

use super::errors::Errors;
use super::html::VerdictPage;
use super::parts::{Frame, Parts, Renderer};
use super::pipeline::{Pipeline, PipelineFormat};
use super::verify_table::{Layout, VerifyTable};
use super::{AppliedException, Cosign, Image, LastLine, Location, Page, Run, Style, comment, digests, json};
use crate::evidence::{Tally, VerdictSource};

/// A rendering in one format.
pub struct VerifyRenderer<'a> {
    run: Run<'a>,
    format: Format<'a>,
    any: bool,
}

enum Format<'a> {
    Table(VerifyTable),
    Json,
    Pipeline(Pipeline<'a>),
    Html(VerdictPage),
    Cosign(&'a Cosign<'a>),
    Digests,
    Errors(Errors),
}

/// The facts that are known only after the last result.
#[derive(Clone, Copy)]
pub struct VerifyEnd<'a> {
    /// All exceptions, used or not, in the order of their file.
    pub exceptions: &'a [AppliedException],
    /// The conclusions of all results.
    pub tally: &'a Tally,
}

impl<'a> VerifyRenderer<'a> {
    /// The table for people.
    pub fn table(run: Run<'a>, layout: Layout, style: Style) -> Self {
        Self { run, format: Format::Table(VerifyTable::new(layout, style)), any: false }
    }

    /// One line for each image that passed: the reference with the digest of what was verified. Nothing else.
    pub fn digests(run: Run<'a>) -> Self {
        Self { run, format: Format::Digests, any: false }
    }

    /// The findings of images that did not pass, equal ones folded. Empty if all passed. `beside_digests` adds what
    /// [`Self::digests`] cannot show.
    pub fn errors(run: Run<'a>, beside_digests: bool, style: Style) -> Self {
        let errors = Errors::new(beside_digests, style);
        Self { run, format: Format::Errors(errors), any: false }
    }

    /// The JSON document: `docs/schemas/verify-2.json`.
    pub fn json(run: Run<'a>) -> Self {
        Self { run, format: Format::Json, any: false }
    }

    /// A pipeline format.
    pub fn pipeline(run: Run<'a>, format: PipelineFormat) -> Self {
        Self { run, format: Format::Pipeline(Pipeline::new(format, run.texts)), any: false }
    }

    /// The page for people: one file that loads nothing.
    pub fn html(run: Run<'a>, page: impl Into<Page>) -> Self {
        Self { run, format: Format::Html(VerdictPage::new(page.into())), any: false }
    }

    /// The equivalent cosign commands.
    pub fn cosign(run: Run<'a>, cosign: &'a Cosign<'a>) -> Self {
        Self { run, format: Format::Cosign(cosign), any: false }
    }

    /// Renders all `images` as one text.
    pub fn render(mut self, images: &[Image], exceptions: &[AppliedException]) -> String {
        let [mut first, mut second] = Parts::default();
        let mut tally = Tally::default();
        for image in images {
            tally.add(&image.conclusion(), image.exit());
            let [one, other] = self.add(image);
            first.push_str(&one);
            second.push_str(&other);
        }
        let Frame([before, between, after]) = self.finish(VerifyEnd { exceptions, tally: &tally });
        [before, first, between, second, after].concat()
    }
}

impl Renderer for VerifyRenderer<'_> {
    type Item<'a> = &'a Image;
    type End<'a> = VerifyEnd<'a>;

    fn streams(&self) -> bool {
        match &self.format {
            Format::Table(_) | Format::Cosign(_) | Format::Digests => true,
            Format::Json | Format::Errors(_) | Format::Pipeline(_) | Format::Html(_) => false,
        }
    }

    fn add(&mut self, image: &Image) -> Parts {
        let first = !std::mem::replace(&mut self.any, true);
        let text = match &mut self.format {
            Format::Table(table) => table.add(image, &self.run),
            Format::Json => json::image(image, self.run.texts, first),
            Format::Pipeline(pipeline) => return pipeline.add(&self.run.item(image)),
            Format::Html(page) => {
                let places: Vec<Location> =
                    image.place.as_ref().or(self.run.location).cloned().into_iter().collect();
                return page.add(image, &places, &self.run);
            }
            Format::Cosign(cosign) => commands(image, cosign),
            Format::Digests => digests::line(image),
            Format::Errors(errors) => {
                errors.add(image);
                String::new()
            }
        };
        [text, String::new()]
    }

    fn finish(&mut self, end: VerifyEnd<'_>) -> Frame {
        let last = LastLine { tally: end.tally, policies: self.run.policies, objects: None };
        match &self.format {
            Format::Table(table) => table.finish(&self.run, last),
            Format::Cosign(_) | Format::Digests => Frame::default(),
            Format::Errors(errors) => {
                Frame([String::new(), String::new(), errors.finish([], &self.run, last)])
            }
            Format::Json => json::frame(&self.run, end.exceptions, end.tally, self.any),
            Format::Pipeline(pipeline) => pipeline.finish(last),
            Format::Html(page) => page.finish(end.exceptions, &self.run, last),
        }
    }
}

fn commands(image: &Image, cosign: &Cosign<'_>) -> String {
    let mut lines = vec![comment(&format!("{}: {}", image.reference, image.conclusion()))];
    if let Ok((VerdictSource::Evidence(evidence), _)) = &image.result {
        lines.extend(cosign.commands(evidence));
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}
