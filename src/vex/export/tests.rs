use serde_json::{Value, json};

use super::*;
use crate::vex::{
    Fix, FoundPackage, ImageFacts, LazyDigest, PackageUrl, Profile, Rules, Scanned, ScannedKind, Severity,
    SourcePackage, decide::decide, engines::EngineWhy,
};

const DIGEST: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const TIME: &str = "2026-03-01T00:00:00Z";

fn finding(id: &str, aliases: &[&str], purl: &str) -> Finding {
    Finding {
        id: id.to_owned(),
        aliases: aliases.iter().map(|&alias| alias.to_owned()).collect(),
        package: FoundPackage {
            name: "package".to_owned(),
            purl: PackageUrl::parse(purl).ok(),
            ..FoundPackage::default()
        },
        severity: Severity::High,
        fix: Fix::Unknown,
        published: None,
        known_exploited: None,
        scores: Vec::new(),
        epss: None,
    }
}

fn image() -> Scanned {
    Scanned {
        kind: ScannedKind::Image,
        name: "registry.example.com/team/app:1".to_owned(),
        repo_digests: vec![format!("registry.example.com/team/app@{DIGEST}")],
        architecture: Some("amd64".to_owned()),
        ..Scanned::default()
    }
}

fn statement(id: &str, product: &str, status: &str) -> Value {
    json!({
        "vulnerability": {"name": id}, "products": [{"@id": product}], "status": status,
        "timestamp": "2026-01-01T00:00:00Z",
        "justification": if status == "not_affected" { json!("component_not_present") } else { Value::Null },
    })
}

fn applied(subject: Scanned, findings: Vec<Finding>, statements: &[Value]) -> Applied {
    let text = json!({
        "@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://example.com/vex/1", "author": "Example",
        "version": 1, "timestamp": "2026-01-01T00:00:00Z", "statements": statements,
    });
    let bytes = Bytes::from(text.to_string());
    let source = Source {
        name: "vex.json".to_owned(),
        kind: SourceKind::File,
        digest: LazyDigest::of(bytes.clone()),
        trust: SourceTrust::TrustedByUser,
        priority: 0,
    };
    let read = document::read(&bytes, "vex.json").unwrap().into_iter();
    let statements = StatementSet::new(
        read.map(|document| SourcedDocument { source: source.clone(), document }).collect(),
    );
    let scan = Scan { subject, findings, suppressed_before: 0, graph: None, not_scanned: None };
    let now = TIME.parse().unwrap();
    let rules = Rules { profile: Profile::Dhi, lenient: true, require_verified: false, now };
    let facts = ImageFacts::default();
    let decisions = decide(&scan, &facts, &statements, &rules);
    let scans = vec![AppliedScan { scan, facts, decisions }];
    Applied { reports: vec![crate::vex::AppliedReport { name: "report.json".to_owned(), scans }], statements }
}

fn exported(applied: &Applied, target: Target) -> (Vec<Value>, Exported) {
    let exported = export(applied, target, "Example", TIME.parse().unwrap());
    let document: Value = serde_json::from_str(&exported.text).unwrap();
    (document["statements"].as_array().unwrap().clone(), exported)
}

fn product(statement: &Value) -> (&str, Option<&str>) {
    let product = &statement["products"][0];
    (product["@id"].as_str().unwrap(), product["subcomponents"][0]["@id"].as_str())
}

#[test]
fn names_the_image_by_the_digest_of_the_report() {
    let purl = "pkg:deb/debian/libc6@1:2.41-12?arch=amd64&distro=debian-13";
    let applied = applied(
        image(),
        vec![finding("CVE-2026-1", &[], purl)],
        &[statement("CVE-2026-1", "pkg:deb/debian/libc6", "not_affected")],
    );
    let product_of_image = format!("pkg:oci/app@{DIGEST}");
    let (grype, all) = exported(&applied, Target::Grype);
    assert_eq!(product(&grype[0]), (product_of_image.as_str(), Some("pkg:deb/debian/libc6@1:2.41-12")));
    assert_eq!(grype[0]["status_notes"], "from vex.json#0");
    assert_eq!(all.lacking, []);
    // Trivy has the epoch as a qualifier.
    let (trivy, all) = exported(&applied, Target::Trivy);
    assert_eq!(product(&trivy[0]).1, Some("pkg:deb/debian/libc6@2.41-12?epoch=1"));
    assert_eq!(all.lacking, []);
}

