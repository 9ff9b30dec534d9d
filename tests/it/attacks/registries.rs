//! Registries that change, refuse or repeat their answers, and a cache that another process wrote to.

use dhi::oci::{Digest, media_type};
use serde_json::json;

use super::OTHER;
use super::tampered_image::{GOOD, SPDX, TamperedImage};
use crate::support::env::{ATTESTED_ONLY, TestEnv};
use crate::support::registry::{InMemoryRegistry, Reply};

/// A registry with the good image as `x:1`, and a user.
fn served() -> (InMemoryRegistry, TestEnv, TamperedImage, String) {
    let (registry, tampered) = (InMemoryRegistry::start(), TamperedImage::of(GOOD));
    tampered.serve(&registry, "x", "1");
    let host = registry.host();
    (registry, TestEnv::new(), tampered, host)
}

#[test]
fn a_tag_that_moves_to_an_unsigned_image_is_detected() {
    let (registry, env, mut tampered, host) = served();
    let verify = || env.verify(&["--plain-http", &host, &format!("{host}/x:1")]);
    verify().assert(0, "pass");
    let evil = tampered.add_evil_image();
    tampered.serve(&registry, "x", "1");
    registry.tag("x", "1", &evil["digest"].as_str().unwrap().parse().unwrap());
    verify().assert(1, "base/not-dhi");
    // The good one is still good by its digest.
    env.verify(&["--plain-http", &host, &format!("{host}/x@{}", tampered.root)]).assert(0, "pass");
}

#[test]
fn cached_lists_are_checked_for_changes() {
    let (registry, env, tampered, host) = served();
    let verify = |more: &[&str]| {
        env.verify(&[&["--format", "json", "--plain-http", &host], more, &[&format!("{host}/x:1")]].concat())
    };
    assert_eq!(verify(&[]).code, 0);
    let path = format!("/v2/x/referrers/{}", tampered.image());
    let none = json!({ "schemaVersion": 2, "mediaType": media_type::OCI_INDEX, "manifests": [] });
    registry.script(&path, Reply::new(200, none.to_string()).header("Content-Type", media_type::OCI_INDEX));
    assert_eq!(verify(&ATTESTED_ONLY).ids(), ["attest/none"]);
    assert_ne!(verify(&[]).code, 0);
    registry.unscript(&path);
    assert_eq!(verify(&[]).code, 0);
    // A new unsigned attestation.
    let mut unsigned = tampered.value(&tampered.attestation(SPDX));
    unsigned["annotations"]["new"] = "1".into();
    registry.put_manifest("x", unsigned.to_string().as_bytes());
    let run = verify(&[]);
    assert_eq!((run.code, run.ids()), (3, vec!["trust/unsigned".to_owned()]));
}

#[test]
fn an_earlier_pass_does_not_help_a_wrong_key() {
    let (_registry, env, _, host) = served();
    let reference = format!("{host}/x:1");
    env.verify(&["--plain-http", &host, &reference]).assert(0, "pass");
    for offline in [&["--plain-http", host.as_str()][..], &["--offline"]] {
        env.dhi(&[&["verify", "--key", OTHER], offline, &[&reference]].concat()).assert(4, "trust/wrong-key");
        env.verify(&[offline, &["--signed-name", "dhi/nginx", &reference]].concat())
            .assert(4, "trust/signed-name");
    }
}

#[test]
fn tampered_cache_content_is_not_used() {
    let (_registry, env, _, host) = served();
    let reference = format!("{host}/x:1");
    let verify = |more: &[&str]| env.verify(&[more, &["--plain-http", &host, &reference]].concat());
    verify(&[]).assert(0, "pass");
    let blobs = env.path("cache/dhi/v1/blobs/sha256");
    let spoil = || {
        let mut spoiled = 0;
        for file in std::fs::read_dir(&blobs).unwrap() {
            let path = file.unwrap().path();
            let mut bytes = std::fs::read(&path).unwrap();
            if let Some(first) = bytes.iter_mut().find(|byte| byte.is_ascii_alphanumeric()) {
                *first = if *first == b'0' { b'1' } else { b'0' };
                std::fs::write(&path, bytes).unwrap();
                spoiled += 1;
            }
        }
        spoiled
    };
    assert!(spoil() > 5);
    let offline = env.verify(&["--offline", &reference]);
    assert_ne!(offline.code, 0, "{}", offline.stdout);
    verify(&[]).assert(0, "pass");
    spoil();
    verify(&[]).assert(0, "pass");
    env.verify(&["--offline", &reference]).assert(0, "pass");
}

