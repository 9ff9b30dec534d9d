//! Texts that have a precise type once their templates are evaluated.

use std::str::FromStr;

use super::{InvalidValue, Text};

/// A text with a precise type `T`.
///
/// A text that holds a template has no value yet: evaluate it, then parse the result with [`FromStr`]. A text that
/// is not a `T` has no value either; the reader reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typed<T> {
    /// The text as written.
    pub text: Text,
    /// Its value.
    pub value: Option<T>,
}

impl<T: FromStr<Err = InvalidValue>> Typed<T> {
    /// Parses the text, unless it holds a template. The second value is why it is not a `T`.
    pub fn parse(text: Text) -> (Self, Option<InvalidValue>) {
        if has_template(&text) {
            return (Self { text, value: None }, None);
        }
        match text.parse() {
            Ok(value) => (Self { text, value: Some(value) }, None),
            Err(cause) => (Self { text, value: None }, Some(cause)),
        }
    }
}

impl<T> Typed<T> {
    /// The text as written.
    pub fn as_str(&self) -> &str {
        &self.text.value
    }

    /// Whether the text holds a template, and so has its type only after evaluation.
    pub fn is_template(&self) -> bool {
        has_template(&self.text)
    }
}

/// Whether a text may hold a template: `${…}` or `#{…}`.
pub fn has_template(text: &str) -> bool {
    text.contains("${") || text.contains("#{")
}
