//! What a user meets when policies cannot be told: notes, hints, and mistakes that are refused before any work.

use serde_json::{Value, json};

use super::{holds, policy};
use crate::support::env::{KEY, ROOT, Run, TestEnv, read};

const PYTHON: &str = "oci:fixtures/python:3.13";
const AMD64: [&str; 2] = ["--platform", "linux/amd64"];
const RECORD: &str = "`dhi verify --format json --facts --output facts.json oci:fixtures/python:3.13`";

/// The document of a verification, as a file.
fn recorded(env: &TestEnv, more: &[&str]) -> String {
    let run = env.verify(&[&["--format", "json"], more, &[PYTHON]].concat());
    assert_eq!(run.code, 0, "{}", run.stderr);
    env.write("facts.json", run.stdout)
}

fn eval(env: &TestEnv, arguments: &[&str]) -> Run {
    env.dhi(&[&["policy", "eval"], arguments].concat())
}

/// A policy whose violations are the findings that VEX does not suppress.
fn open(env: &TestEnv) -> String {
    let rules = "violation contains {\"message\": f.id, \"detail\": {\"severity\": f.severity}} if {\n\
         \tsome f in input.dhi.findings.all\n\tnot f.suppressed\n}\n";
    env.write("open.rego", policy("open", rules))
}

/// The digest by which the report names its image.
fn named_digest(report: &str) -> String {
    let document: Value = serde_json::from_str(report).unwrap();
    let named = document["source"]["target"]["repoDigests"][0].as_str().unwrap();
    named.split_once('@').unwrap().1.to_owned()
}

#[test]
fn a_report_gives_recorded_facts_the_findings_of_its_image() {
    let env = TestEnv::new();
    let facts = recorded(&env, &[&AMD64[..], &["--facts"]].concat());
    let open = open(&env);
    let report = read("fixtures/vex/grype.json");
    let with = |report: &str| {
        let report = env.write("report.json", report);
        let time = ["--effective-time", "2026-10-01T00:00:00Z", "--format", "json"];
        eval(&env, &[&[&facts, "--policy", &open, "--report", &report], &time[..]].concat())
    };
    let run = with(&report);
    let document = run.json();
    let violations = document["images"][0]["results"][0]["violations"].as_array().unwrap().iter();
    let mut ids: Vec<&str> = violations.map(|violation| violation["message"].as_str().unwrap()).collect();
    ids.sort_unstable();
    // The same as for the verified image: its recorded VEX suppresses two of five.
    assert_eq!((run.code, ids), (1, vec!["CVE-2005-2541", "CVE-2025-9232", "CVE-2026-20002"]));
    assert_eq!(document["verified"], false);
    // The digest binds a report, and no other text of it.
    let other = report.replace(&named_digest(&report), &format!("sha256:{}", "1".repeat(64)));
    with(&other).assert(2, "vex/other-image");
    with(&other).assert(2, "hint: record the facts for policies");
}

#[test]
fn a_report_without_a_digest_is_bound_to_no_recorded_image() {
    let env = TestEnv::new();
    let digest = format!("sha256:{}", "7e".repeat(32));
    let input = json!({"source": {"image": {"digest": digest, "name": "shop/web"}}});
    let facts = env.write("input.json", input.to_string());
    let open = open(&env);
    let report = |target: Value| {
        let report = json!({"source": {"type": "image", "target": target}, "matches": [],
            "descriptor": {"name": "grype", "version": "0.100.0"}});
        let report = env.write("report.json", report.to_string());
        eval(&env, &[&facts, "--policy", &open, "--report", &report])
    };
    report(json!({"userInput": "shop/web"})).assert(2, "names no digest");
    // With its digest, the findings are known although nothing else is.
    let named = format!("registry.example.com/shop/web@{digest}");
    report(json!({"userInput": "shop/web", "repoDigests": [named]})).assert(0, "recorded, not verified");
    eval(&env, &[&facts, "--policy", &open]).assert(1, "`input.dhi` has no answer");
    let attested = eval(&env, &[&facts, "--report", "attestation"]);
    attested.assert(2, "`--report attestation` has no effect on recorded facts");
    attested.assert(2, "`dhi policy eval REF --report attestation`");
    eval(&env, &["-", "--report", "-"]).assert(2, "standard input can be read only once");
}

