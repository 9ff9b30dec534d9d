//! A changed text as a list of pieces: spans of the original, and new text between them.
//!
//! Invariant: what no edit covers is the original, byte for byte. Nothing of it is copied.

use std::ops::Range;
use std::sync::Arc;

/// A piece of a changed text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
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
pub(super) struct Edits(Vec<Edit>);

impl Edits {
    /// Removes a span.
    pub(super) fn remove(&mut self, span: Range<usize>) {
        self.put(span, Vec::new());
    }

    /// Writes new text in place of a span.
    pub(super) fn replace(&mut self, span: Range<usize>, text: String) {
        self.put(span, vec![Piece::New(text)]);
    }

    /// Writes new text before the byte at `at`.
    pub(super) fn insert(&mut self, at: usize, text: String) {
        self.replace(at..at, text);
    }

    /// Writes pieces in place of a span.
    pub(super) fn put(&mut self, span: Range<usize>, pieces: Vec<Piece>) {
        self.0.push(Edit { span, pieces });
    }

    /// Removes elements of a list, with one comma each. `elements` are all elements of the list between `brackets`. The
    /// list that loses all becomes `[]`.
    pub(super) fn remove_elements(
        &mut self,
        inside: Range<usize>,
        elements: &[Range<usize>],
        is_removed: impl Fn(usize) -> bool,
    ) {
        let Some(first_kept) = (0..elements.len()).find(|index| !is_removed(*index)) else {
            self.remove(inside);
            return;
        };
        // Up to the first element that stays, what follows each removed element goes with it; behind that, what
        // precedes it.
        if let (Some(first), Some(kept), true) = (elements.first(), elements.get(first_kept), first_kept > 0) {
            self.remove(first.start..kept.start);
        }
        for (index, pair) in elements.windows(2).enumerate().skip(first_kept) {
            if let ([before, element], true) = (pair, is_removed(index + 1)) {
                self.remove(before.end..element.end);
            }
        }
    }

    /// The pieces of a span of the text with all edits in it.
    pub(super) fn pieces(mut self, span: Range<usize>) -> Vec<Piece> {
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
pub(super) fn bytes_of<'a>(piece: &'a Piece, text: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
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
    use proptest::prelude::*;

    use super::*;

    fn written(pieces: &[Piece], text: &str) -> String {
        let bytes: Vec<u8> =
            pieces.iter().flat_map(|piece| bytes_of(piece, text.as_bytes())).flatten().copied().collect();
        String::from_utf8(bytes).unwrap()
    }

    /// The list without the elements at `removed`.
    fn without(text: &str, removed: &[usize]) -> String {
        let (open, close) = (text.find('[').unwrap(), text.rfind(']').unwrap());
        let elements: Vec<Range<usize>> = text
            .char_indices()
            .filter(|(_, c)| c.is_ascii_digit())
            .map(|(start, _)| start..start + 1)
            .collect();
        let mut edits = Edits::default();
        edits.remove_elements(open + 1..close, &elements, |index| removed.contains(&index));
        written(&edits.pieces(0..text.len()), text)
    }

    #[test]
    fn elements_go_with_one_comma_each() {
        for (text, removed, expected) in [
            ("[1,2,3]", &[0][..], "[2,3]"),
            ("[1,2,3]", &[1], "[1,3]"),
            ("[1,2,3]", &[2], "[1,2]"),
            ("[1,2,3]", &[0, 2], "[2]"),
            ("[1,2,3]", &[0, 1], "[3]"),
            ("[1,2,3]", &[1, 2], "[1]"),
            ("[1,2,3]", &[0, 1, 2], "[]"),
            ("[1]", &[0], "[]"),
            ("[1]", &[], "[1]"),
            ("[]", &[], "[]"),
            ("[\n  1,\n  2 ,\n  3\n]", &[0], "[\n  2 ,\n  3\n]"),
            ("[\n  1,\n  2 ,\n  3\n]", &[2], "[\n  1,\n  2\n]"),
            ("[\n  1,\n  2,\n  3\n]", &[0, 1, 2], "[]"),
        ] {
            assert_eq!(without(text, removed), expected, "{text} {removed:?}");
        }
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

    proptest! {
        #[test]
        fn what_stays_is_what_was_not_removed(
            count in 0_usize..9,
            removed in proptest::collection::vec(0_usize..9, 0..9),
            separator in prop_oneof![Just(","), Just(", "), Just(",\n  "), Just("\r\n,")],
        ) {
            let list = |elements: &mut dyn Iterator<Item = usize>| {
                elements.map(|element| element.to_string()).collect::<Vec<_>>().join(separator)
            };
            let text = format!("[{}]", list(&mut (0..count)));
            let expected = format!("[{}]", list(&mut (0..count).filter(|index| !removed.contains(index))));
            prop_assert_eq!(without(&text, &removed), expected);
        }
    }
}
