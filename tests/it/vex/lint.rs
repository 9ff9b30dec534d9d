//! `dhi vex lint`.

use serde_json::Value;

use super::situation::Situation;
use crate::support::env::{Run, TestEnv, read, run};

/// An OpenVEX document with these statements, each on a line from the third on.
fn openvex(version: u32, statements: &[&str]) -> String {
    format!(
        "{{\"@context\": \"https://openvex.dev/ns/v0.2.0\", \"@id\": \"https://acme.example/vex/1\", \
         \"author\": \"Acme\", \"timestamp\": \"2026-01-01T00:00:00Z\", \"version\": {version},\n\
         \"statements\": [\n{}\n]}}\n",
        statements.join(",\n")
    )
}

const NOT_AFFECTED: &str = r#"{"vulnerability": {"name": "CVE-2026-1"}, "products": [{"@id": "pkg:npm/a@1"}], "status": "not_affected", "justification": "component_not_present"}"#;
const AFFECTED: &str = r#"{"vulnerability": {"name": "CVE-2026-1"}, "products": [{"@id": "pkg:npm/a@1"}], "status": "affected", "action_statement": "Update"}"#;

/// Runs `dhi vex lint` in the home directory, which has the documents.
fn lint(env: &TestEnv, arguments: &[&str]) -> Run {
    run(env.command(&[&["vex", "lint"], arguments].concat()).current_dir(env.home()))
}

/// Each finding as `INDEX KIND`, `- KIND` for the document.
fn kinds(document: &Value) -> Vec<String> {
    let findings = document["findings"].as_array().unwrap().iter();
    let index =
        |finding: &Value| finding["statement"].as_u64().map_or("-".to_owned(), |index| index.to_string());
    findings.map(|finding| format!("{} {}", index(finding), finding["kind"].as_str().unwrap())).collect()
}

fn assert_valid(document: &Value) {
    let schema: Value = serde_json::from_str(&read("docs/schemas/vex-lint-1.json")).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = schema.iter_errors(document).map(|error| error.to_string()).collect();
    assert_eq!(errors, [""; 0], "{document}");
}

#[test]
fn each_statement_that_does_nothing_is_named() {
    let Some(situation) = Situation::copy("34") else { return };
    let arguments: Vec<&str> =
        situation.expected["args"].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect();
    let table = situation.dhi(&arguments);
    assert_eq!(Value::from(table.code), situation.expected["exit"], "{}", table.stderr);
    for words in [
        "vex.json#1",
        "Unknown Product",
        "version: statement 7.0.0, found 7.1.0",
        "9 statements in 1 document",
    ] {
        assert!(table.stdout.contains(words), "{words}\n{}", table.stdout);
    }
    let document = situation.dhi(&[&arguments[..], &["--format", "json"]].concat()).json();
    assert_valid(&document);
    assert_eq!(
        kinds(&document),
        [
            "1 unused",
            "2 over-broad",
            "3 no-product-form",
            "4 no-product-form",
            "5 unmatched",
            "6 history",
            "7 future-time",
            "8 no-product",
        ]
    );
    assert_eq!(document["counts"], serde_json::json!({"errors": 4, "warnings": 3, "notes": 1}));
    assert_eq!(document["findings"][5]["other"], serde_json::json!({"document": 0, "statement": 0}));
}

