use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::{Description, describe};
use crate::attestation::limits::{SUMMARY_LINE, SUMMARY_ROWS};

const SPDX: &str = "https://spdx.dev/Document";
const CYCLONEDX: &str = "https://cyclonedx.org/bom/v1.6";
const SCOUT_SBOM: &str = "https://scout.docker.com/sbom/v0.1";
const SLSA_V02: &str = "https://slsa.dev/provenance/v0.2";
const SLSA_V1: &str = "https://slsa.dev/provenance/v1";
const SCOUT_PROVENANCE: &str = "https://scout.docker.com/provenance/v0.1";
const VSA: &str = "https://slsa.dev/verification_summary/v1";
const VEX: &str = "https://openvex.dev/ns/v0.2.0";
const VULNS: &str = "https://in-toto.io/attestation/vulns/v0.1";
const SCOUT_VULNERABILITIES: &str = "https://scout.docker.com/vulnerabilities/v0.1";
const SECRETS: &str = "https://scout.docker.com/secrets/v0.1";
const VIRUS: &str = "https://scout.docker.com/virus/v0.1";
const TESTS: &str = "https://scout.docker.com/tests/v0.1";
const FIPS: &str = "https://docker.com/dhi/fips/v0.1";
const STIG: &str = "https://docker.com/dhi/stig/v0.1";
const SOURCE: &str = "https://docker.com/dhi/source/v0.1";
const CHANGELOG: &str = "https://docker.com/dhi/changelog/v0.1";
const MCP: &str = "https://modelcontextprotocol.io/server.json/v1";

const TYPES: [&str; 18] = [
    SPDX,
    CYCLONEDX,
    SCOUT_SBOM,
    SLSA_V02,
    SLSA_V1,
    SCOUT_PROVENANCE,
    VSA,
    VEX,
    VULNS,
    SCOUT_VULNERABILITIES,
    SECRETS,
    VIRUS,
    TESTS,
    FIPS,
    STIG,
    SOURCE,
    CHANGELOG,
    MCP,
];

fn text(predicate_type: &str, json: &str) -> Description {
    let raw: Box<RawValue> = serde_json::from_str(json).unwrap();
    let summary = describe(predicate_type, &raw);
    assert!(!summary.line.is_empty());
    assert!(summary.line.chars().count() <= SUMMARY_LINE + 1);
    for table in &summary.page.tables {
        assert!(!table.rows.is_empty() && table.rows.len() <= SUMMARY_ROWS);
        assert!(table.rows.iter().all(|row| row.len() == table.header.len()));
    }
    summary
}

fn summary(predicate_type: &str, predicate: &Value) -> Description {
    text(predicate_type, &predicate.to_string())
}

fn line(predicate_type: &str, predicate: &Value) -> String {
    summary(predicate_type, predicate).line
}

fn fact<'s>(summary: &'s Description, name: &str) -> Option<&'s str> {
    summary.page.facts.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

