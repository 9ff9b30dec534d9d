//! A rendering in parts, so that results are written, or put aside, one by one while others are still being judged: what
//! each result adds, and what stands around all of them once the last one is known. Nothing of a result is kept in
//! between but what the frame needs of it.

use super::judged::Judged;
use super::{Image, Use, Words, github, junit, markdown, sarif};
use crate::diagnostic::Exit;

/// What one result adds to each of the two lists that a rendering can have. Most have one.
pub type Parts = [String; 2];

/// What stands around the lists: before the first, between both, and after the second.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame(pub [String; 3]);

/// One format for the results of one command.
pub trait Renderer {
    /// What is known only after the last result.
    type End<'a>;

    /// Whether nothing stands around the results, so that each can be shown at once.
    fn streams(&self) -> bool;

    /// What `image`, which is used in these places, adds.
    fn add(&mut self, image: &Image, uses: &[Use]) -> Parts;

    /// What stands around all.
    fn finish(&mut self, end: Self::End<'_>) -> Frame;
}

/// The formats for pipelines, which render [`Judged`].
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
    Github,
    Markdown,
}

impl<'a> Pipeline<'a> {
    /// Begins a rendering.
    pub fn new(format: PipelineFormat, words: &'a dyn Words) -> Self {
        let format = match format {
            PipelineFormat::Sarif => Format::Sarif(sarif::Sarif::default()),
            PipelineFormat::Junit => Format::Junit(junit::Junit::default()),
            PipelineFormat::Github => Format::Github,
            PipelineFormat::Markdown => Format::Markdown,
        };
        Self { format, words }
    }

    /// See [`Renderer::streams`].
    pub fn streams(&self) -> bool {
        matches!(self.format, Format::Github)
    }

    /// What `thing` adds.
    pub fn add(&mut self, thing: &Judged<'_>) -> Parts {
        match &mut self.format {
            Format::Sarif(sarif) => sarif.add(thing, self.words),
            Format::Junit(junit) => [junit.add(thing, self.words), String::new()],
            Format::Github => [github::lines(thing, self.words), String::new()],
            Format::Markdown => markdown::parts(thing, self.words),
        }
    }

    /// What stands around all. `exit` is the exit code of the run.
    pub fn finish(&self, exit: Exit) -> Frame {
        match &self.format {
            Format::Sarif(sarif) => sarif.frame(exit, self.words),
            Format::Junit(junit) => junit.frame(),
            Format::Github => Frame::default(),
            Format::Markdown => Frame([markdown::HEAD.to_owned(), String::new(), String::new()]),
        }
    }

    /// All of `things` as one text.
    pub fn render<'b>(mut self, things: impl IntoIterator<Item = Judged<'b>>, exit: Exit) -> String {
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
