//! A strict reader of JSON text, for documents of many megabytes: one pass, no tree, text is borrowed.
//!
//! It refuses what `oci::json` refuses: a member that occurs twice in one object, at any depth and in parts that are
//! skipped too, and text that is nested too deeply. In addition a known member must not occur in two spellings that
//! differ in case, because readers in Go take either of them.

mod text;
mod values;

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use crate::limits::Exceeded;
use crate::oci::limits::JSON_DEPTH;

/// An object with more members than this finds names that occur twice by a set.
const FEW_MEMBERS: usize = 24;

/// What is wrong with a text, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::vex) struct Fault {
    /// Position in bytes.
    pub(in crate::vex) at: usize,
    /// What is wrong.
    pub(in crate::vex) cause: String,
    /// The limit, if one was exceeded.
    pub(in crate::vex) limit: Option<Exceeded>,
}

/// The kind of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::vex) enum Kind {
    Object,
    Array,
    String,
    Number,
    Bool,
    Null,
    /// The text ends, or what follows is no value.
    None,
}

/// Reads a text from its begin to its end. After an error it must not be used any more.
pub(in crate::vex) struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    /// The names in the objects that are open, outer ones first.
    names: Vec<Cow<'a, str>>,
    /// The position of the name that was read last.
    name_at: usize,
}

