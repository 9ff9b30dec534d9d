//! `dhi policy list`: built-in policies and those in files, with metadata and settings.

use serde_json::Value;

use super::holds;
use crate::support::env::{TestEnv, read};

#[test]
fn built_in_policies_are_listed_with_their_settings() {
    let env = TestEnv::new();
    env.dhi(&["policy", "list"]).assert(0, "non-root");
    let whole = env.dhi(&["policy", "list", "-v"]);
    assert_eq!(whole.code, 0, "{}", whole.stderr);
    for text in ["  digest       sha256:", "  description  ", "  setting      "] {
        assert!(whole.stdout.contains(text), "{text}\n{}", whole.stdout);
    }
    assert!(!whole.stdout.contains("\\u{a}"), "{}", whole.stdout);
    let run = env.dhi(&["policy", "list", "--format", "json"]);
    let document = run.json();
    let schema: Value = serde_json::from_str(&read("docs/schemas/policy-list-1.json")).unwrap();
    let valid = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = valid.iter_errors(&document).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let policies = document["policies"].as_array().unwrap();
    assert!(policies.iter().all(|policy| policy["source"] == "built-in" && policy["settings"].is_array()));
}

#[test]
fn loaded_policies_are_listed_as_a_run_evaluates_them() {
    let env = TestEnv::new();
    let file = env.write("team.rego", holds("team"));
    let config = env.write(
        "config.yaml",
        "policies:\n- name: team\n  weight: 3\n  config: {limit: 9.0}\n- name: non-root\n  enabled: false\n",
    );
    let arguments = ["policy", "list", "--policy-file", &file, "--policy-config", &config];
    let run = env.dhi(&[&arguments[..], &["--format", "json"]].concat());
    let document = run.json();
    let policy = &document["policies"][0];
    assert_eq!((policy["name"].as_str(), policy["weight"].as_u64()), (Some("team"), Some(3)));
    assert_eq!((policy["source"].as_str(), policy["origin"].as_str()), (Some("file"), Some(file.as_str())));
    assert!(run.stdout.contains("\"limit\": 9.0"), "{}", run.stdout);
    assert_eq!(document["policies"].as_array().unwrap().len(), 1);
    // The same policy with other settings has another digest.
    let other = env.dhi(&["policy", "list", "--policy-file", &file, "--format", "json"]).json();
    assert_ne!(policy["digest"], other["policies"][0]["digest"]);
    // A built-in one is known by its settings.
    let config = env
        .write("bad.json", "{\"policies\": [\n{\"name\": \"non-root\", \"config\": {\"severities\": []}}]}");
    let run = env.dhi(&["policy", "list", "--policy-config", &config]);
    run.assert(2, "line 2: the policy `non-root` has no setting `severities`");
}
