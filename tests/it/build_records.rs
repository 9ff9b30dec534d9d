//! Build records of BuildKit, in both forms: shown once and marked, returned with a note, never counted.

use serde_json::Value;

use crate::support::env::{ATTESTED_ONLY, KEY, ROOT, Run, TestEnv, fixture, read};
use crate::support::registry::InMemoryRegistry;

const MARK: &str = "unsigned, from the build";
const SPDX: &str = "https://spdx.dev/Document";
const SHAPES: [(&str, &str); 2] =
    [("0.26", "https://slsa.dev/provenance/v0.2"), ("0.34", "https://slsa.dev/provenance/v1")];
const BASE: [&str; 2] = ["--base", "oci:fixtures/python:3.13"];

fn image(version: &str) -> String {
    format!("oci:fixtures/builds/{version}:1")
}

/// The manifest of the record, and its layers by predicate type.
fn record(version: &str) -> (String, Value) {
    for file in std::fs::read_dir(fixture(&format!("builds/{version}/blobs/sha256"))).unwrap() {
        let path = file.unwrap().path();
        let value: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap_or_default();
        if value["layers"][0]["mediaType"] == "application/vnd.in-toto+json" {
            return (
                format!("sha256:{}", path.file_name().unwrap().to_str().unwrap()),
                value["layers"].clone(),
            );
        }
    }
    panic!("{version} has no record")
}

fn statement(version: &str, predicate_type: &str) -> (String, String) {
    let (_, layers) = record(version);
    let of_type = |layer: &&Value| layer["annotations"]["in-toto.io/predicate-type"] == predicate_type;
    let layer = layers.as_array().unwrap().iter().find(of_type).unwrap().clone();
    let digest = layer["digest"].as_str().unwrap().to_owned();
    let bytes = read(format!("fixtures/builds/{version}/blobs/{}", digest.replace(':', "/")));
    (digest, bytes)
}

fn get(version: &str, more: &[&str]) -> Run {
    TestEnv::new().dhi(&[&["attest", "get", &image(version)], more].concat())
}

#[test]
fn both_forms_of_build_records_are_listed_once() {
    let schema: Value = serde_json::from_str(&read("docs/schemas/attest-list-2.json")).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    for (version, slsa) in SHAPES {
        let list = TestEnv::new().dhi(&["attest", "list", &image(version)]);
        list.assert(0, "no signed attestations\n");
        let lines: Vec<&str> = list.stdout.lines().filter(|line| line.starts_with(MARK)).collect();
        assert_eq!((lines.len(), list.stdout.lines().count()), (2, 4), "{}", list.stdout);
        let document = TestEnv::new().dhi(&["attest", "list", "--format", "json", &image(version)]).json();
        let errors: Vec<String> = schema.iter_errors(&document).map(|error| error.to_string()).collect();
        assert_eq!(errors, [""; 0]);
        let found = document["platforms"][0]["attestations"].as_array().unwrap();
        let (record, _) = record(version);
        for (found, predicate_type) in found.iter().zip([SPDX, slsa]) {
            assert_eq!(found["digest"], statement(version, predicate_type).0.as_str());
            assert_eq!(
                (&found["state"], &found["form"], &found["predicateType"], &found["record"]),
                (&"unsigned".into(), &"build-record".into(), &predicate_type.into(), &record.as_str().into())
            );
            assert!(found.get("signature").is_none() && found.get("message").is_none());
        }
        assert_eq!(found.len(), 2);
        let narrowed = TestEnv::new().dhi(&["attest", "list", "--predicate-type", slsa, &image(version)]);
        assert_eq!(narrowed.stdout.matches(MARK).count(), 1, "{}", narrowed.stdout);
    }
}

#[test]
fn an_unsigned_statement_is_returned_with_a_note() {
    for (version, slsa) in SHAPES {
        for predicate_type in [SPDX, slsa] {
            let (digest, bytes) = statement(version, predicate_type);
            let short = &digest["sha256:".len()..][..12];
            for more in [&["--predicate-type", predicate_type][..], &[&digest], &[short]] {
                let run = get(version, more);
                assert_eq!((run.code, &run.stdout), (0, &bytes), "{}", run.stderr);
                assert!(
                    run.stderr.contains(MARK) && run.stderr.contains("names no subject"),
                    "{}",
                    run.stderr
                );
            }
            let page = get(version, &["--format", "table", &digest]);
            assert!(page.stdout.starts_with(MARK), "{}", page.stdout);
            page.assert(0, MARK);
        }
        let predicate = get(version, &["--predicate-type", SPDX, "--predicate"]);
        assert_eq!(predicate.json()["spdxVersion"], "SPDX-2.3");
        // A record holds several.
        for more in [&[][..], &[record(version).0.as_str()]] {
            let run = get(version, more);
            assert_eq!((run.code, run.stdout.as_str()), (2, ""));
            run.assert(2, "2 statements match, each unsigned, from the build");
        }
        get(version, &["--predicate-type", "https://example.com/x"]).assert(3, "error[attest/none]");
    }
}

