use bytes::Bytes;

use super::*;
use crate::oci::Digest;
use crate::vex::{
    Finding, Fix, FoundPackage, NearMissPart, PackageUrl, Scanned, Severity, Source, SourceKind, SourceTrust,
    document,
};

const NOW: &str = "2026-11-29T00:00:00Z";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn set(documents: &[&str]) -> StatementSet {
    with_trust(documents, &SourceTrust::TrustedByUser)
}

fn with_trust(documents: &[&str], trust: &SourceTrust) -> StatementSet {
    let mut sourced = Vec::new();
    for text in documents {
        for document in document::read(&Bytes::copy_from_slice(text.as_bytes()), "vex.json").unwrap() {
            let source = Source {
                name: "vex.json".to_owned(),
                kind: SourceKind::File,
                digest: Digest::of(text.as_bytes()).into(),
                trust: trust.clone(),
                priority: 0,
            };
            sourced.push(SourcedDocument { source, document });
        }
    }
    StatementSet::new(sourced)
}

/// An OpenVEX document of 2026-01-01 with these statements.
fn openvex(version: u32, statements: &[&str]) -> String {
    let statements = statements.join(",");
    format!(
        r#"{{"@context":"https://openvex.dev/ns/v0.2.0","@id":"https://acme.example/vex/1","author":"Acme",
            "timestamp":"2026-01-01T00:00:00Z","version":{version},"statements":[{statements}]}}"#
    )
}

/// A statement that suppresses.
fn not_affected(vulnerability: &str, product: &str, more: &str) -> String {
    format!(
        r#"{{"vulnerability":{{"name":"{vulnerability}"}},"products":[{{"@id":"{product}"}}],
            "status":"not_affected","justification":"vulnerable_code_not_present"{more}}}"#
    )
}

fn affected(vulnerability: &str, product: &str, more: &str) -> String {
    format!(
        r#"{{"vulnerability":{{"name":"{vulnerability}"}},"products":[{{"@id":"{product}"}}],
            "status":"affected","action_statement":"Update"{more}}}"#
    )
}

/// A scan with one finding for each pair of vulnerability and package.
fn scan(findings: &[(&str, &str)]) -> Scan {
    let findings = findings.iter().map(|(id, purl)| {
        let purl = PackageUrl::parse(purl).unwrap();
        Finding {
            id: (*id).to_owned(),
            aliases: Vec::new(),
            package: FoundPackage {
                name: purl.name().to_owned(),
                version: purl.version().map(str::to_owned),
                purl: Some(purl),
                ..FoundPackage::default()
            },
            severity: Severity::High,
            fix: Fix::Unknown,
            published: None,
            known_exploited: None,
            scores: Vec::new(),
            epss: None,
        }
    });
    Scan {
        subject: Scanned::default(),
        findings: findings.collect(),
        suppressed_before: 0,
        graph: None,
        not_scanned: None,
    }
}

/// Each finding as `INDEX KIND`, `- KIND` for the document.
fn ids(findings: &[LintFinding]) -> Vec<String> {
    let index = |finding: &LintFinding| finding.statement.map_or("-".to_owned(), |index| index.to_string());
    findings.iter().map(|finding| format!("{} {}", index(finding), finding.kind.id())).collect()
}

fn check(statements: &[&str]) -> Vec<LintFinding> {
    lint(&set(&[&openvex(1, statements)]), &[], now())
}

