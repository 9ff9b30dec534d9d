//! Scanners that are run: how they are called, what of the environment they get, and what their failures are.

use serde_json::json;

use super::stand_in::{StandIn, grype_report, trivy_report};
use super::{IMAGE, digests, layouts, scan};
use crate::support::env::TestEnv;

#[test]
fn grype_gets_a_hashed_copy_of_a_layout() {
    let env = TestEnv::new();
    let grype = StandIn::grype(&env, &grype_report());
    let run = grype.scan(&[IMAGE]);
    run.assert(0, "5 findings, 2 suppressed, 3 remain");
    run.assert(0, "scanned with grype 0.110.0, database of 2026-09-30 (today)");
    let (image, config) = digests();
    let arguments = grype.recorded("arguments");
    let [form, copy] = arguments.trim().rsplit_once(" oci-dir:").unwrap().into();
    let [form, file] = form.rsplit_once(' ').unwrap().into();
    assert_eq!(form, "--output json --scope squashed --config");
    assert!(
        file.ends_with("/empty.yaml") && copy.ends_with(image.trim_start_matches("sha256:")),
        "{arguments}"
    );
    let blobs = grype.recorded("blobs");
    for digest in [&image, &config] {
        assert!(blobs.contains(digest.trim_start_matches("sha256:")), "{blobs}");
    }
    // Only the index, the image and its content, and nothing of it stays.
    assert!(blobs.lines().count() < 9, "{blobs}");
    assert!(!std::path::Path::new(copy).exists());
}

#[test]
fn a_scanner_reads_nothing_that_can_hide_findings() {
    let env = TestEnv::new();
    let grype = StandIn::grype(&env, &grype_report());
    let project = env.path("project");
    std::fs::create_dir(&project).unwrap();
    env.write("project/.grype.yaml", "ignore: [{vulnerability: CVE-2026-20002}]");
    let layout = format!("oci:{}:3.13", crate::support::env::fixture("python").display());
    let root = crate::support::env::project();
    let (key, log) = (root.join(crate::support::env::KEY), root.join(crate::support::env::ROOT));
    let arguments =
        ["scan", "--key", key.to_str().unwrap(), "--trusted-root", log.to_str().unwrap(), &layout];
    let mut command = grype.command(&[]);
    let mut other = env.command(&arguments);
    other.args(["--platform", "linux/amd64"]).current_dir(&project);
    for (name, value) in command.get_envs() {
        other.env(name, value.unwrap_or_default());
    }
    command.arg("unused");
    let set = [
        ("GRYPE_ONLY_FIXED", "true"),
        ("GRYPE_VEX_DOCUMENTS", "x"),
        ("SYFT_EXCLUDE", "**"),
        ("TRIVY_SEVERITY", "LOW"),
        ("DHI_TOKEN", "secret-of-a-registry"),
        ("GRYPE_DB_CACHE_DIR", "/db"),
    ];
    let run = crate::support::env::run(other.envs(set));
    run.assert(0, "5 findings");
    let environment = grype.recorded("environment");
    for (name, _) in &set[..5] {
        assert!(!environment.contains(name), "{name}: {environment}");
    }
    assert!(environment.contains("GRYPE_DB_CACHE_DIR=/db"), "{environment}");
    assert_ne!(grype.recorded("directory").trim(), project.to_str().unwrap());
}

#[test]
fn trivy_gets_the_same_image() {
    let env = TestEnv::new();
    let Some(report) = trivy_report() else { return };
    let trivy = StandIn::trivy(&env, &report);
    let run = trivy.scan(&[IMAGE, "--scanner", "trivy", "--format", "json"]);
    run.assert(0, "");
    let image = run.json()["images"][0].clone();
    assert_eq!(image["source"]["version"], "0.70.0");
    assert_eq!(image["source"]["database"], "2026-09-30T06:00:00Z");
    assert!(image["result"]["counts"]["findings"].as_u64().unwrap() > 1, "{image:#}");
    let arguments = trivy.recorded("arguments");
    let begin = "image --format json --scanners vuln --list-all-pkgs --no-progress --config ";
    assert!(arguments.starts_with(begin) && arguments.contains(" --input /"), "{arguments}");
    let offline = trivy.scan(&[IMAGE, "--scanner", "trivy", "--offline"]);
    offline.assert(0, "scanned with trivy 0.70.0");
    assert!(trivy.recorded("arguments").contains("--skip-db-update"));
}

