//! A changed text as a list of pieces: spans of the original, and new text between them.
//!
//! Invariant: what no edit covers is the original, byte for byte. Nothing of it is copied.

use std::ops::Range;
use std::sync::Arc;

/// A piece of a changed text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::vex) enum Piece {
    /// A span of the original.
    Kept(Range<usize>),
    /// A span of the original, with this text behind each line feed. JSON has line feeds only between its tokens.
    Indented(Range<usize>, Arc<str>),
    /// New text.
    New(String),
}

/// One edit: the pieces that stand in place of a span.
#[derive(Clone, Debug)]
struct Edit {
    span: Range<usize>,
    pieces: Vec<Piece>,
}

/// Edits of one text. They do not overlap.
#[derive(Clone, Debug, Default)]
pub(in crate::vex) struct Edits(Vec<Edit>);

impl Edits {
    /// Removes a span.
    pub(in crate::vex) fn remove(&mut self, span: Range<usize>) {
        self.put(span, Vec::new());
    }

    /// Writes new text in place of a span.
    pub(in crate::vex) fn replace(&mut self, span: Range<usize>, text: String) {
        self.put(span, vec![Piece::New(text)]);
    }

    /// Writes new text before the byte at `at`.
    pub(in crate::vex) fn insert(&mut self, at: usize, text: String) {
        self.replace(at..at, text);
    }

    /// Writes pieces in place of a span.
    pub(in crate::vex) fn put(&mut self, span: Range<usize>, pieces: Vec<Piece>) {
        self.0.push(Edit { span, pieces });
    }

    /// The pieces of a span of the text with all edits in it.
    pub(in crate::vex) fn pieces(mut self, span: Range<usize>) -> Vec<Piece> {
        self.0.sort_by_key(|edit| (edit.span.start, edit.span.end));
        let mut pieces = Vec::with_capacity(self.0.len() * 2 + 1);
        let mut at = span.start;
        for edit in self.0 {
            if edit.span.start > at {
                pieces.push(Piece::Kept(at..edit.span.start));
            }
            pieces.extend(edit.pieces);
            at = at.max(edit.span.end);
        }
        if span.end > at {
            pieces.push(Piece::Kept(at..span.end));
        }
        pieces
    }
}

/// The bytes of one piece, in order.
pub(in crate::vex) fn bytes_of<'a>(piece: &'a Piece, text: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    let (whole, lines, indentation) = match piece {
        Piece::Kept(span) => (text.get(span.clone()), None, ""),
        Piece::New(new) => (Some(new.as_bytes()), None, ""),
        Piece::Indented(span, indentation) => (None, text.get(span.clone()), &**indentation),
    };
    let lines = lines.into_iter().flat_map(|lines| lines.split_inclusive(|byte| *byte == b'\n'));
    let indented = lines.enumerate().flat_map(move |(number, line)| {
        let indentation = if number == 0 { "" } else { indentation };
        [indentation.as_bytes(), line]
    });
    whole.into_iter().chain(indented).filter(|bytes| !bytes.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(pieces: &[Piece], text: &str) -> String {
        let bytes: Vec<u8> =
            pieces.iter().flat_map(|piece| bytes_of(piece, text.as_bytes())).flatten().copied().collect();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn lines_are_indented_but_the_first() {
        let text = "{\r\n  1\r\n}x";
        let pieces = [Piece::Indented(0..text.len() - 1, Arc::from("  ")), Piece::New("!".to_owned())];
        assert_eq!(written(&pieces, text), "{\r\n    1\r\n  }!");
        assert_eq!(written(&[Piece::Indented(0..2, Arc::from("  "))], "{}"), "{}");
    }

    #[test]
    fn a_text_without_edits_is_one_piece() {
        assert_eq!(Edits::default().pieces(0..5), [Piece::Kept(0..5)]);
        assert_eq!(Edits::default().pieces(0..0), []);
    }
}
