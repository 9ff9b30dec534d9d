//! The parts of lists and objects in a report, and where new parts are written.

use std::ops::Range;

use super::layout::{Layout, NewValue, Start};
use super::pieces::{Edits, Piece};
use crate::vex::json_reader::{Fault, Kind, Reader};

/// The elements of a list, or the members of an object: each from its name to the end of its value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Parts {
    /// What is between the brackets.
    pub(super) inside: Range<usize>,
    /// The parts, in order.
    pub(super) spans: Vec<Range<usize>>,
}

impl Parts {
    /// Reads a list; `element` reads each element. `None` for `null`.
    pub(super) fn of_list<'a>(
        json: &mut Reader<'a>,
        mut element: impl FnMut(&mut Reader<'a>) -> Result<(), Fault>,
    ) -> Result<Option<Self>, Fault> {
        let mut spans = Vec::new();
        Self::within(json, |json| {
            json.array(|json| {
                let start = json.next_position();
                element(json)?;
                spans.push(start..json.position());
                Ok(())
            })
        })
        .map(|inside| Some(Self { inside: inside?, spans }))
    }

    /// Reads an object; `member` reads each member. `None` for `null`.
    pub(super) fn of_object<'a>(
        json: &mut Reader<'a>,
        mut member: impl FnMut(&mut Reader<'a>, &str) -> Result<(), Fault>,
    ) -> Result<Option<Self>, Fault> {
        let mut spans = Vec::new();
        Self::within(json, |json| {
            json.members(|json, name| {
                let start = json.name_position();
                member(json, name)?;
                spans.push(start..json.position());
                Ok(())
            })
        })
        .map(|inside| Some(Self { inside: inside?, spans }))
    }

    /// Reads a value in brackets, and returns what is between them. `None` for `null`.
    fn within<'a>(
        json: &mut Reader<'a>,
        read: impl FnOnce(&mut Reader<'a>) -> Result<(), Fault>,
    ) -> Result<Option<Range<usize>>, Fault> {
        if json.kind() == Kind::Null {
            return json.skip().map(|()| None);
        }
        let span = json.range_of(read)?;
        Ok(Some(span.start + 1..span.end.saturating_sub(1)))
    }

    /// Removes parts, with one comma each. What loses all parts is empty: `[]` or `{}`.
    pub(super) fn remove(&self, edits: &mut Edits, is_removed: impl Fn(usize) -> bool) {
        let Some(first_kept) = (0..self.spans.len()).find(|index| !is_removed(*index)) else {
            edits.remove(self.inside.clone());
            return;
        };
        // Up to the first part that stays, what follows each removed part goes with it; behind that, what precedes it.
        if let (Some(first), Some(kept), true) =
            (self.spans.first(), self.spans.get(first_kept), first_kept > 0)
        {
            edits.remove(first.start..kept.start);
        }
        for (index, pair) in self.spans.windows(2).enumerate().skip(first_kept) {
            if let ([before, part], true) = (pair, is_removed(index + 1)) {
                edits.remove(before.end..part.end);
            }
        }
    }

    /// Writes more elements at the end of a list. `member` is where the member begins that has the list as its value.
    pub(super) fn append(
        &self,
        edits: &mut Edits,
        text: &str,
        layout: &Layout,
        member: Start<'_>,
        elements: Vec<Vec<Piece>>,
    ) {
        let Some(last) = self.spans.last() else {
            let list = list_of(layout, member, elements);
            edits.put(self.inside.start - 1..self.inside.end + 1, list);
            return;
        };
        let lead = format!(",{}", layout.next(Start::of(text, last.start)));
        let pieces = elements.into_iter().flat_map(|mut element| {
            element.insert(0, Piece::New(lead.clone()));
            element
        });
        edits.put(last.end..last.end, pieces.collect());
    }
}

/// A new list as the value of the member that begins at `member`.
pub(super) fn list_of(layout: &Layout, member: Start<'_>, elements: Vec<Vec<Piece>>) -> Vec<Piece> {
    if elements.is_empty() {
        return vec![Piece::New("[]".to_owned())];
    }
    let mut pieces = vec![Piece::New("[".to_owned())];
    for (index, element) in elements.into_iter().enumerate() {
        let lead = if index == 0 { layout.line_in(member) } else { format!(",{}", layout.next_in(member)) };
        pieces.push(Piece::New(lead));
        pieces.extend(element);
    }
    pieces.push(Piece::New(format!("{}]", member.line_end())));
    pieces
}

/// Where a member can be written at the end of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ObjectEnd<'a> {
    at: usize,
    start: Start<'a>,
    is_empty: bool,
}