#[test]
fn an_unknown_shape_gives_a_generic_description() {
    for predicate_type in TYPES {
        for json in ["null", "1", "true", r#""text""#, "{}", "[1]", "[[]]", r#"{"a":{"b":[1]}}"#] {
            let line = text(predicate_type, json).line;
            for good in ["clean", "none", "0 packages", "PASSED", "passed", "active", "score 1"] {
                assert!(!line.starts_with(good), "{predicate_type} {json}: {line}");
            }
        }
        // Lists are read as scans without findings, or have an unknown shape.
        let line = text(predicate_type, "[]").line;
        let expected = match predicate_type {
            SECRETS => "none found",
            SCOUT_VULNERABILITIES => "none",
            FIPS => "no modules",
            STIG => "no profiles",
            _ => "unknown shape",
        };
        assert_eq!(line, expected, "{predicate_type}");
    }
    let odd = text(SPDX, r#"{"spdxVersion":"SPDX-2.3","packages":{"a":1}}"#);
    assert_eq!(odd.line, "unknown shape");
    assert_eq!(fact(&odd, "shape"), Some("unknown: `packages` is not a list"));
    assert_eq!(odd.page.tables[0].rows[1], ["packages", "object of 1 member"]);
}

#[test]
fn unknown_types_show_their_members() {
    let unknown = "https://example.org/x";
    assert_eq!(text(unknown, "{}").line, "empty");
    assert_eq!(text(unknown, "null").line, "empty");
    assert_eq!(text(unknown, "[1,2]").line, "list of 2");
    assert_eq!(text(unknown, r#""words""#).line, "words");
    let some = text(unknown, r#"{"score":7,"checks":[1],"z":{}}"#);
    assert_eq!(some.line, "score, checks, z");
    assert_eq!(some.page.tables[0].rows[0], ["score", "7"]);
    assert_eq!(some.page.tables[0].rows[1], ["checks", "list of 1"]);
    let many: serde_json::Map<String, Value> =
        (0..100).map(|n| (format!("member-{n:03}"), json!(n))).collect();
    let many = summary(unknown, &Value::Object(many));
    assert!(many.line.ends_with("member-007 and 92 more"), "{}", many.line);
    assert_eq!(many.page.tables[0].more, 80);
}

#[test]
fn long_texts_and_lists_are_cut() {
    let long = "x".repeat(100_000);
    let packages: Vec<Value> = (0..5000)
        .map(|n| {
            json!({"type": "library", "name": format!("{n} {long:.1000}"),
            "purl": format!("pkg:t{n}/x@1")})
        })
        .collect();
    let bom =
        summary(CYCLONEDX, &json!({"bomFormat": "CycloneDX", "components": packages, "serialNumber": long}));
    assert_eq!(bom.line, "5000 packages");
    assert_eq!((bom.page.tables[0].rows.len(), bom.page.tables[0].more), (SUMMARY_ROWS, 4980));
    let size: usize = bom.page.facts.iter().map(|(_, value)| value.len()).sum();
    assert!(size < 2000, "{size}");
    assert_eq!(line(MCP, &json!({"name": long})).chars().count(), SUMMARY_LINE + 1);
    assert!(line("https://example.org/x", &json!({ long.as_str(): 1 })).chars().count() <= SUMMARY_LINE + 1);
    let deep = (0..90).fold(json!({"name": "x"}), |inside, _| json!({"name": "x", "components": [inside]}));
    assert_eq!(line(CYCLONEDX, &json!({"components": [deep]})), "unknown shape");
}

#[test]
fn control_characters_are_not_escaped() {
    let evil = "a\u{1b}[2J\r\nb";
    assert_eq!(line(MCP, &json!({"name": evil})), evil);
}

#[test]
fn sboms_do_not_count_their_subject_as_a_package() {
    let spdx = json!({
        "spdxVersion": "SPDX-2.2",
        "name": "app",
        "creationInfo": {"created": "2026-01-01T00:00:00Z", "creators": ["Tool: a-1", "Tool: b-2",
            "Organization: c", 7]},
        "packages": [
            {"SPDXID": "SPDXRef-a", "name": "a", "versionInfo": "1", "licenseDeclared": "NOASSERTION",
                "licenseConcluded": "MIT",
             "externalRefs": [{"referenceType": "cpe23Type", "referenceLocator": "cpe"},
                 {"referenceType": "purl", "referenceLocator": "pkg:npm/a@1"}]},
            {"SPDXID": "SPDXRef-root", "name": "root"},
            {"SPDXID": "SPDXRef-b", "name": null, "externalRefs": {}},
            "odd",
        ],
        "relationships": [
            {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES",
                "relatedSpdxElement": "SPDXRef-root"},
            {"spdxElementId": "SPDXRef-a", "relationshipType": "DESCRIBES",
                "relatedSpdxElement": "SPDXRef-b"},
        ],
    });
    let summary = summary(SPDX, &spdx);
    assert_eq!(summary.line, "3 packages");
    assert_eq!(fact(&summary, "tools"), Some("a-1, b-2"));
    assert_eq!(fact(&summary, "creators"), Some("c, 7"));
    assert_eq!(fact(&summary, "by type"), Some("2 without package URL, 1 npm"));
    assert_eq!(summary.page.tables[0].rows, [["a", "1", "MIT"], ["-", "-", "-"], ["-", "-", "-"]]);
    assert_eq!(line(SPDX, &json!({"spdxVersion": "SPDX-2.3"})), "0 packages");
    assert_eq!(line("https://spdx.dev/Document/v2.3", &json!({"packages": [{}]})), "1 package");
    assert_eq!(
        line(SPDX, &json!({"@context": "https://spdx.org/rdf/3.0.1/", "@graph": []})),
        "unknown shape"
    );
}

#[test]
fn spdx_3_does_not_count_its_subject_as_a_package() {
    let spdx = json!({
        "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
        "@graph": [
            {"type": "CreationInfo", "@id": "_:c", "specVersion": "3.0.1", "created": "2026-01-01T00:00:00Z"},
            {"type": "Tool", "spdxId": "urn:tool", "name": "syft-1.9"},
            {"type": "Organization", "spdxId": "urn:org", "name": "Acme"},
            {"type": "SpdxDocument", "spdxId": "urn:doc", "name": "app", "rootElement": ["urn:sbom"]},
            {"type": "software_Sbom", "spdxId": "urn:sbom", "rootElement": ["urn:app"]},
            {"type": "software_Package", "spdxId": "urn:app", "name": "app"},
            {"type": "software_Package", "spdxId": "urn:a", "name": "a", "software_packageVersion": "1",
                "software_packageUrl": "pkg:npm/a@1"},
            {"@type": "software_Package", "spdxId": "urn:b", "name": null, "externalIdentifier":
                [{"externalIdentifierType": "packageUrl", "identifier": "pkg:deb/debian/b@2"}]},
            {"type": "software_File", "spdxId": "urn:f", "name": "/f"},
            {"type": "Relationship", "from": "urn:app", "to": ["urn:a"]}, null, "odd",
        ],
    });
    for kind in [SPDX, "https://spdx.dev/Document/v3.0"] {
        let summary = summary(kind, &spdx);
        assert_eq!(summary.line, "2 packages");
        assert_eq!(fact(&summary, "document"), Some("app"));
        assert_eq!(fact(&summary, "format"), Some("SPDX-3.0.1"));
        assert_eq!(fact(&summary, "tools"), Some("syft-1.9"));
        assert_eq!(fact(&summary, "creators"), Some("Acme"));
        assert_eq!(fact(&summary, "by type"), Some("1 deb, 1 npm"));
        assert_eq!(fact(&summary, "files"), Some("1"));
        assert_eq!(summary.page.tables[0].rows, [["a", "1", "-"], ["-", "-", "-"]]);
    }
    let other = json!({"@context": "https://schema.org", "@graph": [{"type": "Person", "name": "x"}]});
    assert_eq!(line(SPDX, &other), "unknown shape");
}

#[test]
fn null_is_an_empty_list_if_the_document_names_its_format() {
    for document in [
        json!({"bomFormat": "CycloneDX", "components": null, "vulnerabilities": null, "metadata": null}),
        json!({"bomFormat": "CycloneDX", "specVersion": null}),
    ] {
        assert_eq!(line(CYCLONEDX, &document), "0 packages");
    }
    let nested =
        json!({"components": [{"type": "library", "name": "a", "components": null, "licenses": null}]});
    assert_eq!(line(CYCLONEDX, &nested), "1 package");
    let spdx = json!({"spdxVersion": "SPDX-2.3", "packages": null, "files": null, "relationships": null});
    assert_eq!(line(SPDX, &spdx), "0 packages");
    for document in [json!({"components": null}), json!({"bomFormat": null, "components": {}})] {
        assert_eq!(line(CYCLONEDX, &document), "unknown shape");
    }
}

#[test]
fn all_cyclonedx_versions_are_described() {
    let old = json!({
        "bomFormat": "CycloneDX", "specVersion": "1.4",
        "metadata": {"tools": [{"vendor": "anchore", "name": "grype", "version": "0.41.0"}]},
        "components": [
            {"type": "library", "group": "org", "name": "a", "version": "1",
                "licenses": [{"license": {"id": "MIT"}}, {"license": {"name": "Own"}}],
             "components": [{"type": "library", "name": "inner",
                 "licenses": [{"expression": "MIT OR Apache-2.0"}]}]},
            {"type": "file", "name": "/etc/passwd"},
            {"type": "operating-system", "name": "debian"},
        ],
        "vulnerabilities": [{}],
    });
    let summary = summary(CYCLONEDX, &old);
    assert_eq!(summary.line, "2 packages, 1 vulnerability");
    assert_eq!(fact(&summary, "tools"), Some("grype 0.41.0"));
    assert_eq!(fact(&summary, "files"), Some("1"));
    assert_eq!(fact(&summary, "other components"), Some("1 operating-system"));
    assert_eq!(
        summary.page.tables[0].rows,
        [["org/a", "1", "MIT, Own"], ["inner", "-", "MIT OR Apache-2.0"]]
    );
    let new = json!({"bomFormat": "CycloneDX", "metadata": {"tools": {"components": [{"name": "trivy"}],
        "services": [{"name": "s", "version": "2"}]}}});
    assert_eq!(fact(&super::tests::summary("https://cyclonedx.org/bom", &new), "tools"), Some("trivy, s 2"));
}

#[test]
fn scout_sboms_need_a_list_of_artifacts_which_may_be_empty() {
    assert_eq!(line(SCOUT_SBOM, &json!({"artifacts": null})), "0 packages");
    assert_eq!(line(SCOUT_SBOM, &json!({"source": {}})), "unknown shape");
    let artifacts = json!([{"type": "deb", "name": "tar", "version": "1.35", "licenses": ["GPL-3.0"]}, null]);
    let summary = summary(SCOUT_SBOM, &json!({"artifacts": artifacts, "source": {"image": null}}));
    assert_eq!(summary.line, "2 packages");
    assert_eq!(summary.page.tables[0].rows[0], ["tar", "1.35", "GPL-3.0"]);
}

#[test]
fn provenance_names_the_builder_and_the_commit() {
    let buildkit = "https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md";
    let v1 = |source: Value, dependencies: Value| {
        json!({
            "buildDefinition": {"buildType": buildkit, "externalParameters": {"configSource": source},
                "resolvedDependencies": dependencies},
            "runDetails": {"builder": {"id": ""}},
        })
    };
    let catalog = "https://github.com/docker-hardened-images/catalog.git#refs/heads/main";
    let commit = "4f1c2d3e5a6b7c8d9e0f00112233445566778899";
    for (source, dependencies, expected) in [
        (
            json!({"uri": catalog, "digest": {"sha1": commit}}),
            json!([]),
            "BuildKit, docker-hardened-images/catalog@4f1c2d3",
        ),
        (
            json!({"uri": catalog, "digest": {"sha1": ""}}),
            json!(null),
            "BuildKit, docker-hardened-images/catalog",
        ),
        (
            json!({"uri": catalog, "digest": ""}),
            json!([{"uri": catalog, "digest": {"sha256": "", "sha1": commit}}]),
            "BuildKit, docker-hardened-images/catalog@4f1c2d3",
        ),
        // The commit of another repository is not that of the source.
        (
            json!({"uri": catalog}),
            json!([{"uri": "https://github.com/o/other.git", "digest": {"sha1": commit}}]),
            "BuildKit, docker-hardened-images/catalog",
        ),
        (
            json!({}),
            json!([{"uri": "git+https://u:t@github.com/acme/api@refs/tags/v1",
                "digest": {"gitCommit": commit}}]),
            "BuildKit, acme/api@4f1c2d3",
        ),
        (json!({"digest": {"sha1": "not a commit"}}), json!([]), "BuildKit"),
        (json!(null), json!([1, null, {}]), "BuildKit"),
    ] {
        assert_eq!(line(SLSA_V1, &v1(source, dependencies)), expected);
    }
    assert_eq!(line(SLSA_V1, &v1(json!({}), json!("none"))), "unknown shape");
    let actions = json!({
        "buildDefinition": {"buildType": "https://actions.github.io/buildtypes/workflow/v1",
            "externalParameters": {"workflow": {"repository": "https://github.com/acme/api",
                "path": ".github/workflows/release.yml"}},
            "resolvedDependencies": [{"uri": "git+https://github.com/acme/api@refs/heads/main",
                "digest": {"gitCommit": commit}}]},
    });
    let actions = summary(SLSA_V1, &actions);
    assert_eq!(actions.line, "GitHub Actions, acme/api@4f1c2d3");
    assert_eq!(fact(&actions, "definition"), Some(".github/workflows/release.yml"));
    let v02 = json!({
        "builder": {"id": "https://user:token@ci.example.org/builder"},
            "buildType": "https://example.org/own",
        "invocation": {"parameters": {"args": {"TOKEN": "secret"}, "frontend": "x"}},
        "metadata": {"https://mobyproject.org/buildkit@v1#metadata": {"vcs": {"source": "https://token@git.example.org/a/b.git", "revision": commit}}},
        "materials": [{"uri": "pkg:docker/alpine@3.20?platform=linux%2Famd64",
            "digest": {"sha256": "aa".repeat(32)}}],
    });
    let v02 = summary(SLSA_V02, &v02);
    assert_eq!(v02.line, "ci.example.org/builder, git.example.org/a/b@4f1c2d3");
    assert_eq!(fact(&v02, "parameters"), Some("2 (args, frontend)"));
    assert_eq!(v02.page.tables[0].rows, [["image", "alpine:3.20", "aaaaaaaaaaaa"]]);
    let all = format!("{v02:?}");
    assert!(!all.contains("secret") && !all.contains("token"), "{all}");
}

#[test]
fn scout_provenance_is_described_with_and_without_definition() {
    let with = |text: &str| json!({"source_map": {"dockerfile": text}, "base_image": {"name": "dhi/python"}});
    let good =
        summary(SCOUT_PROVENANCE, &with(&STANDARD.encode("# syntax=dhi.io/build:2-debian13\nname: x\n")));
    assert_eq!(good.line, "definition, 2 lines");
    assert_eq!(fact(&good, "syntax"), Some("dhi.io/build:2-debian13"));
    assert_eq!(good.page.tables[0].rows, [["name", "dhi/python"]]);
    assert_eq!(line(SCOUT_PROVENANCE, &with("%")), "definition, no text");
    assert_eq!(line(SCOUT_PROVENANCE, &json!({"source_map": {}})), "definition, no text");
}

#[test]
fn vex_counts_each_status_and_lists_open_ones_first() {
    let statement = |name: &str, status: &str| {
        json!({"vulnerability": {"name": name}, "status": status,
        "products": [{}, {}]})
    };
    let document = json!({"author": "a", "version": 3, "statements": [
        statement("CVE-1", "fixed"), statement("CVE-2", "not_affected"), statement("CVE-3", "not_affected"),
        statement("CVE-4", "affected"), statement("CVE-5", "under_investigation"), statement("CVE-6",
            "Fixed"),
        {"vulnerability": "CVE-7", "status": "fixed"}, 5,
    ]});
    let summary = summary(VEX, &document);
    assert_eq!(
        summary.line,
        "8 statements: 2 not affected, 2 fixed, 1 affected, 1 under investigation, 2 of unknown status"
    );
    let names: Vec<&str> = summary.page.tables[0].rows.iter().map(|row| row[0].as_str()).collect();
    assert_eq!(names, ["CVE-4", "CVE-5", "CVE-6", "-", "CVE-1", "CVE-7", "CVE-2", "CVE-3"]);
    assert_eq!(summary.page.tables[0].rows[0], ["CVE-4", "affected", "-", "2"]);
    assert_eq!(fact(&summary, "version"), Some("3"));
    assert_eq!(line(VEX, &json!({"statements": []})), "no statements");
    assert_eq!(line(VEX, &json!({"statements": null})), "unknown shape");
    assert_eq!(
        line("https://openvex.dev/ns", &json!({"statements": [{}]})),
        "1 statement: 1 of unknown status"
    );
}

#[test]
fn scans_count_findings_by_severity() {
    let result = |result: Value| json!({"scanner": {"uri": "pkg:x", "result": result}});
    assert_eq!(line(VULNS, &result(json!([]))), "none");
    for nothing in [json!(null), json!({}), json!("none")] {
        assert_eq!(line(VULNS, &result(nothing)), "no result");
    }
    assert_eq!(line(VULNS, &json!({"scanner": {}})), "no result");
    let found = json!([
        {"id": "CVE-1", "severity": [{"method": "nvd", "score": "5.0"}, {"method": "vendor",
            "score": "CRITICAL"}]},
        {"id": "CVE-2", "severity": [{"score": 7.0}], "annotations": [{},
            {"purl": "pkg:deb/debian/tar@1.35"}]},
        {"id": "CVE-3", "severity": [{"score": "0.0"}, {"score": "nan"}]}, {"id": "CVE-4",
            "severity": "high"}, null,
        {"id": "CVE-5", "severity": [{"score": "Moderate"}]},
    ]);
    let found = summary(VULNS, &result(found));
    assert_eq!(found.line, "1 critical, 1 high, 1 medium, 3 unrated");
    assert_eq!(found.page.tables[0].rows[1], ["CVE-2", "high", "tar 1.35", "-"]);
}

#[test]
fn scout_vulnerabilities_are_counted_in_each_package() {
    assert_eq!(line(SCOUT_VULNERABILITIES, &json!([])), "none");
    assert_eq!(
        line(SCOUT_VULNERABILITIES, &json!([{"purl": "pkg:deb/a@1", "vulnerabilities": null}])),
        "none"
    );
    assert_eq!(line(SCOUT_VULNERABILITIES, &json!([{"purl": "pkg:deb/a@1"}])), "unknown shape");
    assert_eq!(line(SCOUT_VULNERABILITIES, &json!([{"vulnerabilities": {}}])), "unknown shape");
    assert_eq!(line(SCOUT_VULNERABILITIES, &json!(null)), "no result");
    assert_eq!(line(SCOUT_VULNERABILITIES, &json!({"vulnerabilities": []})), "no result");
    let one =
        json!({"source_id": "CVE-1", "cvss": {"severity": "HIGH"}, "fixed_by": "2", "cisa_exploited": true});
    let two = json!({"source_id": "CVE-2", "cvss": {"score": 9.8}});
    let three = json!({"source_id": "CVE-3", "cvss": {"severity": "UNSPECIFIED"}});
    let document = json!([{"purl": "pkg:deb/a@1", "vulnerabilities": [one, two]}, {"purl": "pkg:deb/b@1",
        "vulnerabilities": [one, three, 1]}]);
    let summary = summary(SCOUT_VULNERABILITIES, &document);
    assert_eq!(summary.line, "1 critical, 2 high, 2 unrated");
    assert_eq!((fact(&summary, "with a fix"), fact(&summary, "known exploited")), (Some("2"), Some("2")));
    assert_eq!(summary.page.tables[0].rows[0], ["CVE-2", "critical", "a 1", "-"]);
}

#[test]
fn a_malware_report_is_clean_only_if_all_its_results_are() {
    let report =
        |text: &str| json!({"scanner": {"uri": "clamav/clamav:stable", "report": STANDARD.encode(text)}});
    let clean = "Engine version: 1.4.3\nScanned files: 10\nInfected files: 0\nStart Date: 2026:04:12 02:36:19\nEnd Date:   2026:04:12 02:36:29\n";
    for (text, expected) in [
        (clean.to_owned(), "clean, ClamAV 1.4.3"),
        (clean.replace('\n', "\r\n"), "clean, ClamAV 1.4.3"),
        (clean.replace('\n', "\r"), "clean, ClamAV 1.4.3"),
        (format!("{clean}{clean}"), "clean, ClamAV 1.4.3"),
        (format!("{clean}Infected files: 2\r\n"), "2 infected files"),
        (format!("Infected files: 1\n{clean}"), "1 infected file"),
        (format!("Infected files: 1\n{clean}Infected files: 3\n"), "4 infected files"),
        (format!("/x: Eicar FOUND\n{clean}"), "1 infected file"),
        (format!("{clean}Total errors: 2\n"), "clean, 2 errors, ClamAV 1.4.3"),
        (clean.replace("files: 10", "files: 0"), "nothing scanned, ClamAV 1.4.3"),
        (clean.replace("Infected files: 0", "Infected files: none"), "no result"),
        (clean.replace("Infected files: 0", "Infected files: -1"), "no result"),
        (format!("{clean}Infected files:"), "no result"),
        (format!("Infected files: {}\nInfected files: 1\n", u64::MAX), "18446744073709551615 infected files"),
        ("Scanned files: 10\n".to_owned(), "no result"),
        (String::new(), "no result"),
        ("Infected files: 0".to_owned(), "clean"),
    ] {
        assert_eq!(line(VIRUS, &report(&text)), expected, "{text}");
    }
    let page = summary(VIRUS, &report(clean));
    assert_eq!((fact(&page, "engine"), fact(&page, "started")), (Some("1.4.3"), Some("2026-04-12 02:36:19")));
    let wrapped = STANDARD
        .encode(clean)
        .as_bytes()
        .chunks(76)
        .map(String::from_utf8_lossy)
        .collect::<Vec<_>>()
        .join("\r\n");
    assert_eq!(
        line(VIRUS, &json!({"scanner": {"report": wrapped.trim_end_matches('=')}})),
        "clean, engine 1.4.3"
    );
    for nothing in
        [json!("%"), json!(null), json!(["SW5mZWN0ZWQgZmlsZXM6IDA="]), json!("SW5mZWN0ZWQgZmlsZXM6IDA=%")]
    {
        assert_eq!(line(VIRUS, &json!({"scanner": {"report": nothing}})), "no result");
    }
    assert_eq!(line(VIRUS, &json!({"scanner": null})), "unknown shape");
    let hits = summary(VIRUS, &report(&format!("/a: b: Eicar-Signature FOUND\r\n{clean}")));
    assert_eq!(hits.page.tables[0].rows, [["/a: b", "Eicar-Signature"]]);
}

#[test]
fn secrets_are_counted_and_not_shown() {
    assert_eq!(line(SECRETS, &json!([])), "none found");
    for nothing in [json!(null), json!({}), json!({"findings": []}), json!("")] {
        assert_eq!(line(SECRETS, &nothing), "no result");
    }
    let finding = json!({"rule_id": "aws", "severity": "HIGH", "start_line": 3, "match": "AKIA"});
    let found = json!([
        {"source": {"location": {"path": "/a"}}, "findings": [finding, finding]}, {"findings": []},
            {"findings": null}, "odd",
    ]);
    let summary = summary(SECRETS, &found);
    assert_eq!(summary.line, "4 findings");
    assert_eq!(summary.page.tables[0].rows[0], ["aws", "HIGH", "/a", "3"]);
    assert!(!format!("{summary:?}").contains("AKIA"));
    assert_eq!(line(SECRETS, &json!([{"findings": [{}]}])), "1 finding");
}

#[test]
fn of_contradicting_test_counts_the_worse_is_shown() {
    let report = |results: Value| json!({"reportFormat": "CTRF", "results": results});
    let passed = |count: usize| vec![json!({"name": "t", "status": "passed", "duration": 5}); count];
    for (results, expected) in [
        (json!({"summary": {"tests": 41, "passed": 41, "failed": 0}}), "41 passed"),
        (
            json!({"summary": {"passed": 40, "failed": 1, "skipped": 2, "pending": 3, "other": 4}}),
            "40 passed, 1 failed, 2 skipped, 3 pending, 4 other",
        ),
        (json!({"summary": {"passed": 41, "failed": 0}, "tests": []}), "41 passed"),
        (json!({"summary": {"passed": 0, "failed": 0}}), "no tests"),
        (json!({"summary": {"passed": 2, "failed": 0}, "tests": passed(2)}), "2 passed"),
        (
            json!({"summary": {"passed": 2, "failed": 0}, "tests": [{"status": "passed"},
                {"status": "failed"}]}),
            "1 passed, 1 failed",
        ),
        (json!({"tests": [{"status": "passed"}, {"status": "FAILED"}, 1]}), "1 passed, 2 other"),
        (json!({"summary": {"passed": 2, "failed": "0"}}), "unknown shape"),
        (json!({"summary": {"passed": 2}}), "unknown shape"),
        (json!({}), "unknown shape"),
    ] {
        assert_eq!(line(TESTS, &report(results)), expected);
    }
    let seconds = summary(
        TESTS,
        &report(json!({"summary": {"passed": 1, "failed": 0, "start": 1_749_216_533,
                "stop": 1_749_216_574_000_u64}})),
    );
    assert_eq!(fact(&seconds, "started"), Some("2025-06-06T13:28:53Z"));
    assert_eq!(fact(&seconds, "stopped"), Some("2025-06-06T13:29:34Z"));
    let mut tests = passed(30);
    tests.push(json!({"name": "bad", "status": "failed"}));
    let failed_first = summary(TESTS, &report(json!({"tests": tests})));
    assert_eq!(failed_first.page.tables[0].rows[0], ["bad", "failed", "-"]);
}

#[test]
fn compliance_of_one_and_of_several_modules() {
    let module = |status: &str| {
        json!({"name": "M", "version": "3.1.2", "standard": "FIPS 140-3",
        "certification": "CMVP #4985", "status": status})
    };
    assert_eq!(line(FIPS, &json!([module("active")])), "M 3.1.2, FIPS 140-3 #4985, active");
    assert_eq!(
        line(FIPS, &json!([module("active"), module("historical"), module("active")])),
        "3 modules: 2 active, 1 historical"
    );
    assert_eq!(line(FIPS, &json!([{"name": "M"}])), "M, status unknown");
    assert_eq!(line(FIPS, &module("active")), "unknown shape");
    let profile = |got: Value, most: Value| {
        json!({"name": "P", "summary": {"defaultScore": got,
        "maxDefaultScore": most, "pass": 120, "notApplicable": 3, "text": "x"}, "output": [{"format": "html",
        "content": "…"}, {"format": "xccdf"}]})
    };
    let one = summary(STIG, &json!([profile(json!(100), json!(100))]));
    assert_eq!(one.line, "score 100 of 100, 1 profile");
    assert_eq!(
        one.page.tables[0].rows,
        [["P", "-", "100 of 100", "120 pass, 3 notApplicable", "html, xccdf"]]
    );
    assert_eq!(
        line(STIG, &json!([profile(json!(100), json!(100)), profile(json!(97.5), json!(100))])),
        "lowest score 97.5 of 100, 2 profiles"
    );
    assert_eq!(line(STIG, &json!([profile(json!("x"), json!(null)), {}])), "no score, 2 profiles");
    assert_eq!(
        line(STIG, &json!([profile(json!(90), json!(100)), {}])),
        "lowest score 90 of 100, 2 profiles, 1 without score"
    );
}

#[test]
fn verification_summaries_name_their_verifier() {
    let full = json!({"verifier": {"id": "https://example.org/v"}, "verificationResult": "PASSED",
        "verifiedLevels": ["SLSA_BUILD_LEVEL_3"],
        "dependencyLevels": {"SLSA_BUILD_LEVEL_1": 5}, "inputAttestations": [{"uri": "u",
            "digest": {"sha256": ""}}, {}]});
    let full = summary(VSA, &full);
    assert_eq!(full.line, "PASSED by https://example.org/v, SLSA_BUILD_LEVEL_3");
    assert_eq!(fact(&full, "dependencies"), Some("5 SLSA_BUILD_LEVEL_1"));
    assert_eq!(full.page.tables[0].rows, [["u", "-"], ["-", "-"]]);
    assert_eq!(line(VSA, &json!({"verificationResult": "FAILED", "verifier": 1, "policy": []})), "FAILED");
    assert_eq!(line(VSA, &json!({"verifier": {"id": "x"}})), "unknown shape");
}

#[test]
fn sources_changelogs_and_mcp_servers_are_described() {
    let digest = format!("sha256:{}", "ab".repeat(32));
    let source = summary(SOURCE, &json!({"source": {"name": "dhi/python", "digest": digest}}));
    assert_eq!(source.line, "dhi/python@sha256:abababababab");
    assert_eq!(fact(&source, "fetch as"), Some(format!("dhi.io/python@{digest}").as_str()));
    assert_eq!(line(SOURCE, &json!({"source": {"name": "acme/x"}})), "acme/x");
    assert_eq!(line(SOURCE, &json!({"source": []})), "unknown shape");

    let package = json!({"name": "glibc", "old_version": "a", "new_version": "b", "version": "c"});
    let changes = json!({"vulnerabilities_fixed": [{"cve_id": "CVE-1"}, {}], "packages_updated": [package,
        package, package],
        "packages_added": [package], "packages_removed": null, "labels_changed": [{"change": "added",
            "key": "k", "to_value": "v"}]});
    let changes = summary(CHANGELOG, &json!({"change_categories": ["version_upgrade"], "changes": changes}));
    assert_eq!(changes.line, "2 vulnerabilities fixed, 3 packages updated, 1 package added, 1 label changed");
    assert_eq!(changes.page.tables[1].rows[3], ["glibc", "added", "-", "c"]);
    assert_eq!(changes.page.tables[2].rows, [["label k", "added", "-", "v"]]);
    assert_eq!(line(CHANGELOG, &json!({"changes": {}})), "no changes");
    assert_eq!(line(CHANGELOG, &json!({"changes": {"packages_added": null, "new": []}})), "no changes");
    for odd in [
        json!({"schema_version": 1}),
        json!({"changes": {"packages_added": {}}}),
        json!({"changes": {"new": []}}),
    ] {
        assert_eq!(line(CHANGELOG, &odd), "unknown shape");
    }

    let server = json!({"name": "io.github.acme/server", "version": "1.0.0", "remotes": [{"type": "sse",
        "url": "https://x"}],
        "packages": [{"registryType": "oci", "identifier": "dhi.io/x",
            "environmentVariables": [{"name": "KEY", "isSecret": true}]}]});
    let plain = summary(MCP, &server);
    assert_eq!(plain.line, "io.github.acme/server 1.0.0");
    assert_eq!(plain.page.tables[1].rows, [["KEY", "-", "yes"]]);
    assert_eq!(summary(MCP, &json!({"server": server, "_meta": {}})), plain);
}

/// Any JSON, with the member names of the readers, so that they read deeper.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        Just(json!("https://u:p@github.com/a/b.git#é")),
        Just(json!("pkg:docker/a%2@1%C3?x")),
        Just(json!("SW5mZWN0ZWQgZmlsZXM6IDA=")),
    ];
    let name = prop::sample::select(vec![
        "spdxVersion",
        "packages",
        "externalRefs",
        "relationships",
        "bomFormat",
        "components",
        "licenses",
        "license",
        "metadata",
        "tools",
        "artifacts",
        "source",
        "image",
        "buildDefinition",
        "externalParameters",
        "configSource",
        "uri",
        "digest",
        "sha256",
        "resolvedDependencies",
        "runDetails",
        "builder",
        "materials",
        "invocation",
        "source_map",
        "dockerfile",
        "statements",
        "vulnerability",
        "products",
        "status",
        "scanner",
        "report",
        "result",
        "severity",
        "score",
        "purl",
        "vulnerabilities",
        "cvss",
        "findings",
        "results",
        "summary",
        "failed",
        "tests",
        "start",
        "defaultScore",
        "verificationResult",
        "verifiedLevels",
        "name",
        "version",
        "changes",
        "packages_updated",
        "server",
        "base_image",
    ]);
    leaf.prop_recursive(5, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(name.clone(), inner, 0..6).prop_map(|members| {
                Value::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_predicate_makes_it_panic(value in any_json()) {
        let json = value.to_string();
        for predicate_type in TYPES {
            text(predicate_type, &json);
        }
        text("https://example.org/x", &json);
    }
}