#[test]
fn sarif_points_to_the_line_of_a_statement() {
    let env = TestEnv::new();
    let range = NOT_AFFECTED.replace("a@1", "a@<1");
    env.write("vex.json", openvex(1, &[NOT_AFFECTED, AFFECTED, &range]));
    let run = lint(&env, &["vex.json", "--format", "sarif"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    let sarif = run.json();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let shown: Vec<_> = results
        .iter()
        .map(|result| {
            let place = &result["locations"][0]["physicalLocation"];
            assert_eq!(place["artifactLocation"]["uri"], "vex.json");
            assert_eq!(place["artifactLocation"]["uriBaseId"], "%SRCROOT%");
            let rule = result["ruleIndex"].as_u64().unwrap() as usize;
            assert_eq!(sarif["runs"][0]["tool"]["driver"]["rules"][rule]["id"], result["ruleId"]);
            (
                result["ruleId"].as_str().unwrap(),
                result["level"].as_str().unwrap(),
                place["region"]["startLine"].as_u64(),
            )
        })
        .collect();
    assert_eq!(
        shown,
        [("vex-lint/contradictory", "error", Some(4)), ("vex-lint/no-product-form", "error", Some(5))]
    );
}

#[test]
fn notes_are_no_fault() {
    let env = TestEnv::new();
    let older = NOT_AFFECTED.replace("\"status\"", "\"timestamp\": \"2025-01-01T00:00:00Z\", \"status\"");
    env.write("vex.json", openvex(1, &[&older, AFFECTED]));
    lint(&env, &["vex.json"]).assert(0, "history");
    env.write("good.json", openvex(1, &[NOT_AFFECTED]));
    let run = lint(&env, &["good.json"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{}", run.stdout);
    assert_eq!(run.stdout, "pass: 1 statement in 1 document: 0 errors, 0 warnings, 0 notes\n");
    let document = lint(&env, &["good.json", "--format", "json"]).json();
    assert_valid(&document);
    assert_eq!(document["verdict"], "pass");
}

#[test]
fn a_time_that_moves_with_the_document_is_named() {
    let env = TestEnv::new();
    let own = NOT_AFFECTED.replace("\"status\"", "\"timestamp\": \"2025-03-10T00:00:00Z\", \"status\"");
    env.write("vex.json", openvex(2, &[AFFECTED, &own]));
    let document = lint(&env, &["vex.json", "--format", "json"]).json();
    assert_eq!(kinds(&document), ["0 inherited-time", "1 history"]);
}

#[test]
fn documents_that_are_empty_or_old_are_named() {
    let env = TestEnv::new();
    env.write("empty.json", openvex(1, &[]));
    lint(&env, &["empty.json"]).assert(1, "0 statements in this file");
    env.write("old.json", openvex(1, &[NOT_AFFECTED]));
    let at = |age: &str| {
        lint(&env, &["old.json", "--max-vex-age", age, "--effective-time", "2026-01-31T00:00:00Z"])
    };
    at("30d").assert(0, "1 statement");
    at("29d").assert(1, "expired");
    lint(&env, &["old.json", "--effective-time", "2025-01-01T00:00:00Z"]).assert(1, "future-time");
}

#[test]
fn a_directory_is_checked_as_a_whole() {
    let env = TestEnv::new();
    env.write("vex/a.json", openvex(1, &[NOT_AFFECTED]));
    env.write("vex/b.json", openvex(1, &[AFFECTED]));
    let document = lint(&env, &["vex", "--format", "json"]).json();
    assert_eq!(kinds(&document), ["0 contradictory"]);
    assert_eq!(document["findings"][0]["document"], 1);
    assert_eq!(document["findings"][0]["line"], 3);
}

#[test]
fn an_unreadable_file_is_no_finding() {
    let env = TestEnv::new();
    env.write("good.json", openvex(1, &[NOT_AFFECTED]));
    env.write("bad.json", "{\"statements\": [");
    for arguments in [
        &["bad.json"][..],
        &["nowhere.json"],
        &["good.json", "--report", "nowhere.json"],
        &["good.json", "--report", "bad.json"],
        &[],
    ] {
        let run = lint(&env, arguments);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments:?}: {}", run.stderr);
    }
}

#[test]
fn text_from_a_document_cannot_act() {
    let env = TestEnv::new();
    let product = r#""pkg:npm/\u001b[31m\nerror: x""#;
    env.write("vex.json", openvex(1, &[&NOT_AFFECTED.replace("\"pkg:npm/a@1\"", product)]));
    for format in ["table", "sarif"] {
        let run = lint(&env, &["vex.json", "--format", format]);
        assert_eq!(run.code, 1, "{}", run.stderr);
        assert!(!run.stdout.contains('\u{1b}') && !run.stdout.contains("\nerror: x"), "{}", run.stdout);
    }
}
