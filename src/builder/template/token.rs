//! The words and signs of an expression.

use std::ops::Range;

use super::error::{Cause, Error};
use super::reference::{Kind, Reference, name_length, reference_at};

/// A word or sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token<'t> {
    pub(super) range: Range<usize>,
    pub(super) word: Word<'t>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Word<'t> {
    /// The content of `"…"`.
    Text(&'t str),
    Number(&'t str),
    Name(&'t str),
    /// `${…}`, in conditions only.
    Reference(Reference<'t>),
    /// One of [`SIGNS`].
    Sign(&'static str),
    /// The end of the text, in conditions.
    End,
}

/// Signs. Those that begin with another one come first.
const SIGNS: [&str; 10] = ["==", "!=", "||", "&&", "?", ":", "+", "!", "(", ")"];
/// The sign that ends an expression.
pub(super) const CLOSE: &str = "}";

impl Word<'_> {
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Text(text) => format!("`\"{text}\"`"),
            Self::Number(written) | Self::Name(written) => format!("`{written}`"),
            Self::Reference(reference) => format!("`{}`", reference.written),
            Self::Sign(sign) => format!("`{sign}`"),
            Self::End => "the end".to_owned(),
        }
    }
}

/// The token at `position` of the text, or the one after the spaces there.
pub(super) fn token_at(text: &str, position: usize) -> Result<Token<'_>, Error> {
    let rest = text.get(position..).unwrap_or_default();
    let spaces = rest.len() - rest.trim_ascii_start().len();
    let (rest, start) = (rest.get(spaces..).unwrap_or_default(), position + spaces);
    let token = |length: usize, word| Ok(Token { range: start..start + length, word });
    let Some(first) = rest.chars().next() else { return token(0, Word::End) };
    if let Some(sign) = SIGNS.into_iter().chain([CLOSE]).find(|sign| rest.starts_with(sign)) {
        return token(sign.len(), Word::Sign(sign));
    }
    if let Some(content) = rest.strip_prefix('"') {
        let end =
            content.find('"').ok_or_else(|| Error::new(start..start + rest.len(), Cause::UnclosedText))?;
        let content = content.get(..end).unwrap_or_default();
        if let Some(backslash) = content.find('\\') {
            let backslash = start + 1 + backslash;
            return Err(Error::new(backslash..backslash + 1, Cause::Backslash));
        }
        return token(content.len() + 2, Word::Text(content));
    }
    if let Some(content) = rest.strip_prefix('\'') {
        let content = content.split_once('\'').map(|(content, _)| content);
        let length = content.map_or(1, |content| content.len() + 2);
        let instead = content.filter(|content| !content.contains(['"', '\\']));
        let instead = instead.map(|content| format!("\"{content}\""));
        return Err(Error::new(start..start + length, Cause::SingleQuotes { instead }));
    }
    if let Some(reference) = reference_at(rest, start, Kind::Value) {
        return token(reference.written.len(), Word::Reference(reference));
    }
    let length = name_length(rest);
    if length > 0 {
        return token(length, Word::Name(rest.get(..length).unwrap_or_default()));
    }
    let number = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '.').unwrap_or(rest.len());
    let number = rest.get(..number).unwrap_or_default();
    if first.is_ascii_digit() {
        let leads = number.len() > 1 && number.starts_with('0');
        if leads || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Error::new(start..start + number.len(), Cause::Number(number.to_owned())));
        }
        return token(number.len(), Word::Number(number));
    }
    let instead = match first {
        '=' => Some("=="),
        '|' => Some("||"),
        '&' => Some("&&"),
        _ => None,
    };
    Err(Error::new(start..start + first.len_utf8(), Cause::Character { found: first, instead }))
}
