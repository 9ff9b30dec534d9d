//! Tests over whole reports: those in the shared data, and situations from public reports.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::oci::Digest;
use crate::vex::{
    AppliedScan, Decision, Document, DocumentFormat, Finding, Grade, Justification, Outcome,
    PackageUrl, ProductGrade, Products, Ruling, ScannedKind, Severity, Source, SourceKind, SourceTrust,
    SourcedDocument, Statement, StatementRef, Status, Validity, Vulnerability,
};

/// A folder of the shared data. Without it, a test says so and passes.
fn shared(folder: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(folder);
    if path.is_dir() {
        return Some(path);
    }
    println!("../shared/data/{folder} is not here: nothing is tested");
    None
}

/// Every report in the shared data: `grype/x.json` and its text.
fn reports() -> Vec<(String, Bytes)> {
    let Some(folder) = shared("scans") else { return Vec::new() };
    let mut reports = Vec::new();
    for scanner in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
        for file in fs::read_dir(&scanner).unwrap().map(|entry| entry.unwrap().path()) {
            let name = file.strip_prefix(&folder).unwrap().to_string_lossy().into_owned();
            reports.push((name, Bytes::from(fs::read(&file).unwrap())));
        }
    }
    reports.sort();
    reports
}

fn statement(status: Status, justification: Option<Justification>, text: Option<&str>) -> Statement {
    Statement {
        id: None,
        vulnerability: Vulnerability::default(),
        status,
        justification,
        unknown_justification: None,
        impact_statement: text.map(str::to_owned),
        action_statement: (status == Status::Affected).then(|| "Upgrade to 9".to_owned()),
        status_notes: None,
        timestamp: None,
        has_own_time: false,
        is_false_positive: false,
        validity: Validity::Valid,
        products: Products::default(),
    }
}

/// One document with these statements, from `vex.json`.
fn statements_of(statements: Vec<Statement>) -> StatementSet {
    let document = Document {
        format: DocumentFormat::OpenVex,
        id: None,
        author: None,
        version: None,
        timestamp: None,
        subjects: None,
        statements,
        remarks: Vec::new(),
        context: None,
    };
    let source = Source {
        name: "vex.json".to_owned(),
        kind: SourceKind::File,
        digest: Digest::of(b"vex"),
        trust: SourceTrust::TrustedByUser,
        priority: 0,
    };
    StatementSet::new(vec![SourcedDocument { source, document }])
}

/// One statement of each kind. Its position is its number in the tests.
fn statements() -> StatementSet {
    let mut false_positive = statement(Status::NotAffected, None, None);
    false_positive.is_false_positive = true;
    statements_of(vec![
        statement(Status::NotAffected, Some(Justification::VulnerableCodeNotPresent), Some("not called")),
        statement(Status::Fixed, None, None),
        statement(Status::UnderInvestigation, None, Some("looking at \"it\"")),
        statement(Status::Affected, None, None),
        false_positive,
        statement(Status::NotAffected, None, Some("queue is switched off")),
    ])
}

/// The decision by a statement of [`statements`]; `None`: kept, and no statement applies.
fn decision(index: Option<usize>) -> Decision {
    let set = statements();
    let ruling = index.map(|index| {
        let statement = StatementRef { source: 0, index };
        let found = set.get(statement).unwrap().1;
        Ruling {
            statement,
            status: found.status,
            justification: found.justification,
            timestamp: None,
            product: String::new(),
            subcomponent: None,
            grade: Grade { product: ProductGrade::Scanned, component: None },
            equivalences: Vec::new(),
        }
    });
    let is_suppressed = ruling.as_ref().is_some_and(|ruling| ruling.status.suppresses());
    Decision {
        outcome: if is_suppressed { Outcome::Suppressed } else { Outcome::Kept },
        ruling,
        reason: None,
        conflict: false,
        considered: Vec::new(),
        near_miss: None,
        warnings: Vec::new(),
    }
}

