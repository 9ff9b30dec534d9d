//! An explanation as a JSON document: `docs/schemas/definition-explain-1.json`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Explanation;
use crate::builder::definition::{Keyword, Variant};
use crate::builder::diff::{ChangeJson, ValueJson};
use crate::builder::facts::{Aspect, Fact, Input, Section};
use crate::report::json::text;

/// The version of the schema.
const SCHEMA_VERSION: u32 = 1;

impl Explanation {
    /// The JSON document.
    pub fn json(&self) -> String {
        text(&Document {
            schema_version: SCHEMA_VERSION,
            file: &self.file,
            kind: self.kind.as_str(),
            platform: self.platform.map(Keyword::as_str),
            development: self.variant == Variant::Dev,
            product: self.section(Section::Product),
            contents: self.section(Section::Contents),
            runtime: self.section(Section::Runtime),
            build: self.section(Section::Build),
            metadata: self.section(Section::Metadata),
            inputs: self.inputs.iter().map(InputJson::new).collect(),
            unpinned: self
                .unpinned
                .iter()
                .map(|one| UnpinnedJson {
                    missing: one.kind.as_str(),
                    name: &one.name,
                    stage: one.stage.as_deref(),
                })
                .collect(),
            gated: self
                .gated
                .iter()
                .map(|one| GatedJson {
                    what: one.what,
                    name: &one.name,
                    access: one.access.as_str(),
                    stage: one.stage.as_deref(),
                })
                .collect(),
            network: self
                .network
                .iter()
                .map(|one| StepJson { stage: &one.stage, step: one.step.as_deref() })
                .collect(),
            secrets: self
                .secrets
                .iter()
                .map(|one| SecretJson {
                    id: &one.id,
                    env: one.env.as_deref(),
                    optional: one.optional,
                    stage: one.stage.as_deref(),
                    used_by: &one.user,
                })
                .collect(),
            actions: self
                .actions
                .iter()
                .map(|one| ActionJson { name: &one.name, steps: one.steps })
                .collect(),
            unresolved: self
                .unresolved
                .iter()
                .map(|one| UnresolvedJson { reference: &one.reference, places: &one.places })
                .collect(),
            differences: self
                .differences
                .iter()
                .map(|(platform, changes)| DifferenceJson {
                    platform: platform.as_str(),
                    changes: changes.iter().map(ChangeJson::new).collect(),
                })
                .collect(),
        })
    }

    /// The facts of a section, by aspect.
    fn section(&self, section: Section) -> BTreeMap<&'static str, Vec<FactJson<'_>>> {
        let mut found: BTreeMap<&'static str, Vec<FactJson<'_>>> = BTreeMap::new();
        for fact in self.facts.iter().filter(|fact| fact.section() == section) {
            found.entry(fact.aspect.as_str()).or_default().push(FactJson::new(fact));
        }
        found
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    schema_version: u32,
    file: &'a str,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    platform: Option<&'static str>,
    development: bool,
    product: BTreeMap<&'static str, Vec<FactJson<'a>>>,
    contents: BTreeMap<&'static str, Vec<FactJson<'a>>>,
    runtime: BTreeMap<&'static str, Vec<FactJson<'a>>>,
    build: BTreeMap<&'static str, Vec<FactJson<'a>>>,
    metadata: BTreeMap<&'static str, Vec<FactJson<'a>>>,
    inputs: Vec<InputJson<'a>>,
    unpinned: Vec<UnpinnedJson<'a>>,
    gated: Vec<GatedJson<'a>>,
    network: Vec<StepJson<'a>>,
    secrets: Vec<SecretJson<'a>>,
    actions: Vec<ActionJson<'a>>,
    unresolved: Vec<UnresolvedJson<'a>>,
    differences: Vec<DifferenceJson<'a>>,
}

#[derive(Serialize)]
struct FactJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    stage: Option<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    name: &'a str,
    values: BTreeMap<&'a str, ValueJson<'a>>,
}

impl<'a> FactJson<'a> {
    fn new(fact: &'a Fact) -> Self {
        Self {
            stage: fact.stage.as_deref().filter(|_| fact.aspect != Aspect::Stage),
            name: &fact.name,
            values: fact.attributes.iter().map(|one| (&*one.name, ValueJson::from(&one.value))).collect(),
        }
    }
}

#[derive(Serialize)]
struct InputJson<'a> {
    kind: &'static str,
    address: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stage: Option<&'a str>,
    integrity: IntegrityJson,
    access: &'static str,
}

#[derive(Serialize)]
struct IntegrityJson {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
}

impl<'a> InputJson<'a> {
    fn new(input: &'a Input) -> Self {
        Self {
            kind: input.kind.as_str(),
            address: &input.address,
            path: input.path.as_deref(),
            stage: input.stage.as_deref(),
            integrity: IntegrityJson { kind: input.integrity.kind(), value: input.integrity.value() },
            access: input.access.as_str(),
        }
    }
}

#[derive(Serialize)]
struct UnpinnedJson<'a> {
    missing: &'static str,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    stage: Option<&'a str>,
}

#[derive(Serialize)]
struct GatedJson<'a> {
    what: &'static str,
    name: &'a str,
    access: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    stage: Option<&'a str>,
}

#[derive(Serialize)]
struct StepJson<'a> {
    stage: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SecretJson<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    env: Option<&'a str>,
    optional: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    stage: Option<&'a str>,
    used_by: &'a str,
}

#[derive(Serialize)]
struct ActionJson<'a> {
    name: &'a str,
    steps: usize,
}

#[derive(Serialize)]
struct UnresolvedJson<'a> {
    reference: &'a str,
    places: &'a [String],
}

#[derive(Serialize)]
struct DifferenceJson<'a> {
    platform: &'static str,
    changes: Vec<ChangeJson<'a>>,
}
