//! The texts of a definition and of the files that it includes.

use std::ops::Range;

use crate::builder::definition::Text;

/// The texts that a definition is made of. Their ranges do not overlap: those of each file follow those of the file
/// before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sources {
    files: Vec<SourceFile>,
}

/// One text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// The name, as the user wrote it.
    pub name: String,
    /// The text.
    pub text: String,
    /// Where its ranges begin.
    pub(super) start: usize,
}

impl Sources {
    /// The text of a definition. Its ranges begin at 0.
    pub fn new(name: &str, text: &str) -> Self {
        Self { files: vec![SourceFile { name: name.to_owned(), text: text.to_owned(), start: 0 }] }
    }

    /// The definition first, then the files that it includes.
    pub fn files(&self) -> &[SourceFile] {
        &self.files
    }

    /// The file that a range is in, and the range in its text.
    pub fn locate(&self, range: &Range<usize>) -> Option<(&SourceFile, Range<usize>)> {
        let count = self.files.partition_point(|file| file.start <= range.start);
        let file = self.files.get(count.checked_sub(1)?)?;
        let local = range.start - file.start..range.end.checked_sub(file.start)?;
        (local.end <= file.text.len()).then_some((file, local))
    }

    /// Where the ranges of the next file begin.
    pub(super) fn end(&self) -> usize {
        self.files.last().map_or(0, |file| file.start + file.text.len() + 1)
    }

    pub(super) fn push(&mut self, name: &str, text: String) {
        let start = self.end();
        self.files.push(SourceFile { name: name.to_owned(), text, start });
    }

    /// The range of a part of a text, and whether `replacement` can be written there. Without a place of its own, the
    /// part has the range of the whole text.
    pub(super) fn part(&self, text: &Text, part: Range<usize>, replacement: &str) -> (Range<usize>, bool) {
        let Some((file, local)) = self.locate(&text.range) else { return (text.range.clone(), false) };
        let local = Text::new(text.value.clone(), local);
        let found = local.range_of(&file.text, part.clone());
        let is_exact = file.text.get(found.clone()) == text.value.get(part);
        let is_breaking = file.text.get(local.range).is_some_and(|written| match written.get(..1) {
            Some("\"") => replacement.contains(['"', '\\']),
            Some("'") => replacement.contains('\''),
            _ => false,
        });
        let is_possible = is_exact && !is_breaking;
        (found.start + file.start..found.end + file.start, is_possible)
    }
}
