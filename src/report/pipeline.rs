//! The formats for pipelines, behind one type.

use super::item::ReportItem;
use super::parts::{Frame, Parts};
use super::{github, junit, markdown, sarif};
use crate::diagnostic::Exit;

/// The formats for pipelines, which render [`ReportItem`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PipelineFormat {
    /// SARIF 2.1.0.
    Sarif,
    /// JUnit XML.
    Junit,
    /// Annotations of a GitHub Actions run.
    Github,
    /// Markdown.
    Markdown,
}

/// One of them at work.
pub struct Pipeline(Format);

enum Format {
    Sarif(sarif::Sarif),
    Junit(junit::Junit),
    Github,
    Markdown,
}

impl Pipeline {
    /// Begins a rendering.
    pub fn new(format: PipelineFormat) -> Self {
        Self(match format {
            PipelineFormat::Sarif => Format::Sarif(sarif::Sarif::default()),
            PipelineFormat::Junit => Format::Junit(junit::Junit::default()),
            PipelineFormat::Github => Format::Github,
            PipelineFormat::Markdown => Format::Markdown,
        })
    }

    /// See [`Renderer::streams`](super::Renderer::streams).
    pub fn streams(&self) -> bool {
        matches!(self.0, Format::Github)
    }

    /// What `thing` adds.
    pub fn add(&mut self, thing: &ReportItem<'_>) -> Parts {
        match &mut self.0 {
            Format::Sarif(sarif) => sarif.add(thing),
            Format::Junit(junit) => [junit.add(thing), String::new()],
            Format::Github => [github::lines(thing), String::new()],
            Format::Markdown => markdown::parts(thing),
        }
    }

    /// What stands around all. `exit` is the exit code of the run.
    pub fn finish(&self, exit: Exit) -> Frame {
        match &self.0 {
            Format::Sarif(sarif) => sarif.frame(exit),
            Format::Junit(junit) => junit.frame(),
            Format::Github => Frame::default(),
            Format::Markdown => Frame([markdown::HEAD.to_owned(), String::new(), String::new()]),
        }
    }

    /// All of `things` as one text.
    pub fn render<'a>(mut self, things: impl IntoIterator<Item = ReportItem<'a>>, exit: Exit) -> String {
        let [mut first, mut second] = Parts::default();
        for thing in things {
            let [one, other] = self.add(&thing);
            first.push_str(&one);
            second.push_str(&other);
        }
        let Frame([before, between, after]) = self.finish(exit);
        [before, first, between, second, after].concat()
    }
}
