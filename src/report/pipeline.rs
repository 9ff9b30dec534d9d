//! The formats for pipelines, behind one type.

use super::item::ReportItem;
use super::parts::{Frame, Parts};
use super::{LastLine, Words, github, junit, markdown, sarif};

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
pub struct Pipeline<'a> {
    format: Format,
    words: &'a dyn Words,
}

enum Format {
    Sarif(sarif::Sarif),
    Junit(junit::Junit),
    Github(github::Github),
    Markdown,
}

impl<'a> Pipeline<'a> {
    /// Begins a rendering.
    pub fn new(format: PipelineFormat, words: &'a dyn Words) -> Self {
        let format = match format {
            PipelineFormat::Sarif => Format::Sarif(sarif::Sarif::default()),
            PipelineFormat::Junit => Format::Junit(junit::Junit::default()),
            PipelineFormat::Github => Format::Github(github::Github::default()),
            PipelineFormat::Markdown => Format::Markdown,
        };
        Self { format, words }
    }

    /// See [`Renderer::streams`](super::Renderer::streams).
    pub fn streams(&self) -> bool {
        matches!(self.format, Format::Github(_))
    }

    /// What `thing` adds.
    pub fn add(&mut self, thing: &ReportItem<'_>) -> Parts {
        match &mut self.format {
            Format::Sarif(sarif) => sarif.add(thing, self.words),
            Format::Junit(junit) => [junit.add(thing, self.words), String::new()],
            Format::Github(github) => [github.add(thing, self.words), String::new()],
            Format::Markdown => markdown::parts(thing, self.words),
        }
    }

    /// What stands around all, of which `last` tells.
    pub fn finish(&self, last: LastLine<'_>) -> Frame {
        match &self.format {
            Format::Sarif(sarif) => sarif.frame(last, self.words),
            Format::Junit(junit) => junit.frame(last),
            Format::Github(github) => Frame([String::new(), String::new(), github.finish(last)]),
            Format::Markdown => Frame([markdown::head(last), String::new(), String::new()]),
        }
    }
}
