//! Texts and documents as Go and OPA quote them.

use std::sync::LazyLock;

use regex::Regex;
use regorus::Value;

use super::number::{Number, members, sorted};

/// The letters, marks, numbers, punctuation and symbols of Unicode.
static PRINTABLE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\A[\p{L}\p{M}\p{N}\p{P}\p{S} ]\z").ok());

/// Whether Go's `strconv` prints `character` as it is.
pub(super) fn is_printed(character: char) -> bool {
    match character {
        ' '..='~' => true,
        _ if character.is_ascii() => false,
        _ => {
            let mut buffer = [0; 4];
            let text = character.encode_utf8(&mut buffer);
            PRINTABLE.as_ref().is_some_and(|printable| printable.is_match(text))
        }
    }
}

/// `text` between quotation marks, as `strconv.Quote`; with `ascii`, as `strconv.QuoteToASCII`.
pub(super) fn quoted(text: &str, mark: char, ascii: bool) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push(mark);
    for character in text.chars() {
        match character {
            '\\' => quoted.push_str("\\\\"),
            '\u{7}' => quoted.push_str("\\a"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{c}' => quoted.push_str("\\f"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\u{b}' => quoted.push_str("\\v"),
            _ if character == mark => quoted.extend(['\\', mark]),
            _ if (character.is_ascii() || !ascii) && is_printed(character) => quoted.push(character),
            '\0'..='\u{7f}' => quoted.push_str(&format!("\\x{:02x}", u32::from(character))),
            '\u{80}'..='\u{ffff}' => quoted.push_str(&format!("\\u{:04x}", u32::from(character))),
            _ => quoted.push_str(&format!("\\U{:08x}", u32::from(character))),
        }
    }
    quoted.push(mark);
    quoted
}

/// A value as OPA prints it in a text: an object as `{"a": 1}`, a set as `{1, 2}`, an empty set as `set()`.
pub(super) fn document(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(bool) => text.push_str(if *bool { "true" } else { "false" }),
        Value::Number(_) => {
            text.push_str(&Number::of(value).map_or_else(String::new, |number| number.text()));
        }
        Value::String(string) => text.push_str(&quoted(string, '"', false)),
        Value::Array(_) => list(sorted(value).into_iter(), ['[', ']'], text),
        Value::Set(set) if set.is_empty() => text.push_str("set()"),
        Value::Set(_) => list(sorted(value).into_iter(), ['{', '}'], text),
        Value::Object(_) => {
            text.push('{');
            for (index, (key, value)) in members(value).into_iter().enumerate() {
                if index > 0 {
                    text.push_str(", ");
                }
                write(key, text);
                text.push_str(": ");
                write(value, text);
            }
            text.push('}');
        }
        Value::Undefined => {}
    }
}

fn list<'a>(items: impl Iterator<Item = &'a Value>, [open, close]: [char; 2], text: &mut String) {
    text.push(open);
    for (index, item) in items.enumerate() {
        if index > 0 {
            text.push_str(", ");
        }
        write(item, text);
    }
    text.push(close);
}
