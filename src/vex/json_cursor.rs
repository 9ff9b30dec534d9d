//! A reader of JSON text that knows where each value lies. It walks over the text once and builds no tree.
//!
//! Invariant: a text is accepted only if all of it is valid JSON (RFC 8259), no deeper than [`REPORT_DEPTH`], and no
//! object whose members are read has two members with one name. What is skipped is checked too, except for the names of
//! its members and for unpaired surrogates in its escapes.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use super::limits::{OBJECT_MEMBERS, REPORT_DEPTH};

/// The position in a JSON text.
#[derive(Clone, Debug)]
pub(in crate::vex) struct JsonCursor<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    /// The names of the members of all open objects.
    names: Vec<Cow<'a, str>>,
    name_start: usize,
}

/// The kind of a JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::vex) enum Kind {
    Object,
    List,
    Text,
    Number,
    Boolean,
    Null,
}

/// Where an object or a list lies: the offsets of its brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::vex) struct Brackets {
    /// Offset of the opening bracket.
    pub(in crate::vex) open: usize,
    /// Offset of the closing bracket.
    pub(in crate::vex) close: usize,
}

/// What is wrong with a text, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::vex) struct JsonFault {
    /// The offset in bytes.
    pub(in crate::vex) at: usize,
    /// What is wrong there.
    pub(in crate::vex) cause: FaultCause,
}

/// What is wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::vex) enum FaultCause {
    /// It ends within a value.
    End,
    /// Something else stands there.
    Expected(&'static str),
    /// More text follows the value.
    Trailing,
    /// A string has an invalid escape or a control character.
    Text,
    /// Brackets are nested deeper than [`REPORT_DEPTH`].
    Depth,
    /// An object has two members of this name.
    Twice(String),
    /// An object has more than [`OBJECT_MEMBERS`] members.
    Members,
    /// A member is missing.
    Missing(&'static str),
}

impl fmt::Display for FaultCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::End => f.write_str("the text ends before the value is complete"),
            Self::Expected(what) => write!(f, "expected {what}"),
            Self::Trailing => f.write_str("more text follows the value"),
            Self::Text => f.write_str("a string has an invalid escape or a control character"),
            Self::Depth => write!(f, "nested deeper than {REPORT_DEPTH} levels"),
            Self::Twice(name) => write!(f, "member `{name}` occurs twice in one object"),
            Self::Members => write!(f, "an object has more than {OBJECT_MEMBERS} members"),
            Self::Missing(name) => write!(f, "member `{name}` is missing"),
        }
    }
}

type Outcome<T> = Result<T, JsonFault>;

impl<'a> JsonCursor<'a> {
    /// A cursor at the first value of `text`. A byte order mark is passed over.
    pub(in crate::vex) fn new(text: &'a str) -> Self {
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self { text, at, depth: 0, names: Vec::new(), name_start: 0 }
    }

    /// The offset of the next value, or of what follows the last one.
    pub(in crate::vex) fn position(&self) -> usize {
        self.at
    }

    /// The offset of the name of the member that is being read.
    pub(in crate::vex) fn name_start(&self) -> usize {
        self.name_start
    }

    /// A fault at the next value.
    pub(in crate::vex) fn fault(&self, cause: FaultCause) -> JsonFault {
        JsonFault { at: self.at, cause }
    }

    /// The kind of the next value. Only its first byte is looked at.
    pub(in crate::vex) fn kind(&mut self) -> Outcome<Kind> {
        self.pass_whitespace();
        match self.byte() {
            Some(b'{') => Ok(Kind::Object),
            Some(b'[') => Ok(Kind::List),
            Some(b'"') => Ok(Kind::Text),
            Some(b'-' | b'0'..=b'9') => Ok(Kind::Number),
            Some(b't' | b'f') => Ok(Kind::Boolean),
            Some(b'n') => Ok(Kind::Null),
            Some(_) => Err(self.fault(FaultCause::Expected("a value"))),
            None => Err(self.fault(FaultCause::End)),
        }
    }