#[test]
fn each_statement_that_does_nothing_has_its_word() {
    // bugs-vex 34.
    let document = openvex(
        1,
        &[
            &not_affected("CVE-2026-4401", "pkg:npm/table@7.1.0", ""),
            &not_affected("CVE-2026-4403", "pkg:npm/parser@7.1.0", ""),
            &not_affected("CVE-2026-4402", "pkg:npm/router", ""),
            &not_affected("CVE-2026-4402", "pkg:npm/router@<7.2", ""),
            &not_affected("CVE-2026-4402", "Unknown Product", ""),
            &not_affected("CVE-2026-4402", "pkg:npm/router@7.0.0", ""),
            &affected("CVE-2026-4401", "pkg:npm/table@7.1.0", r#","timestamp":"2025-12-01T00:00:00Z""#),
            &not_affected("CVE-2026-4402", "pkg:npm/router@7.1.0", r#","timestamp":"2031-01-01T00:00:00Z""#),
            r#"{"vulnerability":{"name":"CVE-2026-4402"},"status":"not_affected","justification":"component_not_present"}"#,
        ],
    );
    let report = scan(&[("CVE-2026-4401", "pkg:npm/table@7.1.0"), ("CVE-2026-4402", "pkg:npm/router@7.1.0")]);
    let found = lint(&set(&[&document]), &[report], now());
    assert_eq!(
        ids(&found),
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
    let version = NearMissPart::Version { statement: "7.0.0".to_owned(), found: "7.1.0".to_owned() };
    assert_eq!(found[4].kind, LintKind::Unmatched { part: Some(version) });
    assert_eq!(found[5].kind, LintKind::History { newer: StatementRef { source: 0, index: 0 } });
    let faults: Vec<bool> = found.iter().map(|finding| finding.kind.level().is_fault()).collect();
    assert_eq!(faults, [true, true, true, true, true, false, true, true]);
}

#[test]
fn forms_that_match_nothing_are_named() {
    for (product, fault) in [
        ("pkg:npm/router@<7.2", FormFault::Range),
        ("pkg:npm/router@vers:npm%2F%3E%3D1", FormFault::Range),
        ("pkg:npm/router@1,2", FormFault::Range),
        ("pkg:npm/router@*", FormFault::Range),
        ("pkg:npm/router@1.x", FormFault::Range),
        ("pkg:npm/router@1.X.0", FormFault::Range),
        ("pkg:npm/router@1.2.*", FormFault::Range),
        // bugs-vex 01.
        ("pkg:npm/%40acme%2Ftable@7.29.7", FormFault::NamespaceInName),
        ("pkg:composer/acme%2Fhttp-core@8.1.0", FormFault::NamespaceInName),
        ("pkg:maven/org.acme:core@1", FormFault::NamespaceInName),
        ("pkg:deb/debian/curl?a=1;b=2", FormFault::NotAPackageUrl),
        ("pkg:router", FormFault::NotAPackageUrl),
        ("pkg:oci/a?repository_url=a b", FormFault::NotARepository),
        ("router", FormFault::Text),
        ("https://acme.example/router", FormFault::Text),
    ] {
        let found = check(&[&not_affected("CVE-1", product, "")]);
        let kind = LintKind::NoProductForm { written: product.to_owned(), fault, count: 1 };
        assert_eq!(found.into_iter().map(|finding| finding.kind).collect::<Vec<_>>(), [kind], "{product}");
    }
    for product in [
        "pkg:npm/%40acme/table@7.29.7",
        "pkg:deb/debian/a@1~rc1",
        "pkg:oci/dhi.io%2Fbash?tag=5",
        "ghcr.io/acme/app:1",
        "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    ] {
        assert_eq!(check(&[&not_affected("CVE-1", product, "")]), [], "{product}");
    }
    let cpe = r#"{"vulnerability":{"name":"CVE-1"},"status":"fixed","products":[
        {"identifiers":{"cpe23":"cpe:2.3:a:acme:a:*:*:*:*:*:*:*:*"}},
        {"identifiers":{"cpe23":"cpe:2.3:a:acme:b:*:*:*:*:*:*:*:*","purl":"pkg:npm/b@1"}},
        {"@id":"pkg:npm/c@1","subcomponents":[{"@id":"some words"},{"@id":"other words"}]}]}"#;
    let found = check(&[cpe]);
    let kinds: Vec<_> = found.into_iter().map(|finding| finding.kind).collect();
    let form =
        |written: &str, fault, count| LintKind::NoProductForm { written: written.to_owned(), fault, count };
    assert_eq!(
        kinds,
        [form("cpe:2.3:a:acme:a:*:*:*:*:*:*:*:*", FormFault::Cpe, 1), form("some words", FormFault::Text, 2),]
    );
}

#[test]
fn statements_on_more_than_a_version_are_over_broad() {
    let breadth = |statement: &str| match check(&[statement]).as_slice() {
        [LintFinding { kind: LintKind::OverBroad { breadth, .. }, .. }] => Some(*breadth),
        [] => None,
        other => panic!("{other:?}"),
    };
    let product = |product: &str| breadth(&not_affected("CVE-1", product, ""));
    assert_eq!(product("pkg:npm/router"), Some(Breadth::AnyVersion));
    assert_eq!(product("pkg:oci/alpine"), Some(Breadth::AnyRepository));
    assert_eq!(product("pkg:oci/alpine?tag=3"), Some(Breadth::AnyRepository));
    assert_eq!(product("pkg:docker/acme/app"), Some(Breadth::AnyImage));
    assert_eq!(product("ghcr.io/acme/app"), Some(Breadth::AnyImage));
    assert_eq!(product("pkg:docker/acme/app@1"), None);
    assert_eq!(product("pkg:oci/alpine@sha256:aa"), None);
    // A statement that keeps findings can be about everything.
    assert_eq!(breadth(&affected("CVE-1", "pkg:npm/router", "")), None);
    // Packages in the images of a repository.
    let within = r#"{"vulnerability":{"name":"CVE-1"},"status":"fixed",
        "products":[{"@id":"pkg:docker/acme/app","subcomponents":[{"@id":"pkg:npm/router"}]}]}"#;
    assert_eq!(breadth(within), None);
}

