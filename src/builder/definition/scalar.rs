//! Scalars of YAML that replace others.

use crate::yaml::ScalarTypes;

/// The text as a scalar of YAML that replaces another one: quoted as that is, or where it must be.
pub(in crate::builder) fn as_scalar(written: &str, text: &str) -> String {
    if written.starts_with('\'') {
        return in_single_quotes(text);
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "/_.+=~@:-".contains(c);
    let is_plain = text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '/')
        && text.chars().all(plain)
        && !text.ends_with(':')
        && ScalarTypes::of_plain(text).is_text();
    match written.starts_with('"') || !is_plain {
        true => quoted(text),
        false => text.to_owned(),
    }
}

/// A text in double quotes.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A text in single quotes.
pub(super) fn in_single_quotes(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