#[test]
fn flags_that_require_a_proof_get_no_build_record() {
    for (version, _) in SHAPES {
        let (digest, _) = statement(version, SPDX);
        for flags in [
            &["--verify"][..],
            &["--key", KEY],
            &["--key", "dhi-2"],
            &["--attestor-key", KEY],
            &["--trusted-root", ROOT],
            &["--require-tlog"],
            &["--certificate-identity", "a@example.com", "--certificate-oidc-issuer", "https://example.com"],
        ] {
            for which in [&["--predicate-type", SPDX][..], &[&digest]] {
                let env = TestEnv::new();
                let file = env.path("sbom.json");
                let output = ["--output", file.to_str().unwrap()];
                let image = image(version);
                let run = env.dhi(&[&["attest", "get", &image], flags, which, &output].concat());
                assert_eq!((run.code, run.stdout.as_str()), (3, ""), "{flags:?}: {}", run.stderr);
                run.assert(3, "error[trust/unsigned]");
                assert!(!file.exists());
            }
        }
        // A signed name, or an image of Docker, requires a signed statement. A digest selects one.
        for flags in [&["--signed-name", "dhi/python"][..], &["--namespace", "acme"]] {
            let run = get(version, &[flags, &["--predicate-type", SPDX]].concat());
            assert_eq!(run.stdout, "");
            run.assert(
                3,
                &format!("`dhi attest get {} {digest}` prints it without any proof", image(version)),
            );
            get(version, &[flags, &[&digest]].concat()).assert(0, MARK);
        }
    }
}

#[test]
fn build_records_never_change_a_verdict() {
    for (version, _) in SHAPES {
        let env = TestEnv::new();
        let image = image(version);
        let run = env.verify(&[&["--format", "json"], &BASE[..], &[&image]].concat());
        assert_eq!((run.code, run.ids()), (0, Default::default()), "{}", run.stdout);
        let document = run.json();
        let schema: Value = serde_json::from_str(&read("docs/schemas/verify-2.json")).unwrap();
        assert!(jsonschema::validator_for(&schema).unwrap().is_valid(&document), "{document:#}");
        // One line, whether one place leads to it or two.
        let (record, _) = record(version);
        let checks = document["images"][0]["checks"].as_array().unwrap();
        let about = |check: &&Value| check["outcome"] == "skip" && check.to_string().contains(&record);
        let found: Vec<&Value> = checks.iter().filter(about).collect();
        assert_eq!(found.len(), 1, "{found:#?}");
        assert!(found[0]["message"].as_str().unwrap().ends_with(MARK), "{found:#?}");
        let records = document["images"][0]["platforms"][0]["buildRecords"].as_array().unwrap();
        assert_eq!((records.len(), &records[0]["signed"]), (1, &Value::Bool(false)));
        let text = env.verify(&[&BASE[..], &[&image]].concat());
        assert_eq!(text.stdout.matches(&record[..19]).count(), 1, "{}", text.stdout);
        // They answer no question either.
        env.verify(&[&ATTESTED_ONLY[..], &[&image]].concat()).assert(3, "error[attest/none]");
        env.verify(&["--predicate-type", SPDX, &image]).assert(3, "error[attest/predicate-missing]");
    }
}

#[test]
fn both_forms_of_provenance_name_the_base() {
    for (version, slsa) in SHAPES {
        for api in [true, false] {
            let registry = InMemoryRegistry::start();
            registry.referrers_api(api);
            registry.serve_layout(&fixture("python"), "dhi/python");
            registry.serve_layout(&fixture(&format!("builds/{version}")), "acme/app");
            let host = registry.host();
            let mirror = format!("dhi.io={host}/dhi");
            let app = format!("{host}/acme/app:1");
            let flags =
                ["--no-cache", "--plain-http", "127.0.0.1", "--mirror", &mirror, "--format", "json", &app];
            let run =
                TestEnv::new().dhi(&[&["base", "--key", KEY, "--trusted-root", ROOT], &flags[..]].concat());
            assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
            let platform = &run.json()["platforms"][0];
            let named =
                platform["candidates"].as_array().unwrap().iter().find(|candidate| {
                    candidate["result"] == "proved" && candidate["namedBy"][0] == "provenance"
                });
            assert!(named.is_some(), "{platform:#}");
            let (provenance, _) = statement(version, slsa);
            assert_eq!(
                registry.count(&format!("/v2/acme/app/blobs/{provenance}")),
                1,
                "{:#?}",
                registry.lines()
            );
            let (sbom, _) = statement(version, SPDX);
            assert_eq!(registry.count(&format!("/v2/acme/app/blobs/{sbom}")), 0);
        }
    }
}
