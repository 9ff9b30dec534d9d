//! Situations from public reports of people who apply VEX.

use std::collections::BTreeMap;
use std::fs;

use bytes::Bytes;
use serde_json::{Value, json};

use super::*;
use crate::vex::{PackageUrl, ScannedKind, Severity};

fn situation(folder: &str, file: &str) -> Option<Bytes> {
    Some(Bytes::from(fs::read(shared("bugs-vex")?.join(folder).join(file)).unwrap()))
}

#[test]
fn marks_and_line_ends_of_windows_are_kept() {
    let Some(text) = situation("20-files-from-another-system", "report-bom-crlf.json") else { return };
    let written = apply(&text, &|finding| (finding.id == "CVE-2026-3002").then_some(0));
    assert!(written.starts_with(b"\xef\xbb\xbf{\r\n"));
    let (before, after) =
        (String::from_utf8(text.to_vec()).unwrap(), String::from_utf8(written.to_vec()).unwrap());
    assert_eq!(after.matches('\n').count(), after.matches("\r\n").count());
    let lines: Vec<&str> = after.split("\r\n").collect();
    assert!(before.split("\r\n").all(|line| lines.contains(&line) || line.trim() == "},"), "a line is lost");
    let ids = |member: &str| -> Vec<String> {
        let value = value(&written);
        list(&value, member)
            .iter()
            .map(|one| one["vulnerability"]["id"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(ids("matches"), ["CVE-2026-3001", "CVE-2026-3003"]);
    assert_eq!(ids("ignoredMatches"), ["CVE-2026-3002"]);
}

#[test]
fn each_resource_of_a_cluster_is_a_scan() {
    let Some(text) = situation("22-trivy-cluster-report", "report.json") else { return };
    let (report, scans) = read(text.clone(), "report.json").unwrap();
    assert_eq!(report.format(), ReportFormat::TrivyCluster);
    let resources: Vec<&str> = scans.iter().map(|scan| scan.subject.resource.as_deref().unwrap()).collect();
    assert_eq!(
        resources,
        ["shop/Service/web", "shop/Deployment/web", "shop/Deployment/jobs", "shop/CronJob/night"]
    );
    assert_eq!(scans.iter().map(|scan| scan.findings.len()).collect::<Vec<_>>(), [0, 2, 1, 0]);
    assert_eq!(scans[3].not_scanned.as_deref(), Some("scan error: image not found"));
    assert_eq!(scans[0].subject.kind, ScannedKind::Unknown);
    assert_eq!(scans[1].subject.kind, ScannedKind::Image);
    assert_eq!(scans[1].subject.tags, ["registry.acme.example/shop/web:1"]);
    assert_eq!(scans[1].subject.architecture.as_deref(), Some("amd64"));
    assert!(scans[2].subject.repo_digests[0].starts_with("registry.acme.example/shop/jobs@sha256:b2b2"));
    // Only the first of the three findings is suppressed.
    let first = std::cell::Cell::new(true);
    let written =
        apply(&text, &|finding| (finding.id == "CVE-2026-3201" && first.replace(false)).then_some(0));
    let (before, after) = (value(&text), value(&written));
    let mut expected = before.clone();
    let result = &mut expected["Resources"][1]["Results"][0];
    let finding = result["Vulnerabilities"].as_array_mut().unwrap().remove(0);
    result["ExperimentalModifiedFindings"] = json!([{
        "Type": "vulnerability",
        "Status": "not_affected",
        "Statement": "vulnerable_code_not_present",
        "Source": "dhi: vex.json#0",
        "Finding": finding,
    }]);
    assert_eq!(after, expected);
    assert_eq!(String::from_utf8(written.to_vec()).unwrap().trim_end(), pretty(&expected, " "));
}

/// Indented by one space, as the situations are.
fn pretty(value: &Value, unit: &str) -> String {
    use serde::Serialize as _;

    let mut text = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(unit.as_bytes());
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut text, formatter)).unwrap();
    String::from_utf8(text).unwrap()
}

#[test]
fn names_of_osv_scanner_become_package_urls() {
    let Some(text) = situation("24-osv-scanner-names", "report.json") else { return };
    let found = findings(&text);
    let expected = BTreeMap::from([
        ("@acme/table", "pkg:npm/%40acme/table@7.1.0"),
        ("acme/http-core", "pkg:composer/acme/http-core@8.1.0"),
        ("example.acme:core", "pkg:maven/example.acme/core@2.14.1"),
        ("github.com/Acme/Engine", "pkg:golang/github.com/acme/engine@v28.5.2%2Bincompatible"),
        ("Acme_Lib", "pkg:pypi/acme-lib@1.0"),
        ("glibc", "pkg:deb/debian/glibc@2.41-12?distro=debian-13"),
    ]);
    assert_eq!(found.len(), 7);
    for finding in &found {
        let purl = PackageUrl::parse(expected[finding.package.name.as_str()]).unwrap();
        assert_eq!(finding.package.purl.as_ref(), Some(&purl));
        assert_eq!(finding.package.is_source, finding.package.name == "glibc");
        assert_eq!(finding.severity, Severity::High);
        assert!(finding.aliases.iter().any(|alias| alias.starts_with("CVE-2026-34")), "{finding:?}");
    }
    let go = found.iter().find(|finding| finding.id == "GHSA-aaaa-bbbb-3404").unwrap();
    assert_eq!(go.aliases, ["GO-2026-3404", "CVE-2026-3404"]);
    let written = apply(&text, &|finding| (finding.id != "GHSA-aaaa-bbbb-3413").then_some(0));
    let remaining: Vec<String> = findings(&written).into_iter().map(|finding| finding.id).collect();
    assert_eq!(remaining, ["GHSA-aaaa-bbbb-3413"]);
    let after = value(&written);
    let packages = list(&after["results"][0], "packages");
    assert_eq!(packages.len(), 6);
    // A package that loses all keeps empty lists, and both ids of a group go together.
    assert_eq!(packages[3]["vulnerabilities"], json!([]));
    assert_eq!(packages[3]["groups"], json!([]));
    assert_eq!(list(&packages[2], "vulnerabilities").len(), 1);
    assert_eq!(list(&packages[2], "groups").len(), 1);
}

#[test]
fn ignored_matches_of_grype_stay_and_copies_both_move() {
    let Some(text) = situation("25-grype-duplicates-and-ignored", "report.json") else { return };
    let (_, scans) = read(text.clone(), "report.json").unwrap();
    assert_eq!((scans[0].findings.len(), scans[0].suppressed_before), (4, 1));
    let ids = |text: &Bytes, member: &str| -> Vec<(String, String)> {
        let value = value(text);
        let texts = |one: &Value| {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            (text(&one["vulnerability"]["id"]), text(&one["artifact"]["id"]))
        };
        list(&value, member).iter().map(texts).collect()
    };
    let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(id, artifact)| ((*id).to_owned(), (*artifact).to_owned())).collect()
    };
    let table = apply(&text, &|finding| (finding.id == "CVE-2026-3501").then_some(0));
    assert_eq!(ids(&table, "matches"), pairs(&[("CVE-2026-3502", "r1"), ("CVE-2026-3503", "p1")]));
    let ignored = pairs(&[("CVE-2026-3504", "g1"), ("CVE-2026-3501", "t1"), ("CVE-2026-3501", "t2")]);
    assert_eq!(ids(&table, "ignoredMatches"), ignored);
    let after = value(&table);
    assert_eq!(
        after["ignoredMatches"][1]["appliedIgnoreRules"],
        json!([{
            "vulnerability": "CVE-2026-3501",
            "namespace": "vex",
            "vex-status": "not_affected",
            "vex-justification": "vulnerable_code_not_present",
            "reason": "dhi: vex.json#0",
        }])
    );
    assert_eq!(after["ignoredMatches"][0], value(&text)["ignoredMatches"][0]);
    assert_eq!(String::from_utf8(table.to_vec()).unwrap().trim_end(), pretty(&after, " "));
    let all = apply(&text, &|_| Some(1));
    assert_eq!(ids(&all, "matches"), []);
    assert_eq!(ids(&all, "ignoredMatches").len(), 5);
    assert_eq!(
        value(&all)["ignoredMatches"][2]["appliedIgnoreRules"],
        json!([{"vulnerability": "CVE-2026-3502", "namespace": "vex", "vex-status": "fixed", "reason": "dhi: vex.json#1"}])
    );
    assert!(apply(&all, &|_| Some(0)) == all);
}

