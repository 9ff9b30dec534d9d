//! The outputs of `dhi vex apply` and `dhi vex explain`: the report, the table, and the formats for programs.

use serde_json::Value;

use crate::renderers::sarif_schema;
use crate::support::env::{KEY, ROOT, Run, TestEnv, read, run_with_input};

const REPORT: &str = "fixtures/vex/grype.json";
const TEAM: &str = "fixtures/vex/team.vex.json";
/// The flags for the attestations of the image that the report is about.
const IMAGE: [&str; 6] = ["--image", "oci:fixtures/python:3.13", "--key", KEY, "--trusted-root", ROOT];
/// The time of each run, since outputs have ages.
const NOW: [&str; 2] = ["--effective-time", "2026-10-01T00:00:00Z"];

/// Applies the attestations of the image and the document of the team.
fn apply(env: &TestEnv, more: &[&str]) -> Run {
    let sources = ["--vex", TEAM, "--trust-unsigned", TEAM];
    env.dhi(&[&["vex", "apply", REPORT], IMAGE.as_slice(), &NOW, &sources, more].concat())
}

fn schema(name: &str) -> Value {
    serde_json::from_str(&read(format!("docs/schemas/{name}.json"))).unwrap()
}

/// Asserts that a document has the shape of its schema.
fn assert_valid(name: &str, document: &Value) {
    let registry =
        jsonschema::Registry::new().add("urn:dhi:schema:vex-apply:1", schema("vex-apply-1")).unwrap();
    let registry = registry.prepare().unwrap();
    let validator = jsonschema::options().with_registry(&registry).build(&schema(name)).unwrap();
    let errors: Vec<String> = validator.iter_errors(document).map(|error| error.to_string()).collect();
    assert_eq!(errors, Vec::<String>::new(), "{document:#}");
}

#[test]
fn standard_output_holds_the_report_alone() {
    let env = TestEnv::new();
    let run = apply(&env, &[]);
    run.assert(0, "5 findings, 3 suppressed, 2 remain");
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(report["matches"].as_array().unwrap().len(), 2);
    assert_eq!(report["ignoredMatches"].as_array().unwrap().len(), 3);
    assert!(run.stderr.ends_with("pass  2 of 5 findings remain; no gate is set\n"), "{}", run.stderr);

    let file = env.file("out.json");
    let written = apply(&env, &["-o", &file]);
    assert_eq!(std::fs::read_to_string(env.path("out.json")).unwrap(), run.stdout);
    assert!(written.stdout.ends_with("pass  2 of 5 findings remain; no gate is set\n"), "{}", written.stdout);

    let quiet = apply(&env, &["--quiet"]);
    assert_eq!((quiet.stdout, quiet.stderr), (run.stdout, String::new()));
}

#[test]
fn a_failed_gate_writes_and_an_error_does_not() {
    let env = TestEnv::new();
    let file = env.file("out.json");
    apply(&env, &["-o", &file, "--fail-on", "medium"]).assert(1, "1 counts (severity medium or above)");
    assert!(env.path("out.json").exists());
    let other = env.file("other.json");
    for wrong in [["--vex", "nowhere.json"], ["--fail-on", "hihg"]] {
        let run = apply(&env, &[["-o", &other], wrong].concat());
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{}", run.stderr);
        assert!(!env.path("other.json").exists(), "{wrong:?}");
    }
}