/// The report after decisions: `decide` gives the number of the statement for each finding.
fn applied(text: &Bytes, drop: bool, decide: &dyn Fn(&Finding) -> Option<usize>) -> (Bytes, Rewritten) {
    let (report, scans) = read(text.clone(), "report.json").unwrap();
    let scans = scans.into_iter().map(|scan| {
        let decisions = scan.findings.iter().map(|finding| decision(decide(finding))).collect();
        AppliedScan { scan, facts: ImageFacts::default(), decisions }
    });
    let result = AppliedReport { name: "report.json".to_owned(), scans: scans.collect() };
    let rewritten = report.rewrite(&result, &statements(), &WriteOptions { drop }).unwrap();
    let bytes: Vec<u8> = rewritten.pieces().flatten().copied().collect();
    (Bytes::from(bytes), rewritten)
}

fn apply(text: &Bytes, decide: &dyn Fn(&Finding) -> Option<usize>) -> Bytes {
    applied(text, false, decide).0
}

fn value(text: &Bytes) -> Value {
    serde_json::from_slice(text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)).unwrap()
}

fn findings(text: &Bytes) -> Vec<Finding> {
    let (_, scans) = read(text.clone(), "report.json").unwrap();
    scans.into_iter().flat_map(|scan| scan.findings).collect()
}

fn list<'a>(value: &'a Value, member: &str) -> &'a [Value] {
    value[member].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// The number of findings, counted on the tree of values.
fn count(name: &str, value: &Value) -> usize {
    let is_open = |suppressions: &[Value]| {
        suppressions.is_empty()
            || suppressions
                .iter()
                .any(|one| matches!(one["status"].as_str(), Some("underReview" | "rejected")))
    };
    let of_results = |results: &[Value]| -> usize {
        results.iter().map(|result| list(result, "Vulnerabilities").len()).sum()
    };
    match name.split('/').next().unwrap() {
        "grype" => list(value, "matches").len(),
        "trivy" if value.is_array() => of_results(value.as_array().unwrap()),
        "trivy" if value.get("Resources").is_some() => {
            list(value, "Resources").iter().map(|resource| of_results(list(resource, "Results"))).sum()
        }
        "trivy" => of_results(list(value, "Results")),
        "sarif" => list(value, "runs")
            .iter()
            .flat_map(|run| list(run, "results"))
            .filter(|result| is_open(list(result, "suppressions")))
            .count(),
        "cyclonedx" => list(value, "vulnerabilities")
            .iter()
            .filter(|one| {
                !matches!(
                    one["analysis"]["state"].as_str(),
                    Some("not_affected" | "resolved" | "false_positive")
                )
            })
            .map(|one| list(one, "affects").len())
            .sum(),
        "osv-scanner" => list(value, "results")
            .iter()
            .flat_map(|result| list(result, "packages"))
            .map(|package| list(package, "groups").len())
            .sum(),
        other => panic!("no count for {other}"),
    }
}

#[test]
fn every_report_is_read_with_all_its_findings() {
    for (name, text) in reports() {
        let value = value(&text);
        let found = findings(&text);
        assert_eq!(found.len(), count(&name, &value), "{name}");
        for finding in found {
            assert!(!finding.id.is_empty(), "{name}");
        }
    }
}

#[test]
fn a_report_without_decisions_is_the_same_byte_for_byte() {
    for (name, text) in reports() {
        if !value(&text).is_array() {
            let (written, rewritten) = applied(&text, true, &|_| None);
            assert!(written == text, "{name}");
            assert!(!rewritten.is_changed(), "{name}");
        }
    }
}

#[test]
fn what_is_suppressed_is_gone_and_stays_gone() {
    for (name, text) in reports() {
        if value(&text).is_array() {
            continue;
        }
        for drop in [false, true] {
            let total = findings(&text).len();
            let (once, rewritten) = applied(&text, drop, &|_| Some(0));
            assert_eq!(rewritten.is_changed(), total > 0, "{name}");
            assert_eq!(findings(&once).len(), 0, "{name}");
            assert_eq!(count(&name, &value(&once)), 0, "{name}");
            let (twice, _) = applied(&once, drop, &|_| Some(0));
            assert!(once == twice, "{name}");
        }
    }
}

/// Decides by the number of the finding, so that all kinds of statements and none meet in one report.
fn mixed(text: &Bytes) -> Bytes {
    let counter = std::cell::Cell::new(0);
    apply(text, &|_| {
        counter.set(counter.get() + 1);
        Some(counter.get() % 8).filter(|index| *index < 6)
    })
}

