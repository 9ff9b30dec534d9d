//! JSON as text: lists can be written element by element, and characters that a terminal interprets are escaped.

use std::fmt::Write as _;

use serde::Serialize;

use crate::oci::acts;

/// Indentation of an element of the list of images.
pub(crate) const IMAGES: usize = 4;

/// A value as the next element of a list, indented by `columns`.
pub(crate) fn element<T: Serialize>(value: &T, columns: usize, first: bool) -> String {
    let start = format!("\n{:columns$}", "");
    // Line feeds are only between values, never in a text.
    let lines = text(value).trim_end().replace('\n', &start);
    format!("{}{start}{lines}", if first { "" } else { "," })
}

/// Splits a document at its empty list `name`, into the text before and after the elements. `any` is whether there
/// will be elements.
pub(crate) fn around(document: &str, name: &str, any: bool) -> (String, String) {
    // In a text value the quotes around the name would be escaped.
    let list = format!("\"{name}\": [");
    let Some((before, after)) = document.split_once(&format!("{list}]")) else { return Default::default() };
    let line = before.rsplit('\n').next().unwrap_or_default();
    let end = if any { format!("\n{line}]") } else { "]".to_owned() };
    (format!("{before}{list}"), format!("{end}{after}"))
}

/// A document as text that ends with a line feed.
pub(crate) fn text<T: Serialize>(document: &T) -> String {
    let text = serde_json::to_string_pretty(document).unwrap_or_default();
    // JSON does not require escapes for all characters that a terminal interprets. They occur only in texts.
    let mut safe = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        if c != '\n' && acts(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(safe, "\\u{unit:04x}");
            }
        } else {
            safe.push(c);
        }
    }
    safe.push('\n');
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_for_terminals_are_escaped_in_documents() {
        let evil = "a\u{9b}2J\u{202e}\u{2028}\u{7f}\n\"é\u{200b}\u{e0061}";
        let json = text(&[evil]);
        assert!(json.chars().all(|c| c == '\n' || !acts(c)), "{json}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&json).unwrap(), [evil]);
    }
}
