//! Everyone who has the file of recorded facts can edit it. Every command that asks for proof refuses them, wherever it
//! takes a reference or evidence, and nothing makes a summary of them.

use serde_json::{Value, json};

use super::policy;
use crate::support::env::{KEY, ROOT, Run, TestEnv};

const PYTHON: &str = "oci:fixtures/python:3.13";
const REPORT: &str = "fixtures/vex/grype.json";
/// The user that the edited facts name.
const EDITED: &str = "edited";

/// Facts of a verification, edited, in files that are told by their name and by their content.
struct Edited {
    env: TestEnv,
    /// A policy that only the edited facts pass.
    policy: String,
}

impl Edited {
    fn new() -> Self {
        let env = TestEnv::new();
        let run = env.verify(&["--format", "json", "--facts", PYTHON]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        let mut document = run.json();
        for platform in document["images"][0]["platforms"].as_array_mut().unwrap() {
            platform["user"] = json!(EDITED);
            platform["facts"]["config"]["user"] = json!(EDITED);
            platform["facts"]["config"]["document"]["config"]["User"] = json!(EDITED);
        }
        env.write("facts.json", document.to_string());
        env.write("facts", document.to_string());
        env.write("manifests/facts.yaml", document.to_string());
        let input = json!({"source": {"image": {
            "name": "dhi/python",
            "digest": document["images"][0]["platforms"][0]["digest"],
            "config": {"config": {"User": EDITED}},
        }}});
        env.write("input.json", input.to_string());
        env.write("input", input.to_string());
        let rules = format!(
            "violation contains {{\"message\": \"as it was\", \"detail\": {{}}}} if {{\n\
             \tinput.source.image.config.config.User != \"{EDITED}\"\n}}\n"
        );
        let policy = env.write("edited.rego", policy("edited", &rules));
        env.generate_key("vsa");
        Self { env, policy }
    }

    /// The files with facts.
    fn files(&self) -> [String; 4] {
        ["facts.json", "facts", "input.json", "input"].map(|name| self.env.file(name))
    }

    /// Runs `dhi` without network.
    fn offline(&self, arguments: &[&str]) -> Run {
        self.env.dhi(&[arguments, &["--offline"]].concat())
    }
}

/// Checks that the run ended with this exit code and this error, and printed no result.
#[track_caller]
fn assert_refused(run: &Run, (exit, code): (i32, &str), arguments: &[&str]) {
    assert_eq!(run.code, exit, "{arguments:?}: {}{}", run.stdout, run.stderr);
    assert!(run.stderr.contains(&format!("error[{code}]")), "{arguments:?}: {}", run.stderr);
    assert_eq!(run.stdout, "", "{arguments:?}");
}

/// The edit changes what a policy decides, so that the refusals below are about facts that count for `policy eval`.
#[test]
fn an_edit_counts_for_recorded_facts_alone() {
    let edited = Edited::new();
    for file in edited.files() {
        let eval = edited.env.dhi(&["policy", "eval", &file, "--policy", &edited.policy]);
        eval.assert(0, "recorded, not verified");
    }
    let run = edited.env.verify(&["--policy", &edited.policy, "--format", "json", PYTHON]);
    assert_eq!((run.code, run.ids()), (1, vec!["policy/violation".to_owned()]));
    let trust = ["policy", "eval", "--key", KEY, "--trusted-root", ROOT];
    edited.env.dhi(&[&trust[..], &["--policy", &edited.policy, PYTHON]].concat()).assert(1, "as it was");
}

#[test]
fn no_command_takes_recorded_facts_as_a_reference() {
    let edited = Edited::new();
    let key = edited.env.file("vsa.key");
    let list = edited.env.file("list");
    for file in edited.files() {
        let file = file.as_str();
        edited.env.write("list", format!("{file}\n"));
        for arguments in [
            vec!["verify", file],
            vec!["verify", "--from", &list],
            vec!["verify", "--format", "json", file],
            vec!["verify", "--policy", "attested", file],
            vec!["verify", "--policy", "signed", file],
            vec!["verify", "--policy", "non-root", file],
            vec!["verify", "--accept-vsa", KEY, "--max-age", "1h", file],
            vec!["base", file],
            vec!["attest", "list", file],
            vec!["attest", "get", "--predicate-type", "spdx", file],
            vec!["scan", "--report", "attestation", file],
            vec!["scan", "--report", "attestation", "--compare", file, PYTHON],
            vec!["vex", "apply", REPORT, "--image", file],
            vec!["vex", "explain", "CVE-2025-9232", REPORT, "--image", file],
            vec!["vex", "export", REPORT, "--for", "grype", "--image", file],
            vec!["vex", "get", file],
        ] {
            assert_refused(&edited.offline(&arguments), (2, "usage/reference"), &arguments);
        }
        let types = ["--predicate-type", "spdx", "--predicate", "fixtures/cases.json"];
        for arguments in [
            vec!["sign", "--key", &key, file],
            [&["attest", "add", "--key", &key][..], &types, &[file]].concat(),
        ] {
            assert_refused(&edited.env.dhi(&arguments), (2, "usage/reference"), &arguments);
        }
        for arguments in [vec!["admit", "check", file], vec!["admit", "check", "--resolve", file]] {
            assert_refused(&edited.offline(&arguments), (2, "admit/input"), &arguments);
        }
    }
    let directory = edited.env.file("manifests");
    let arguments = ["admit", "check", directory.as_str()];
    assert_refused(&edited.offline(&arguments), (2, "admit/input"), &arguments);
}

#[test]
fn a_refusal_tells_where_recorded_facts_are_evaluated() {
    let edited = Edited::new();
    for file in edited.files() {
        for command in [&["verify"] as &[&str], &["base"], &["admit", "check"]] {
            let run = edited.offline(&[command, &[file.as_str()]].concat());
            run.assert(2, "recorded facts");
            run.assert(2, &format!("`dhi policy eval {file}`"));
        }
    }
}

#[test]
fn no_command_takes_recorded_facts_as_evidence() {
    let edited = Edited::new();
    for file in edited.files() {
        let file = file.as_str();
        let is_large = file.contains("/facts");
        let policy = if is_large { (4, "limits/exceeded") } else { (2, "policy/rego") };
        for (arguments, refusal) in [
            (vec!["--key", file], (2, "trust/key-file")),
            (vec!["--keyring", file], (2, "trust/key-file")),
            (vec!["--attestor-key", file], (2, "trust/key-file")),
            (vec!["--trusted-root", file], (2, "trust/key-file")),
            (vec!["--accept-vsa", file, "--max-age", "1h"], (2, "trust/key-file")),
            (vec!["--policy", file], policy),
            (vec!["--policy", "attested", "--policy", file], policy),
            (vec!["--policy", "non-root", "--policy-config", file], (2, "policy/config")),
            (vec!["--exceptions", file], (2, "policy/exceptions")),
            (vec!["--attestations", file], (2, "usage/invalid-value")),
            (vec!["--base", file], (2, "usage/invalid-value")),
        ] {
            let arguments = [&["verify"], &arguments[..], &[PYTHON]].concat();
            assert_refused(&edited.offline(&arguments), refusal, &arguments);
        }
        for (arguments, refusal) in [
            (vec!["vex", "apply", file, "--image", PYTHON], (2, "vex/report")),
            (vec!["vex", "apply", REPORT, "--image", PYTHON, "--vex", file], (2, "vex/document")),
            (
                vec!["vex", "apply", REPORT, "--image", PYTHON, "--vex", file, "--trust-unsigned", file],
                (2, "vex/document"),
            ),
            (vec!["scan", "--report", file, PYTHON], (2, "vex/report")),
            (vec!["policy", "eval", "--policy", "non-root", "--report", file, PYTHON], (2, "vex/report")),
            (vec!["policy", "eval", "--policy-bundle", file, PYTHON], (2, "policy/bundle-layout")),
        ] {
            let arguments = [&arguments[..], &["--key", KEY, "--trusted-root", ROOT]].concat();
            assert_refused(&edited.offline(&arguments), refusal, &arguments);
        }
    }
}

#[test]
fn no_summary_is_made_of_recorded_facts() {
    let edited = Edited::new();
    let (key, summary) = (edited.env.file("vsa.key"), edited.env.file("summary.json"));
    for file in edited.files() {
        let file = file.as_str();
        for place in [summary.as_str(), "attach"] {
            let emit = ["--emit-vsa", place, "--vsa-key", &key];
            let verify = [&["verify", "--offline"], &emit[..], &[file]].concat();
            assert_refused(&edited.env.dhi(&verify), (2, "usage/reference"), &verify);
            let eval = [&["policy", "eval", file, "--policy", &edited.policy], &emit[..]].concat();
            assert_refused(&edited.env.dhi(&eval), (2, "usage/unknown-option"), &eval);
        }
    }
    assert!(!edited.env.path("summary.json").exists());
    // What is written instead says what it is.
    let (facts, result) = (edited.env.file("input"), edited.env.file("result.json"));
    let eval = ["policy", "eval", &facts, "--policy", &edited.policy, "--result-file", &result];
    edited.env.dhi(&eval).assert(0, "recorded, not verified");
    let written: Value = serde_json::from_slice(&std::fs::read(&result).unwrap()).unwrap();
    assert_eq!((&written["edited"]["pass"], &written["edited"]["verified"]), (&json!(true), &json!(false)));
}

/// The result of an evaluation is a file too, and no proof either.
#[test]
fn results_of_recorded_facts_are_no_facts() {
    let edited = Edited::new();
    let facts = edited.env.file("facts");
    let run = edited.env.dhi(&["policy", "eval", &facts, "--policy", &edited.policy, "--format", "json"]);
    assert_eq!((run.code, &run.json()["verified"]), (0, &json!(false)), "{}", run.stderr);
    let result = edited.env.write("result.json", &run.stdout);
    let verify = ["verify", result.as_str()];
    assert_refused(&edited.offline(&verify), (2, "usage/reference"), &verify);
    let eval = ["policy", "eval", &result, "--policy", &edited.policy];
    assert_refused(&edited.env.dhi(&eval), (2, "policy/facts"), &eval);
}
