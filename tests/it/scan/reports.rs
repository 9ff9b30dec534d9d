//! Findings from reports and from attested scans.

use serde_json::{Value, json};

use super::{IMAGE, REPORT, digests, flags, layouts, scan};
use crate::support::env::{ROOT, TestEnv, read};

#[test]
fn a_report_is_used_in_place_of_a_scanner() {
    let env = TestEnv::new();
    let run = scan(&env, &[IMAGE, "--report", REPORT]);
    run.assert(0, "findings of fixtures/vex/grype.json");
    run.assert(0, "pass  3 of 5 findings remain; no gate is set");
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

/// The report about the image, with this target.
fn report_of(env: &TestEnv, change: impl FnOnce(&mut Value)) -> String {
    let mut report: Value = serde_json::from_str(&read(REPORT)).unwrap();
    change(&mut report);
    env.write("changed.json", report.to_string())
}

/// Every digest that a report names counts, also those that a scanner computes of a layout.
#[test]
fn every_digest_of_a_report_tells_which_image_it_is_about() {
    let env = TestEnv::new();
    let (image, config) = digests();
    let other = format!("sha256:{}", "1".repeat(64));
    let unreadable = "sha256:0".to_owned();
    let with = |key: &str, value: &str| (key.to_owned(), Value::from(value));
    for (named, computed, exit) in [
        // A layout has no digest in a repository.
        (vec![], vec![with("manifestDigest", &other), with("imageID", &other)], 2),
        (vec![], vec![with("imageID", &other)], 2),
        (vec![], vec![with("manifestDigest", &image), with("imageID", &other)], 2),
        (vec![], vec![with("manifestDigest", &other), with("imageID", &config)], 0),
        (vec![], vec![with("manifestDigest", &image)], 0),
        // An engine may compute a digest of the manifest that no registry has.
        (vec![], vec![with("manifestDigest", &other)], 1),
        (vec![], vec![], 1),
        // Several names.
        (vec![&image, &image], vec![], 0),
        (vec![&other, &image], vec![with("manifestDigest", &other)], 2),
        (vec![&other, &image], vec![], 2),
        (vec![&other], vec![with("manifestDigest", &image), with("imageID", &config)], 0),
        // What cannot be read proves nothing.
        (vec![&unreadable], vec![], 1),
        (vec![&unreadable, &image], vec![], 1),
    ] {
        let report = report_of(&env, |report| {
            report["matches"] = Value::Array(Vec::new());
            let target = report["source"]["target"].as_object_mut().unwrap();
            target["userInput"] = "x".into();
            target["repoDigests"] = named.iter().map(|digest| format!("a.example/x@{digest}")).collect();
            target.extend(computed.clone());
        });
        let run = scan(&env, &[IMAGE, "--report", &report, "--require-verified"]);
        let text = match exit {
            0 => "0 of 0 findings remain; none count",
            1 => "1 report is not proven to be about the image",
            _ => "error[vex/other-image]",
        };
        println!("{named:?} {computed:?}");
        run.assert(exit, text);
        if exit == 1 {
            run.assert(1, "that it is about the verified image is what you state");
            // Only this option requires proof. The mark stays.
            let run = scan(&env, &[IMAGE, "--report", &report, "--fail-on", "low"]);
            run.assert(0, "that it is about the verified image is what you state");
        }
    }
}

#[test]
fn a_report_about_another_platform_is_refused() {
    let env = TestEnv::new();
    let (image, config) = digests();
    let exact = report_of(&env, |report| {
        report["source"]["target"]["repoDigests"] = vec![format!("dhi.io/python@{image}")].into();
    });
    let arm = |report: &str| {
        let mut arguments = flags();
        *arguments.last_mut().unwrap() = "linux/arm64";
        env.dhi(&[&arguments, [IMAGE, "--report", report].as_slice()].concat())
    };
    scan(&env, &[IMAGE, "--report", &exact]).assert(0, "remain");
    arm(&exact).assert(2, "error[vex/other-image]");
    // The index has both platforms, and only the architecture or the ID tells which one was scanned.
    arm(REPORT).assert(2, "error[vex/other-image]");
    let unnamed = report_of(&env, |report| {
        let target = report["source"]["target"].as_object_mut().unwrap();
        target.remove("architecture");
        target.insert("imageID".to_owned(), config.into());
    });
    arm(&unnamed).assert(2, "error[vex/other-image]");
}

#[test]
fn what_a_report_suppresses_itself_is_not_verified() {
    let env = TestEnv::new();
    let report = report_of(&env, |report| {
        let all = std::mem::replace(&mut report["matches"], Value::Array(Vec::new()));
        report["ignoredMatches"] = all;
    });
    let run = scan(&env, &[IMAGE, "--report", &report, "--require-verified"]);
    run.assert(1, "5 entries are suppressed in a report without proof");
    let arguments = [IMAGE, "--report", &report, "--require-verified", "--format", "json"];
    let document = scan(&env, &arguments).json();
    assert_eq!(document["images"][0]["result"]["gate"]["suppressedBefore"], 5);
    let arguments = [IMAGE, "--report", &report, "--require-verified", "--format", "junit"];
    assert!(scan(&env, &arguments).stdout.contains("failures=\"1\""));
    scan(&env, &[IMAGE, "--report", &report, "--fail-on", "low"]).assert(0, "5 more were suppressed before");
}

#[test]
fn findings_without_a_fix_can_be_ignored_without_a_gate() {
    let env = TestEnv::new();
    let all = scan(&env, &[IMAGE, "--report", REPORT]);
    all.assert(0, "CVE-2026-20002");
    let run = scan(&env, &[IMAGE, "--report", REPORT, "--ignore-unfixed"]);
    run.assert(0, "neither shown nor counted: 2 findings for which the report names no fixed version");
    assert!(!run.stdout.contains("CVE-2026-20002"), "{}", run.stdout);
    scan(&env, &[IMAGE, "--report", REPORT, "--ignore-unfixed", "--fail-on", "high"]).assert(0, "none count");
    scan(&env, &[IMAGE, "--report", REPORT, "--only-fixed"]).assert(2, "`--only-fixed` restricts a gate");
    let exit_code = scan(&env, &[IMAGE, "--report", REPORT, "--exit-code", "1"]);
    exit_code.assert(2, "--fail-on SEVERITY");
}

#[test]
fn a_baseline_of_another_image_is_named() {
    let env = TestEnv::new();
    let other = env.write("other.json", read(REPORT).replace("dhi.io/python", "ghcr.io/acme/api"));
    let arguments = [IMAGE, "--report", REPORT, "--fail-on", "high", "--baseline", &other];
    scan(&env, &arguments).assert(0, "the baseline is a report about `ghcr.io/acme/api");
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
    let arguments = [IMAGE, "--report", REPORT, "--severity", "MEDIUM,critical", "--fail-on", "high"];
    let run = scan(&env, &arguments);
    // The gate judges all, and what counts for it is shown.
    run.assert(1, "not shown, and counted: 1 finding of severities that were not asked for");
    run.assert(1, "3 of 5 findings remain, 1 is not shown; 1 counts (severity high or above)");
    run.assert(1, "CVE-2026-20002");
    assert!(!run.stdout.contains("CVE-2005-2541"), "{}", run.stdout);
    let report = scan(&env, &[&arguments, ["--format", "report"].as_slice()].concat());
    let written: Value = serde_json::from_str(&report.stdout).unwrap();
    assert_eq!(written["matches"].as_array().unwrap().len(), 3, "the report has all findings");
}