impl<'a> Reader<'a> {
    /// A reader at the begin of a text.
    pub(in crate::vex) fn new(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0, names: Vec::new(), name_at: 0 }
    }

    /// The position in bytes.
    pub(in crate::vex) fn position(&self) -> usize {
        self.at
    }

    /// The kind of the next value. Skips white space before it.
    pub(in crate::vex) fn kind(&mut self) -> Kind {
        self.skip_white_space();
        match self.byte() {
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::Array,
            Some(b'"') => Kind::String,
            Some(b'-' | b'0'..=b'9') => Kind::Number,
            Some(b't' | b'f') => Kind::Bool,
            Some(b'n') => Kind::Null,
            _ => Kind::None,
        }
    }

    /// A fault at the next value.
    pub(in crate::vex) fn fault(&mut self, cause: impl Into<String>) -> Fault {
        self.skip_white_space();
        Fault::new(self.at, cause)
    }

    /// Reads the members of an object that are in `known`, each with `each`, which must read the value. Others are
    /// skipped. The case of names does not count; `each` gets the name as `known` has it.
    pub(in crate::vex) fn object(
        &mut self,
        known: &[&'static str],
        mut each: impl FnMut(&mut Self, &'static str) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let mut seen: u64 = 0;
        self.members(|reader, name| {
            let Some((index, known)) = known_member(name, known) else { return reader.skip() };
            let bit = 1_u64.checked_shl(u32::try_from(index).unwrap_or(u32::MAX)).unwrap_or_default();
            if seen & bit != 0 {
                return Err(reader.fault(format!("member `{known}` occurs in two spellings in one object")));
            }
            seen |= bit;
            each(reader, known)
        })
    }

    /// Reads all members of an object, each with `each`, which must read the value.
    pub(in crate::vex) fn members(
        &mut self,
        mut each: impl FnMut(&mut Self, &str) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.open(b'{', "an object")?;
        let first = self.names.len();
        let mut set = HashSet::new();
        while self.has_next(b'}', self.names.len() == first)? {
            let at = self.at;
            if self.byte() != Some(b'"') {
                return Err(self.unexpected("the name of a member"));
            }
            let name = self.string()?;
            self.check_once(&name, first, at, &mut set)?;
            self.names.push(name.clone());
            self.skip_white_space();
            if !self.take(b':') {
                return Err(self.unexpected("`:`"));
            }
            self.name_at = at;
            each(self, &name)?;
        }
        self.names.truncate(first);
        self.depth -= 1;
        Ok(())
    }

    /// Reads the elements of an array, each with `each`, which must read the element.
    pub(in crate::vex) fn array(
        &mut self,
        mut each: impl FnMut(&mut Self) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.open(b'[', "a list")?;
        let mut is_first = true;
        while self.has_next(b']', is_first)? {
            is_first = false;
            each(self)?;
        }
        self.depth -= 1;
        Ok(())
    }

    /// As [`array`](Self::array). `null` is an empty array.
    pub(in crate::vex) fn optional_array(
        &mut self,
        each: impl FnMut(&mut Self) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        if self.kind() == Kind::Null { self.skip() } else { self.array(each) }
    }

    /// As [`object`](Self::object). `null` is an object without members.
    pub(in crate::vex) fn optional_object(
        &mut self,
        known: &[&'static str],
        each: impl FnMut(&mut Self, &'static str) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        if self.kind() == Kind::Null { self.skip() } else { self.object(known, each) }
    }

    /// Reads the elements of an array of strings. `null` is an empty array.
    pub(in crate::vex) fn strings(&mut self) -> Result<Vec<String>, Fault> {
        let mut strings = Vec::new();
        self.optional_array(|reader| {
            strings.push(reader.string()?.into_owned());
            Ok(())
        })?;
        Ok(strings)
    }

    /// Reads a string, or `null`.
    pub(in crate::vex) fn optional_string(&mut self) -> Result<Option<Cow<'a, str>>, Fault> {
        if self.kind() == Kind::Null { self.skip().map(|()| None) } else { self.string().map(Some) }
    }

    /// Reads a string or a number as written, or `null`.
    pub(in crate::vex) fn optional_string_or_number(&mut self) -> Result<Option<Cow<'a, str>>, Fault> {
        if self.kind() != Kind::Number {
            return self.optional_string();
        }
        let start = self.at;
        self.skip()?;
        Ok(self.text.get(start..self.at).map(Cow::Borrowed))
    }

    /// Checks the next value and returns where it is.
    pub(in crate::vex) fn range_of(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<(), Fault>,
    ) -> Result<Range<usize>, Fault> {
        self.skip_white_space();
        let start = self.at;
        read(self)?;
        Ok(start..self.at)
    }

    /// Checks the next value, without reading it.
    pub(in crate::vex) fn skip(&mut self) -> Result<(), Fault> {
        match self.kind() {
            Kind::Object => self.object(&[], |_, _| Ok(())),
            Kind::Array => self.array(Self::skip),
            Kind::String => self.skip_string(),
            Kind::Number => self.skip_number(),
            Kind::Bool if self.take_text("true") || self.take_text("false") => Ok(()),
            Kind::Null if self.take_text("null") => Ok(()),
            _ => Err(self.unexpected("a value")),
        }
    }

    /// Whether only white space is left.
    pub(in crate::vex) fn is_at_end(&mut self) -> bool {
        self.skip_white_space();
        self.at == self.text.len()
    }

    /// Refuses a name that the open object has already. Its names begin at `first`; `set` is used for many of them.
    fn check_once(
        &self,
        name: &str,
        first: usize,
        at: usize,
        set: &mut HashSet<Cow<'a, str>>,
    ) -> Result<(), Fault> {
        let names = self.names.get(first..).unwrap_or_default();
        let is_twice = if names.len() < FEW_MEMBERS {
            names.iter().any(|known| known == name)
        } else {
            set.extend(names.iter().skip(set.len()).cloned());
            set.contains(name)
        };
        if is_twice {
            return Err(Fault::new(at, format!("member `{name}` occurs twice in one object")));
        }
        Ok(())
    }

    fn open(&mut self, bracket: u8, expected: &str) -> Result<(), Fault> {
        self.skip_white_space();
        if self.byte() != Some(bracket) {
            return Err(self.unexpected(expected));
        }
        if self.depth == JSON_DEPTH {
            return Err(self.fault(format!("nested deeper than {JSON_DEPTH} levels")));
        }
        self.at += 1;
        self.depth += 1;
        Ok(())
    }

    /// Whether the open object or array has another member or element. Moves to it, or behind the bracket.
    fn has_next(&mut self, bracket: u8, is_first: bool) -> Result<bool, Fault> {
        self.skip_white_space();
        if self.take(bracket) {
            return Ok(false);
        }
        if is_first {
            return Ok(true);
        }
        if !self.take(b',') {
            let expected = if bracket == b'}' { "`,` or `}`" } else { "`,` or `]`" };
            return Err(self.unexpected(expected));
        }
        self.skip_white_space();
        if self.byte() == Some(bracket) {
            return Err(self.unexpected("a value after `,`"));
        }
        Ok(true)
    }

    /// A fault that names what is there instead of what is expected.
    fn unexpected(&mut self, expected: &str) -> Fault {
        let found = match self.kind() {
            Kind::Object => "an object",
            Kind::Array => "a list",
            Kind::String => "a string",
            Kind::Number => "a number",
            Kind::Bool => "true or false",
            Kind::Null => "null",
            Kind::None if self.at == self.text.len() => {
                return self.fault(format!("the text ends, where {expected} must be"));
            }
            Kind::None => return self.fault(format!("expected {expected}")),
        };
        self.fault(format!("expected {expected}, found {found}"))
    }
}

/// The known member with this name, whatever its case.
fn known_member(name: &str, known: &[&'static str]) -> Option<(usize, &'static str)> {
    let exact = known.iter().position(|known| *known == name);
    let index = exact.or_else(|| known.iter().position(|known| known.eq_ignore_ascii_case(name)))?;
    Some((index, known.get(index)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<(), Fault> {
        let mut reader = Reader::new(text);
        reader.skip()?;
        if reader.is_at_end() { Ok(()) } else { Err(reader.fault("more text")) }
    }

    #[test]
    fn syntax_is_that_of_json() {
        for text in [
            "{}",
            "[]",
            " [ 1 , -0 , 0.5e+10, 1e400, \"a\" ] ",
            r#"{"a":{"b":[null,true,false]}}"#,
            "\"\"",
            "\"\u{7f}é\"",
            r#""\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00""#,
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
            assert!(serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok(), "{text}");
        }
        for text in [
            "",
            " ",
            "{",
            "[",
            "[1",
            "[1,",
            "[1,]",
            "[,1]",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{,}",
            "{a:1}",
            "{1:1}",
            "01",
            "-",
            "1.",
            "1e",
            ".5",
            "+1",
            "nul",
            "truex",
            "tru",
            "\"",
            "\"\\",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\n\"",
            "\"\\ud800\"",
            "\"\\ud800x\"",
            "\"\\udc00\"",
            "\"\\ud800\\u0041\"",
            "'a'",
            "[1 2]",
            "{\"a\":1 \"b\":2}",
            "[1}",
            "1 2",
        ] {
            assert!(check(text).is_err(), "{text}");
            assert!(serde_json::from_str::<serde_json::Value>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_member_that_occurs_twice_is_refused_at_any_depth() {
        let wide = |last: &str| {
            let members: Vec<String> = (0..60).map(|number| format!("\"m{number}\":{number}")).collect();
            format!("{{{},\"{last}\":0}}", members.join(","))
        };
        for text in [r#"{"a":1,"b":{"a":1},"c":[{"a":1},{"a":1}]}"#, r#"{"a":1,"A":1}"#, &wide("n")] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
        for text in [
            r#"{"a":1,"a":1}"#,
            r#"[{"x":[{"y":{"a":1,"b":2,"a":3}}]}]"#,
            r#"{"a":1,"\u0061":2}"#,
            &wide("m3"),
            &wide("m50"),
        ] {
            let cause = check(text).unwrap_err().cause;
            assert!(cause.contains("occurs twice in one object"), "{cause}");
        }
    }

    #[test]
    fn the_case_of_known_members_does_not_count() {
        let read = |text: &str| {
            let mut found = Vec::new();
            Reader::new(text).object(&["status", "name"], |reader, name| {
                found.push((name, reader.string()?.into_owned()));
                Ok(())
            })?;
            Ok::<_, Fault>(found)
        };
        assert_eq!(
            read(r#"{"STATUS":"a","x":[],"name":"b"}"#).unwrap(),
            [("status", "a".to_owned()), ("name", "b".to_owned())]
        );
        let error = read(r#"{"status":"a","Status":"b"}"#).unwrap_err();
        assert_eq!(
            (error.at, error.cause.as_str()),
            (23, "member `status` occurs in two spellings in one object")
        );
    }

    #[test]
    fn depth_is_limited() {
        assert_eq!(check(&format!("{}{}", "[".repeat(JSON_DEPTH), "]".repeat(JSON_DEPTH))), Ok(()));
        let error = check(&"[".repeat(JSON_DEPTH + 1)).unwrap_err();
        assert_eq!((error.at, error.cause.as_str()), (JSON_DEPTH, "nested deeper than 100 levels"));
    }

    #[test]
    fn faults_name_what_is_there() {
        for (text, at, cause) in [
            ("[1", 2, "the text ends, where `,` or `]` must be"),
            ("[1,]", 3, "expected a value after `,`"),
            ("{\"a\" 1}", 5, "expected `:`, found a number"),
            ("[\"a", 3, "the text ends within a string"),
            ("[1 x]", 3, "expected `,` or `]`"),
        ] {
            assert_eq!(check(text), Err(Fault::new(at, cause)), "{text}");
        }
        assert_eq!(Reader::new(" []").string().unwrap_err().cause, "expected a string, found a list");
    }
}