#[test]
fn a_report_about_another_image_is_refused() {
    let env = TestEnv::new();
    let mut report = grype_report();
    report["source"]["target"]["manifestDigest"] = format!("sha256:{}", "0".repeat(64)).into();
    let run = StandIn::grype(&env, &report).scan(&[IMAGE, "--fail-on", "critical"]);
    run.assert(6, "`grype 0.110.0` failed: its report is about another image than sha256:");
    assert!(run.stdout.ends_with("unknown  its findings are not known\n"), "{}", run.stdout);
    // The configuration alone binds a report of Trivy.
    let Some(mut report) = trivy_report() else { return };
    report["Metadata"]["ImageID"] = format!("sha256:{}", "0".repeat(64)).into();
    let run = StandIn::trivy(&env, &report).scan(&[IMAGE, "--scanner", "trivy"]);
    run.assert(6, "its report is about another image");
}

#[test]
fn a_report_about_nothing_or_of_another_tool_is_no_result() {
    let env = TestEnv::new();
    let cluster = json!({"ClusterName": "c", "Resources": []});
    for (report, cause) in [
        (&cluster, "it prints Trivy JSON of a cluster in place of Grype JSON"),
        (&json!({"SchemaVersion": 2, "Results": []}), "it prints Trivy JSON in place of Grype JSON"),
        (
            &json!({"runs": [{"tool": {"driver": {"name": "grype"}}, "results": []}]}),
            "it prints SARIF in place of",
        ),
    ] {
        let run = StandIn::grype(&env, report).scan(&[IMAGE, "--fail-on", "low"]);
        run.assert(6, "error[scan/failed]: `grype 0.110.0` failed: ");
        run.assert(6, cause);
    }
    let run = StandIn::trivy(&env, &cluster).scan(&[IMAGE, "--scanner", "trivy", "--fail-on", "low"]);
    run.assert(6, "it prints Trivy JSON of a cluster in place of Trivy JSON");
}

#[test]
fn a_label_that_nothing_proves_gives_no_pass() {
    for label in ["debian-99", "debian-13", "debian-...", "alpine-3.20"] {
        let env = TestEnv::new();
        let image = layouts::unsigned(&env, "unsigned", &json!({ "com.docker.dhi.distro": label }));
        let mut report = grype_report();
        report["source"]["target"]["manifestDigest"] = image.into();
        report["matches"] = json!([]);
        let known = env.write("known", report.to_string());
        report["distro"] = json!({"name": "", "version": "", "idLike": null});
        let grype = StandIn::grype(&env, &report);
        let grype = grype.then(&format!("case \"$*\" in *'--distro '*) cat {known}; exit 0;; esac"));
        let image = format!("oci:{}:1", env.file("unsigned"));
        let run = grype.scan(&[&image, "--fail-on", "low"]);
        run.assert(6, "scan/distribution");
        assert_eq!(grype.recorded("arguments").contains("--distro"), label != "debian-...", "{label}");
    }
}

#[test]
fn packages_without_a_distribution_give_no_pass() {
    let env = TestEnv::new();
    let Some(mut report) = trivy_report() else { return };
    let image = layouts::unsigned(&env, "unsigned", &json!({}));
    let manifest = layouts::blob(&env, "unsigned", &image);
    report["Metadata"]["ImageID"] = manifest["config"]["digest"].clone();
    report["Metadata"]["OS"] = json!({"Family": "none", "Name": ""});
    report["Results"] = json!([{"Target": "x", "Class": "lang-pkgs", "Type": "gobinary"}]);
    let trivy = StandIn::trivy(&env, &report);
    let image = format!("oci:{}:1", env.file("unsigned"));
    trivy.scan(&[&image, "--scanner", "trivy", "--fail-on", "low"]).assert(6, "scan/distribution");
}

