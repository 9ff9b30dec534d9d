//! The formats for pipelines and programs, in every situation.

use dhi::report::{PipelineFormat, VerifyRenderer};
use roxmltree::Document;
use serde_json::{Value, json};

use super::masked;
use super::situations::{Situation, situations};
use crate::renderers::{Outputs, check_all, sarif_schema};
use crate::support::env::read;

/// The elements of a list that a snapshot has.
const SHOWN: usize = 2;

fn pipeline(situation: &Situation, format: PipelineFormat) -> String {
    VerifyRenderer::pipeline(situation.run(), format).render(&situation.images, &[])
}

fn json(situation: &Situation) -> Value {
    let text = VerifyRenderer::json(situation.run()).render(&situation.images, &[]);
    serde_json::from_str(&text).unwrap()
}

/// A document with short lists: images and attestations are alike.
fn shortened(value: &Value) -> Value {
    match value {
        Value::Array(all) => {
            let mut shown: Vec<Value> = all.iter().take(SHOWN).map(shortened).collect();
            shown.extend((all.len() > SHOWN).then(|| json!(format!("{} more", all.len() - SHOWN))));
            Value::Array(shown)
        }
        Value::Object(members) => {
            members.iter().map(|(name, value)| (name.clone(), shortened(value))).collect()
        }
        other => other.clone(),
    }
}

#[test]
fn formats_for_pipelines_match_their_snapshots() {
    for situation in situations() {
        let document = serde_json::to_string_pretty(&shortened(&json(situation))).unwrap();
        let formats = [
            ("sarif", pipeline(situation, PipelineFormat::Sarif)),
            ("junit", pipeline(situation, PipelineFormat::Junit)),
            ("github", pipeline(situation, PipelineFormat::Github)),
            ("markdown", pipeline(situation, PipelineFormat::Markdown)),
            ("json", document),
        ];
        for (format, text) in formats {
            let name = format!("{format}-{}", situation.name);
            insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, {
                insta::assert_snapshot!(name, masked(&text));
            });
        }
    }
}

#[test]
fn every_format_has_the_same_counts() {
    let verify: Value = serde_json::from_str(&read("docs/schemas/verify-2.json")).unwrap();
    let (verify, sarif) = (jsonschema::validator_for(&verify).unwrap(), sarif_schema());
    for situation in situations() {
        let document = json(situation);
        let errors: Vec<String> = verify.iter_errors(&document).map(|error| error.to_string()).collect();
        assert_eq!(errors, [""; 0], "{}", situation.name);
        let out = Outputs {
            table: String::new(),
            sarif: pipeline(situation, PipelineFormat::Sarif),
            junit: pipeline(situation, PipelineFormat::Junit),
            github: pipeline(situation, PipelineFormat::Github),
            markdown: pipeline(situation, PipelineFormat::Markdown),
            code: i32::from(situation.tally().exit().code()),
            json: document,
        };
        assert!(sarif.is_valid(&serde_json::from_str(&out.sarif).unwrap()), "{}", situation.name);
        assert!(Document::parse(&out.junit).is_ok(), "{}", situation.name);
        check_all(situation.name, &out);
    }
}

/// Values are names, numbers and words of fixed lists. Texts for people are only in members that are named so.
#[test]
fn json_values_are_no_texts_for_people() {
    const TEXTS: [&str; 6] = ["message", "hint", "reason", "facts", "origin", "labels"];
    fn texts(name: &str, value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                let members = members.iter().filter(|(name, _)| !TEXTS.contains(&name.as_str()));
                members.for_each(|(name, value)| texts(name, value, found));
            }
            Value::Array(all) => all.iter().for_each(|value| texts(name, value, found)),
            Value::String(text) if text.contains([' ', '`']) => found.push(format!("{name}: {text}")),
            _ => {}
        }
    }
    for situation in situations() {
        let mut found = Vec::new();
        texts("", &json(situation), &mut found);
        assert_eq!(found, [""; 0], "{}", situation.name);
    }
}
