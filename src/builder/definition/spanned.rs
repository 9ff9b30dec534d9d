//! Values with their place in the text.

use std::ops::{Deref, Range};

/// A value and the byte range of the text that it was read from, quotes included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Bytes of the text.
    pub range: Range<usize>,
}

/// A text as YAML means it: without quotes, escapes and indentation. It may hold templates.
pub type Text = Spanned<String>;

impl<T> Spanned<T> {
    /// A value and its range.
    pub fn new(value: T, range: Range<usize>) -> Self {
        Self { value, range }
    }

    /// Another value with the same range.
    pub fn map<U>(self, convert: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned { value: convert(self.value), range: self.range }
    }
}

impl<T> Deref for Spanned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl Text {
    /// The range in `source` of a part of this text, such as a template in it. `part` is a byte range of the value.
    ///
    /// A part that is not written in one piece (escapes, folded lines) has the range of the whole text.
    pub fn range_of(&self, source: &str, part: Range<usize>) -> Range<usize> {
        self.find_part(source, part).unwrap_or_else(|| self.range.clone())
    }

    fn find_part(&self, source: &str, part: Range<usize>) -> Option<Range<usize>> {
        let written = source.get(self.range.clone())?;
        let wanted = self.value.get(part.clone())?;
        if wanted.is_empty() {
            return None;
        }
        // The parts of a text are written in their order, so the count of equal parts before it selects the place.
        let before = self.value.get(..part.start)?.matches(wanted).count();
        // The first line of a block has only its signs.
        let is_block = written.starts_with(['|', '>']);
        let header = if is_block { written.find('\n')? } else { 0 };
        let (at, _) = written.get(header..)?.match_indices(wanted).nth(before)?;
        let start = self.range.start + header + at;
        Some(start..start + wanted.len())
    }
}
