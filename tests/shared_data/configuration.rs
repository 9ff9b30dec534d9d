//! Cases of the configuration of Grype: which of its ignore rules applies to a statement.

use dhi::vex::engines::grype::ignore_rules::{IgnoreRule, RuleEffect, matching_rule};
use dhi::vex::{Justification, Status};
use serde_json::{Map, Value, json};

use crate::apply;
use crate::case::{Case, Failure, expect};
use crate::levels::in_document;

/// What Grype writes beside a match that an OpenVEX statement brings back. This program does not write such matches.
const AUGMENTED_BY_OPENVEX: (&str, &str) = ("exact-direct-match", "openvex-matcher");

pub(crate) fn run(case: &Case) -> Result<(), Failure> {
    let written = case.input("ignore_rules", &case.ignore_rules)?;
    let rules = written.iter().map(rule).collect::<Result<Vec<_>, _>>()?;
    let document = apply::read(&in_document(case.input("statement", &case.statement)?))?;
    let statement = document.statements.first().ok_or_else(|| "the statement was not read".to_owned())?;
    let id = case.input("vuln_id", &case.vuln_id)?;
    let is_about = statement.vulnerability.name.as_ref() == Some(id)
        || statement.vulnerability.iri.as_ref() == Some(id)
        || statement.vulnerability.aliases.contains(id);
    let applied = matching_rule(&rules, statement, document.format).filter(|_| is_about);
    let effect = applied.as_ref().map(IgnoreRule::effect);
    let by = match &applied {
        Some(applied) => match rules.iter().position(|rule| rule == applied) {
            Some(position) => json!([as_written(&written[position])]),
            None => json!([made_of(applied)]),
        },
        None => json!([]),
    };
    for (name, expected) in &case.expected {
        let ("grype", Value::Object(expected)) = (name.as_str(), expected) else {
            return Err(Failure::Wrong(format!("`{name}` is not understood")));
        };
        for (name, expected) in expected {
            let found = match name.as_str() {
                "filtered" => json!(effect == Some(RuleEffect::Ignore)),
                "augmented" => json!(effect == Some(RuleEffect::Augment)),
                "appliedIgnoreRules" => by.clone(),
                "matchDetails" => {
                    let (kind, matcher) = AUGMENTED_BY_OPENVEX;
                    json!({"type": kind, "matcher": matcher})
                }
                _ => return Err(Failure::Wrong(format!("`{name}` is not understood"))),
            };
            expect(name, expected, &found)?;
        }
    }
    Ok(())
}

fn rule(written: &Map<String, Value>) -> Result<IgnoreRule, Failure> {
    let mut rule = IgnoreRule { vulnerability: None, status: Status::Unknown, justification: None };
    for (name, value) in written {
        let text = value.as_str();
        match (name.as_str(), text) {
            ("vulnerability", Some(id)) => rule.vulnerability = Some(id.to_owned()),
            ("vex-status", Some(label)) => rule.status = Status::parse(label),
            ("vex-justification", Some(label)) => {
                let label =
                    Justification::parse(label).ok_or_else(|| format!("{label} is no justification"))?;
                rule.justification = Some(label);
            }
            // Conditions on packages have no effect in a rule with a VEX status.
            ("package", None) => {}
            _ => return Err(Failure::Wrong(format!("the rule member `{name}` is not understood"))),
        }
    }
    Ok(rule)
}

fn as_written(rule: &Map<String, Value>) -> Value {
    let mut rule = rule.clone();
    rule.insert("namespace".to_owned(), json!("vex"));
    Value::Object(rule)
}

/// The rule that Grype makes of a statement when it has none.
fn made_of(rule: &IgnoreRule) -> Value {
    let mut made = json!({"namespace": "vex", "vex-status": rule.status.as_str()});
    if let Some(id) = &rule.vulnerability {
        made["vulnerability"] = json!(id);
    }
    if let Some(justification) = rule.justification {
        made["vex-justification"] = json!(justification.as_str());
    }
    made
}
