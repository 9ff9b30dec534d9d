//! Writes values as YAML: block style, two spaces a level, and quotes where a reader could take a text for another
//! type.

use std::borrow::Cow;

use super::ScalarTypes;

/// A value to write. Mappings keep their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Data<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as it is to be written.
    Number(Cow<'a, str>),
    /// A text.
    Text(Cow<'a, str>),
    /// A sequence.
    List(Vec<Data<'a>>),
    /// A mapping.
    Map(Vec<(&'a str, Data<'a>)>),
}

/// Writes a value as a document, which ends with a line break. The same value gives the same bytes, and every reader of
/// YAML 1.1 and 1.2 reads the value from them.
pub fn write(value: &Data<'_>) -> String {
    let mut out = String::new();
    match value {
        Data::Map(members) if !members.is_empty() => write_members(&mut out, members, 0),
        Data::List(items) if !items.is_empty() => write_items(&mut out, items, 0),
        scalar => {
            write_inline(&mut out, scalar, 0);
            out.push('\n');
        }
    }
    out
}

fn write_members(out: &mut String, members: &[(&str, Data<'_>)], level: usize) {
    for (number, (name, value)) in members.iter().enumerate() {
        if number > 0 {
            indent(out, level);
        }
        out.push_str(&scalar(name));
        out.push(':');
        match value {
            Data::Map(members) if !members.is_empty() => {
                out.push('\n');
                indent(out, level + 1);
                write_members(out, members, level + 1);
            }
            Data::List(items) if !items.is_empty() => {
                out.push('\n');
                indent(out, level + 1);
                write_items(out, items, level + 1);
            }
            other => {
                out.push(' ');
                write_inline(out, other, level + 1);
                out.push('\n');
            }
        }
    }
}

fn write_items(out: &mut String, items: &[Data<'_>], level: usize) {
    for (number, item) in items.iter().enumerate() {
        if number > 0 {
            indent(out, level);
        }
        out.push_str("- ");
        match item {
            Data::Map(members) if !members.is_empty() => write_members(out, members, level + 1),
            Data::List(items) if !items.is_empty() => write_items(out, items, level + 1),
            other => {
                write_inline(out, other, level + 1);
                out.push('\n');
            }
        }
    }
}

fn indent(out: &mut String, level: usize) {
    out.extend(std::iter::repeat_n("  ", level));
}

/// Writes a scalar or an empty collection. Lines of a block scalar are indented to `level`.
fn write_inline(out: &mut String, value: &Data<'_>, level: usize) {
    match value {
        Data::Null => out.push_str("null"),
        Data::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Data::Number(written) => out.push_str(written),
        Data::Text(text) if is_block(text) && level > 0 => write_block(out, text, level),
        Data::Text(text) => out.push_str(&scalar(text)),
        Data::List(_) => out.push_str("[]"),
        Data::Map(_) => out.push_str("{}"),
    }
}

/// Whether a text is written as lines: it has several, and each character of it can stand for itself.
fn is_block(text: &str) -> bool {
    text.contains('\n') && !text.trim().is_empty() && text.chars().all(|c| c == '\n' || is_printable(c))
}

fn write_block(out: &mut String, text: &str, level: usize) {
    out.push('|');
    // Without it, the first line with characters decides how much of its spaces is indentation.
    if text.starts_with([' ', '\n', '\t']) {
        out.push('2');
    }
    let content = text.strip_suffix('\n');
    match content {
        None => out.push('-'),
        Some(content) if content.ends_with('\n') => out.push('+'),
        Some(_) => {}
    }
    for line in content.unwrap_or(text).split('\n') {
        out.push('\n');
        if !line.is_empty() {
            indent(out, level);
            out.push_str(line);
        }
    }
}

/// A text on one line: without quotes if that is unambiguous, else in single quotes, else in double quotes. Text that
/// is another type without quotes has double quotes, as YAML writers of Go give it.
fn scalar(text: &str) -> String {
    if !text.chars().all(is_printable) || text.starts_with('\t') || text.ends_with('\t') {
        return double_quoted(text);
    }
    if !ScalarTypes::of_plain(text).is_text() {
        return double_quoted(text);
    }
    if is_plain(text) { text.to_owned() } else { format!("'{}'", text.replace('\'', "''")) }
}

/// Whether a text of printable characters means itself without quotes.
fn is_plain(text: &str) -> bool {
    let mut chars = text.chars();
    let first = chars.next().unwrap_or(' ');
    let begins = match first {
        '-' | '?' | ':' => chars.next().is_some_and(|second| second != ' ' && second != '\t'),
        ',' | '[' | ']' | '{' | '}' | '#' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' => {
            false
        }
        first => first != ' ',
    };
    begins
        && !text.ends_with([' ', ':'])
        && ![": ", ":\t", " #", "\t#"].iter().any(|sign| text.contains(sign))
        && !text.starts_with("---")
        && !text.starts_with("...")
}

/// Whether a character can be written as itself everywhere in a line.
fn is_printable(c: char) -> bool {
    match c {
        '\t' => true,
        // Line breaks for some readers, and the byte order mark.
        '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => false,
        c => !c.is_control(),
    }
}

fn double_quoted(text: &str) -> String {
    let mut out = "\"".to_owned();
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if is_printable(c) => out.push(c),
            c if u32::from(c) <= 0xff => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => out.push_str(&format!("\\u{:04x}", u32::from(c))),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{Value, documents};

    fn text(text: &str) -> Data<'_> {
        Data::Text(text.into())
    }

    /// Asserts that a value that was read is the value that was written.
    fn assert_same(written: &Data<'_>, read: Value<'_>) {
        match written {
            Data::Null => assert!(read.is_null()),
            Data::Bool(value) => assert_eq!(read.scalar(), Some(if *value { "true" } else { "false" })),
            Data::Number(number) => assert_eq!((read.scalar(), read.text()), (Some(&**number), None)),
            Data::Text(text) => {
                assert_eq!(read.scalar(), Some(&**text));
                assert!(read.scalar_types().is_some_and(ScalarTypes::is_text), "{text}");
            }
            Data::List(items) => {
                let found: Vec<Value<'_>> = read.items().unwrap().collect();
                assert_eq!(found.len(), items.len());
                items.iter().zip(found).for_each(|(written, read)| assert_same(written, read));
            }
            Data::Map(members) => {
                let found = read.entries().unwrap();
                assert_eq!(found.len(), members.len());
                for ((name, written), (own, read)) in members.iter().zip(found) {
                    assert_eq!(*name, own);
                    assert_same(written, read);
                }
            }
        }
    }

    fn round_trip(value: &Data<'_>) -> String {
        let written = write(value);
        let document =
            documents(&written, "x").next().unwrap().unwrap_or_else(|error| panic!("{error}\n{written}"));
        assert_same(value, document.root().unwrap());
        assert!(written.ends_with('\n'));
        written
    }

    #[test]
    fn collections_are_indented_by_two_spaces() {
        let value = Data::Map(vec![
            ("name", text("a")),
            ("empty", Data::Map(Vec::new())),
            ("none", Data::List(Vec::new())),
            ("uid", Data::Number("65532".into())),
            ("root", Data::Bool(true)),
            ("null", Data::Null),
            ("with", Data::Map(vec![("deps", Data::List(vec![text("!mawk"), text("b c")]))])),
            (
                "steps",
                Data::List(vec![
                    Data::Map(vec![("runs", text("set -e\n\n  echo a\n")), ("name", text("x: y"))]),
                    Data::List(vec![text("a"), Data::List(vec![text("b\nc"), text("d\n\n")])]),
                ]),
            ),
        ]);
        let written = "\
name: a
empty: {}
none: []
uid: 65532
root: true
\"null\": null
with:
  deps:
    - '!mawk'
    - b c
steps:
  - runs: |
      set -e

        echo a
    name: 'x: y'
  - - a
    - - |-
        b
        c
      - |+
        d

";
        assert_eq!(round_trip(&value), written);
    }

    #[test]
    fn texts_have_quotes_only_where_they_need_them() {
        for (value, written) in [
            ("", "\"\""),
            ("1.10", "\"1.10\""),
            ("0755", "\"0755\""),
            ("true", "\"true\""),
            ("on", "\"on\""),
            ("2026-05-11", "\"2026-05-11\""),
            ("1234e56", "\"1234e56\""),
            ("26.8.0", "26.8.0"),
            ("2026-05-11-debian", "2026-05-11-debian"),
            ("a:b", "a:b"),
            ("a: b", "'a: b'"),
            ("a:", "'a:'"),
            ("a #b", "'a #b'"),
            ("a#b", "a#b"),
            ("#{ a }", "'#{ a }'"),
            ("!x", "'!x'"),
            ("-g", "-g"),
            ("- g", "'- g'"),
            ("-", "'-'"),
            ("it's", "it's"),
            ("'a'", "'''a'''"),
            ("\"a\"", "'\"a\"'"),
            (" a", "' a'"),
            ("a ", "'a '"),
            ("${A}", "${A}"),
            ("{a}", "'{a}'"),
            ("---", "'---'"),
            ("a\tb", "a\tb"),
            ("\ta", "\"\\ta\""),
            ("a\r\n", "\"a\\r\\n\""),
            ("\n", "\"\\n\""),
            ("é", "é"),
            ("\u{7}\u{85}\u{2028}", "\"\\x07\\x85\\u2028\""),
        ] {
            assert_eq!(round_trip(&text(value)), format!("{written}\n"), "{value:?}");
            round_trip(&Data::Map(vec![(value, Data::List(vec![text(value)]))]));
        }
    }

    proptest::proptest! {
        #[test]
        fn every_text_is_read_as_it_was_written(
            value in "[ -~\n\t\r\u{85}\u{2028}é#:'\"-]{0,30}",
            other in "[a :\n-]{0,12}",
        ) {
            round_trip(&text(&value));
            let members = vec![("a", text(&other)), ("b", text(&value))];
            round_trip(&Data::List(vec![text(&value), Data::Map(members)]));
            let list = Data::List(vec![text(&other), text(&value)]);
            // A quoted merge key is refused by the reader.
            if value != "<<" {
                round_trip(&Data::Map(vec![("longer than thirty characters is this", list), (&value, Data::Null)]));
            }
        }
    }
}
