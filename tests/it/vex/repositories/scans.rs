//! `dhi scan` asks VEX repositories about the packages that were found, wherever the findings come from.

use serde_json::{Value, json};

use super::{Fixture, archive};
use crate::support::env::{KEY, ROOT, Run};

/// Scans the hardened image of the fixtures, and prints JSON.
fn scan(fixture: &Fixture, report: &str, more: &[&str]) -> Run {
    let arguments = [
        ["scan", "oci:fixtures/python:3.13", "--key", KEY, "--trusted-root", ROOT],
        ["--effective-time", "2026-10-01T00:00:00Z", "--report", report, "--format", "json"],
    ]
    .concat();
    fixture.env.dhi(&[&arguments, more].concat())
}

/// The result of the image.
fn result(run: &Run) -> Value {
    assert_eq!(run.code, 0, "{}\n{}", run.stdout, run.stderr);
    run.json()["images"][0]["result"].clone()
}

/// A repository that says that a finding does not affect its package.
fn serve(fixture: &Fixture, finding: &Value) {
    let purl = finding["purl"].as_str().unwrap();
    let package = purl.split('@').next().unwrap();
    let index = json!({"updated_at": "2026-01-01T00:00:00Z",
        "packages": [{"id": package, "location": "one.json", "format": "openvex"}]});
    let document = json!({
        "@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://acme.example/vex/2", "author": "Acme",
        "timestamp": "2026-01-01T00:00:00Z", "version": 1,
        "statements": [{
            "vulnerability": {"name": finding["id"]}, "products": [{"@id": purl}], "status": "not_affected",
            "justification": "vulnerable_code_not_present",
        }],
    });
    let files = [("index.json", index.to_string()), ("one.json", document.to_string())];
    fixture.change(|site| site.archive = archive(&files));
    fixture.env.dhi(&["vex", "repo", "add", "test", &fixture.url()]).assert(0, "added  test");
}

#[test]
fn a_scan_asks_repositories_about_what_was_found() {
    for report in ["fixtures/vex/grype.json", "attestation"] {
        let fixture = Fixture::unlisted();
        let before = result(&scan(&fixture, report, &[]));
        let kept = |record: &&Value| record["decision"] == "kept" && record["finding"]["purl"].is_string();
        let record = before["findings"].as_array().unwrap().iter().find(kept).unwrap();
        serve(&fixture, &record["finding"]);
        let suppressed = |result: &Value| result["counts"]["suppressed"].as_u64().unwrap();
        // Unsigned documents suppress nothing, and are shown.
        let unsigned = scan(&fixture, report, &["--vex-repo", "test"]);
        assert_eq!(suppressed(&result(&unsigned)), suppressed(&before), "{report}");
        let trusted = ["--vex-repo", "test", "--trust-unsigned", "test"];
        let after = result(&scan(&fixture, report, &trusted));
        assert!(suppressed(&after) > suppressed(&before), "{report}: {after:#}");
        let by = |record: &&Value| record["by"]["source"].as_str().is_some_and(|name| name.contains("test"));
        assert!(
            after["findings"].as_array().unwrap().iter().any(|record| by(&record)),
            "{report}: {after:#}"
        );
        let unknown = scan(&fixture, report, &["--vex-repo", "other"]);
        assert_eq!(unknown.code, 2, "{}\n{}", unknown.stdout, unknown.stderr);
    }
}
