//! The list of policies, with their metadata.

use serde::Serialize;
use serde_json::Value;

use super::folded::not_evaluated;
use crate::oci::Digest;
use crate::policy::rego::{AppliesTo, BuiltInPolicy, ResultType};
use crate::policy::{NotEvaluated, NotEvaluatedReason, PolicySet, SelectedPolicy};
use crate::report::Style;
use crate::report::columns::{Cell, columns};

/// The policies of a run.
pub struct PolicyList<'a> {
    /// The policies.
    pub set: &'a PolicySet,
    /// Whether the table shows descriptions, digests and settings.
    pub details: bool,
}

impl PolicyList<'_> {
    /// The table for people.
    pub fn table(&self, style: Style) -> String {
        let rows = self.set.policies().iter().map(|policy| {
            let title = policy.policy.metadata().title.as_deref().unwrap_or("-");
            vec![
                policy.name().into(),
                Cell::whole(policy.weight.to_string()),
                source(policy).into(),
                policy.built_in().map_or("-", by_default).into(),
                title.into(),
            ]
        });
        let mut text = columns(["POLICY", "WEIGHT", "SOURCE", "BY DEFAULT", "TITLE"], rows, style);
        if self.details {
            for policy in self.set.policies() {
                text.push_str(&format!("\n{}\n", style.strong(&style.text(policy.name()))));
                text.push_str(&details(policy, style));
            }
        }
        let off = not_evaluated(self.set);
        if !off.is_empty() {
            text.push('\n');
        }
        for line in off {
            text.push_str(&style.lines(&style.text(&format!("not evaluated: {line}")), 0));
        }
        text
    }

    /// The JSON document, `docs/schemas/policy-list-1.json`.
    pub fn json(&self) -> String {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Document<'a> {
            schema_version: u32,
            policies: Vec<PolicyJson<'a>>,
            not_evaluated: Vec<NotEvaluatedJson<'a>>,
        }
        let document = Document {
            schema_version: 1,
            policies: self.set.policies().iter().map(PolicyJson::new).collect(),
            not_evaluated: self.set.not_evaluated().iter().map(NotEvaluatedJson::new).collect(),
        };
        crate::report::json::text(&document)
    }
}

/// `built-in`, or the file.
fn source(policy: &SelectedPolicy) -> &str {
    if policy.built_in().is_some() { policy.source.as_str() } else { policy.policy.origin() }
}

/// The facts of one policy, one on each line.
fn details(policy: &SelectedPolicy, style: Style) -> String {
    let metadata = policy.policy.metadata();
    let mut facts = vec![("digest", policy.policy.identity().digest.to_string())];
    facts.extend(metadata.description.clone().map(|text| ("description", text)));
    facts.push(("result type", result_type(metadata.result_type).to_owned()));
    let keys = policy.built_in().map(|policy| policy.config).unwrap_or_default();
    let given = policy.policy.config();
    let known = keys.iter().map(|key| match given.get(key.name) {
        Some(value) => format!("{}: {value} (default {})", key.name, one_line(key.default)),
        None => format!("{}: {}", key.name, one_line(key.default)),
    });
    let others = given.iter().filter(|(name, _)| !keys.iter().any(|key| key.name == *name));
    let others = others.map(|(name, value)| format!("{name}: {value}"));
    facts.extend(known.chain(others).map(|setting| ("setting", setting)));
    style.facts(facts.iter().map(|(name, value)| (*name, value.as_str())))
}

/// JSON of the source code in one line.
fn one_line(json: &str) -> String {
    serde_json::from_str::<Value>(json).map_or_else(|_| json.to_owned(), |value| value.to_string())
}

/// Whether a policy is evaluated if none is named.
fn by_default(policy: &BuiltInPolicy) -> &'static str {
    match policy.applies_to {
        _ if policy.needs_settings => "with settings",
        AppliesTo::Images => "images",
        AppliesTo::FipsImages => "FIPS images",
        _ => "always",
    }
}

pub(super) fn result_type(result_type: ResultType) -> &'static str {
    match result_type {
        ResultType::Vulnerability => "vulnerability",
        ResultType::License => "license",
        ResultType::Boolean => "boolean",
        ResultType::Generic => "generic",
    }
}

/// A policy in JSON.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PolicyJson<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    result_type: &'static str,
    weight: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_compliant_title: Option<&'a str>,
    details_order: &'a [String],
    source: &'static str,
    origin: &'a str,
    digest: Digest,
    config: &'a serde_json::Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    settings: Option<Vec<SettingJson>>,
    /// What a built-in policy is about in the default set.
    #[serde(skip_serializing_if = "Option::is_none")]
    applies_to: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    needs_settings: Option<bool>,
}

/// A setting that a built-in policy reads.
#[derive(Serialize)]
struct SettingJson {
    name: &'static str,
    default: Option<Value>,
}

/// A policy that is not evaluated, in JSON.
#[derive(Serialize)]
pub(super) struct NotEvaluatedJson<'a> {
    name: &'a str,
    reason: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    config: Option<&'a str>,
}

impl<'a> PolicyJson<'a> {
    pub(super) fn new(policy: &'a SelectedPolicy) -> Self {
        let metadata = policy.policy.metadata();
        let settings = policy.built_in().map(|built_in| {
            let keys = built_in.config.iter();
            keys.map(|key| SettingJson { name: key.name, default: serde_json::from_str(key.default).ok() })
                .collect()
        });
        Self {
            name: &metadata.name,
            title: metadata.title.as_deref(),
            description: metadata.description.as_deref(),
            result_type: result_type(metadata.result_type),
            weight: policy.weight,
            not_compliant_title: metadata.not_compliant_title.as_deref(),
            details_order: &metadata.details_order,
            source: policy.source.as_str(),
            origin: policy.policy.origin(),
            digest: policy.policy.identity().digest,
            config: policy.policy.config(),
            settings,
            applies_to: policy.built_in().map(|built_in| built_in.applies_to.as_str()),
            needs_settings: policy.built_in().map(|built_in| built_in.needs_settings),
        }
    }
}

impl<'a> NotEvaluatedJson<'a> {
    pub(super) fn new(policy: &'a NotEvaluated) -> Self {
        let config = match &policy.reason {
            NotEvaluatedReason::Disabled { config } => Some(config.as_str()),
            NotEvaluatedReason::NotRequested | NotEvaluatedReason::NeedsSettings => None,
        };
        Self { name: &policy.name, reason: policy.reason.as_str(), config }
    }
}