#[test]
fn a_failure_of_a_scanner_is_no_result() {
    let env = TestEnv::new();
    let failing = StandIn::grype(&env, &grype_report());
    let failing = failing.then("echo 'first line' >&2; echo 'no database: \u{1b}[31mdial tcp' >&2; exit 1");
    let run = failing.scan(&[IMAGE, "--fail-on", "critical"]);
    run.assert(6, "error[scan/failed]: `grype 0.110.0` failed: it ends with exit status: 1");
    assert!(run.stdout.contains("no database: ") && !run.stdout.contains('\u{1b}'), "{}", run.stdout);
    let silent = StandIn::new(&env, "grype", r#"{"application":"grype","version":"0.110.0"}"#, "");
    std::fs::remove_file(silent.path("then")).unwrap();
    silent.scan(&[IMAGE]).assert(2, "error[vex/report]: the report of grype 0.110.0");
    let cut =
        StandIn::new(&env, "grype", r#"{"application":"grype","version":"0.110.0"}"#, r#"{"matches":["#);
    cut.scan(&[IMAGE]).assert(2, "error[vex/report]");
}

#[test]
fn only_a_scanner_that_is_known_is_run() {
    let env = TestEnv::new();
    let none = scan(&env, &[IMAGE, "--scanner", &env.file("missing")]);
    none.assert(2, "error[scan/no-scanner]: there is no scanner `");
    none.assert(2, "give a report: `--report FILE`");
    for version in ["", "Version: 0.70.0", r#"{"application":"syft","version":"1.42.3"}"#, "[]"] {
        let other = StandIn::new(&env, "grype", version, "{}");
        let run = other.scan(&[IMAGE]);
        run.assert(2, "is neither Grype nor Trivy");
        assert_eq!(other.recorded("arguments"), "", "{version}");
    }
    // A program at a path may have any name.
    let wrapper = StandIn::new(&env, "wrapper", r#"{"application":"grype","version":"v1"}"#, "{}");
    std::fs::write(wrapper.path("report"), grype_report().to_string()).unwrap();
    let path = wrapper.path("wrapper");
    scan(&env, &[IMAGE, "--scanner", path.to_str().unwrap()]).assert(0, "scanned with grype v1");
}

#[test]
fn an_unknown_distribution_is_scanned_as_its_base() {
    let env = TestEnv::new();
    let mut unknown = grype_report();
    unknown["distro"] = json!({"name": "", "version": "", "idLike": null});
    let known = env.write("known", grype_report().to_string());
    unknown["matches"] = json!([]);
    let grype = StandIn::grype(&env, &unknown);
    // Only as Debian it finds something.
    let grype = grype.then(&format!("case \"$*\" in *'--distro debian:13'*) cat {known}; exit 0;; esac"));
    let run = grype.scan(&[IMAGE, "--format", "json"]);
    run.assert(0, "");
    let result = run.json()["images"][0]["result"].clone();
    let purls: Vec<&str> = result["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|record| record["finding"]["purl"].as_str().unwrap())
        .collect();
    assert_eq!(purls.len(), 5);
    assert!(
        purls.iter().all(|purl| purl.starts_with("pkg:deb/dhi/") && purl.contains("distro=dhi-13")),
        "{purls:?}"
    );
    assert_eq!(result["reports"][0]["scans"][0]["subject"]["distribution"], "dhi 13");
    // Statements about packages of Debian do not decide about packages of the hardened distribution.
    assert_eq!(result["counts"]["suppressed"], 0);
    assert!(run.stdout.contains("which was scanned as debian 13"), "{}", run.stdout);
    // Without data for it in either way, nothing is known.
    let blind = StandIn::grype(&env, &unknown).then("");
    blind.scan(&[IMAGE, "--fail-on", "high"]).assert(6, "unknown  0 of 0 findings remain");
}
