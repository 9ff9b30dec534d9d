//! How a JSON text is laid out: minified or indented, and with which line ends. New values are written in the same way.

use std::borrow::Cow;

/// A value to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::vex) enum NewValue<'a> {
    /// A string.
    Text(Cow<'a, str>),
    /// A whole number.
    Number(u64),
    /// A list.
    List(Vec<NewValue<'a>>),
    /// An object.
    Object(Vec<(&'static str, NewValue<'a>)>),
}

impl<'a> NewValue<'a> {
    /// A string.
    pub(in crate::vex) fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Text(text.into())
    }
}

/// The layout of a whole text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::vex) struct Layout {
    /// What one level adds to the indentation.
    unit: String,
    /// Whether a space stands behind colons, and behind commas on one line.
    is_spaced: bool,
}

/// Where a member or an element begins: the whitespace before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::vex) struct Start<'a> {
    whitespace: &'a str,
}

impl<'a> Start<'a> {
    /// The whitespace before the token at `at`.
    pub(in crate::vex) fn of(text: &'a str, at: usize) -> Self {
        let before = text.get(..at).unwrap_or_default();
        let length = before.bytes().rev().take_while(u8::is_ascii_whitespace).count();
        Self { whitespace: before.get(before.len() - length..).unwrap_or_default() }
    }

    /// The end of the line before it and its indentation. Empty if it does not begin a line.
    pub(in crate::vex) fn line_end(self) -> String {
        self.line().map_or_else(String::new, |(end, indentation)| format!("{end}{indentation}"))
    }

    /// The end of the line before, and the indentation. `None`: the token does not begin a line.
    fn line(self) -> Option<(&'static str, &'a str)> {
        let (before, indentation) = self.whitespace.rsplit_once('\n')?;
        Some((if before.ends_with('\r') { "\r\n" } else { "\n" }, indentation))
    }
}

impl Layout {
    /// The layout of a text, by its first member.
    pub(in crate::vex) fn of(text: &str) -> Self {
        let is_whitespace = |c: char| c.is_ascii_whitespace();
        let text = text.trim_start_matches('\u{feff}').trim_start_matches(is_whitespace);
        let inside = text.trim_start_matches(['{', '[']);
        let start = Start::of(inside, inside.len() - inside.trim_start_matches(is_whitespace).len());
        let unit = start.line().map(|(_, indentation)| indentation).unwrap_or_default();
        let value = inside.find("\":").and_then(|at| inside.get(at + 2..));
        let is_spaced = value.is_some_and(|value| value.starts_with(is_whitespace));
        Self { unit: unit.to_owned(), is_spaced }
    }

    /// A whole document with this value: indented, with a line end behind it.
    pub(in crate::vex) fn document(value: &NewValue<'_>) -> String {
        let layout = Self { unit: "  ".to_owned(), is_spaced: true };
        let mut written = layout.value(value, Start { whitespace: "\n" });
        written.push('\n');
        written
    }

    /// What one level adds to the indentation.
    pub(in crate::vex) fn unit(&self) -> &str {
        &self.unit
    }

