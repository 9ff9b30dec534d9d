//! The model of Grype against the real one, and exported documents in its hands.

mod grype;
mod signed_files;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use dhi::oci::Digest;
use dhi::vex::engines::{self, EngineOutcome};
use dhi::vex::{
    Document, ImageFacts, Source, SourceKind, SourceTrust, SourcedDocument, StatementSet, document,
    scan_report,
};
use serde_json::{Value, json};

use crate::support::peers::{PeerEnv, both};
use grype::{Grype, Package, Scanned, Vulnerability, directory, found, image, sbom};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data");

/// The apply cases of the shared files for which Grype has an expectation.
fn cases() -> Vec<Value> {
    let files = ["vex/vex-cases-dev.json", "bugs-vex/cases.json"].map(|name| Path::new(DATA).join(name));
    let read = files.iter().filter_map(|file| std::fs::read(file).ok());
    let cases = read.flat_map(|text| {
        let file: Value = serde_json::from_slice(&text).unwrap();
        file["cases"].as_array().unwrap().clone()
    });
    cases.filter(|case| case["level"] == "apply" && case["expected"].get("grype").is_some()).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The SBOM of a case. Its package has the name of the case in the database.
fn sbom_of(case: &Value) -> Value {
    let scan = &case["scan"];
    let package = Package {
        kind: "npm",
        name: text(&case["id"]).to_lowercase(),
        version: "1.0.0".to_owned(),
        purl: text(&scan["finding"]["package_purl"]),
    };
    let source = &scan["source"];
    let list = |name: &str| source.get(name).cloned().unwrap_or_else(|| json!([]));
    let source = match source["type"].as_str() {
        Some("image") => {
            image(&text(&source["name"]), &list("tags"), &list("repo_digests"), &text(&source["arch"]))
        }
        _ => directory(),
    };
    sbom(&[package], &source)
}

fn trusted(texts: &[String]) -> StatementSet {
    let read = texts.iter().flat_map(|text| {
        let bytes = Bytes::from(text.clone());
        let documents: Vec<Document> = document::read(&bytes, "the document").unwrap();
        documents.into_iter().map(move |document| SourcedDocument {
            source: Source {
                name: "vex.json".to_owned(),
                kind: SourceKind::File,
                digest: Digest::of(&bytes).into(),
                trust: SourceTrust::TrustedByUser,
                priority: 0,
            },
            document,
        })
    });
    StatementSet::new(read.collect())
}

/// What the model says about the only finding of a report.
fn modelled(report: &Value, documents: &[String]) -> EngineOutcome {
    let (_, scans) = scan_report::read(Bytes::from(report.to_string()), "report.json").unwrap();
    let [scan] = scans.as_slice() else { panic!("{} scans", scans.len()) };
    let answers = engines::answers(scan, &ImageFacts::default(), &trusted(documents));
    let [answer] = answers.as_slice() else { panic!("{} findings", answers.len()) };
    answer.grype.outcome
}

#[test]
fn the_model_of_grype_answers_as_grype_does() {
    let Some(env) = PeerEnv::with(&["grype", "grypedb"]) else { return };
    let cases = cases();
    if cases.is_empty() {
        println!("skipped: there are no case files in {DATA}");
        return;
    }
    let vulnerability = |case: &Value| Vulnerability {
        id: text(&case["scan"]["finding"]["vuln_id"]),
        aliases: Vec::new(),
        package: text(&case["id"]).to_lowercase(),
        kind: "npm",
    };
    let vulnerabilities: Vec<_> = cases.iter().map(vulnerability).collect();
    let grype = Grype::with(&env, &vulnerabilities);
    let mut differences = Vec::new();
    for case in &cases {
        let sbom = sbom_of(case);
        let before = grype.report(&sbom, &[]);
        let texts: Vec<String> = case["documents"].as_array().unwrap().iter().map(Value::to_string).collect();
        let real = outcome(&grype, &env, &sbom, &texts);
        let model = modelled(&before, &texts);
        if real != model {
            differences.push(format!("{}: Grype {}, model {}", case["id"], real.id(), model.id()));
        }
    }
    assert!(differences.is_empty(), "{} of {}: {differences:#?}", differences.len(), cases.len());
}

/// Documents that Grype refuses, converts, or reads by rules of their own, and spellings of images.
fn documents_of_other_kinds() -> Vec<(&'static str, Vec<Value>, &'static str)> {
    const PURL: &str = "pkg:npm/table@1.0.0";
    let openvex = |context: Option<&str>, product: &str| {
        json!({
            "@context": context, "@id": "https://example.com/vex/1", "author": "x", "version": 1,
            "timestamp": "2026-01-01T00:00:00Z",
            "statements": [{
                "vulnerability": {"name": "CVE-2026-1000"}, "products": [{"@id": product}], "status": "fixed",
            }],
        })
    };
    let current = Some("https://openvex.dev/ns/v0.2.0");
    let old = json!({
        "@context": "https://openvex.dev/ns", "@id": "x", "author": "x", "version": "1",
        "timestamp": "2026-01-01T00:00:00Z",
        "statements": [{"vulnerability": "CVE-2026-1000", "products": [PURL], "status": "fixed"}],
    });
    let date = "2026-01-01T00:00:00Z";
    let csaf = |status: Value| {
        let version = |id: &str, purl: &str| {
            json!({"category": "product_version", "name": id, "product":
                {"name": id, "product_id": id, "product_identification_helper": {"purl": purl}}})
        };
        json!({
            "document": {"category": "csaf_vex", "csaf_version": "2.0", "title": "x",
                "publisher": {"category": "vendor", "name": "x", "namespace": "https://example.com"},
                "tracking": {"id": "x", "version": "1", "status": "final", "current_release_date": date,
                    "initial_release_date": date,
                    "revision_history": [{"date": date, "number": "1", "summary": "x"}]}},
            "product_tree": {
                "branches": [{"category": "vendor", "name": "x",
                    "branches": [version("TABLE", PURL), version("SHOP", "pkg:npm/shop@1")]}],
                "relationships": [{"category": "default_component_of", "product_reference": "TABLE",
                    "relates_to_product_reference": "SHOP",
                    "full_product_name": {"name": "BOTH", "product_id": "BOTH"}}]},
            "vulnerabilities": [{"cve": "CVE-2026-1000", "product_status": status}],
        })
    };
    let bom = json!({"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "vulnerabilities": [
        {"id": "CVE-2026-1000", "analysis": {"state": "resolved"}, "affects": [{"ref": PURL}]}]});
    let app = "registry.example.com/team/app";
    let digest = format!("sha256:{}", "a".repeat(64));
    let of_image = |rest: &str| openvex(current, &format!("pkg:oci/app@{digest}{rest}"));
    let fine = || openvex(current, PURL);
    let other = || openvex(current, "pkg:npm/other@1");
    vec![
        ("current context", vec![fine()], app),
        ("context without version", vec![openvex(Some("https://openvex.dev/ns"), PURL)], app),
        ("no context", vec![openvex(None, PURL)], app),
        ("slash after the context", vec![openvex(Some("https://openvex.dev/ns/v0.2.0/"), PURL)], app),
        ("0.0.1 as the first file", vec![old.clone()], app),
        ("0.0.1 as the second file", vec![other(), old], app),
        ("CSAF, not affected", vec![csaf(json!({"known_not_affected": ["TABLE"]}))], app),
        ("CSAF, first fixed", vec![csaf(json!({"first_fixed": ["TABLE"]}))], app),
        ("CSAF, a relationship", vec![csaf(json!({"known_not_affected": ["BOTH"]}))], app),
        ("OpenVEX after CSAF", vec![csaf(json!({"known_not_affected": ["TABLE"]})), fine()], app),
        ("CSAF after OpenVEX", vec![other(), csaf(json!({"known_not_affected": ["TABLE"]}))], app),
        ("CycloneDX", vec![fine(), bom], app),
        ("no repository_url", vec![of_image("")], app),
        ("parent as repository_url", vec![of_image("?repository_url=registry.example.com%2Fteam")], app),
        (
            "full path as repository_url",
            vec![of_image("?repository_url=registry.example.com%2Fteam%2Fapp")],
            app,
        ),
        (
            "a tag beside the digest",
            vec![of_image("?repository_url=registry.example.com")],
            "registry.example.com/app:1",
        ),
        ("Docker Hub", vec![of_image("?repository_url=index.docker.io%2Flibrary")], "app"),
        ("Docker Hub as docker.io", vec![of_image("?repository_url=docker.io%2Flibrary")], "app"),
        (
            "another host of Docker Hub",
            vec![of_image("?repository_url=index.docker.io")],
            "registry-1.docker.io/app",
        ),
        ("a name that is not valid", vec![of_image("")], "registry.example.com/App"),
    ]
}