#[test]
fn names_the_package_where_the_report_has_no_digest() {
    let applied = applied(
        Scanned { kind: ScannedKind::Files, ..Scanned::default() },
        vec![finding("GHSA-a", &["CVE-2026-1"], "pkg:golang/stdlib@v1.22.4")],
        &[statement("CVE-2026-1", "pkg:golang/stdlib@v1.22.4", "fixed")],
    );
    let (grype, all) = exported(&applied, Target::Grype);
    assert_eq!((product(&grype[0]), all.lacking), (("pkg:golang/stdlib@1.22.4", None), vec![]));
    assert_eq!(grype[0]["vulnerability"], json!({"name": "GHSA-a", "aliases": ["CVE-2026-1"]}));
    assert_eq!(product(&exported(&applied, Target::Trivy).0[0]), ("pkg:golang/stdlib@v1.22.4", None));
}

#[test]
fn names_packages_more_exactly_where_another_finding_is_kept() {
    // The statement is about one architecture only, and about the id of the first finding.
    let one = "pkg:deb/debian/a@1?arch=amd64";
    let findings =
        vec![finding("CVE-2026-1", &[], one), finding("CVE-2026-1", &[], "pkg:deb/debian/a@1?arch=arm64")];
    let applied = applied(image(), findings, &[statement("CVE-2026-1", one, "fixed")]);
    for target in [Target::Grype, Target::Trivy] {
        let (statements, all) = exported(&applied, target);
        assert_eq!(product(&statements[0]).1, Some(one), "{target:?}");
        assert_eq!((statements.len(), all.lacking), (1, vec![]));
    }
}

#[test]
fn never_suppresses_a_finding_that_is_kept() {
    // Two findings that scanners cannot tell apart, of which one comes from elsewhere.
    let purl = "pkg:deb/debian/a@1";
    let mut applied = applied(
        image(),
        vec![finding("CVE-2026-1", &[], purl), finding("CVE-2026-1", &[], purl)],
        &[statement("CVE-2026-1", purl, "fixed")],
    );
    let kept = &mut applied.reports[0].scans[0].decisions[1];
    kept.outcome = Outcome::Kept;
    kept.ruling = None;
    for target in [Target::Grype, Target::Trivy] {
        let (statements, all) = exported(&applied, target);
        assert_eq!(statements, [] as [Value; 0], "{target:?}");
        let why: Vec<_> = all.lacking.iter().map(|lacking| lacking.why).collect();
        assert_eq!(why, [LackingWhy::Ambiguous]);
    }
}

#[test]
fn lists_findings_without_a_package_url() {
    let mut found = finding("CVE-2026-1", &[], "none");
    found.package.version = Some("1".to_owned());
    let statements = [statement("CVE-2026-1", &format!("pkg:oci/app@{DIGEST}"), "fixed")];
    let applied = applied(image(), vec![found], &statements);
    assert_eq!(applied.reports[0].scans[0].decisions[0].outcome, Outcome::Suppressed);
    let (_, all) = exported(&applied, Target::Grype);
    assert_eq!(all.lacking.iter().map(|lacking| lacking.why).collect::<Vec<_>>(), [LackingWhy::NoPackageUrl]);
}