impl<'a> ObjectEnd<'a> {
    /// The end of the object at `span`.
    pub(super) fn of(text: &'a str, span: Range<usize>) -> Self {
        let (open, close) = (span.start + 1, span.end.saturating_sub(1));
        let inside = text.get(open..close).unwrap_or_default();
        let members = inside.trim_end_matches(|c: char| c.is_ascii_whitespace());
        let blank = members.len() - members.trim_start_matches(|c: char| c.is_ascii_whitespace()).len();
        Self { at: open + members.len(), start: Start::of(text, open + blank), is_empty: members.is_empty() }
    }

    /// Where the new member is written.
    pub(super) fn at(self) -> usize {
        self.at
    }

    /// Where the members of the object begin.
    pub(super) fn start(self) -> Start<'a> {
        self.start
    }

    /// A member behind those that are there, with the comma between.
    pub(super) fn member(self, layout: &Layout, name: &str, value: &NewValue<'_>) -> String {
        format!("{}{}", self.lead(layout), layout.member(name, value, self.start))
    }

    /// What stands before the new member.
    pub(super) fn lead(self, layout: &Layout) -> String {
        if self.is_empty { String::new() } else { format!(",{}", layout.next(self.start)) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::vex::scan_report::pieces::bytes_of;

    fn written(edits: Edits, text: &str) -> String {
        let pieces = edits.pieces(0..text.len());
        let bytes = pieces.iter().flat_map(|piece| bytes_of(piece, text.as_bytes())).flatten().copied();
        String::from_utf8(bytes.collect()).unwrap()
    }

    fn parts(text: &str) -> Parts {
        let mut json = Reader::new(text);
        Parts::of_list(&mut json, Reader::skip).unwrap().unwrap()
    }

    fn without(text: &str, removed: &[usize]) -> String {
        let mut edits = Edits::default();
        parts(text).remove(&mut edits, |index| removed.contains(&index));
        written(edits, text)
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
    fn members_go_with_one_comma_each() {
        let text = "{ \"a\" : 1 , \"b\":[2],\"c\":{} }";
        let read =
            |text: &str| Parts::of_object(&mut Reader::new(text), |json, _| json.skip()).unwrap().unwrap();
        for (removed, expected) in [
            (&[0][..], "{ \"b\":[2],\"c\":{} }"),
            (&[1], "{ \"a\" : 1,\"c\":{} }"),
            (&[2], "{ \"a\" : 1 , \"b\":[2] }"),
            (&[0, 1, 2], "{}"),
        ] {
            let mut edits = Edits::default();
            read(text).remove(&mut edits, |index| removed.contains(&index));
            assert_eq!(written(edits, text), expected);
        }
    }

    #[test]
    fn elements_are_appended_in_the_layout_of_the_list() {
        for (text, expected) in [
            ("{\"l\":[1,2]}", "{\"l\":[1,2,8,9]}"),
            ("{\"l\": [1, 2]}", "{\"l\": [1, 2, 8, 9]}"),
            ("{\"l\":[]}", "{\"l\":[8,9]}"),
            ("{\n \"l\": [\n  1\n ]\n}", "{\n \"l\": [\n  1,\n  8,\n  9\n ]\n}"),
            ("{\r\n \"l\": []\r\n}", "{\r\n \"l\": [\r\n  8,\r\n  9\r\n ]\r\n}"),
        ] {
            let mut places = None;
            let mut json = Reader::new(text);
            json.optional_members(|json, _| {
                let start = json.name_position();
                places = Parts::of_list(json, Reader::skip)?.map(|parts| (start, parts));
                Ok(())
            })
            .unwrap();
            let (start, parts) = places.unwrap();
            let new = ["8", "9"].map(|text| vec![Piece::New(text.to_owned())]);
            let mut edits = Edits::default();
            parts.append(&mut edits, text, &Layout::of(text), Start::of(text, start), new.to_vec());
            assert_eq!(written(edits, text), expected);
        }
    }

    #[test]
    fn members_are_added_at_the_end_of_an_object() {
        for (text, expected) in [
            ("{}", "{\"n\":\"v\"}"),
            ("{\"a\":1}", "{\"a\":1,\"n\":\"v\"}"),
            ("{\"a\": 1}", "{\"a\": 1, \"n\": \"v\"}"),
            ("{\n  \"a\": {}\n}", "{\n  \"a\": {},\n  \"n\": \"v\"\n}"),
            ("{\r\n\t\"a\": 1 \r\n}", "{\r\n\t\"a\": 1,\r\n\t\"n\": \"v\" \r\n}"),
        ] {
            let layout = Layout::of(text);
            let end = ObjectEnd::of(text, 0..text.len());
            let mut edits = Edits::default();
            edits.insert(end.at(), end.member(&layout, "n", &NewValue::text("v")));
            assert_eq!(written(edits, text), expected);
        }
    }

    proptest! {
        #[test]
        fn what_stays_is_what_was_not_removed(
            count in 0_usize..9,
            removed in proptest::collection::vec(0_usize..9, 0..9),
            separator in prop_oneof![Just(","), Just(", "), Just(",\n  ")],
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
