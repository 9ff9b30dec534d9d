//! Findings from reports and from attested scans.

use serde_json::{Value, json};

use super::{IMAGE, REPORT, digests, layouts, scan};
use crate::support::env::{ROOT, TestEnv, read};

#[test]
fn a_report_is_used_in_place_of_a_scanner() {
    let env = TestEnv::new();
    let run = scan(&env, &[IMAGE, "--report", REPORT]);
    run.assert(0, "findings of fixtures/vex/grype.json");
    run.assert(0, "pass  3 of 5 findings remain");
    scan(&env, &[IMAGE, "--report", REPORT, "--fail-on", "high"])
        .assert(1, "1 counts (severity high or above)");
    // The findings of the baseline are not new.
    let baseline = ["--baseline", REPORT];
    scan(&env, &[&[IMAGE, "--report", REPORT, "--fail-on", "high"], baseline.as_slice()].concat())
        .assert(0, "not counted: 1 finding in the baseline");
    scan(&env, &[IMAGE, "--report", REPORT, "--scanner", "grype"]).assert(2, "--scanner");
    scan(&env, &[IMAGE, "--report", "nowhere.json"]).assert(2, "error[vex/report]");
}

#[test]
fn a_report_about_another_image_is_refused() {
    let env = TestEnv::new();
    let other = read(REPORT).replace("sha256:aea6dba796e1", "sha256:aea6dba796e2");
    let other = env.write("other.json", other);
    let run = scan(&env, &[IMAGE, "--report", &other]);
    run.assert(2, "error[vex/other-image]");
}

#[test]
fn the_attested_scan_of_an_image_is_a_report() {
    let env = TestEnv::new();
    let run = scan(&env, &[IMAGE, "--report", "attestation"]);
    run.assert(0, "attested scan sha256:");
    // The age of the scan is said.
    run.assert(0, "signed by fixture: 2026-09-15 (15 days ago)");
    let document = scan(&env, &[IMAGE, "--report", "attestation", "--format", "json"]).json();
    let image = &document["images"][0];
    assert_eq!(image["source"]["kind"], "attestation");
    assert_eq!(image["source"]["predicateType"], "https://in-toto.io/attestation/vulns/v0.1");
    assert_eq!(image["result"]["counts"]["findings"], 28);
    assert!(image["result"]["counts"]["suppressed"].as_u64().unwrap() > 0, "{image:#}");
    // It is signed, so nothing is written into it.
    scan(&env, &[IMAGE, "--report", "attestation", "--format", "report"]).assert(2, "error[vex/report]");
}

#[test]
fn a_scan_that_does_not_verify_may_be_the_newest() {
    let env = TestEnv::new();
    let predicate_type = "https://in-toto.io/attestation/vulns/v0.1";
    let changed = layouts::with_changed_attestation(&env, "changed", &digests().0, predicate_type);
    let image = format!("oci:{}:3.13", env.file("changed"));
    scan(&env, &[IMAGE, "--report", "attestation", "--format", "json"]).assert(0, "");
    let run = scan(&env, &[&image, "--report", "attestation", "--format", "json"]);
    run.assert(3, "");
    let problems = run.json()["images"][0]["result"]["problems"].to_string();
    assert!(problems.contains(&changed) && problems.contains("trust/unsigned"), "{problems}");
}

#[test]
fn an_attested_scan_that_is_too_old_is_refused() {
    let env = TestEnv::new();
    let arguments = [IMAGE, "--report", "attestation", "--max-vex-age"];
    scan(&env, &[&arguments, ["20d"].as_slice()].concat()).assert(0, "attested scan sha256:");
    let run = scan(&env, &[&arguments, ["10d"].as_slice()].concat());
    run.assert(6, "error[scan/old]: the attested scan sha256:");
    run.assert(6, "was made at 2026-09-15T");
}

#[test]
fn a_report_about_no_image_is_refused() {
    let env = TestEnv::new();
    let service = json!({
        "Kind": "Service", "Name": "web", "Results": [{"Target": "x", "Class": "config", "Type": "kubernetes"}],
    });
    for resources in [json!([]), json!([service])] {
        let report = env.write("r.json", json!({"ClusterName": "c", "Resources": resources}).to_string());
        scan(&env, &[IMAGE, "--report", &report, "--fail-on", "low"]).assert(2, "error[vex/report]: `");
    }
}

#[test]
fn a_report_without_results_about_packages_is_no_pass() {
    let env = TestEnv::new();
    let (image, _) = digests();
    let metadata = json!({"RepoDigests": [format!("dhi.io/python@{image}")]});
    let secrets = json!([{"Target": "x", "Class": "secret"}]);
    let trivy = |results: &Value| {
        json!({
            "SchemaVersion": 2, "ArtifactName": "x", "ArtifactType": "container_image", "Metadata": metadata,
            "Results": results,
        })
    };
    let cluster =
        json!({"ClusterName": "c", "Resources": [{"Kind": "Pod", "Name": "x", "Metadata": [metadata]}]});
    let packages = json!([{"Target": "x", "Class": "os-pkgs", "Type": "debian"}]);
    for (report, code) in [(trivy(&json!([])), 1), (trivy(&secrets), 1), (cluster, 1), (trivy(&packages), 0)]
    {
        let file = env.write("r.json", report.to_string());
        let run = scan(&env, &[IMAGE, "--report", &file, "--fail-on", "low"]);
        run.assert(code, "");
        assert_eq!(run.stdout.contains("not scanned"), code == 1, "{}", run.stdout);
    }
}

#[test]
fn an_image_without_attested_scan_has_no_findings() {
    let env = TestEnv::new();
    let arguments =
        ["scan", "--key", "fixtures/keys/fixture.pub", "--trusted-root", ROOT, "--report", "attestation"];
    let run =
        env.dhi(&[&arguments, ["oci:fixtures/bundles:1.4", "--fail-on", "critical"].as_slice()].concat());
    run.assert(3, "error[attest/none]");
    assert!(run.stdout.ends_with("fail  its findings are not known\n"), "{}", run.stdout);
}

#[test]
fn reports_belong_to_images_by_their_order() {
    let env = TestEnv::new();
    let run = scan(&env, &[IMAGE, IMAGE, "--report", REPORT, "--report", "attestation"]);
    run.assert(0, "2 of 2 images pass");
    scan(&env, &[IMAGE, IMAGE, "--report", REPORT])
        .assert(2, "2 images need as many reports, and 1 are given");
    scan(&env, &[IMAGE, IMAGE, "--report", "attestation"]).assert(0, "2 of 2 images pass");
    let baseline = ["--baseline", REPORT, "--fail-on", "high"];
    scan(&env, &[&[IMAGE, IMAGE], baseline.as_slice()].concat())
        .assert(2, "`--baseline` is a report about one image");
}

#[test]
fn severities_that_are_not_asked_for_are_counted_in_words() {
    let env = TestEnv::new();
    let arguments = [IMAGE, "--report", REPORT, "--severity", "HIGH,critical", "--fail-on", "low"];
    let run = scan(&env, &arguments);
    run.assert(1, "neither shown nor counted: 3 findings of severities that were not asked for");
    run.assert(1, "2 findings, 1 suppressed, 1 remains");
    let report = scan(&env, &[&arguments, ["--format", "report"].as_slice()].concat());
    let written: Value = serde_json::from_str(&report.stdout).unwrap();
    assert_eq!(written["matches"].as_array().unwrap().len(), 3, "the report has all findings");
}