#[test]
fn what_is_not_recorded_is_one_note_with_its_command() {
    let env = TestEnv::new();
    let facts = recorded(&env, &[]);
    let table = eval(&env, &[&facts]);
    assert_eq!(table.code, 1, "{}", table.stderr);
    assert_eq!(table.stdout.matches("error[policy/unknown]").count(), 1, "{}", table.stdout);
    let text = table.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("the file does not hold the facts that they ask for"), "{}", table.stdout);
    assert!(text.contains(&format!("hint: record the facts for policies: {RECORD}")), "{text}");
    // Documents have the cause of each, with its hint.
    let document = eval(&env, &[&facts, "--format", "json"]).json();
    let results = document["images"][0]["results"].as_array().unwrap();
    let unknown: Vec<&Value> = results.iter().filter(|result| result["outcome"] == "unknown").collect();
    assert!(unknown.len() > 8, "{}", unknown.len());
    for result in unknown {
        let text = result["failure"].to_string();
        assert!(
            text.contains("has no answer") && text.contains("dhi verify --format json --facts"),
            "{text}"
        );
    }
    // One policy alone shows what it asked for.
    let one = eval(&env, &[&facts, "--policy", "no-malware"]);
    one.assert(1, "has no answer: the statement is not recorded");
    one.assert(1, "hint: record the facts for policies");
}

#[test]
fn what_can_be_done_depends_on_why_a_policy_is_unknown() {
    let env = TestEnv::new();
    let digest = format!("sha256:{}", "7e".repeat(32));
    let input = json!({"source": {"image": {"digest": digest, "name": "shop/web", "config": {}}}});
    let facts = env.write("input.json", input.to_string());
    let head = "# METADATA\n# title: p\n# custom:\n#   name: p\npackage docker.scout\n\nimport rego.v1\n\n";
    let none = "violation contains v if {\n\tfalse\n\tv := {\"message\": \"\", \"detail\": {}}\n}\n";
    for (rules, hint) in [
        (format!("pass if input.x.y == 1\n{none}"), "record the facts for policies"),
        (format!("pass if input.source.type == \"y\"\n{none}"), "`default pass := false`"),
        (format!("pass := \"yes\"\n{none}"), "docs/policies/contract.md"),
        (
            format!("pass := true\nx := gpg.verify_commit(\"a\", \"b\", \"c\")\n{none}"),
            "`docs/policies/input.md` tells what each function answers",
        ),
        ("pass := true\nviolation contains \"a\"\n".to_owned(), "docs/policies/contract.md"),
    ] {
        let file = env.write("p.rego", format!("{head}{rules}"));
        let run = eval(&env, &[&facts, "--policy", &file]);
        run.assert(1, "error[policy/unknown]");
        let hints: Vec<&str> = run.stdout.lines().filter(|line| line.contains("hint:")).collect();
        let text = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(!hints.is_empty() && text.contains(hint), "{rules}\n{}", run.stdout);
    }
}

#[test]
fn findings_that_are_not_given_are_asked_for() {
    let env = TestEnv::new();
    let open = open(&env);
    let image = ["--key", KEY, "--trusted-root", ROOT, PYTHON, "--policy", &open];
    let run = eval(&env, &image);
    run.assert(1, "it passes without the findings that it reads: none are given");
    run.assert(1, "hint: give the findings of a scan of the image: `--report FILE`");
}