#[test]
fn different_answers_for_tag_and_digest_are_detected() {
    let (registry, env, mut tampered, host) = served();
    let good = tampered.root.clone();
    let evil = tampered.add_evil_image();
    tampered.serve(&registry, "y", "1");
    let evil = tampered.value(evil["digest"].as_str().unwrap()).to_string();
    // By digest it gives other bytes.
    registry.script(
        &format!("/v2/y/manifests/{good}"),
        Reply::new(200, evil.clone()).header("Content-Type", media_type::OCI_MANIFEST),
    );
    env.verify(&["--plain-http", &host, &format!("{host}/y@{good}")]).assert(4, "trust/tampered");
    // The header of the tag's answer names the good digest, its body is another.
    registry.script(
        "/v2/y/manifests/1",
        Reply::new(200, evil)
            .header("Content-Type", media_type::OCI_MANIFEST)
            .header("Docker-Content-Digest", &good),
    );
    env.verify(&["--plain-http", &host, &format!("{host}/y:1")]).assert(4, "trust/tampered");
    // Tag and digest together: the digest decides, and the tag is not asked.
    env.verify(&["--plain-http", &host, &format!("{host}/x:other@{good}")]).assert(0, "pass");
}

#[test]
fn a_refused_or_broken_list_is_not_an_empty_list() {
    let (registry, _, tampered, host) = served();
    let refused = || Reply::json(403, r#"{"errors":[{"code":"DENIED","message":"no"}]}"#);
    for subject in [tampered.root.clone(), tampered.image(), tampered.attestation(SPDX)] {
        let path = format!("/v2/x/referrers/{subject}");
        let wrong_type = Reply::new(200, "{}").header("Content-Type", media_type::OCI_MANIFEST);
        for (reply, code) in [(refused(), 5), (Reply::new(500, ""), 6), (Reply::html(), 6), (wrong_type, 6)] {
            registry.script(&path, reply);
            let run =
                TestEnv::new().verify(&["--format", "json", "--plain-http", &host, &format!("{host}/x:1")]);
            assert_eq!(run.code, code, "{subject}: {}", run.stdout);
            registry.unscript(&path);
        }
    }
}

#[test]
fn the_repository_of_attestations_is_the_only_source() {
    let (registry, env, tampered, host) = served();
    registry.tag("empty", "none", &Digest::of(b""));
    for elsewhere in ["empty", "missing"] {
        registry.clear_log();
        let attestations = format!("{host}/{elsewhere}");
        let question = ["--plain-http", &host, "--attestations", &attestations, &format!("{host}/x:1")];
        env.verify(&[&ATTESTED_ONLY[..], &question].concat()).assert(3, "attest/none");
        assert_ne!(env.verify(&question).code, 0);
        assert_eq!(registry.count("/v2/x/referrers/"), 0, "{}", registry.lines().join("\n"));
    }
    // And where it holds them, the image's own are not asked.
    tampered.serve(&registry, "proofs", "1");
    let own = format!("/v2/x/referrers/{}", tampered.image());
    registry.script(&own, Reply::new(500, ""));
    let attestations = format!("{host}/proofs");
    env.verify(&["--plain-http", &host, "--attestations", &attestations, &format!("{host}/x:1")])
        .assert(0, "pass");
}

#[test]
fn the_most_severe_of_several_references_decides() {
    let env = TestEnv::new();
    let good = format!("oci:fixtures/{GOOD}:latest");
    let run = env.verify(&[
        "--format",
        "json",
        &good,
        "oci:fixtures/bad/unsigned:latest",
        "oci:fixtures/bad/wrong-key:latest",
        "oci:fixtures/no-such-layout:1",
        &good,
    ]);
    let document = run.json();
    let codes: Vec<i64> = document["images"]
        .as_array()
        .unwrap()
        .iter()
        .map(|image| image["exitCode"].as_i64().unwrap())
        .collect();
    assert_eq!((run.code, codes), (4, vec![0, 3, 4, 2, 0]));
    assert_eq!(document["verdict"], "fail");
}

#[test]
fn the_digest_in_a_head_answer_is_checked() {
    let (registry, env, mut tampered, host) = served();
    let reference = format!("{host}/x:1");
    let verify = || env.verify(&["--format", "json", "--plain-http", &host, &reference]);
    let digest =
        |run: &crate::support::env::Run| run.json()["images"][0]["digest"].as_str().unwrap().to_owned();
    assert_eq!(verify().code, 0);
    // The tag has moved; HEAD still names the good digest. What is shown is what was verified, by digest.
    let good = tampered.root.clone();
    let evil = tampered.add_evil_image();
    tampered.serve(&registry, "x", "1");
    registry.tag("x", "1", &evil["digest"].as_str().unwrap().parse().unwrap());
    let head = Reply::new(200, "").header("Content-Type", media_type::OCI_INDEX);
    registry.script("/v2/x/manifests/1", head.clone().header("Docker-Content-Digest", &good));
    let run = verify();
    assert_eq!((run.code, digest(&run)), (0, good));
    assert!(registry.lines().last().unwrap().starts_with("GET"), "{:?}", registry.lines());
    // HEAD names an unknown digest, or none.
    for claim in ["sha256:0000000000000000000000000000000000000000000000000000000000000000", "x", ""] {
        registry.script_once("/v2/x/manifests/1", head.clone().header("Docker-Content-Digest", claim));
        let run = verify();
        assert_ne!(run.code, 0, "{claim}: {}", run.stdout);
    }
}