    /// The text between the name of a member and its value.
    pub(in crate::vex) fn colon(&self) -> &'static str {
        if self.is_spaced { ": " } else { ":" }
    }

    /// A member that begins where `start` says: name, colon and value.
    pub(in crate::vex) fn member(&self, name: &str, value: &NewValue<'_>, start: Start<'_>) -> String {
        let mut written = String::new();
        write_text(name, &mut written);
        written.push_str(self.colon());
        self.write(value, start.line().map(|(end, indentation)| (end, indentation.to_owned())), &mut written);
        written
    }

    /// A value whose first line begins where `start` says.
    pub(in crate::vex) fn value(&self, value: &NewValue<'_>, start: Start<'_>) -> String {
        let mut written = String::new();
        self.write(value, start.line().map(|(end, indentation)| (end, indentation.to_owned())), &mut written);
        written
    }

    /// What stands behind a comma before one more part of the list or object whose parts begin at `start`.
    pub(in crate::vex) fn next(&self, start: Start<'_>) -> String {
        if start.line().is_none() && self.is_spaced { " ".to_owned() } else { start.line_end() }
    }

    /// What stands before the first element of a list in the member that begins at `member`.
    pub(in crate::vex) fn line_in(&self, member: Start<'_>) -> String {
        let line = member.line();
        line.map_or_else(String::new, |(end, indentation)| format!("{end}{indentation}{}", self.unit))
    }

    /// What stands behind a comma in a list in the member that begins at `member`.
    pub(in crate::vex) fn next_in(&self, member: Start<'_>) -> String {
        if member.line().is_none() && self.is_spaced { " ".to_owned() } else { self.line_in(member) }
    }

    fn write(&self, value: &NewValue<'_>, line: Option<(&'static str, String)>, written: &mut String) {
        match value {
            NewValue::Text(text) => write_text(text, written),
            NewValue::Number(number) => written.push_str(&number.to_string()),
            NewValue::List(elements) => {
                self.write_all(['[', ']'], elements, line, written, |this, element, line, written| {
                    this.write(element, line, written);
                });
            }
            NewValue::Object(members) => {
                self.write_all(['{', '}'], members, line, written, |this, (name, value), line, written| {
                    write_text(name, written);
                    written.push_str(this.colon());
                    this.write(value, line, written);
                });
            }
        }
    }

    fn write_all<T>(
        &self,
        [open, close]: [char; 2],
        parts: &[T],
        line: Option<(&'static str, String)>,
        written: &mut String,
        write: impl Fn(&Self, &T, Option<(&'static str, String)>, &mut String),
    ) {
        written.push(open);
        let inner = line.as_ref().map(|(end, indentation)| (*end, format!("{indentation}{}", self.unit)));
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                written.push(',');
            }
            match &inner {
                Some((end, indentation)) => {
                    written.push_str(end);
                    written.push_str(indentation);
                }
                None if index > 0 && self.is_spaced => written.push(' '),
                None => {}
            }
            write(self, part, inner.clone(), written);
        }
        if let (Some((end, indentation)), false) = (line, parts.is_empty()) {
            written.push_str(end);
            written.push_str(&indentation);
        }
        written.push(close);
    }
}

/// Writes a JSON string.
fn write_text(text: &str, written: &mut String) {
    use std::fmt::Write as _;

    written.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => written.extend(['\\', c]),
            '\n' => written.push_str("\\n"),
            '\r' => written.push_str("\\r"),
            '\t' => written.push_str("\\t"),
            // Writing to a string cannot fail.
            c if c.is_control() => drop(write!(written, "\\u{:04x}", u32::from(c))),
            c => written.push(c),
        }
    }
    written.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> NewValue<'static> {
        NewValue::List(vec![
            NewValue::Object(vec![("a", NewValue::text("x")), ("b", NewValue::text("\"\\\u{1}\n"))]),
            NewValue::Object(Vec::new()),
        ])
    }

    fn member(text: &str) -> String {
        let at = text.rfind('"').unwrap_or_default();
        let name = text.get(..at).and_then(|text| text.rfind('"')).unwrap_or_default();
        Layout::of(text).member("new", &example(), Start::of(text, name))
    }

    #[test]
    fn minified_stays_minified() {
        assert_eq!(member(r#"{"a":1}"#), r#""new":[{"a":"x","b":"\"\\\u0001\n"},{}]"#);
        assert_eq!(member(r#"{"a": 1, "b": 2}"#), r#""new": [{"a": "x", "b": "\"\\\u0001\n"}, {}]"#);
    }

    #[test]
    fn indentation_and_line_ends_are_those_of_the_text() {
        let expected = [
            "\"new\": [",
            "    {",
            "      \"a\": \"x\",",
            "      \"b\": \"\\\"\\\\\\u0001\\n\"",
            "    },",
            "    {}",
            "  ]",
        ];
        assert_eq!(member("{\n  \"a\": 1\n}"), expected.join("\n"));
        assert_eq!(member("\u{feff}{\r\n  \"a\": 1\r\n}"), expected.join("\r\n"));
        assert_eq!(member("{\n\t\"a\": 1\n}"), expected.join("\n").replace("  ", "\t"));
    }

    #[test]
    fn a_new_document_is_indented() {
        let value = NewValue::Object(vec![("n", NewValue::Number(1)), ("l", NewValue::List(Vec::new()))]);
        assert_eq!(Layout::document(&value), "{\n  \"n\": 1,\n  \"l\": []\n}\n");
    }

    #[test]
    fn control_characters_are_escaped() {
        let mut written = String::new();
        write_text("é\u{7f}\u{85}\u{0}", &mut written);
        assert_eq!(serde_json::from_str::<String>(&written).unwrap(), "é\u{7f}\u{85}\u{0}");
        assert!(written.is_ascii() || written.contains('é'));
    }
}
