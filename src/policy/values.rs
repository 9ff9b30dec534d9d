//! Values of a YAML or JSON document, with the types that they must have.
//!
//! Invariant: a member that is not known, and a value of another type, is an error with its line.

use serde_json::{Map, Number, Value as Json};

use crate::diagnostic::closest;
use crate::yaml::{Document, Entries, Value};

/// What is wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// A value has another type or form than it must have.
    Value {
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        cause: String,
    },
    /// A member has an unknown name.
    Member {
        /// The line, from 1.
        line: usize,
        /// The name.
        name: String,
        /// The object, with its article.
        of: &'static str,
        /// The most similar name that it may have.
        closest: Option<String>,
    },
}

impl Wrong {
    /// A value that is wrong at this line.
    pub(super) fn value(line: usize, cause: impl Into<String>) -> Self {
        Self::Value { line, cause: cause.into() }
    }
}

/// Reads values. It has the whole text of the document.
#[derive(Clone, Copy, Debug)]
pub(super) struct Values<'a>(pub(super) &'a str);

impl<'a> Values<'a> {
    /// The value of the only document. `what` names it, with its article.
    pub(super) fn root<'d>(self, documents: &'d [Document], what: &str) -> Result<Value<'d>, Wrong> {
        let [document] = documents else {
            return Err(Wrong::value(1, format!("{what} is {} documents, not one", documents.len())));
        };
        document.root().ok_or_else(|| Wrong::value(document.line, format!("{what} is empty")))
    }

    /// The members of an object. Each must be one of `known`.
    pub(super) fn members<'d>(
        self,
        value: Value<'d>,
        of: &'static str,
        known: &[&str],
    ) -> Result<Entries<'d>, Wrong> {
        let members =
            value.entries().ok_or_else(|| Wrong::value(value.line(), format!("{of} is not an object")))?;
        match members.iter().find(|(name, _)| !known.contains(name)) {
            None => Ok(members),
            Some((name, value)) => Err(Wrong::Member {
                line: value.line(),
                name: (*name).to_owned(),
                of,
                closest: closest(name, known.iter().copied()).map(str::to_owned),
            }),
        }
    }

    /// The items of the array `name`.
    pub(super) fn items<'d>(self, name: &str, value: Value<'d>) -> Result<Vec<Value<'d>>, Wrong> {
        let items =
            value.items().ok_or_else(|| Wrong::value(value.line(), format!("`{name}` is not an array")))?;
        Ok(items.collect())
    }

    /// The text `name`, which is not empty.
    pub(super) fn text<'d>(self, name: &str, value: Value<'d>) -> Result<&'d str, Wrong> {
        let text = value.text().filter(|text| !text.is_empty());
        text.ok_or_else(|| Wrong::value(value.line(), format!("`{name}` is not a text")))
    }

    /// The object `name` as JSON.
    pub(super) fn object(self, name: &str, value: Value<'_>) -> Result<Map<String, Json>, Wrong> {
        match self.json(value)? {
            Json::Object(members) => Ok(members),
            _ => Err(Wrong::value(value.line(), format!("{name} is not an object"))),
        }
    }

    /// The value as JSON.
    pub(super) fn json(self, value: Value<'_>) -> Result<Json, Wrong> {
        json_value(value, self.0)
    }
}

/// The value as JSON. `text` is the whole YAML text. A scalar without quotes must be a number, `true`, `false` or `null`
/// as JSON writes it, or a text that every reader of YAML takes for a text.
///
/// # Errors
///
/// [`Wrong::Value`].
fn json_value(value: Value<'_>, text: &str) -> Result<Json, Wrong> {
    if let Some(members) = value.entries() {
        let members =
            members.into_iter().map(|(name, value)| Ok((name.to_owned(), json_value(value, text)?)));
        return members.collect::<Result<Map<String, Json>, _>>().map(Json::Object);
    }
    if let Some(items) = value.items() {
        return items.map(|item| json_value(item, text)).collect();
    }
    if let Some(text) = value.text() {
        return Ok(text.into());
    }
    let written = text.get(value.range()).unwrap_or_default().trim();
    let scalar = match written {
        _ if value.tag().is_some() => None,
        "true" => Some(true.into()),
        "false" => Some(false.into()),
        "null" => Some(Json::Null),
        number => serde_json::from_str::<Number>(number).ok().map(Into::into),
    };
    scalar.ok_or_else(|| {
        let cause = format!("`{written}` has no single meaning: write it as JSON does, a text in quotes");
        Wrong::Value { line: value.line(), cause }
    })
}
