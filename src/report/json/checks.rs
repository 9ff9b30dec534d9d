//! One check in a JSON document, with its facts and the exception that excuses it.

use serde::Serialize;

use super::proofs::DiagnosticJson;
use crate::evidence::{Check, Excused};
use crate::report::HintTexts;

#[derive(Serialize)]
pub(super) struct CheckJson<'a> {
    id: &'static str,
    scope: &'a str,
    outcome: &'static str,
    says: &'a str,
    facts: Vec<FactJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[serde(rename = "problem")]
    diagnostic: Option<DiagnosticJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    excused: Option<ExcusedJson<'a>>,
}

/// The reason why a failure of the policy does not count.
#[derive(Serialize)]
#[serde(tag = "by", rename_all = "kebab-case")]
enum ExcusedJson<'a> {
    Exception { reason: &'a str, expires: String },
    NotEnforced { from: String },
}

impl<'a> ExcusedJson<'a> {
    fn new(excused: &'a Excused) -> Self {
        match excused {
            Excused::Exception { reason, expires } => {
                Self::Exception { reason, expires: expires.to_string() }
            }
            Excused::NotEnforced { from } => Self::NotEnforced { from: from.to_string() },
        }
    }
}

impl<'a> CheckJson<'a> {
    pub(super) fn new(check: &'a Check, texts: &dyn HintTexts) -> Self {
        Self {
            id: check.kind.as_str(),
            scope: &check.scope,
            outcome: check.outcome().as_str(),
            says: &check.message,
            facts: check.facts.iter().map(|(name, value)| FactJson { name, value }).collect(),
            diagnostic: check.shown().map(|diagnostic| DiagnosticJson::new(&diagnostic, texts)),
            excused: check.excused.as_ref().map(ExcusedJson::new),
        }
    }
}

#[derive(Serialize)]
struct FactJson<'a> {
    name: &'a str,
    value: &'a str,
}
