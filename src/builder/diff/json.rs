//! The changes as a JSON document: `docs/schemas/definition-diff-1.json`.

use serde::Serialize;

use super::change::{AttributeChange, Change};
use super::difference::Difference;
use super::side::Side;
use crate::builder::definition::Keyword;
use crate::builder::facts::Value;
use crate::report::json::text;

/// The version of the schema.
const SCHEMA_VERSION: u32 = 1;

impl Difference {
    /// The JSON document.
    pub fn json(&self) -> String {
        text(&Document {
            schema_version: SCHEMA_VERSION,
            equal: self.is_empty(),
            from: SideJson::new(&self.from),
            to: SideJson::new(&self.to),
            counts: Counts { changes: self.changes.len(), concerning: self.concerns() },
            changes: self.changes.iter().map(ChangeJson::new).collect(),
        })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    schema_version: u32,
    equal: bool,
    from: SideJson<'a>,
    to: SideJson<'a>,
    counts: Counts,
    changes: Vec<ChangeJson<'a>>,
}

#[derive(Serialize)]
struct Counts {
    changes: usize,
    concerning: usize,
}

#[derive(Serialize)]
struct SideJson<'a> {
    name: &'a str,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<&'a str>,
    platforms: Vec<&'static str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    absent: bool,
}

impl<'a> SideJson<'a> {
    fn new(side: &'a Side) -> Self {
        Self {
            name: &side.name,
            kind: side.kind.as_str(),
            image: side.image.as_deref(),
            platforms: side.platforms.iter().map(|(platform, _)| platform.as_str()).collect(),
            absent: side.is_absent,
        }
    }
}

/// A change, also one between two platforms of a definition.
#[derive(Serialize)]
pub(in crate::builder) struct ChangeJson<'a> {
    change: &'static str,
    section: &'static str,
    aspect: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    stage: Option<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    name: &'a str,
    attributes: Vec<AttributeJson<'a>>,
    concerns: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    platforms: Vec<&'static str>,
}

#[derive(Serialize)]
struct AttributeJson<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<ValueJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<ValueJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trend: Option<&'static str>,
}

/// A text or a list of texts.
#[derive(Serialize)]
#[serde(untagged)]
pub(in crate::builder) enum ValueJson<'a> {
    Text(&'a str),
    List(&'a [String]),
}

impl<'a> From<&'a Value> for ValueJson<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Text(text) => Self::Text(text),
            Value::List(items) => Self::List(items),
        }
    }
}

impl<'a> ChangeJson<'a> {
    pub(in crate::builder) fn new(change: &'a Change) -> Self {
        Self {
            change: change.kind.as_str(),
            section: change.section().as_str(),
            aspect: change.aspect.as_str(),
            stage: change.stage.as_deref(),
            name: &change.name,
            attributes: change.attributes.iter().map(AttributeJson::new).collect(),
            concerns: change.concerns.iter().map(|one| one.as_str()).collect(),
            platforms: change.platforms.iter().map(|one| one.as_str()).collect(),
        }
    }
}

impl<'a> AttributeJson<'a> {
    fn new(one: &'a AttributeChange) -> Self {
        Self {
            name: &one.name,
            from: one.from.as_ref().map(ValueJson::from),
            to: one.to.as_ref().map(ValueJson::from),
            trend: one.trend.map(Keyword::as_str),
        }
    }
}