/// The decisions of [`mixed`], by what names a finding in both reports.
#[test]
fn what_is_kept_is_as_it_was() {
    for (name, text) in reports() {
        let before = value(&text);
        if before.is_array() {
            continue;
        }
        let once = mixed(&text);
        let expected = findings(&text).len()
            - findings(&text)
                .iter()
                .enumerate()
                .filter(|(index, _)| matches!((index + 1) % 8, 0 | 1 | 4 | 5))
                .count();
        assert_eq!(findings(&once).len(), expected, "{name}");
        assert_eq!(count(&name, &value(&once)), expected, "{name}");
        // Nothing is lost: each finding is in the report, in one list or the other.
        if name.starts_with("grype") {
            let after = value(&once);
            let mut all: Vec<Value> = list(&after, "matches").to_vec();
            all.extend(list(&after, "ignoredMatches").iter().cloned().map(|mut ignored| {
                ignored.as_object_mut().unwrap().shift_remove("appliedIgnoreRules").unwrap();
                ignored
            }));
            let sorted = |mut all: Vec<Value>| {
                all.sort_by_cached_key(ToString::to_string);
                all
            };
            assert_eq!(sorted(all), sorted(list(&before, "matches").to_vec()), "{name}");
        }
    }
}

/// A copy of a report without line breaks and indentation.
fn minified(value: &Value) -> Bytes {
    Bytes::from(serde_json::to_vec(value).unwrap())
}

#[test]
fn layouts_do_not_change_what_is_written() {
    for (name, text) in reports().into_iter().filter(|(_, text)| text.len() < 500_000) {
        let before = value(&text);
        if before.is_array() {
            continue;
        }
        let expected = value(&mixed(&text));
        let minified = minified(&before);
        let written = mixed(&minified);
        assert!(!written.contains(&b'\n'), "{name}");
        assert_eq!(value(&written), expected, "{name}");
        let written = String::from_utf8(written.to_vec()).unwrap();
        // Nothing is spaced that was not.
        assert_eq!(serde_json::to_string(&expected).unwrap().len(), written.len(), "{name}");
        let pretty = serde_json::to_string_pretty(&before).unwrap();
        for newline in ["\n", "\r\n"] {
            let text = pretty.replace('\n', newline);
            let written = String::from_utf8(mixed(&Bytes::from(text)).to_vec()).unwrap();
            let expected = serde_json::to_string_pretty(&expected).unwrap().replace('\n', newline);
            assert_eq!(written, expected, "{name}");
        }
    }
}

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
fn other_encodings_are_named() {
    let utf16 =
        |text: &str, unit: fn(u16) -> [u8; 2]| -> Bytes { text.encode_utf16().flat_map(unit).collect() };
    for text in [
        utf16("\u{feff}{\"matches\":[]}", u16::to_le_bytes),
        utf16("{\"matches\":[]}", u16::to_le_bytes),
        utf16("{\"matches\":[]}", u16::to_be_bytes),
    ] {
        let error = read(text, "report.json").unwrap_err();
        assert!(matches!(error, Error::ReportEncoding { .. }), "{error:?}");
        assert_eq!(error.to_string(), "report.json cannot be read: it is UTF-16, not UTF-8");
    }
    let error = read(Bytes::from_static(b"{\n \"matches\": [\"\xff\"]}"), "report.json").unwrap_err();
    assert_eq!(
        error.to_string(),
        "report.json is not a readable scanner report: line 2, column 15: it is not UTF-8"
    );
}