    /// Reads an object. `member` is called at the value of each member, with its name, and must read or skip the value.
    /// `None` for `null`.
    pub(in crate::vex) fn object(
        &mut self,
        mut member: impl FnMut(&mut Self, &str) -> Outcome<()>,
    ) -> Outcome<Option<Brackets>> {
        match self.kind()? {
            Kind::Null => return self.skip().map(|_| None),
            Kind::Object => {}
            _ => return Err(self.fault(FaultCause::Expected("an object"))),
        }
        let open = self.enter()?;
        let first_name = self.names.len();
        if self.byte() != Some(b'}') {
            loop {
                let name_start = self.at;
                let name = self.name()?;
                self.remember(first_name, name.clone(), name_start)?;
                self.name_start = name_start;
                member(self, &name)?;
                if !self.has_next(b'}', "`,` or `}`")? {
                    break;
                }
            }
        }
        self.names.truncate(first_name);
        Ok(Some(self.leave(open)))
    }

    /// Reads a list. `element` is called at each element, and must read or skip it. `None` for `null`.
    pub(in crate::vex) fn list(
        &mut self,
        mut element: impl FnMut(&mut Self) -> Outcome<()>,
    ) -> Outcome<Option<Brackets>> {
        match self.kind()? {
            Kind::Null => return self.skip().map(|_| None),
            Kind::List => {}
            _ => return Err(self.fault(FaultCause::Expected("a list"))),
        }
        let open = self.enter()?;
        if self.byte() != Some(b']') {
            loop {
                element(self)?;
                if !self.has_next(b']', "`,` or `]`")? {
                    break;
                }
            }
        }
        Ok(Some(self.leave(open)))
    }