#[test]
fn suppressed_results_of_sarif_are_marked_or_dropped() {
    let Some(text) = situation("27-sarif-for-code-scanning", "report.sarif.json") else { return };
    let found = findings(&text);
    assert_eq!(found.len(), 3);
    assert_eq!(found[0].package.name, "table");
    assert_eq!(found[0].package.version.as_deref(), Some("7.1.0"));
    assert_eq!((found[0].package.of_system, found[0].severity), (Some(false), Severity::High));
    let first = |finding: &Finding| (finding.id == "CVE-2026-3701").then_some(0);
    let marked = apply(&text, &first);
    let mut expected = value(&text);
    expected["runs"][0]["results"][0]["suppressions"] = json!([{
        "kind": "external",
        "status": "accepted",
        "justification": "vulnerable_code_not_present: not called",
        "properties": {"dhi:vex:statement": "dhi: vex.json#0"},
    }]);
    assert_eq!(value(&marked), expected);
    assert_eq!(String::from_utf8(marked.to_vec()).unwrap().trim_end(), pretty(&expected, " "));
    let dropped = value(&applied(&text, true, &first).0);
    let results = list(&dropped["runs"][0], "results");
    assert_eq!(
        results.iter().map(|result| result["ruleIndex"].as_u64().unwrap()).collect::<Vec<_>>(),
        [1, 2]
    );
    assert_eq!(list(&dropped["runs"][0]["tool"]["driver"], "rules").len(), 3);
    let (all, rewritten) = applied(&text, false, &|_| Some(0));
    assert_eq!(rewritten.overruled(), 1);
    let third = &value(&all)["runs"][0]["results"][2]["suppressions"];
    assert_eq!(third[0], json!({"kind": "external", "status": "accepted", "justification": "asked"}));
    assert_eq!(
        third[1]["properties"],
        json!({"dhi:vex:statement": "dhi: vex.json#0", "overruled": "underReview"})
    );
    assert_eq!(value(&applied(&text, true, &|_| Some(0)).0)["runs"][0]["results"], json!([]));
}