#[test]
fn faults_are_named_with_their_place() {
    for (text, place) in [
        ("", "line 1, column 1: "),
        ("{\"matches\":[", "line 1, column 13: "),
        (
            "{\n\"matches\":[{\"vulnerability\":{\"id\":1}}]}",
            "line 2, column 35: expected a string, found a number",
        ),
        ("{\"matches\":[{\"artifact\":{}}]}", "line 1, column 13: member `vulnerability` is missing"),
        (
            "{\"matches\":[{\"vulnerability\":{\"id\":\"C\"}}]}",
            "line 1, column 13: member `artifact` is missing",
        ),
        (
            "{\"matches\":[{\"appliedIgnoreRules\":[]}]}",
            "line 1, column 35: a match in `matches` has rules that ignore it",
        ),
        ("{\"matches\":{}}", "line 1, column 12: expected a list, found an object"),
        ("{\"matches\":[],\"matches\":[]}", "line 1, column 15: member `matches` occurs twice in one object"),
        ("{\"matches\":[]} x", "line 1, column 16: more text follows the report"),
        ("\u{feff}{\"matches\":[]}}", "line 1, column 15: more text follows the report"),
        ("{\"runs\":[]}", "line 1, column 12: expected a run in `runs`"),
        ("{\"runs\":[{\"tool\":{}}]}", "line 1, column 10: member `results` is missing"),
        ("{\"runs\":[{\"results\":null}]}", "line 1, column 10: member `results` is missing"),
        ("{\"Results\":[{\"Vulnerabilities\":[{}]}]}", "member `VulnerabilityID` is missing"),
        ("{\"ClusterName\":\"x\"}", "member `Resources` is missing"),
        ("[{\"Vulnerabilities\":[]}]", "line 1, column 2: member `Target` is missing"),
    ] {
        let error = read(Bytes::copy_from_slice(text.as_bytes()), "r.json").unwrap_err();
        let Error::Report { .. } = error else { panic!("{text}: {error:?}") };
        let message = error.to_string();
        assert!(message.contains(place), "{text}: {message}");
    }
    for (text, cause) in [
        ("{}", "r.json is not a scanner report: it has the members of no known format"),
        ("{\"statements\":[]}", "r.json is not a scanner report: it is an OpenVEX document"),
        ("7", "r.json is not a scanner report: it is neither an object nor a list"),
    ] {
        assert_eq!(read(Bytes::copy_from_slice(text.as_bytes()), "r.json").unwrap_err().to_string(), cause);
    }
}

/// Every report, cut off anywhere, is an error.
#[test]
fn a_truncated_report_is_an_error() {
    for (name, text) in reports().into_iter().filter(|(_, text)| text.len() < 40_000) {
        let end = text.len() - text.iter().rev().take_while(|byte| byte.is_ascii_whitespace()).count();
        for length in (0..end).step_by(397) {
            assert!(read(text.slice(..length), "r.json").is_err(), "{name} {length}");
        }
    }
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
        "properties": {"statement": "dhi: vex.json#0"},
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
    assert_eq!(third[1]["properties"], json!({"statement": "dhi: vex.json#0", "overruled": "underReview"}));
    assert_eq!(value(&applied(&text, true, &|_| Some(0)).0)["runs"][0]["results"], json!([]));
}

