//! The formats of a scan of several images.

use serde_json::Value;

use super::{IMAGE, REPORT, scan};
use crate::renderers::sarif_schema;
use crate::support::env::{Run, TestEnv, read};

/// One image with findings, and one that does not exist.
const BOTH: [&str; 6] = [IMAGE, "oci:nowhere:1", "--report", REPORT, "--report", REPORT];

fn both(env: &TestEnv, more: &[&str]) -> Run {
    scan(env, &[&BOTH, more].concat())
}

fn schema(name: &str) -> Value {
    serde_json::from_str(&read(format!("docs/schemas/{name}.json"))).unwrap()
}

#[test]
fn the_gravest_image_decides_the_exit_code() {
    let env = TestEnv::new();
    let run = both(&env, &["--fail-on", "high"]);
    run.assert(2, "fail  0 of 2 images pass; 2 failed, 0 unknown");
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert!(lines[0].contains("VERDICT") && lines[0].contains("SUPPRESSED"), "{}", run.stdout);
    let row: Vec<&str> = lines[1].split_whitespace().collect();
    assert_eq!(row[..2], ["fail", IMAGE], "{}", run.stdout);
    assert!(lines[2].contains("registry/layout"), "{}", run.stdout);
    both(&env, &[]).assert(2, "fail  1 of 2 images passes; 1 failed, 0 unknown");
}

#[test]
fn the_json_document_has_its_schema() {
    let env = TestEnv::new();
    let resources =
        ["vex-apply-1"].map(|name| (format!("urn:dhi:schema:{}", name.replace("-1", ":1")), schema(name)));
    let [(uri, resource)] = resources;
    let registry = jsonschema::Registry::new().add(&uri, resource).unwrap();
    let registry = registry.prepare().unwrap();
    let validator = jsonschema::options().with_registry(&registry).build(&schema("scan-1")).unwrap();
    for arguments in [&BOTH[..], &[IMAGE, "--report", "attestation"]] {
        let run = scan(&env, &[arguments, &["--format", "json"]].concat());
        let document = run.json();
        let errors: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
        assert_eq!(errors, Vec::<String>::new(), "{document:#}");
        assert_eq!(document["exitCode"], run.code);
    }
    let document = both(&env, &["--format", "json"]).json();
    assert_eq!(document["images"][1]["error"]["code"], "registry/layout");
    assert_eq!(document["images"][0]["found"]["high"], 2);
    // An error is on standard error too, since no table shows it.
    assert!(both(&env, &["--format", "json"]).stderr.contains("error[registry/layout]"));
}

#[test]
fn sarif_has_a_run_with_a_category_for_each_image() {
    let env = TestEnv::new();
    let run = scan(&env, &[IMAGE, IMAGE, "--report", REPORT, "--report", "attestation", "--format", "sarif"]);
    let document = run.json();
    sarif_schema().validate(&document).unwrap();
    let runs = document["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 2);
    assert_eq!(runs[0]["results"].as_array().unwrap().len(), 3, "suppressed findings are no results");
    assert_eq!(runs[0]["automationDetails"]["id"], format!("dhi-scan/{IMAGE}/"));
    // The alerts of an image that could not be scanned stay open.
    let document = both(&env, &["--format", "sarif"]).json();
    assert_eq!(document["runs"].as_array().unwrap().len(), 1);
}

#[test]
fn pipelines_see_every_image() {
    let env = TestEnv::new();
    let junit = both(&env, &["--format", "junit", "--fail-on", "high"]).stdout;
    let xml = roxmltree::Document::parse(&junit).unwrap();
    let root = xml.root_element();
    assert_eq!((root.attribute("failures"), root.attribute("errors")), (Some("1"), Some("1")), "{junit}");
    let github = both(&env, &["--format", "github", "--fail-on", "high"]).stdout;
    let errors: Vec<&str> = github.lines().filter(|line| line.starts_with("::error")).collect();
    assert_eq!(errors.len(), 2, "{github}");
    assert_eq!(github.matches("::notice").count(), 1, "{github}");
    let markdown = both(&env, &["--format", "markdown", "--fail-on", "high"]).stdout;
    assert!(markdown.starts_with("## dhi scan: fail  0 of 2 images pass"), "{markdown}");
    assert!(markdown.contains("| **fail** | `oci:nowhere:1` | `registry/layout` |"), "{markdown}");
}

#[test]
fn reports_of_several_images_go_to_a_directory() {
    let env = TestEnv::new();
    std::fs::create_dir(env.path("out")).unwrap();
    let out = env.file("out");
    let arguments = [
        IMAGE,
        "oci:fixtures/python:3.13@sha256:aea6dba796e1c2b51e05959ed3449930c192624f6ec68472bd32d10a502b12b5",
    ];
    let reports = ["--report", REPORT, "--report", REPORT];
    scan(&env, &[&arguments, reports.as_slice(), &["--format", "report"]].concat())
        .assert(2, "2 reports cannot be written to standard output");
    let run = scan(&env, &[&arguments, reports.as_slice(), &["-o", &out]].concat());
    run.assert(0, "2 of 2 images pass");
    let written: Value =
        serde_json::from_slice(&std::fs::read(env.path("out/oci_fixtures_python_3.13.json")).unwrap())
            .unwrap();
    assert_eq!(written["ignoredMatches"].as_array().unwrap().len(), 2);
    assert_eq!(std::fs::read_dir(env.path("out")).unwrap().count(), 2);
    scan(&env, &[IMAGE, IMAGE, "--report", REPORT, "--report", REPORT, "-o", &out]).assert(2, "error[usage");
}