#[test]
fn cyclonedx_gets_the_analysis_of_the_statement() {
    let Some(text) = situation("18-cyclonedx-statements-on-the-project", "report.cdx.json") else { return };
    let (report, scans) = read(text.clone(), "report.json").unwrap();
    assert_eq!(report.format(), ReportFormat::CycloneDx);
    let scan = &scans[0];
    assert_eq!(scan.findings.len(), 7);
    assert_eq!(
        scan.subject.bom,
        Some(("urn:uuid:11111111-2222-4333-8444-555555555555".to_owned(), "1".to_owned()))
    );
    assert_eq!(scan.subject.purl, PackageUrl::parse("pkg:maven/example.acme/shop-api@1.4.0").ok());
    let graph = scan.graph.as_ref().unwrap();
    let node = scan.findings[0].package.node.unwrap();
    assert_eq!((graph.parents[node].as_slice(), graph.root), ([0].as_slice(), 0));
    let once = apply(&text, &|finding| match finding.id.as_str() {
        "CVE-2026-2801" => Some(3),
        "CVE-2026-2802" => Some(5),
        "CVE-2026-2804" => Some(4),
        "CVE-2026-2805" => Some(2),
        _ => None,
    });
    let after = value(&once);
    let all = list(&after, "vulnerabilities");
    assert_eq!(
        all[0]["analysis"],
        json!({"state": "exploitable", "response": ["update"], "detail": "Upgrade to 9"})
    );
    assert_eq!(all[1]["analysis"], json!({"state": "not_affected", "detail": "queue is switched off"}));
    assert_eq!(all[1]["properties"], json!([{"name": "dhi:vex:statement", "value": "dhi: vex.json#5"}]));
    assert_eq!(all[2], value(&text)["vulnerabilities"][2]);
    assert_eq!(all[3]["analysis"], json!({"state": "false_positive"}));
    assert_eq!(all[4]["analysis"], json!({"state": "in_triage", "detail": "looking at \"it\""}));
    assert_eq!(findings(&once).len(), 4);
}
