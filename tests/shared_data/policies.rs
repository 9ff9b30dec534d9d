//! Policies with odd results (row 38): the outcome of each, its exit code, and what is said.

use std::collections::BTreeMap;
use std::fs;

use dhi::diagnostic::{Diagnostic, Exit};
use dhi::policy::facts::ImageFacts;
use dhi::policy::rego::{ImageValues, RegoPolicy, Settings, Verdict, diagnostic, evaluate};
use serde::Deserialize;

use super::{print, shared_data};

#[derive(Debug, Deserialize)]
struct Expected {
    rows: BTreeMap<String, Row>,
}

#[derive(Debug, Deserialize)]
struct Row {
    outcome: String,
    exit: u8,
    says: String,
}

/// What each row must say, beside its text in the file.
const TEXTS: [(&str, &str); 7] = [
    ("undefined-pass", "pass is undefined"),
    ("pass-is-a-string", "pass is a string, not true or false"),
    ("violation-is-a-string", "a violation is a string, not an object"),
    ("detail-is-missing", "no detail"),
    ("pass-beside-violations", "pass is true beside 1 violation: the violation counts"),
    ("unknown-builtin", "unknown-builtin.rego:12: `http.send` is not offered"),
    ("conflict", "pass has two values"),
];

/// The facts that a bare policy input has.
pub(super) fn facts(input: &serde_json::Value) -> ImageFacts {
    let image = &input["source"]["image"];
    serde_json::from_value(serde_json::json!({
        "reference": "", "name": image["name"], "tags": [], "digest": image["digest"],
        "platform": {"os": "linux", "architecture": "amd64"}, "kind": "image",
        "config": {"user": null, "labels": {}, "document": null}, "manifest": null, "index": null,
        "root": {"digest": image["digest"], "signature": {"outcome": "absent"}},
        "standing": "unknown", "base": null, "findings": null,
    }))
    .unwrap()
}

fn shown(diagnostic: &Diagnostic) -> String {
    let facts = diagnostic.facts.iter().map(|(name, value)| format!("{name}: {value}"));
    std::iter::once(diagnostic.message.clone()).chain(facts).collect::<Vec<_>>().join("\n")
}

#[test]
fn policies_with_odd_results() {
    let folder = shared_data().join("bugs-vex/38-policies-with-odd-results");
    let Ok(text) = fs::read_to_string(folder.join("expected.json")) else {
        print(&format!("skipped: there is no {}", folder.display()));
        return;
    };
    let expected: Expected = serde_json::from_str(&text).unwrap();
    let input = serde_json::from_str(&fs::read_to_string(folder.join("input.json")).unwrap()).unwrap();
    let image = ImageValues::new(facts(&input));
    assert_eq!(expected.rows.len(), TEXTS.len());
    for (name, must_say) in TEXTS {
        let row = &expected.rows[name];
        let file = format!("{name}.rego");
        let source = fs::read_to_string(folder.join(&file)).unwrap();
        let settings = Settings { now: jiff::Timestamp::UNIX_EPOCH, prints: false, bindings: true };
        let (outcome, diagnostic) = match RegoPolicy::parse(&file, &source) {
            Err(error) => ("refused", Diagnostic::from(error)),
            Ok(policy) => {
                let evaluation = evaluate(&policy, &image, &settings);
                let outcome = match evaluation.verdict {
                    Verdict::Pass => "pass",
                    Verdict::Fail => "fail",
                    Verdict::Unknown(_) => "unknown",
                };
                let (_, diagnostic) = diagnostic(&policy, &evaluation).unwrap();
                (outcome, diagnostic)
            }
        };
        assert_eq!(
            (outcome, diagnostic.exit().code()),
            (row.outcome.as_str(), row.exit),
            "{name}: {}",
            row.says
        );
        assert_ne!(diagnostic.exit(), Exit::Pass);
        assert!(shown(&diagnostic).contains(must_say), "{name}: {}", shown(&diagnostic));
    }
}
