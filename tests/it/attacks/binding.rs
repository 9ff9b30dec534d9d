//! Facts that are not bound to each other: a genuine proof of one object used for another.

use dhi::oci::{Digest, media_type};
use serde_json::{Value, json};

use super::OTHER;
use super::measure::{MIB, Measured};
use super::tampered_image::{GOOD, SLSA, SPDX, TamperedImage};
use crate::support::env::{ATTESTED_ONLY, KEY, ROOT, TestEnv};
use crate::support::registry::{InMemoryRegistry, Reply};

#[test]
fn a_wrong_type_fails_whatever_its_annotations_claim() {
    let with = |lie: &dyn Fn(&mut Value)| {
        let mut tampered = TamperedImage::of(GOOD);
        tampered.remove(&tampered.attestation(SPDX));
        let slsa = tampered.attestation(SLSA);
        tampered.edit(&slsa, lie);
        tampered
    };
    let one = ["--predicate-type", SPDX];
    with(&|_| ()).fails(&one, 3, &["attest/predicate-missing"]);
    let manifest_lies = |value: &mut Value| value["annotations"]["in-toto.io/predicate-type"] = SPDX.into();
    let layer_lies =
        |value: &mut Value| value["layers"][0]["annotations"]["in-toto.io/predicate-type"] = SPDX.into();
    with(&manifest_lies).fails(&one, 4, &["trust/predicate-mismatch"]);
    // Only the annotation of the layer: the manifest keeps its type, which is not the required one.
    assert_ne!(with(&layer_lies).verify(&one).code, 0);
    // All of them lie: the manifest is then not the signed one.
    with(&|value| {
        manifest_lies(value);
        layer_lies(value);
    })
    .fails(&one, 4, &["trust/subject-mismatch"]);
}

#[test]
fn wrong_types_in_a_list_hide_and_add_no_attestation() {
    let mut tampered = TamperedImage::of(GOOD);
    tampered.remove(&tampered.attestation(SPDX));
    let (registry, env) = (InMemoryRegistry::start(), TestEnv::new());
    tampered.serve(&registry, "x", "1");
    let mut listed = tampered.descriptor(&tampered.attestation(SLSA));
    let (host, image) = (registry.host(), tampered.image());
    let reference = format!("{host}/x:1");
    let verify = |more: &[&str]| {
        env.verify(
            &[&["--format", "json", "--no-cache", "--plain-http", &host], more, &[&reference]].concat(),
        )
    };
    let mut list = |artifact_type: &str, predicate_type: &str| {
        listed["artifactType"] = artifact_type.into();
        listed["annotations"] = json!({ "in-toto.io/predicate-type": predicate_type });
        let list = json!({ "schemaVersion": 2, "mediaType": media_type::OCI_INDEX, "manifests": [listed] });
        registry.script(
            &format!("/v2/x/referrers/{image}"),
            Reply::new(200, list.to_string()).header("Content-Type", media_type::OCI_INDEX),
        );
    };
    list(media_type::IN_TOTO, SPDX);
    let run = verify(&["--predicate-type", SPDX]);
    assert_eq!((run.code, run.ids()), (3, vec!["attest/predicate-missing".to_owned()]), "{}", run.stdout);
    // Called something else in the list it is judged all the same.
    list("application/vnd.example", SLSA);
    assert_eq!(verify(&["--predicate-type", SLSA]).code, 0);
    let run = verify(&[&ATTESTED_ONLY[..], &["--key", OTHER]].concat());
    assert_eq!(run.code, 0, "the fixtures' key is given too: {}", run.stdout);
    let wrong = env.dhi(&["verify", "--key", OTHER, "--no-cache", "--plain-http", &host, &reference]);
    wrong.assert(4, "trust/wrong-key");
}

