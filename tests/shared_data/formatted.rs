//! What `sprintf` prints (row 36): as `opa eval` prints it.

use std::collections::BTreeMap;
use std::fs;

use dhi::policy::rego::{ImageValues, RegoPolicy, Settings, evaluate};
use serde::Deserialize;

use super::policies::facts;
use super::{print, shared_data};

#[derive(Debug, Deserialize)]
struct Expected {
    rows: BTreeMap<String, Row>,
}

#[derive(Debug, Deserialize)]
struct Row {
    expr: String,
    opa: Option<String>,
}

#[test]
fn sprintf_prints_as_opa() {
    let folder = shared_data().join("bugs-vex/36-sprintf-as-opa");
    let Ok(text) = fs::read_to_string(folder.join("expected.json")) else {
        print(&format!("skipped: there is no {}", folder.display()));
        return;
    };
    let expected: Expected = serde_json::from_str(&text).unwrap();
    let input = fs::read_to_string(folder.join("input.json")).unwrap();
    let digest = format!("sha256:{}", "0".repeat(64));
    let facts = facts(&serde_json::json!({"source": {"image": {"name": "", "digest": digest}}}));
    let image = ImageValues::new(facts);
    let settings = Settings { now: jiff::Timestamp::UNIX_EPOCH, prints: false, bindings: true };
    assert_eq!(expected.rows.len(), 26);
    for (name, row) in &expected.rows {
        // The input of the rows is no image: it is a rule of the module.
        let expression = row.expr.replace("input.", "given.");
        let source = format!(
            "package docker.scout\n\nimport rego.v1\n\npass := true\n\nviolation := set()\n\ngiven := {input}\n\nprinted := {expression}\n"
        );
        let policy = RegoPolicy::parse("row.rego", &source).unwrap();
        let evaluation = evaluate(&policy, &image, &settings);
        let printed = evaluation.bindings.get("printed").and_then(|printed| printed.as_str());
        assert_eq!(printed, row.opa.as_deref(), "{name}: {}", row.expr);
    }
}