#[test]
fn the_model_of_grype_reads_documents_as_grype_does() {
    let Some(env) = PeerEnv::with(&["grype", "grypedb"]) else { return };
    let package = || Package {
        kind: "npm",
        name: "table".to_owned(),
        version: "1.0.0".to_owned(),
        purl: "pkg:npm/table@1.0.0".to_owned(),
    };
    let vulnerability = Vulnerability {
        id: "CVE-2026-1000".to_owned(),
        aliases: Vec::new(),
        package: "table".to_owned(),
        kind: "npm",
    };
    let grype = Grype::with(&env, &[vulnerability]);
    for (what, documents, name) in documents_of_other_kinds() {
        let reference = format!("{name}@sha256:{}", "a".repeat(64));
        let sbom = sbom(&[package()], &image(name, &json!([]), &json!([reference]), "amd64"));
        let before = grype.report(&sbom, &[]);
        let texts: Vec<String> = documents.iter().map(Value::to_string).collect();
        assert_eq!(outcome(&grype, &env, &sbom, &texts).id(), modelled(&before, &texts).id(), "{what}");
    }
}

/// What Grype does with the only finding of an SBOM.
fn outcome(grype: &Grype<'_>, env: &PeerEnv, sbom: &Value, texts: &[String]) -> EngineOutcome {
    let write = |(number, text): (usize, &String)| env.write(&format!("vex-{number}.json"), text);
    let files: Vec<PathBuf> = texts.iter().enumerate().map(write).collect();
    match grype.scan(sbom, &files) {
        Scanned::Error(_) => EngineOutcome::Error,
        Scanned::Report(report) if found(&report, "ignoredMatches").is_empty() => EngineOutcome::Kept,
        Scanned::Report(_) => EngineOutcome::Suppressed,
    }
}