#[test]
fn unreadable_content_is_a_failure() {
    let bomb = format!(
        r#"{{"schemaVersion":2,"mediaType":"{}","a":{}1{}}}"#,
        media_type::OCI_MANIFEST,
        "[".repeat(5000),
        "]".repeat(5000)
    );
    let twice = r#"{"schemaVersion":2,"schemaVersion":2}"#;
    for garbage in
        ["", "{", "[]", "null", "\"\"", &bomb, twice, "{\"schemaVersion\":2}", "{\"schemaVersion\":1}"]
    {
        let (registry, env) = (InMemoryRegistry::start(), TestEnv::new());
        let host = registry.host();
        let tampered = TamperedImage::of(GOOD);
        tampered.serve(&registry, "x", "1");
        let digest = Digest::of(garbage.as_bytes()).to_string();
        // Of the right digest, in the place of the attestation, its signature, the image and the index.
        registry.put_manifest_as("x", &digest, garbage.as_bytes());
        let listed = json!({
            "mediaType": media_type::OCI_MANIFEST, "digest": digest, "size": garbage.len(),
            "artifactType": media_type::IN_TOTO,
        });
        let reply = |listed: &Value| {
            let list =
                json!({ "schemaVersion": 2, "mediaType": media_type::OCI_INDEX, "manifests": [listed] });
            Reply::new(200, list.to_string()).header("Content-Type", media_type::OCI_INDEX)
        };
        let run = |reference: &str| {
            env.verify(&[
                "--format",
                "json",
                "--no-cache",
                "--plain-http",
                &host,
                &format!("{host}/{reference}"),
            ])
        };
        for subject in [tampered.image(), tampered.attestation(SPDX), tampered.root.clone()] {
            let path = format!("/v2/x/referrers/{subject}");
            registry.script(&path, reply(&listed));
            let run = run("x:1");
            assert_eq!(run.code, 4, "{garbage:.40} for {subject}: {}", run.stdout);
            registry.unscript(&path);
        }
        let run = run(&format!("x@{digest}"));
        assert_eq!(run.code, 4, "{garbage:.40}: {}{}", run.stdout, run.stderr);
    }
}

#[test]
fn a_required_name_must_be_in_every_signed_payload() {
    TamperedImage::of(GOOD).passes(&["--signed-name", "dhi/python"]);
    for name in ["dhi/nginx", "python", "dhi", "dhi/python:3.13", ""] {
        TamperedImage::of(GOOD).fails(&["--signed-name", name], 4, &["trust/signed-name"]);
    }
    // Bundles have no name.
    TamperedImage::of("bundles").fails(&["--signed-name", "team/shop"], 4, &["trust/signed-name"]);
}

#[test]
fn require_tlog_applies_to_the_index_signature() {
    let mut tampered = TamperedImage::of(GOOD);
    let signature = tampered.signature(&tampered.root.clone());
    tampered.edit(&signature, |value| {
        let annotations = value["layers"][0]["annotations"].as_object_mut().unwrap();
        annotations.remove("dev.sigstore.cosign/bundle").unwrap();
    });
    tampered.passes(&["--require-index-signature"]);
    tampered.fails(&["--require-tlog"], 4, &["trust/log-missing"]);
}

#[test]
fn a_bundle_about_another_object_is_not_a_signature() {
    let mut other_predicate = TamperedImage::of("bundles");
    let attestation = other_predicate.attestation(SLSA);
    let sign = other_predicate.signature(&attestation);
    // A genuine bundle of the same key, of which only the predicate is another.
    let statement = other_predicate.find(|value| {
        value["annotations"]["dev.sigstore.bundle.predicateType"] == "https://cyclonedx.org/bom"
    });
    let layers = other_predicate.value(&statement)["layers"].clone();
    other_predicate.edit(&sign, |value| value["layers"] = layers);
    other_predicate.fails(&ATTESTED_ONLY, 3, &["trust/unsigned"]);

    // A genuine signature of the index, attached to an attestation.
    let mut other_subject = TamperedImage::of("bundles");
    let root = other_subject.signature(&other_subject.root.clone());
    let layers = other_subject.value(&root)["layers"].clone();
    let attestation = other_subject.attestation(SLSA);
    let sign = other_subject.signature(&attestation);
    other_subject.edit(&sign, |value| value["layers"] = layers);
    other_subject.fails(&ATTESTED_ONLY, 4, &["trust/subject-mismatch"]);
}

#[test]
fn a_log_entry_without_a_valid_proof_is_rejected() {
    let mut tampered = TamperedImage::of("bundles");
    let entry = json!({
        "logIndex": "1", "integratedTime": "1789466400",
        "logId": { "keyId": log_id() },
        "kindVersion": { "kind": "dsse", "version": "0.0.1" },
        "canonicalizedBody": "e30=",
    });
    for bundle in tampered.bundles() {
        tampered.edit(&bundle, |bundle| {
            bundle["verificationMaterial"]["tlogEntries"] = json!([entry.clone()]);
        });
    }
    let run = tampered.verify(&[]);
    assert_eq!(run.code, 4, "{}", run.stdout);
    assert_eq!(run.ids(), ["trust/log-bad"]);
    let run = tampered.verify(&["--require-tlog"]);
    assert_eq!(run.code, 4, "{}", run.stdout);
}

fn log_id() -> String {
    let root: Value = serde_json::from_str(&crate::support::env::read(ROOT)).unwrap();
    root["tlogs"][0]["logId"]["keyId"].as_str().unwrap().to_owned()
}