#[test]
fn json_and_sarif_have_the_shape_of_their_schemas() {
    let env = TestEnv::new();
    let document = apply(&env, &["--format", "json", "--fail-on", "high"]).json();
    assert_valid("vex-apply-1", &document);
    assert_eq!((&document["verdict"], &document["counts"]["remaining"]), (&"pass".into(), &2.into()));
    let trust = |name: &str| {
        let sources = document["sources"].as_array().unwrap();
        let source = sources.iter().find(|source| source["name"].as_str().unwrap().contains(name));
        source.unwrap()["trust"].clone()
    };
    assert_eq!([trust("linux/amd64"), trust("team.vex.json")], ["verified", "trusted-by-user"]);
    let by = |id: &str| {
        let mut records = document["findings"].as_array().unwrap().iter();
        records.find(|record| record["finding"]["id"] == id).unwrap()["by"].clone()
    };
    assert_eq!(by("CVE-2025-9231")["signers"], Value::from(vec!["fixture"]));
    assert_eq!(by("CVE-2026-20002")["signers"], Value::Array(Vec::new()));
    let sarif = apply(&env, &["--format", "sarif"]).json();
    let errors: Vec<String> = sarif_schema().iter_errors(&sarif).map(|error| error.to_string()).collect();
    assert_eq!(errors, Vec::<String>::new(), "{sarif:#}");
    assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), 2);
    assert_eq!(sarif["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap().len(), 5);
}

#[test]
fn every_format_shows_sources_that_are_not_verified() {
    let env = TestEnv::new();
    for format in ["table", "json", "markdown", "github"] {
        let run = apply(&env, &["--format", format]);
        let words = match format {
            "json" => "\"trust\": \"trusted-by-user\"",
            "github" => "1 by documents that are not verified",
            _ => "not verified, trusted by you",
        };
        run.assert(0, words);
        assert!(run.stdout.contains(words), "{format}: {}", run.stdout);
    }
    let ignored = env.dhi(&["vex", "apply", REPORT, "--vex", TEAM, "--format", "table"]);
    ignored.assert(0, "so it suppresses nothing");
    assert!(ignored.stdout.contains("0 suppressed, 5 remain"), "{}", ignored.stdout);
}

#[test]
fn several_reports_are_named_and_written_to_a_directory() {
    let env = TestEnv::new();
    let second = env.write("second.json", read(REPORT));
    let both = |more: &[&str]| {
        let sources = ["--vex", TEAM, "--trust-unsigned", TEAM];
        env.dhi(&[&["vex", "apply", REPORT, &second], sources.as_slice(), &NOW, more].concat())
    };
    let run = both(&["--fail-on", "high"]);
    run.assert(1, "2 count (severity high or above)");
    assert!(run.stdout.contains("grype.json: ") && run.stdout.contains("second.json: "), "{}", run.stdout);
    std::fs::create_dir(env.path("out")).unwrap();
    both(&["-o", &env.file("out")]).assert(0, "8 of 10 findings remain");
    for name in ["grype.json", "second.json"] {
        let report: Value =
            serde_json::from_slice(&std::fs::read(env.path("out").join(name)).unwrap()).unwrap();
        assert_eq!(report["matches"].as_array().unwrap().len(), 4, "{name}");
    }
    let run = both(&["-o", &env.file("file.json")]);
    assert!(run.code != 0 && !env.path("file.json").exists(), "{}", run.stderr);
}

#[test]
fn a_report_is_read_from_standard_input() {
    let env = TestEnv::new();
    let mut command = env.command(&["vex", "apply", "-", "--vex", TEAM, "--trust-unsigned", TEAM]);
    let run = run_with_input(&mut command, read(REPORT).as_bytes());
    run.assert(0, "5 findings, 1 suppressed, 4 remain");
    assert!(serde_json::from_str::<Value>(&run.stdout).is_ok(), "{}", run.stdout);
}

#[test]
fn an_explanation_names_what_differs() {
    let env = TestEnv::new();
    let explain = |finding: &str, more: &[&str]| {
        env.dhi(&[&["vex", "explain", finding, REPORT], IMAGE.as_slice(), &NOW, more].concat())
    };
    let run = explain("cve-2005-2541", &[]);
    run.assert(0, "CVE-2005-2541 of tar 1.35+dfsg-3.2: kept");
    for words in ["found 1.35+dfsg-3.2", "statements considered", "Grype 0.110.0 reports it", "Trivy "] {
        assert!(run.stdout.contains(words), "`{words}` is missing:\n{}", run.stdout);
    }
    explain("CVE-2025-9231", &[])
        .assert(0, "decided by OpenVEX of oci:fixtures/python (linux/amd64) sha256:70842678d82f#5");
    explain("CVE-2025-9232", &[]).assert(0, "warning[shadowed-suppression]");
    explain("CVE-2026-20002", &[]).assert(0, "no statement about this vulnerability");
    assert_valid("vex-explain-1", &explain("CVE-2025-9232", &["--format", "json"]).json());
    let unknown = explain("CVE-2026-20003", &[]);
    assert!(unknown.code != 0 && unknown.stderr.contains("CVE-2026-20002"), "{}", unknown.stderr);
}