#[test]
fn settings_of_other_types_are_refused_when_they_are_read() {
    let env = TestEnv::new();
    let digest = format!("sha256:{}", "7e".repeat(32));
    let facts = env.write("input.json", json!({"source": {"image": {"digest": digest}}}).to_string());
    for (policy, setting, expected) in [
        ("max-age", r#""days": "30""#, "the setting `days` of the policy `max-age` is not a number"),
        ("max-age", r#""trust_created": 1"#, "is not true or false"),
        ("provenance-source", r#""builders": "https://example.com""#, "is not an array of texts"),
        ("provenance-source", r#""builders": [1]"#, "is not an array of texts"),
        ("fixable-vulnerabilities", r#""slas": {"HIGH": "7"}"#, "is not an object of numbers"),
        ("fixable-vulnerabilities", r#""slas": null"#, "is not an object of numbers"),
    ] {
        let text = format!("{{\"policies\": [{{\"name\": \"{policy}\", \"config\": {{\n{setting}}}}}]}}");
        let config = env.write("config.json", text);
        for run in [
            eval(&env, &[&facts, "--policy", policy, "--policy-config", &config]),
            env.dhi(&["policy", "list", "--policy-config", &config]),
            env.verify(&[PYTHON, "--policy", policy, "--policy-config", &config]),
        ] {
            run.assert(2, "error[policy/config]");
            run.assert(2, "line 2: ");
            run.assert(2, expected);
        }
    }
    // A policy of a file reads its settings itself.
    let own = env.write("own.rego", holds("own"));
    let config = env.write("own.json", r#"{"policies": [{"name": "own", "config": {"days": "30"}}]}"#);
    assert_eq!(eval(&env, &[&facts, "--policy", &own, "--policy-config", &config]).code, 0);
}

#[test]
fn outputs_are_refused_before_anything_is_verified() {
    let env = TestEnv::new();
    let file = env.file("none/result.json");
    for output in [["--result-file", file.as_str()], ["--output", file.as_str()]] {
        // The image does not exist, which would be the error of the verification.
        let run = eval(&env, &[&output[..], &["oci:fixtures/none"]].concat());
        run.assert(2, "result.json` cannot be written");
    }
    let directory = env.file("");
    eval(&env, &["oci:fixtures/none", "--result-file", &directory]).assert(2, "cannot be written");
    // What exists is kept until there is a result.
    let kept = env.write("kept.json", "old");
    assert_ne!(eval(&env, &["oci:fixtures/none", "--result-file", &kept]).code, 0);
    assert_eq!(std::fs::read_to_string(&kept).unwrap(), "old");
}

#[test]
fn reports_name_the_place_that_is_given() {
    let env = TestEnv::new();
    let facts = recorded(&env, &[&AMD64[..], &["--facts"]].concat());
    let format = ["--policy", "fips", "--format", "sarif", "--location", "deploy/app.yaml:31"];
    let image = ["--key", KEY, "--trusted-root", ROOT, PYTHON];
    for what in [&[facts.as_str()][..], &image] {
        let document = eval(&env, &[what, &format[..]].concat()).json();
        let place = &document["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "deploy/app.yaml", "{document:#}");
        assert_eq!(place["region"]["startLine"], 31);
    }
}

#[test]
fn a_policy_in_rego_v0_has_the_command_that_converts_it() {
    let env = TestEnv::new();
    let old = "package docker.scout\n\ndefault pass = false\n\npass { count(violation) == 0 }\n\n\
        violation[v] { input.x; v := {\"message\": \"a\", \"detail\": {}} }\n";
    let file = env.write("old.rego", old);
    let run = env.dhi(&["policy", "list", "--policy-file", &file]);
    run.assert(2, "it is Rego v0, and policies are Rego v1");
    run.assert(2, &format!("`opa fmt --write --v0-v1 {file}`"));
    // What is neither is a mistake, which no conversion mends.
    let file = env.write("wrong.rego", "package docker.scout\n\npass { count(violation == 0 }\n");
    let run = env.dhi(&["policy", "list", "--policy-file", &file]);
    run.assert(2, "not valid Rego");
    assert!(!run.stderr.contains("opa fmt"), "{}", run.stderr);
}

#[test]
fn a_directory_that_is_no_signed_bundle_has_a_next_step() {
    let env = TestEnv::new();
    env.write("pol/one.rego", holds("one"));
    let directory = env.file("pol");
    let unsigned = env.dhi(&["policy", "list", "--policy-bundle", &directory, "--bundle-key", KEY]);
    unsigned.assert(3, "error[policy/bundle-unsigned]");
    unsigned.assert(3, &format!("`dhi policy push {directory} REF --sign-key KEY`"));
    env.write("pol/data.json", r#"{"other": 1}"#);
    let layout = env.dhi(&["policy", "list", "--policy-bundle", &directory]);
    layout.assert(2, "error[policy/bundle-layout]");
    layout.assert(2, "`--policy-dir DIR`");
}

#[test]
fn a_file_that_is_no_recorded_facts_has_a_next_step() {
    let env = TestEnv::new();
    eval(&env, &["missing.json"]).assert(2, "`dhi verify --format json --facts --output facts.json REF`");
    env.write("pol/one.rego", holds("one"));
    let directory = env.file("pol");
    eval(&env, &[&directory]).assert(2, &format!("`dhi policy eval REF --policy-dir {directory}`"));
}

#[test]
fn the_help_describes_each_built_in_policy() {
    let env = TestEnv::new();
    let page = env.dhi(&["help", "max-age"]);
    page.assert(0, "Policy `max-age`");
    page.assert(0, "setting  days: 90");
    page.assert(0, "docs/policies/max-age.md");
    env.dhi(&["help", "nonroot"]).assert(0, "Policy `non-root`");
}
