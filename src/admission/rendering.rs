//! Renders the result of an admission check: each image with its uses and the verdict of `dhi verify`. Every format
//! lists what was not judged.

use super::json;
use super::result::Admission;
use super::table::{self, Table};
use super::uses::Use;
use crate::report::{
    Errors, Frame, Image, LastLine, Location, Page, Parts, Pipeline, PipelineFormat, Renderer, ReportItem,
    Run, Style, VerdictPage, digests,
};

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
    Html(VerdictPage),
    Digests,
    Errors(Errors, Style),
}

impl<'a> AdmissionRenderer<'a> {
    /// The table for people: images with their uses, then failures and warnings.
    pub fn table(run: Run<'a>, style: Style) -> Self {
        Self { run, format: Format::Table(Table::new(style)) }
    }

    /// The JSON document: `docs/schemas/admit-2.json`.
    pub fn json(run: Run<'a>) -> Self {
        Self { run, format: Format::Json { any: false } }
    }

    /// A pipeline format.
    pub fn pipeline(run: Run<'a>, format: PipelineFormat) -> Self {
        Self { run, format: Format::Pipeline(Pipeline::new(format, run.texts)) }
    }

    /// The page for people: one file that loads nothing.
    pub fn html(run: Run<'a>, page: impl Into<Page>) -> Self {
        Self { run, format: Format::Html(VerdictPage::new(page.into())) }
    }

    /// One line for each image that passed: the reference with the digest of what was verified.
    pub fn digests(run: Run<'a>) -> Self {
        Self { run, format: Format::Digests }
    }

    /// The findings of what did not pass. `beside_digests` adds what [`Self::digests`] cannot show.
    pub fn errors(run: Run<'a>, beside_digests: bool, style: Style) -> Self {
        Self { run, format: Format::Errors(Errors::new(beside_digests, style), style) }
    }
}

impl Renderer for AdmissionRenderer<'_> {
    type Item<'a> = UsedImage<'a>;
    type End<'a> = &'a Admission;

    fn streams(&self) -> bool {
        false
    }

    fn add(&mut self, UsedImage { image, uses }: UsedImage<'_>) -> Parts {
        match &mut self.format {
            Format::Table(table) => {
                table.add(image, uses);
                Parts::default()
            }
            Format::Json { any } => {
                let first = !std::mem::replace(any, true);
                [json::image(image, uses, self.run.texts, first), String::new()]
            }
            Format::Pipeline(pipeline) => {
                let places = uses.iter().filter_map(|one| one.place.location()).collect();
                pipeline.add(&ReportItem { places, ..self.run.item(image) })
            }
            Format::Html(page) => {
                let places: Vec<Location> = uses.iter().filter_map(|one| one.place.location()).collect();
                page.add(image, &places, &self.run)
            }
            Format::Digests => [digests::line(image), String::new()],
            Format::Errors(errors, _) => {
                errors.add(image);
                Parts::default()
            }
        }
    }

    fn finish(&mut self, end: &Admission) -> Frame {
        match &mut self.format {
            Format::Table(table) => Frame([table.finish(end, &self.run), String::new(), String::new()]),
            Format::Json { any } => json::frame(end, &self.run, *any),
            Format::Digests => Frame::default(),
            Format::Errors(errors, style) => {
                let last =
                    LastLine { tally: &end.tally(), policies: self.run.policies, objects: Some(end.objects) };
                let more = table::errors(end, &self.run, *style);
                Frame([errors.finish(more, &self.run, last), String::new(), String::new()])
            }
            Format::Pipeline(pipeline) => {
                // Refused and not judged items come after all images, in both lists.
                let [mut first, mut second] = Parts::default();
                for item in end.items(self.run.policies.as_str()) {
                    let [one, other] = pipeline.add(&item);
                    first.push_str(&one);
                    second.push_str(&other);
                }
                let tally = &end.tally();
                let last = LastLine { tally, policies: self.run.policies, objects: Some(end.objects) };
                let Frame([before, between, after]) = pipeline.finish(last);
                Frame([before, first + &between, second + &after])
            }
            Format::Html(page) => {
                let [mut first, mut second] = Parts::default();
                for item in end.items(self.run.policies.as_str()) {
                    let [one, other] = page.add_item(&item, self.run.texts);
                    first.push_str(&one);
                    second.push_str(&other);
                }
                let tally = &end.tally();
                let last = LastLine { tally, policies: self.run.policies, objects: Some(end.objects) };
                let Frame([before, between, after]) = page.finish(&end.exceptions, &self.run, last);
                Frame([before, first + &between, second + &after])
            }
        }
    }
}