/// 300 packages of many ecosystems.
fn packages() -> Vec<Package> {
    let of = |number: usize| {
        let version = format!("1.{}.0", number % 7);
        let name = format!("package-{number}");
        let (kind, purl) = match number % 10 {
            0 | 1 => (
                "deb",
                format!("pkg:deb/debian/{name}@{version}?arch=amd64&distro=debian-13&upstream=source"),
            ),
            2 => ("npm", format!("pkg:npm/{name}@{version}")),
            3 => ("rust-crate", format!("pkg:cargo/{name}@{version}")),
            4 => ("dotnet", format!("pkg:nuget/{name}@{version}")),
            5 => ("npm", format!("pkg:golang/example.com/acme/{name}@v{version}")),
            6 => ("npm", format!("pkg:maven/com.acme/{name}@{version}")),
            7 => ("npm", format!("pkg:pypi/{name}@{version}")),
            8 => ("npm", format!("pkg:apk/alpine/{name}@{version}-r0?arch=x86_64&distro=3.22.1")),
            _ => {
                ("npm", format!("pkg:rpm/redhat/{name}@{version}-2.el9?arch=x86_64&epoch=1&distro=rhel-9.4"))
            }
        };
        Package { kind, name, version, purl }
    };
    (0..300).map(of).collect()
}

/// Five vulnerabilities of each package. Some have the id of an advisory, and the CVE as alias.
fn vulnerabilities(packages: &[Package]) -> Vec<Vulnerability> {
    let mut made = Vec::new();
    for (number, package) in packages.iter().enumerate() {
        for turn in 0..5 {
            let cve = format!("CVE-2026-{}", 10_000 + number * 5 + turn);
            let (id, aliases) = match turn {
                4 => (format!("GHSA-{number:04}-aaaa-bbbb"), vec![cve]),
                _ => (cve, Vec::new()),
            };
            made.push(Vulnerability { id, aliases, package: package.name.clone(), kind: package.kind });
        }
    }
    made
}

