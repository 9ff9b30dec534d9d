//! Build records of real BuildKits: both forms are shown once, marked, and never count.

use serde_json::Value;

use crate::base::{BuiltBaseFixture, PEERS, proof};
use crate::buildkit::{Provenance, Version};
use crate::registry::Kind;
use crate::support::peers::{PeerEnv, both};

const MARK: &str = "unsigned, from the build";
const APP: &str = "acme/app:1";

fn env(version: Version, kind: Kind) -> Option<PeerEnv> {
    PeerEnv::with(&[&PEERS[..], &version.programs(), &[kind.program()]].concat())
}

#[test]
fn build_records_of_both_buildkits_never_count() {
    for kind in [Kind::Ggcr, Kind::Distribution3] {
        for (version, slsa) in [
            (Version::V26, "https://slsa.dev/provenance/v0.2"),
            (Version::V34, "https://slsa.dev/provenance/v1"),
        ] {
            let Some(env) = env(version, kind) else { return };
            let built = BuiltBaseFixture::of(&env, "", kind, version);
            built.build("FROM BASE\nCOPY c /c\n", APP, Provenance::Max);
            let app = built.name(APP);
            // What it was built on is found through it, and a verdict is no worse for it.
            let (answer, exit, document) = built.ask_about(APP, &[]);
            assert_eq!((answer.as_str(), exit), ("dhi-based", 0), "{version:?} {kind:?}: {document:#}");
            assert_eq!(proof(&document), (2, 3, "blobs"));
            let (exit, verified) = built.dhi("verify", &app, &[]);
            assert_eq!(exit, 0, "{verified:#}");
            let records = verified["images"][0]["platforms"][0]["buildRecords"].as_array().unwrap();
            let [record] = records.as_slice() else { panic!("{version:?} {kind:?}: {verified:#}") };
            let digest = record["digest"].as_str().unwrap();
            let checks = verified["images"][0]["checks"].as_array().unwrap();
            let skipped = checks.iter().filter(|check| check["outcome"] == "skip");
            let about: Vec<&Value> = skipped.filter(|check| check.to_string().contains(digest)).collect();
            assert_eq!(about.len(), 1, "{about:#?}");
            // It is listed and given, with its mark.
            let (_, list) = built.run(&["attest", "list"], &[&app]);
            assert!(list.status.success(), "{}", both(&list));
            assert_eq!(String::from_utf8_lossy(&list.stdout).matches(MARK).count(), 1, "{}", both(&list));
            let (_, get) = built.run(&["attest", "get", "--predicate-type", slsa], &[&app]);
            assert!(get.status.success(), "{}", both(&get));
            let statement: Value = serde_json::from_slice(&get.stdout).unwrap();
            assert_eq!(statement["predicateType"], slsa);
            let stderr = String::from_utf8_lossy(&get.stderr);
            assert!(stderr.contains(MARK) && !stderr.contains("names no subject"), "{stderr}");
            let (_, demanded) = built.run(&["attest", "get", "--verify", "--predicate-type", slsa], &[&app]);
            assert_eq!((demanded.status.code(), demanded.stdout.len()), (Some(3), 0), "{}", both(&demanded));
        }
    }
}

#[test]
fn a_copy_with_all_referrers_is_the_same() {
    let Some(env) = env(Version::V34, Kind::Ggcr) else { return };
    let built = BuiltBaseFixture::of(&env, "", Kind::Ggcr, Version::V34);
    built.build("FROM BASE\nCOPY c /c\n", APP, Provenance::Max);
    env.copy(&built.name(APP), &built.name("copy/app:1"));
    let (answer, exit, document) = built.ask_about("copy/app:1", &[]);
    assert_eq!((answer.as_str(), exit), ("dhi-based", 0), "{document:#}");
    let (_, list) = built.run(&["attest", "list"], &[&built.name("copy/app:1")]);
    assert_eq!(String::from_utf8_lossy(&list.stdout).matches(MARK).count(), 1, "{}", both(&list));
}