#[test]
fn a_log_entry_of_another_signature_is_rejected() {
    const LOG: &str = "dev.sigstore.cosign/bundle";
    let mut tampered = TamperedImage::of(GOOD);
    let entry = |tampered: &TamperedImage, kind: &str| {
        let manifest = tampered.value(&tampered.signature(&tampered.attestation(kind)));
        manifest["layers"][0]["annotations"][LOG].clone()
    };
    let (spdx, slsa) = (entry(&tampered, SPDX), entry(&tampered, SLSA));
    for (kind, other) in [(SPDX, slsa), (SLSA, spdx)] {
        let signature = tampered.signature(&tampered.attestation(kind));
        tampered.edit(&signature, |manifest| manifest["layers"][0]["annotations"][LOG] = other.clone());
    }
    tampered.fails(&[], 4, &["trust/log-bad"]);
    tampered.fails(&["--require-tlog"], 4, &["trust/log-bad"]);
}

#[test]
fn a_malformed_log_entry_is_neither_a_pass_nor_a_panic() {
    let good = json!({
        "logIndex": "1", "integratedTime": "1789466400", "logId": { "keyId": log_id() },
        "kindVersion": { "kind": "dsse", "version": "0.0.1" }, "canonicalizedBody": "e30=",
        "inclusionPromise": { "signedEntryTimestamp": "AAAA" },
        "inclusionProof": {
            "logIndex": "1", "treeSize": "2", "rootHash": "AAAA", "hashes": [],
            "checkpoint": { "envelope": "x\n1\nAAAA\n\n— x AAAA\n" },
        },
    });
    let set = |pointer: &str, value: Value| {
        let mut entry = good.clone();
        *entry.pointer_mut(pointer).unwrap() = value;
        entry
    };
    let hash = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let mut entries = vec![json!(null), json!([]), json!({}), json!(0), good.clone()];
    for pointer in ["/logIndex", "/integratedTime", "/inclusionProof/logIndex", "/inclusionProof/treeSize"] {
        for value in ["-1", "9223372036854775807", "9223372036854775808", "18446744073709551616", "", "x"] {
            entries.push(set(pointer, value.into()));
        }
        entries.push(set(pointer, (-1).into()));
    }
    for pointer in ["/logId", "/logId/keyId", "/kindVersion", "/canonicalizedBody", "/inclusionPromise"] {
        entries.extend([json!(null), json!(""), json!([]), json!({})].map(|value| set(pointer, value)));
    }
    // More hashes than any tree is high.
    entries.push(set("/inclusionProof/hashes", vec![hash; 10_000].into()));
    entries.push(set("/inclusionProof/checkpoint/envelope", "\n".repeat(100_000).into()));
    let env = TestEnv::new();
    for entry in entries {
        let mut tampered = TamperedImage::of("bundles");
        for bundle in tampered.bundles() {
            tampered.edit(&bundle, |bundle| {
                bundle["verificationMaterial"]["tlogEntries"] = json!([entry.clone()]);
            });
        }
        let directory = tampered.write();
        let reference = format!("oci:{}:1", directory.path().display());
        let run = env.verify(&["--format", "json", "--require-tlog", &reference]);
        assert_eq!(run.code, 4, "{entry:.300}: {}{}", run.stdout, run.stderr);
        assert!(run.ids().iter().all(|id| id.starts_with("trust/log-")), "{entry:.300}: {:?}", run.ids());
    }
}

#[test]
fn many_log_entries_and_timestamps_reach_a_limit() {
    let time_stamps =
        |count: usize| json!({ "rfc3161Timestamps": vec![json!({ "signedTimestamp": "AAAA" }); count] });
    let entry = json!({ "logIndex": "1", "logId": { "keyId": log_id() }, "canonicalizedBody": "e30=" });
    for (entries, stamps) in [(33, 0), (100_000, 0), (1, 33), (1, 100_000)] {
        let mut tampered = TamperedImage::of("bundles");
        for bundle in tampered.bundles() {
            tampered.edit(&bundle, |bundle| {
                bundle["verificationMaterial"]["tlogEntries"] = vec![entry.clone(); entries].into();
                bundle["verificationMaterial"]["timestampVerificationData"] = time_stamps(stamps);
            });
        }
        let directory = tampered.write();
        let env = TestEnv::new();
        let reference = format!("oci:{}:1", directory.path().display());
        let first = ["verify", "--format", "json", "--key", KEY, "--trusted-root", ROOT, "--require-tlog"];
        let measured = Measured::of(&env.command(&[&first[..], &[&reference]].concat()));
        // Five bundles of up to 9 MB each.
        measured.within(48 * MIB, std::time::Duration::from_secs(20));
        assert_eq!(measured.run.code, 4, "{}", measured.run.stdout);
        assert_eq!(measured.run.ids(), ["limits/exceeded"]);
    }
}
