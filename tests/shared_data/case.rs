//! A case as the file has it. Members that are not known are an error.

use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Debug, Deserialize)]
pub(crate) struct CaseFile {
    pub(crate) format: String,
    pub(crate) cases: Vec<Value>,
}

/// Why a case does not pass.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A file that it needs is not present.
    Skipped(String),
    /// What was expected is not what was found.
    Wrong(String),
}

/// Anything else than a decision that was expected is reported with its text.
impl From<String> for Failure {
    fn from(cause: String) -> Self {
        Self::Wrong(cause)
    }
}

/// Compares, and names what differs.
pub(crate) fn expect<T: PartialEq + std::fmt::Debug>(
    what: &str,
    expected: &T,
    found: &T,
) -> Result<(), Failure> {
    if expected == found {
        return Ok(());
    }
    Err(Failure::Wrong(format!("{what}: expected {expected:?}, found {found:?}")))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    #[serde(rename = "id")]
    pub(crate) _id: String,
    #[serde(rename = "rule")]
    pub(crate) _rule: String,
    pub(crate) level: Level,
    #[serde(rename = "title")]
    pub(crate) _title: String,
    #[serde(rename = "source")]
    pub(crate) _source: String,
    #[serde(rename = "note")]
    pub(crate) _note: Option<String>,
    #[serde(rename = "engines_disagree")]
    pub(crate) _engines_disagree: Option<bool>,
    pub(crate) expected: Map<String, Value>,
    #[serde(default)]
    pub(crate) documents: Vec<Value>,
    pub(crate) scan: Option<CaseScan>,
    pub(crate) statement_purl: Option<String>,
    pub(crate) target_purl: Option<String>,
    pub(crate) component: Option<Value>,
    /// The product, as an identifier (`document-effective`) or as a product of a document (`product`).
    pub(crate) product: Option<Value>,
    pub(crate) identifier: Option<String>,
    pub(crate) subcomponent: Option<String>,
    pub(crate) vuln_id: Option<String>,
    pub(crate) statement: Option<Value>,
    pub(crate) repositories: Option<Vec<CaseRepository>>,
    pub(crate) package_purl: Option<String>,
    pub(crate) ignore_rules: Option<Vec<Map<String, Value>>>,
    pub(crate) files: Option<Vec<String>>,
    pub(crate) input_dates: Option<Vec<String>>,
    pub(crate) rule_ids: Option<Vec<String>>,
    pub(crate) analysis: Option<Value>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Level {
    Purl,
    Component,
    Product,
    DocumentEffective,
    Apply,
    Validate,
    Repository,
    Files,
    GrypeConfig,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaseScan {
    pub(crate) source: CaseSource,
    pub(crate) finding: CaseFinding,
    pub(crate) graph: Option<CaseGraph>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaseSource {
    #[serde(rename = "type")]
    pub(crate) kind: CaseKind,
    #[serde(default)]
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) tags: Vec<String>,
    #[serde(default)]
    pub(crate) repo_digests: Vec<String>,
    pub(crate) arch: Option<String>,
    /// Whether the image is a hardened image, or built on one, by verification.
    pub(crate) is_dhi: Option<bool>,
    #[serde(default)]
    pub(crate) derived: bool,
    #[serde(default)]
    pub(crate) base_digests: Vec<String>,
    /// Repositories that are the same, as the user states.
    #[serde(default)]
    pub(crate) same_as: Vec<String>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum CaseKind {
    Image,
    Directory,
    File,
    Sbom,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaseFinding {
    pub(crate) vuln_id: String,
    pub(crate) package_purl: String,
    /// The package as Trivy writes it.
    pub(crate) trivy_purl: Option<String>,
    #[serde(default)]
    pub(crate) aliases: Vec<String>,
    #[serde(default)]
    pub(crate) upstreams: Vec<CaseUpstream>,
    pub(crate) origin: Option<CaseOrigin>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaseUpstream {
    pub(crate) name: String,
    pub(crate) version: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum CaseOrigin {
    Base,
    Added,
    Unknown,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaseGraph {
    pub(crate) root: String,
    pub(crate) nodes: Map<String, Value>,
    pub(crate) parents: std::collections::BTreeMap<String, Vec<String>>,
    pub(crate) leaf: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaseRepository {
    pub(crate) name: String,
    pub(crate) index: Value,
    pub(crate) files: Map<String, Value>,
}

/// What is expected of one profile.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expected {
    pub(crate) filtered: Option<bool>,
    /// Document and statement. Absent: not told. `null`: none.
    #[serde(default, deserialize_with = "told")]
    pub(crate) by: Option<Option<[usize; 2]>>,
    pub(crate) status: Option<String>,
    pub(crate) grade: Option<String>,
    pub(crate) reason: Option<String>,
    /// The justification that Trivy writes.
    pub(crate) statement: Option<String>,
    /// The source that Trivy writes.
    pub(crate) source: Option<String>,
    /// The error with which the scanner stops.
    pub(crate) error: Option<String>,
}

fn told<'de, D: serde::Deserializer<'de>>(value: D) -> Result<Option<Option<[usize; 2]>>, D::Error> {
    Option::deserialize(value).map(Some)
}

impl Expected {
    pub(crate) fn read(value: &Value) -> Result<Self, Failure> {
        serde_json::from_value(value.clone())
            .map_err(|error| Failure::Wrong(format!("the expectation is not understood: {error}")))
    }
}

impl Case {
    /// An input that the level needs.
    pub(crate) fn input<'a, T>(&self, name: &str, input: &'a Option<T>) -> Result<&'a T, Failure> {
        input
            .as_ref()
            .ok_or_else(|| Failure::Wrong(format!("a case of level {:?} has no `{name}`", self.level)))
    }
}