    /// Reads a string. `None` for `null`.
    pub(in crate::vex) fn text(&mut self) -> Outcome<Option<Cow<'a, str>>> {
        match self.kind()? {
            Kind::Text => self.string().map(Some),
            Kind::Null => self.skip().map(|_| None),
            _ => Err(self.fault(FaultCause::Expected("a string"))),
        }
    }

    /// Reads a string where one is expected, and skips any other value.
    pub(in crate::vex) fn text_if_any(&mut self) -> Outcome<Option<Cow<'a, str>>> {
        if self.kind()? == Kind::Text { self.string().map(Some) } else { self.skip().map(|_| None) }
    }

    /// Reads a number where one is expected, and skips any other value. `None` for what no `f64` can hold, too.
    pub(in crate::vex) fn number_if_any(&mut self) -> Outcome<Option<f64>> {
        let is_number = self.kind()? == Kind::Number;
        let span = self.skip()?;
        let text = is_number.then(|| self.text.get(span)).flatten();
        Ok(text.and_then(|text| text.parse().ok()).filter(|number: &f64| number.is_finite()))
    }

    /// Reads an object as [`Self::object`] does, and skips a value of any other kind.
    pub(in crate::vex) fn object_if_any(
        &mut self,
        member: impl FnMut(&mut Self, &str) -> Outcome<()>,
    ) -> Outcome<Option<Brackets>> {
        if self.kind()? == Kind::Object { self.object(member) } else { self.skip().map(|_| None) }
    }

    /// Reads a list as [`Self::list`] does, and skips a value of any other kind.
    pub(in crate::vex) fn list_if_any(
        &mut self,
        element: impl FnMut(&mut Self) -> Outcome<()>,
    ) -> Outcome<Option<Brackets>> {
        if self.kind()? == Kind::List { self.list(element) } else { self.skip().map(|_| None) }
    }

    /// Reads a list of strings. Elements of other kinds are skipped, and so is a value that is no list.
    pub(in crate::vex) fn texts_if_any(&mut self) -> Outcome<Vec<String>> {
        let mut texts = Vec::new();
        self.list_if_any(|json| {
            texts.extend(json.text_if_any()?.map(Cow::into_owned));
            Ok(())
        })?;
        Ok(texts)
    }

    /// Passes over the next value, and gives its place.
    pub(in crate::vex) fn skip(&mut self) -> Outcome<Range<usize>> {
        let kind = self.kind()?;
        let start = self.at;
        match kind {
            Kind::Object | Kind::List => self.skip_brackets()?,
            Kind::Text => {
                self.pass_string()?;
            }
            Kind::Number => self.pass_number()?,
            Kind::Boolean if self.byte() == Some(b't') => self.pass_literal("true")?,
            Kind::Boolean => self.pass_literal("false")?,
            Kind::Null => self.pass_literal("null")?,
        }
        Ok(start..self.at)
    }

    /// Passes over the next value, and gives its text.
    pub(in crate::vex) fn skipped_text(&mut self) -> Outcome<&'a str> {
        let span = self.skip()?;
        Ok(self.text.get(span).unwrap_or_default())
    }

    /// Checks that nothing follows the value.
    pub(in crate::vex) fn finish(mut self) -> Outcome<()> {
        self.pass_whitespace();
        if self.byte().is_none() { Ok(()) } else { Err(self.fault(FaultCause::Trailing)) }
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn pass_whitespace(&mut self) {
        let is_whitespace = |byte: &&u8| matches!(**byte, b' ' | b'\n' | b'\r' | b'\t');
        self.at += self.rest().iter().take_while(is_whitespace).count();
    }

    /// Passes the opening bracket and the whitespace behind it.
    fn enter(&mut self) -> Outcome<usize> {
        if self.depth == REPORT_DEPTH {
            return Err(self.fault(FaultCause::Depth));
        }
        self.depth += 1;
        let open = self.at;
        self.at += 1;
        self.pass_whitespace();
        Ok(open)
    }

    /// Passes the closing bracket.
    fn leave(&mut self, open: usize) -> Brackets {
        let close = self.at;
        self.at += 1;
        self.depth -= 1;
        Brackets { open, close }
    }

    /// After a value: passes a comma and the whitespace around it. Stops at the closing bracket.
    fn has_next(&mut self, close: u8, expected: &'static str) -> Outcome<bool> {
        self.pass_whitespace();
        match self.byte() {
            Some(b',') => {
                self.at += 1;
                self.pass_whitespace();
                Ok(true)
            }
            Some(byte) if byte == close => Ok(false),
            Some(_) => Err(self.fault(FaultCause::Expected(expected))),
            None => Err(self.fault(FaultCause::End)),
        }
    }

    /// Reads the name of a member, the colon, and the whitespace behind it.
    fn name(&mut self) -> Outcome<Cow<'a, str>> {
        self.at_name()?;
        let name = self.string()?;
        self.pass_colon()?;
        Ok(name)
    }

    fn at_name(&self) -> Outcome<()> {
        match self.byte() {
            Some(b'"') => Ok(()),
            Some(_) => Err(self.fault(FaultCause::Expected("the name of a member"))),
            None => Err(self.fault(FaultCause::End)),
        }
    }

    fn pass_colon(&mut self) -> Outcome<()> {
        self.pass_whitespace();
        match self.byte() {
            Some(b':') => self.at += 1,
            Some(_) => return Err(self.fault(FaultCause::Expected("`:`"))),
            None => return Err(self.fault(FaultCause::End)),
        }
        self.pass_whitespace();
        Ok(())
    }

    /// Keeps the name of a member of an object that is open. Two equal names are an error: readers differ in which
    /// value they take.
    fn remember(&mut self, first_name: usize, name: Cow<'a, str>, at: usize) -> Outcome<()> {
        let before = self.names.get(first_name..).unwrap_or_default();
        if before.contains(&name) {
            return Err(JsonFault { at, cause: FaultCause::Twice(name.into_owned()) });
        }
        if before.len() == OBJECT_MEMBERS {
            return Err(JsonFault { at, cause: FaultCause::Members });
        }
        self.names.push(name);
        Ok(())
    }

    /// Reads a string, at its opening quote.
    fn string(&mut self) -> Outcome<Cow<'a, str>> {
        let start = self.at;
        let has_escapes = self.pass_string()?;
        let quoted = self.text.get(start..self.at).unwrap_or_default();
        if has_escapes {
            let decoded = serde_json::from_str(quoted).map(Cow::Owned);
            return decoded.map_err(|_| JsonFault { at: start, cause: FaultCause::Text });
        }
        Ok(Cow::Borrowed(quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default()))
    }

    /// Passes a string, and tells whether it has escapes.
    fn pass_string(&mut self) -> Outcome<bool> {
        self.at += 1;
        let mut has_escapes = false;
        loop {
            self.at += plain_length(self.rest());
            match self.byte() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(has_escapes);
                }
                Some(b'\\') => {
                    has_escapes = true;
                    self.at += match self.rest() {
                        [_, b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => 2,
                        [_, b'u', digits @ ..] if is_hex(digits) => 6,
                        _ => return Err(self.fault(FaultCause::Text)),
                    };
                }
                Some(_) => return Err(self.fault(FaultCause::Text)),
                None => return Err(self.fault(FaultCause::End)),
            }
        }
    }

    fn pass_number(&mut self) -> Outcome<()> {
        if self.byte() == Some(b'-') {
            self.at += 1;
        }
        if self.byte() == Some(b'0') {
            self.at += 1;
        } else {
            self.pass_digits()?;
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            self.pass_digits()?;
        }
        if matches!(self.byte(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.byte(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.pass_digits()?;
        }
        Ok(())
    }

    fn pass_digits(&mut self) -> Outcome<()> {
        let digits = self.rest().iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += digits;
        if digits > 0 {
            return Ok(());
        }
        let cause = if self.byte().is_none() { FaultCause::End } else { FaultCause::Expected("a digit") };
        Err(self.fault(cause))
    }

    fn pass_literal(&mut self, literal: &'static str) -> Outcome<()> {
        if self.rest().starts_with(literal.as_bytes()) {
            self.at += literal.len();
            return Ok(());
        }
        let is_cut = literal.as_bytes().starts_with(self.rest());
        Err(self.fault(if is_cut { FaultCause::End } else { FaultCause::Expected("a value") }))
    }

    /// Passes an object or a list without recursion.
    fn skip_brackets(&mut self) -> Outcome<()> {
        // One bit for each open bracket, the innermost lowest: whether it is one of an object.
        let mut objects = 0_u128;
        let outer = self.depth;
        loop {
            // At a value.
            match self.kind()? {
                kind @ (Kind::Object | Kind::List) => {
                    self.enter()?;
                    objects = objects << 1 | u128::from(kind == Kind::Object);
                    let close = if kind == Kind::Object { b'}' } else { b']' };
                    if self.byte() != Some(close) {
                        if kind == Kind::Object {
                            self.pass_name()?;
                        }
                        continue;
                    }
                }
                _ => {
                    self.skip_scalar()?;
                    self.pass_whitespace();
                }
            }
            // Behind a value, or at the bracket that closes an empty one.
            loop {
                let is_object = objects & 1 == 1;
                match (self.byte(), is_object) {
                    (Some(b'}'), true) | (Some(b']'), false) => {
                        self.at += 1;
                        self.depth -= 1;
                        objects >>= 1;
                        if self.depth == outer {
                            return Ok(());
                        }
                        self.pass_whitespace();
                    }
                    (Some(b','), _) => {
                        self.at += 1;
                        self.pass_whitespace();
                        if is_object {
                            self.pass_name()?;
                        }
                        break;
                    }
                    (Some(_), true) => return Err(self.fault(FaultCause::Expected("`,` or `}`"))),
                    (Some(_), false) => return Err(self.fault(FaultCause::Expected("`,` or `]`"))),
                    (None, _) => return Err(self.fault(FaultCause::End)),
                }
            }
        }
    }

    fn skip_scalar(&mut self) -> Outcome<()> {
        match self.byte() {
            Some(b'"') => self.pass_string().map(|_| ()),
            Some(b't') => self.pass_literal("true"),
            Some(b'f') => self.pass_literal("false"),
            Some(b'n') => self.pass_literal("null"),
            _ => self.pass_number(),
        }
    }

    fn pass_name(&mut self) -> Outcome<()> {
        self.at_name()?;
        self.pass_string()?;
        self.pass_colon()
    }
}

fn is_hex(digits: &[u8]) -> bool {
    digits.first_chunk::<4>().is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
}

/// The number of bytes before the first quote, backslash or control character. Eight bytes are looked at in one step:
/// long descriptions are most of a report.
fn plain_length(bytes: &[u8]) -> usize {
    const LOW: u64 = u64::from_ne_bytes([0x01; 8]);
    const HIGH: u64 = u64::from_ne_bytes([0x80; 8]);
    let zero_bytes = |word: u64| word.wrapping_sub(LOW) & !word & HIGH;
    let (words, _) = bytes.as_chunks::<8>();
    let mut length = 0;
    for word in words {
        let word = u64::from_le_bytes(*word);
        let quotes = zero_bytes(word ^ LOW * u64::from(b'"'));
        let backslashes = zero_bytes(word ^ LOW * u64::from(b'\\'));
        let controls = word.wrapping_sub(LOW * 0x20) & !word & HIGH;
        let stops = quotes | backslashes | controls;
        if stops != 0 {
            // The lowest marked byte is exact; a borrow can mark only bytes above it.
            return length + usize::try_from(stops.trailing_zeros() / 8).unwrap_or(0);
        }
        length += 8;
    }
    let is_plain = |byte: &&u8| !matches!(**byte, b'"' | b'\\' | 0..0x20);
    length + bytes.get(length..).unwrap_or_default().iter().take_while(is_plain).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn skips(text: &str) -> Result<(), FaultCause> {
        let mut json = JsonCursor::new(text);
        json.skip().and_then(|_| json.finish()).map_err(|fault| fault.cause)
    }

    fn first_text(text: &str) -> Result<Option<String>, FaultCause> {
        let mut json = JsonCursor::new(text);
        json.text().map(|text| text.map(Cow::into_owned)).map_err(|fault| fault.cause)
    }

    #[test]
    fn only_valid_json_is_skipped() {
        for text in [
            "{}",
            "[]",
            " [ ] ",
            "0",
            "-0",
            "1e400",
            "-1.5E+3",
            "\"\"",
            "true",
            "false",
            "null",
            "[[],{}]",
            r#"{"a":[1,{"b":null}],"c":"\u00e9\n\/"}"#,
            "\u{feff}{}",
            r#""\ud800""#,
            "\"\u{e9}\"",
        ] {
            assert_eq!(skips(text), Ok(()), "{text}");
        }
        for text in
            ["", "{", "[", "[1", "[1,", "{\"a\"", "{\"a\":", "\"a", "-", "1.", "1e", "tru", "\"\\", "[\""]
        {
            assert!(
                matches!(skips(text), Err(FaultCause::End | FaultCause::Text)),
                "{text}: {:?}",
                skips(text)
            );
        }
        for text in [
            "[,]",
            "[1,]",
            "[1}",
            "{]",
            "{1:2}",
            "{\"a\":1,}",
            "{\"a\" 1}",
            "01",
            "+1",
            ".5",
            "1.e3",
            "0x1",
            "nul ",
            "truE",
            "\"\t\"",
            r#""\x""#,
            r#""\u12g4""#,
            "{} {}",
            "[1 2]",
            "NaN",
            "'a'",
            "\u{a0}1",
        ] {
            assert!(skips(text).is_err(), "{text}");
        }
    }

    #[test]
    fn strings_are_borrowed_or_decoded() {
        assert_eq!(first_text(r#""plain é""#), Ok(Some("plain é".to_owned())));
        assert_eq!(first_text(r#""a\"b\u0041\ud83d\ude00\\""#), Ok(Some("a\"bA😀\\".to_owned())));
        assert_eq!(first_text("null"), Ok(None));
        assert_eq!(first_text("1"), Err(FaultCause::Expected("a string")));
        assert_eq!(first_text(r#""\ud800""#), Err(FaultCause::Text));
    }

    #[test]
    fn two_members_of_one_name_are_an_error_where_read() {
        let read = |text: &str| {
            let mut json = JsonCursor::new(text);
            json.object(|json, _| json.skip().map(|_| ())).map_err(|fault| (fault.at, fault.cause))
        };
        assert_eq!(read(r#"{"a":1,"b":{"x":1,"x":2}}"#), Ok(Some(Brackets { open: 0, close: 24 })));
        assert_eq!(read(r#"{"a":1,"\u0061":2}"#), Err((7, FaultCause::Twice("a".to_owned()))));
        let wide: Vec<String> = (0..=OBJECT_MEMBERS).map(|number| format!("\"{number}\":0")).collect();
        assert_eq!(
            read(&format!("{{{}}}", wide.join(","))).map_err(|(_, cause)| cause),
            Err(FaultCause::Members)
        );
    }

    #[test]
    fn depth_is_limited_in_both_ways_of_reading() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        fn descend(json: &mut JsonCursor<'_>) -> Outcome<()> {
            json.list(descend).map(|_| ())
        }
        for (depth, is_good) in [(REPORT_DEPTH, true), (REPORT_DEPTH + 1, false)] {
            let text = nested(depth);
            assert_eq!(skips(&text).is_ok(), is_good);
            assert_eq!(descend(&mut JsonCursor::new(&text)).is_ok(), is_good);
        }
    }

    #[test]
    fn numbers_that_no_float_holds_are_absent() {
        let number = |text: &str| JsonCursor::new(text).number_if_any();
        assert_eq!(number("7.5"), Ok(Some(7.5)));
        assert_eq!(number("1e400"), Ok(None));
        assert_eq!(number("\"7.5\""), Ok(None));
    }

    #[test]
    fn plain_text_ends_at_the_first_special_byte() {
        for length in 0..40 {
            for special in [b'"', b'\\', 0x1f, 0, b'\n'] {
                let mut bytes = vec![0xe9; length];
                bytes.push(special);
                bytes.extend_from_slice(b"\"\"\x01\x80 tail and more");
                assert_eq!(plain_length(&bytes), length);
            }
        }
        assert_eq!(plain_length(&[b' '; 21]), 21);
    }

    proptest! {
        /// Except for depth, the cursor accepts what the parser of `serde_json` accepts when it skips a value.
        #[test]
        fn it_accepts_what_serde_json_skips(text in r#"([\[\]{}:,"\\ \na0-9.eE+u-]|true|null|"a":|\[1,|é){0,24}"#) {
            let expected = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
            prop_assert_eq!(skips(&text).is_ok(), expected);
        }

        /// Reading and skipping accept the same texts.
        #[test]
        fn reading_and_skipping_agree(text in r#"([\[\]{}:,"\\ 0-9.-]|true|"a":|"b":|\{"a":|\[1,){0,16}"#) {
            fn read(json: &mut JsonCursor<'_>) -> Outcome<()> {
                match json.kind()? {
                    Kind::Object => json.object(|json, _| read(json)).map(|_| ()),
                    Kind::List => json.list(read).map(|_| ()),
                    Kind::Text => json.text().map(|_| ()),
                    Kind::Number | Kind::Boolean | Kind::Null => json.skip().map(|_| ()),
                }
            }
            let mut json = JsonCursor::new(&text);
            let result = read(&mut json).and_then(|()| json.finish()).map_err(|fault| fault.cause);
            if !matches!(result, Err(FaultCause::Twice(_))) {
                prop_assert_eq!(result.is_ok(), skips(&text).is_ok());
            }
        }
    }
}