#[test]
fn a_result_under_investigation_gets_one_entry_under_review() {
    let text = Bytes::from_static(
        br#"{"runs":[{"results":[{"ruleId":"CVE-1-1"},{"ruleId":"CVE-1-2","suppressions":[]},{"ruleId":"CVE-1-3","suppressions":null}]}]}"#,
    );
    let once = apply(&text, &|_| Some(2));
    assert_eq!(findings(&once).len(), 3);
    for result in list(&value(&once)["runs"][0], "results") {
        assert_eq!(
            result["suppressions"],
            json!([{
                "kind": "external",
                "status": "underReview",
                "justification": "under_investigation: looking at \"it\"",
                "properties": {"statement": "dhi: vex.json#2"},
            }])
        );
    }
    assert!(apply(&once, &|_| Some(2)) == once);
    // A later decision replaces the entry.
    let fixed = value(&apply(&once, &|_| Some(1)));
    for result in list(&fixed["runs"][0], "results") {
        assert_eq!(list(result, "suppressions").len(), 1);
        assert_eq!(result["suppressions"][0]["justification"], json!("fixed"));
        assert_eq!(result["suppressions"][0]["status"], json!("accepted"));
    }
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

#[test]
fn cyclonedx_entries_are_split_between_components() {
    let text = Bytes::from_static(
        br#"{"bomFormat":"CycloneDX","vulnerabilities":[{"bom-ref":"v1","id":"CVE-1-1","affects":[{"ref":"a"},{"ref":"b"},{"ref":"c"}]}]}"#,
    );
    let statement = |finding: &Finding| match finding.package.name.as_str() {
        "a" => Some(0),
        "c" => Some(1),
        _ => None,
    };
    let once = apply(&text, &statement);
    let after = value(&once);
    let all = list(&after, "vulnerabilities");
    assert_eq!(all.len(), 3);
    assert_eq!(all[0], json!({"bom-ref": "v1", "id": "CVE-1-1", "affects": [{"ref": "b"}]}));
    assert_eq!(all[1]["affects"], json!([{"ref": "a"}]));
    assert_eq!(all[1]["analysis"]["justification"], json!("code_not_present"));
    assert_eq!(all[2]["affects"], json!([{"ref": "c"}]));
    assert_eq!(all[2]["analysis"], json!({"state": "resolved"}));
    assert!(all[1].get("bom-ref").is_none() && all[2].get("bom-ref").is_none());
    assert!(apply(&once, &statement) == once);
    // Nothing is kept: the first entry stays in place.
    let both = value(&apply(&text, &|finding| Some(usize::from(finding.package.name == "c"))));
    assert_eq!(list(&both, "vulnerabilities")[0]["affects"], json!([{"ref": "a"}, {"ref": "b"}]));
    assert_eq!(list(&both, "vulnerabilities").len(), 2);
}

#[test]
fn an_analysis_that_is_there_is_changed_member_by_member() {
    let text = Bytes::from_static(
        br#"{"bomFormat":"CycloneDX","vulnerabilities":[{"id":"CVE-1-1","analysis":{"state":"in_triage","x":1,"detail":"mine"},"properties":[{"name":"p"}],"affects":[{"ref":"a"}]},{"id":"CVE-1-2","analysis":null,"properties":[],"affects":[{"ref":"a"}]}]}"#,
    );
    let after = value(&apply(&text, &|_| Some(0)));
    let analysis = json!({"state": "not_affected", "x": 1, "detail": "vulnerable_code_not_present: not called", "justification": "code_not_present"});
    assert_eq!(after["vulnerabilities"][0]["analysis"], analysis);
    assert_eq!(after["vulnerabilities"][0]["properties"][1]["value"], json!("dhi: vex.json#0"));
    assert_eq!(after["vulnerabilities"][1]["analysis"]["state"], json!("not_affected"));
    // Of a finding that is kept, the words of the author stay.
    let kept = apply(&text, &|_| Some(2));
    assert_eq!(
        value(&kept)["vulnerabilities"][0]["analysis"],
        json!({"state": "in_triage", "x": 1, "detail": "mine"})
    );
    assert!(apply(&kept, &|_| Some(2)) == kept);
}

#[test]
fn a_trivy_list_that_loses_all_is_left_out() {
    let apply_all = |text: &str| {
        let written = apply(&Bytes::copy_from_slice(text.as_bytes()), &|_| Some(1));
        String::from_utf8(written.to_vec()).unwrap()
    };
    let vulnerability = r#"{"VulnerabilityID":"CVE-1-1","PkgName":"a"}"#;
    let modified = format!(
        r#"{{"Type":"vulnerability","Status":"fixed","Statement":"","Source":"dhi: vex.json#1","Finding":{vulnerability}}}"#
    );
    let old = r#"{"Type":"secret","Finding":{}}"#;
    for (before, after) in [
        (
            format!(r#"{{"Results":[{{"Vulnerabilities":[{vulnerability}]}}]}}"#),
            format!(r#"{{"Results":[{{"ExperimentalModifiedFindings":[{modified}]}}]}}"#),
        ),
        (
            format!(
                r#"{{"Results":[{{"Vulnerabilities":[{vulnerability}],"ExperimentalModifiedFindings":[{old}]}}]}}"#
            ),
            format!(r#"{{"Results":[{{"ExperimentalModifiedFindings":[{old},{modified}]}}]}}"#),
        ),
        (
            format!(
                r#"{{"Results":[{{"ExperimentalModifiedFindings":null,"T":1,"Vulnerabilities":[{vulnerability}]}}]}}"#
            ),
            format!(r#"{{"Results":[{{"ExperimentalModifiedFindings":[{modified}],"T":1}}]}}"#),
        ),
        (
            format!(
                r#"{{"Results":[{{"ExperimentalModifiedFindings":[],"Vulnerabilities":[{vulnerability}]}}]}}"#
            ),
            format!(r#"{{"Results":[{{"ExperimentalModifiedFindings":[{modified}]}}]}}"#),
        ),
    ] {
        assert_eq!(apply_all(&before), after);
        assert_eq!(apply_all(&after), after);
    }
}

#[test]
fn the_list_of_trivys_first_schema_is_read_only() {
    let text = r#"[{"Target":"alpine:3.10 (alpine 3.10.2)","Vulnerabilities":[{"VulnerabilityID":"CVE-1-1","PkgName":"musl","InstalledVersion":"1.1"}]},{"Target":"x","Vulnerabilities":null}]"#;
    let (report, scans) = read(Bytes::from_static(text.as_bytes()), "old.json").unwrap();
    assert_eq!((scans.len(), scans[0].findings.len(), scans[0].subject.name.as_str()), (1, 1, "alpine:3.10"));
    let result = AppliedReport { name: "old.json".to_owned(), scans: Vec::new() };
    let error = report.rewrite(&result, &statements(), &WriteOptions::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "old.json cannot be written back: Trivy JSON of schema 1 has no place for suppressed findings"
    );
}

#[test]
fn unusual_texts_survive() {
    let long = "x".repeat(1 << 20);
    let text = format!(
        r#"{{"a":{{"matches":[1]}},"m\u0061tches":[ {{"n":1e400,"artifact":{{"name":"a","purl":"pkg:npm/a"}},"vulnerability":{{"\u0069d":"CVE-1-1","description":"{long}\ud83d\ude00"}}}} ,{{"artifact":{{"name":"b"}},"vulnerability":{{"id":"CVE-1-2","matches":[]}},"n":-0.0E-7}}],"ignoredMatches":null}}"#
    );
    let written = apply(&Bytes::from(text.clone()), &|finding| (finding.package.name == "a").then_some(0));
    let written = String::from_utf8(written.to_vec()).unwrap();
    assert!(written.contains("1e400") && written.contains(&long) && written.contains("-0.0E-7"));
    assert!(
        written.starts_with(r#"{"a":{"matches":[1]},"m\u0061tches":[ {"artifact":{"name":"b"}"#),
        "{}",
        &written[..90]
    );
    assert!(written.contains(r#"}],"ignoredMatches":[{"n":1e400,"#));
}

/// Lists of matches with every choice of what is suppressed.
#[test]
fn any_choice_of_matches_leaves_valid_json() {
    for count in 0..5_usize {
        for spaces in ["", "\n  "] {
            let matches: Vec<String> = (0..count)
                .map(|index| {
                    format!(r#"{{"vulnerability":{{"id":"CVE-1-{index}"}},"artifact":{{"name":"a"}}}}"#)
                })
                .collect();
            let text =
                format!("{{{spaces}\"matches\":[{}],\"source\":null}}", matches.join(&format!(",{spaces}")));
            for choice in 0..1_u32 << count {
                let written = apply(&Bytes::from(text.clone()), &|finding| {
                    let index: u32 = finding.id.trim_start_matches("CVE-1-").parse().unwrap();
                    (choice >> index & 1 == 1).then_some(0)
                });
                let value = value(&written);
                let (kept, ignored) = (list(&value, "matches").len(), list(&value, "ignoredMatches").len());
                assert_eq!(ignored, choice.count_ones() as usize);
                assert_eq!(kept + ignored, count);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Texts that are no reports never panic, and what is read is written back unchanged.
    #[test]
    fn anything_is_refused_or_written_back(text in r#"\{("matches"|"Results"|"runs"|"results"|"bomFormat"): ?[\[\]{},:"a1 \n]{0,30}\}?"#) {
        let text = Bytes::from(text);
        if read(text.clone(), "r.json").is_ok() {
            prop_assert!(apply(&text, &|_| None) == text);
            prop_assert!(read(apply(&text, &|_| Some(0)), "r.json").is_ok());
        }
    }
}