#[test]
fn an_attestation_is_about_its_subject() {
    let document = openvex(
        1,
        &[
            r#"{"vulnerability":{"name":"CVE-1"},"status":"fixed"}"#,
            &not_affected("CVE-2", "pkg:npm/router", ""),
        ],
    );
    let digest = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    let attestation = format!(
        r#"{{"_type":"https://in-toto.io/Statement/v1","predicateType":"https://openvex.dev/ns/v0.2.0",
            "subject":[{{"name":"a","digest":{{"sha256":"{digest}"}}}}],"predicate":{document}}}"#
    );
    assert_eq!(lint(&set(&[&attestation]), &[], now()), []);
    assert_eq!(ids(&lint(&set(&[&document]), &[], now())), ["0 no-product", "1 over-broad"]);
}

#[test]
fn rules_of_the_format_are_checked() {
    let statement = |members: &str| {
        format!(r#"{{"vulnerability":{{"name":"CVE-1"}},"products":[{{"@id":"pkg:npm/a@1"}}],{members}}}"#)
    };
    let level = |members: &str| match check(&[&statement(members)]).as_slice() {
        [LintFinding { kind: kind @ LintKind::Invalid(_), .. }] => Some(kind.level()),
        [] => None,
        other => panic!("{other:?}"),
    };
    assert_eq!(level(r#""status":"not_affected""#), Some(LintLevel::Error));
    assert_eq!(level(r#""status":"harmless""#), Some(LintLevel::Error));
    assert_eq!(level(r#""status":"affected""#), Some(LintLevel::Warning));
    assert_eq!(
        level(r#""status":"fixed","justification":"component_not_present""#),
        Some(LintLevel::Warning)
    );
    assert_eq!(level(r#""status":"fixed""#), None);
    assert_eq!(level(r#""status":"not_affected","impact_statement":"It is switched off""#), None);
    let nameless = r#"{"vulnerability":{},"products":[{"@id":"pkg:npm/a@1"}],"status":"fixed"}"#;
    assert_eq!(ids(&check(&[nameless])), ["0 invalid"]);
    let other = r#"{"vulnerability":{"name":"CVE-1","@id":"https://nvd.nist.gov/vuln/detail/CVE-2"},
        "products":[{"@id":"pkg:npm/a@1"}],"status":"fixed"}"#;
    assert_eq!(ids(&check(&[other])), ["0 contradicting-id"]);
}

#[test]
fn a_document_as_a_whole_is_checked() {
    let found = lint(&set(&[&openvex(1, &[])]), &[], now());
    assert_eq!(ids(&found), ["- no-statements"]);
    assert!(found[0].kind.level().is_fault());
    let without_time = r#"{"@context":"https://openvex.dev/ns/v0.2.0","@id":"x","author":"Acme","version":1,"statements":[
        {"vulnerability":{"name":"CVE-1"},"products":[{"@id":"pkg:npm/a@1"}],"status":"fixed"}]}"#;
    assert_eq!(ids(&lint(&set(&[without_time]), &[], now())), ["- no-time"]);
    let newest = Some(now());
    let expired = with_trust(
        &[&openvex(1, &[&affected("CVE-1", "pkg:npm/a@1", "")])],
        &SourceTrust::TooOld { by: None, newest },
    );
    let found = lint(&expired, &[], now());
    assert_eq!(found[0].kind, LintKind::Expired { newest });
}

#[test]
fn a_time_that_moves_with_the_document_is_named() {
    // bugs-vex 14.
    let statements = [
        affected("CVE-1", "pkg:npm/a@1", ""),
        not_affected("CVE-1", "pkg:npm/a@1", r#","timestamp":"2025-03-10T00:00:00Z""#),
    ];
    let statements: Vec<&str> = statements.iter().map(String::as_str).collect();
    let found = lint(&set(&[&openvex(2, &statements)]), &[], now());
    assert_eq!(ids(&found), ["0 inherited-time", "1 history"]);
    // The first edition, and one in which no statement has a time of its own.
    assert_eq!(ids(&lint(&set(&[&openvex(1, &statements)]), &[], now())), ["1 history"]);
    assert_eq!(lint(&set(&[&openvex(2, &statements[..1])]), &[], now()), []);
}

#[test]
fn statements_of_one_time_contradict_each_other() {
    let suppressing = not_affected("CVE-1", "pkg:npm/a@1", "");
    let keeping = affected("cve-1", "pkg:npm/a@1?x=", "");
    let found = check(&[&suppressing, &keeping]);
    assert_eq!(ids(&found), ["1 contradictory"]);
    assert_eq!(found[0].kind, LintKind::Contradictory { other: StatementRef { source: 0, index: 0 } });
    // In two documents.
    let (one, other) = (openvex(1, &[&suppressing]), openvex(1, &[&keeping]));
    let found = lint(&set(&[&one, &other]), &[], now());
    assert_eq!((found.len(), found[0].source, found[0].kind.id()), (1, 1, "contradictory"));
    // The same twice is no contradiction, nor is another package.
    assert_eq!(check(&[&suppressing, &suppressing]), []);
    assert_eq!(check(&[&suppressing, &affected("CVE-1", "pkg:npm/b@1", "")]), []);
    // Products without identity are not the same.
    let nameless = |text: &str| {
        text.replace(r#"{"@id":"pkg:npm/a@1"}"#, "{}").replace(r#"{"@id":"pkg:npm/a@1?x="}"#, "{}")
    };
    let found = check(&[&nameless(&suppressing), &nameless(&keeping)]);
    assert_eq!(ids(&found), ["0 no-product-form", "1 no-product-form"]);
    // A newer statement settles it.
    let newer = not_affected("CVE-1", "pkg:npm/a@1", r#","timestamp":"2026-02-01T00:00:00Z""#);
    assert_eq!(ids(&check(&[&suppressing, &keeping, &newer])), ["0 history", "1 history"]);
}

#[test]
fn a_statement_is_history_only_if_nothing_is_left_of_it() {
    let older = r#"{"vulnerability":{"name":"CVE-1"},"status":"fixed","timestamp":"2025-01-01T00:00:00Z",
        "products":[{"@id":"pkg:npm/a@1"},{"@id":"pkg:npm/b@1"}]}"#;
    let of_a = affected("CVE-1", "pkg:npm/a@1", "");
    assert_eq!(check(&[older, &of_a]), []);
    assert_eq!(ids(&check(&[older, &of_a, &affected("CVE-1", "pkg:npm/b@1", "")])), ["0 history"]);
    // A statement that is not valid overrules nothing.
    let invalid =
        r#"{"vulnerability":{"name":"CVE-1"},"status":"not_affected","products":[{"@id":"pkg:npm/a@1"}]}"#;
    let older = not_affected("CVE-1", "pkg:npm/a@1", r#","timestamp":"2025-01-01T00:00:00Z""#);
    assert_eq!(ids(&check(&[&older, invalid])), ["1 invalid"]);
    // Nor does one of the far future.
    let future = affected("CVE-1", "pkg:npm/a@1", r#","timestamp":"2031-01-01T00:00:00Z""#);
    assert_eq!(ids(&check(&[&older, &future])), ["1 future-time", "1 history"]);
}

#[test]
fn a_statement_is_used_if_any_report_needs_it() {
    let document = openvex(
        1,
        &[
            &not_affected("CVE-1", "pkg:npm/a@1", ""),
            &not_affected("CVE-1", "pkg:npm/b@1", ""),
            &not_affected("CVE-2", "pkg:npm/a@1", ""),
        ],
    );
    let set = set(&[&document]);
    let one = scan(&[("CVE-1", "pkg:npm/a@2")]);
    let other = scan(&[("CVE-1", "pkg:npm/a@1"), ("CVE-9", "pkg:npm/b@1")]);
    assert_eq!(
        ids(&lint(&set, std::slice::from_ref(&one), now())),
        ["0 unmatched", "1 unmatched", "2 unused"]
    );
    assert_eq!(ids(&lint(&set, &[one, other], now())), ["1 unmatched", "2 unused"]);
    assert_eq!(lint(&set, &[], now()), []);
}

#[test]
fn each_statement_has_its_line() {
    let document = "{\n\"statements\": [\n  {\"a\":\n1},\n\n  {}\n], \"x\": [{}]}";
    assert_eq!(statement_lines(document), [vec![3, 6]]);
    assert_eq!(statement_lines(&format!("\u{feff}{document}\n{document}")), [vec![3, 6], vec![10, 13]]);
    let attestation = format!("{{\n\"predicate\": {document}}}");
    assert_eq!(statement_lines(&attestation), [vec![4, 7]]);
    assert_eq!(statement_lines("{\"payload\": \"e30=\"}"), [Vec::<usize>::new()]);
    assert_eq!(statement_lines("{\"statements\": [{\"a\": 1"), [[0; 0]; 0]);
}