#[test]
fn writes_only_the_winner_and_makes_it_valid() {
    let purl = "pkg:npm/table@1.0.0";
    let mut newer = statement("CVE-2026-1", purl, "affected");
    newer["timestamp"] = json!("2026-02-01T00:00:00Z");
    let mut without_reason = statement("CVE-2026-2", purl, "not_affected");
    without_reason["justification"] = Value::Null;
    let findings = vec![finding("CVE-2026-1", &[], purl), finding("CVE-2026-2", &[], purl)];
    let applied =
        applied(image(), findings, &[statement("CVE-2026-1", purl, "not_affected"), newer, without_reason]);
    let (statements, all) = exported(&applied, Target::Grype);
    assert_eq!(statements.len(), 2);
    let of = |at: usize, name: &str| statements[at][name].as_str().unwrap_or_default().to_owned();
    assert_eq!((of(0, "status"), of(0, "timestamp")), ("affected".into(), "2026-02-01T00:00:00Z".into()));
    assert_eq!(of(0, "action_statement"), "the author names no action");
    assert_eq!(of(1, "impact_statement"), "the author gives no reason");
    assert!(statements.iter().all(|one| one["@id"].as_str().unwrap().starts_with("https://")));
    let bytes = Bytes::from(all.text);
    let read = document::read(&bytes, "export").unwrap();
    let invalid = read[0].statements.iter().filter(|one| document::validate(one).is_err()).count();
    assert_eq!(invalid, 0);
}

#[test]
fn the_same_decisions_give_the_same_bytes() {
    let purl = "pkg:npm/table@1.0.0";
    let build = || {
        applied(image(), vec![finding("CVE-2026-1", &[], purl)], &[statement("CVE-2026-1", purl, "fixed")])
    };
    let (_, first) = exported(&build(), Target::Trivy);
    assert_eq!(first, exported(&build(), Target::Trivy).1);
}

#[test]
fn names_source_packages_and_images_as_scout_does() {
    let mut found = finding("CVE-2026-1", &[], "pkg:deb/debian/libc6@2.41-12+b1?arch=amd64&distro=debian-13");
    found.package.sources = vec![SourcePackage { name: "glibc".to_owned(), version: None }];
    let mut subject = image();
    subject.repo_digests = vec![format!("dhi.io/bash@{DIGEST}")];
    let statements = [statement("CVE-2026-1", "pkg:deb/debian/libc6", "not_affected")];
    let applied = applied(subject, vec![found], &statements);
    let (scout, all) = exported(&applied, Target::Scout);
    let package = "pkg:deb/debian/glibc@2.41-12?os_name=debian&os_version=13";
    assert_eq!(product(&scout[0]), ("pkg:docker/dhi/bash", Some(package)));
    assert_eq!(all.lacking, []);
}

#[test]
fn scout_gets_no_statement_that_covers_a_kept_finding() {
    let of = |name: &str| {
        let purl = format!("pkg:deb/debian/{name}@2.41-12?arch=amd64&distro=debian-13");
        let mut found = finding("CVE-2026-1", &[], &purl);
        found.package.sources = vec![SourcePackage { name: "glibc".to_owned(), version: None }];
        found
    };
    let mut subject = image();
    subject.repo_digests = vec![format!("dhi.io/bash@{DIGEST}")];
    subject.tags = vec!["registry.example.com/bash:1".to_owned(), "dhi.io/bash:5".to_owned()];
    let statements = [statement("CVE-2026-1", "pkg:deb/debian/libc6", "not_affected")];
    let (scout, all) =
        exported(&applied(subject.clone(), vec![of("libc6"), of("libc-bin")], &statements), Target::Scout);
    assert!(scout.is_empty(), "{scout:?}");
    assert_eq!(all.lacking.iter().map(|one| one.why).collect::<Vec<_>>(), [LackingWhy::Ambiguous]);
    // The tag of the same repository limits the statement.
    let (scout, _) = exported(&applied(subject, vec![of("libc6")], &statements), Target::Scout);
    assert_eq!(product(&scout[0]).0, "pkg:docker/dhi/bash@5");
}

#[test]
fn grype_asks_the_exported_document_about_the_image() {
    let purl = "pkg:npm/table@1.0.0";
    let applied =
        applied(image(), vec![finding("CVE-2026-1", &[], purl)], &[statement("CVE-2026-1", purl, "fixed")]);
    let scans: Vec<&AppliedScan> = applied.reports.iter().flat_map(|report| &report.scans).collect();
    let (_, all) = exported(&applied, Target::Grype);
    let answers = answers(Target::Grype, &[scans[0].scan.clone()], &scans, &all.text).unwrap();
    assert_eq!(answers[0][0].why, EngineWhy::Image);
}
