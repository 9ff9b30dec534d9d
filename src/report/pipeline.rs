//! The pipeline formats behind one type.

use super::item::ReportItem;
use super::parts::{Frame, Parts};
use super::{HintTexts, LastLine, github, junit, markdown, sarif};
use crate::diagnostic::Exit;

/// The pipeline formats, which render [`ReportItem`].
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

/// A rendering in one pipeline format.
pub struct Pipeline<'a> {
    format: Format,
    texts: &'a dyn HintTexts,
}

enum Format {
    Sarif(sarif::Sarif),
    Junit(junit::Junit),
    Github(github::Github),
    Markdown,
}

impl<'a> Pipeline<'a> {
    /// Starts a rendering.
    pub fn new(format: PipelineFormat, texts: &'a dyn HintTexts) -> Self {
        let format = match format {
            PipelineFormat::Sarif => Format::Sarif(sarif::Sarif::default()),
            PipelineFormat::Junit => Format::Junit(junit::Junit::default()),
            PipelineFormat::Github => Format::Github(github::Github::default()),
            PipelineFormat::Markdown => Format::Markdown,
        };
        Self { format, texts }
    }

    /// With the exit code of the run, if it is not that of its results.
    #[must_use]
    pub fn with_exit(mut self, exit: Exit) -> Self {
        if let Format::Sarif(sarif) = &mut self.format {
            sarif.exit = Some(exit);
        }
        self
    }

    /// Renders one item.
    pub fn add(&mut self, item: &ReportItem<'_>) -> Parts {
        match &mut self.format {
            Format::Sarif(sarif) => sarif.add(item, self.texts),
            Format::Junit(junit) => [junit.add(item, self.texts), String::new()],
            Format::Github(github) => github.add(item, self.texts),
            Format::Markdown => markdown::parts(item, self.texts),
        }
    }

    /// Renders the frame around all items.
    pub fn finish(&self, last: LastLine<'_>) -> Frame {
        match &self.format {
            Format::Sarif(sarif) => sarif.frame(last, self.texts),
            Format::Junit(junit) => junit.frame(last),
            Format::Github(github) => github.frame(last),
            Format::Markdown => Frame([markdown::head(last), String::new(), String::new()]),
        }
    }
}