/// Statements of every status in forms that Grype understands and forms that it does not.
fn statements(packages: &[Package], vulnerabilities: &[Vulnerability], image_name: &str) -> Value {
    let mut made = Vec::new();
    for (number, vulnerability) in vulnerabilities.iter().enumerate() {
        let purl = &packages[number / 5].purl;
        let plain = purl.split('?').next().unwrap();
        let product = match number % 6 {
            0 => json!({"@id": purl}),
            2 => json!({"@id": plain.rsplit_once('@').unwrap().0}),
            3 => json!({"@id": image_name, "subcomponents": [{"@id": plain}]}),
            4 => json!({"@id": format!("{}-other", plain.rsplit_once('@').unwrap().0)}),
            // 1 and 5.
            _ => json!({"@id": plain}),
        };
        let name = vulnerability.aliases.first().unwrap_or(&vulnerability.id);
        let (status, time) = match number % 11 {
            0..=4 => ("not_affected", "2026-01-01T00:00:00Z"),
            5 | 6 => ("fixed", "2026-01-02T00:00:00Z"),
            7 => ("under_investigation", "2026-01-03T00:00:00Z"),
            8 => ("affected", "2026-01-03T00:00:00Z"),
            _ => continue,
        };
        let mut statement = json!({
            "vulnerability": {"name": name}, "products": [product], "status": status, "timestamp": time,
        });
        match status {
            "not_affected" => statement["justification"] = json!("vulnerable_code_not_present"),
            "affected" => statement["action_statement"] = json!("update"),
            _ => {}
        }
        // A history, of which Grype takes the oldest: the newer one decides here.
        if number % 13 == 0 {
            let mut older = statement.clone();
            older["status"] = json!("under_investigation");
            older["timestamp"] = json!("2025-01-01T00:00:00Z");
            for member in ["justification", "action_statement"] {
                older.as_object_mut().unwrap().remove(member);
            }
            made.push(older);
        }
        made.push(statement);
    }
    json!({
        "@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://example.com/vex/1", "author": "Example",
        "version": 1, "timestamp": "2026-01-01T00:00:00Z", "statements": made,
    })
}

/// Applies VEX with `dhi`, exports the decisions, gives them to Grype, and compares what is suppressed.
fn round_trip(source: &Value, image_name: &str) {
    let Some(env) = PeerEnv::with(&["grype", "grypedb"]) else { return };
    let packages = packages();
    let vulnerabilities = vulnerabilities(&packages);
    let grype = Grype::with(&env, &vulnerabilities);
    let sbom = sbom(&packages, source);
    let report = grype.report(&sbom, &[]);
    assert_eq!(found(&report, "matches").len(), 1500);
    env.write("report.json", &report.to_string());
    env.write("vex.json", &statements(&packages, &vulnerabilities, image_name).to_string());
    let dhi = |arguments: &[&str]| {
        let output = env.dhi(arguments).output().unwrap();
        assert!(output.status.success(), "{}", both(&output));
        both(&output)
    };
    let sources = ["--vex", "vex.json", "--trust-unsigned", "vex.json"];
    dhi(&[&["vex", "apply", "report.json", "-q", "-o", "applied.json"], &sources[..]].concat());
    let said =
        dhi(&[&["vex", "export", "report.json", "--for", "grype", "-o", "export.json"], &sources[..]]
            .concat());
    assert!(!said.contains("will report"), "{said}");
    let applied: Value = serde_json::from_slice(&std::fs::read(env.path("applied.json")).unwrap()).unwrap();
    let suppressed: BTreeSet<_> = found(&applied, "ignoredMatches");
    assert!(suppressed.len() > 600, "{}", suppressed.len());
    let by_grype = grype.report(&sbom, &[env.path("export.json")]);
    let found_by_grype = found(&by_grype, "ignoredMatches");
    let more: Vec<_> = found_by_grype.difference(&suppressed).take(5).collect();
    let fewer: Vec<_> = suppressed.difference(&found_by_grype).take(5).collect();
    assert!(more.is_empty() && fewer.is_empty(), "Grype suppresses more: {more:?}, and not: {fewer:?}");
}

#[test]
fn grype_suppresses_what_was_exported_for_an_image() {
    let name = "registry.example.com/team/app";
    let reference = format!("{name}@sha256:{}", "a".repeat(64));
    let source = image(name, &json!([format!("{name}:1")]), &json!([reference]), "amd64");
    // The form that Grype does not match.
    round_trip(&source, "pkg:oci/app?repository_url=registry.example.com%2Fteam%2Fapp");
}

#[test]
fn grype_suppresses_what_was_exported_for_a_directory() {
    round_trip(&directory(), "pkg:oci/app");
}
