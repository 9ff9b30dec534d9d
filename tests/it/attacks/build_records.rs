//! False build records: about their type, their subject and their size.

use dhi::oci::{Digest, media_type};
use serde_json::{Value, json};

use super::tampered_image::{GOOD, SLSA, SPDX, TamperedImage};
use crate::support::env::{ATTESTED_ONLY, KEY, ROOT, Run, TestEnv};
use crate::support::registry::{InMemoryRegistry, Reply};

const MARK: &str = "unsigned, from the build";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
const EXAMPLE: &str = "https://example.com/predicate";

/// A statement about `image`, as a layer that claims to be of a type.
fn layer(tampered: &mut TamperedImage, image: Option<&str>, stated: &str, claimed: &str) -> Value {
    let subjects: Vec<Value> = image
        .iter()
        .map(|image| json!({ "digest": { "sha256": image.trim_start_matches("sha256:") } }))
        .collect();
    let statement = json!({
        "_type": "https://in-toto.io/Statement/v1", "predicateType": stated, "subject": subjects, "predicate": {},
    });
    let mut layer = tampered.add(statement.to_string().as_bytes(), media_type::IN_TOTO);
    layer["annotations"] = json!({ "in-toto.io/predicate-type": claimed });
    layer
}

/// A build record with these layers, about `subject`; its descriptor.
fn record(tampered: &mut TamperedImage, layers: &[Value], subject: &Value) -> Value {
    let config = tampered.add(b"{}", media_type::OCI_EMPTY);
    tampered.add_manifest(&json!({
        "schemaVersion": 2, "mediaType": media_type::OCI_MANIFEST, "artifactType": media_type::BUILD_RECORD,
        "config": config, "layers": layers, "subject": subject,
    }))
}

/// As an entry of the index that calls itself about `image`.
fn entry(mut record: Value, image: &str) -> Value {
    record["platform"] = json!({ "os": "unknown", "architecture": "unknown" });
    record["annotations"] = json!({
        "vnd.docker.reference.type": "attestation-manifest",
        "vnd.docker.reference.digest": image,
    });
    record
}

fn attest(tampered: &TamperedImage, command: &[&str], more: &[&str]) -> Run {
    let directory = tampered.write();
    let reference = format!("oci:{}:1", directory.path().display());
    TestEnv::new().dhi(&[&["attest"], command, &[&reference], more].concat())
}

#[test]
fn a_runnable_image_is_never_a_build_record() {
    let mut tampered = TamperedImage::of(GOOD);
    let image = tampered.image();
    let subject = tampered.descriptor(&image);
    let runnable = tampered.add(b"evil", LAYER);
    let statement = layer(&mut tampered, Some(&image), EXAMPLE, EXAMPLE);
    for layers in [vec![runnable.clone()], vec![statement.clone(), runnable.clone()], Vec::new()] {
        // An entry of the index is then an unsigned image.
        let mut tampered = tampered.clone();
        let record = record(&mut tampered, &layers, &subject);
        let digest = record["digest"].as_str().unwrap().to_owned();
        let mut in_index = tampered.clone();
        in_index.edit_index(|index| {
            index["manifests"].as_array_mut().unwrap().push(entry(record.clone(), &image));
        });
        in_index.is_found_out(&[]);
        // A referrer proves nothing, harms nothing, and is listed separately.
        tampered.passes(&[]);
        let list = attest(&tampered, &["list"], &[]);
        list.assert(0, "not a build record: not all its layers are in-toto statements");
        let run = attest(&tampered, &["get"], &[&digest]);
        assert_eq!((run.code, run.stdout.as_str()), (3, ""), "{}", run.stderr);
    }
}

#[test]
fn a_build_record_of_another_image_is_not_used() {
    let mut tampered = TamperedImage::of(GOOD);
    let image = tampered.image();
    let other = tampered.add_evil_image();
    let other_digest = other["digest"].as_str().unwrap().to_owned();
    let statement = layer(&mut tampered, Some(&other_digest), EXAMPLE, EXAMPLE);
    let lying = record(&mut tampered, std::slice::from_ref(&statement), &other);
    // The index calls it about the image, its own `subject` does not.
    let mut in_index = tampered.clone();
    in_index.edit_index(|index| {
        index["manifests"].as_array_mut().unwrap().push(entry(lying.clone(), &image));
    });
    in_index.passes(&[]);
    let list = attest(&in_index, &["list", "--key", KEY, "--trusted-root", ROOT], &[]);
    assert_eq!(list.stdout.matches(EXAMPLE).count(), 0, "{}", list.stdout);
    attest(&in_index, &["get", "--predicate-type", EXAMPLE], &[]).assert(3, "has no such attestation");
    // A registry lists it among the referrers of the image.
    let registry = InMemoryRegistry::start();
    tampered.serve(&registry, "team/app", "1");
    let list = json!({ "schemaVersion": 2, "mediaType": media_type::OCI_INDEX, "manifests": [lying] });
    let reply = Reply::new(200, list.to_string()).header("Content-Type", media_type::OCI_INDEX);
    registry.script(&format!("/v2/team/app/referrers/{image}"), reply);
    let (host, name) = (registry.host(), format!("{}/team/app:1", registry.host()));
    let fixed = ["--no-cache", "--plain-http", &host, &name];
    let list = TestEnv::new().dhi(&[&["attest", "list"], &fixed[..]].concat());
    list.assert(0, "a build record that does not name this image as its subject");
    let get = TestEnv::new().dhi(&[&["attest", "get", "--predicate-type", EXAMPLE], &fixed[..]].concat());
    assert_eq!((get.code, get.stdout.as_str()), (3, ""), "{}", get.stderr);
    // The record is about the image, and its statement is not.
    let mut tampered = TamperedImage::of(GOOD);
    let statement = layer(&mut tampered, Some(&other_digest), EXAMPLE, EXAMPLE);
    let subject = tampered.descriptor(&image);
    record(&mut tampered, &[statement], &subject);
    tampered.passes(&[]);
    let get = attest(&tampered, &["get", "--predicate-type", EXAMPLE], &[]);
    assert_eq!((get.code, get.stdout.as_str()), (4, ""), "{}", get.stderr);
    get.assert(4, "error[trust/subject-mismatch]");
}

#[test]
fn a_statement_of_another_type_than_listed_is_not_returned() {
    let mut tampered = TamperedImage::of(GOOD);
    let image = tampered.image();
    let subject = tampered.descriptor(&image);
    let statement = layer(&mut tampered, Some(&image), "https://example.com/other", EXAMPLE);
    record(&mut tampered, &[statement], &subject);
    let broken = tampered.add(b"{", media_type::IN_TOTO);
    let broken_digest = broken["digest"].as_str().unwrap().to_owned();
    record(&mut tampered, &[broken], &subject);
    tampered.passes(&[]);
    for (which, id) in [
        (&["--predicate-type", EXAMPLE][..], "trust/predicate-mismatch"),
        (&[&broken_digest], "attest/unreadable"),
    ] {
        let get = attest(&tampered, &["get"], which);
        assert_eq!((get.code, get.stdout.as_str()), (4, ""), "{}", get.stderr);
        get.assert(4, id);
    }
}

#[test]
fn an_unsigned_statement_does_not_replace_a_signed_one() {
    for in_index in [false, true] {
        let mut tampered = TamperedImage::of(GOOD);
        let image = tampered.image();
        let subject = tampered.descriptor(&image);
        let statement = layer(&mut tampered, Some(&image), SPDX, SPDX);
        let record = record(&mut tampered, &[statement], &subject);
        if in_index {
            tampered.edit_index(|index| {
                index["manifests"].as_array_mut().unwrap().push(entry(record.clone(), &image));
            });
        }
        tampered.passes(&[]);
        let trusted = ["get", "--predicate-type", SPDX, "--key", KEY, "--trusted-root", ROOT];
        let signed = attest(&tampered, &trusted, &[]);
        assert!(signed.code == 0 && !signed.stderr.contains(MARK), "{}", signed.stderr);
        assert!(signed.stdout.contains("spdxVersion"), "{}", signed.stdout);
        // The signed one by another key, without its signature, and gone: never the other in its place.
        let other_key = attest(&tampered, &["get", "--predicate-type", SPDX], &[]);
        assert_eq!((other_key.code, other_key.stdout.as_str()), (4, ""), "{}", other_key.stderr);
        let attestation = tampered.attestation(SPDX);
        let signature = tampered.signature(&attestation);
        tampered.remove(&signature);
        for trust in [&trusted[..], &["get", "--predicate-type", SPDX]] {
            let unsigned = attest(&tampered, trust, &[]);
            assert_eq!((unsigned.code, unsigned.stdout.as_str()), (3, ""), "{}", unsigned.stderr);
        }
        tampered.remove(&attestation);
        let gone = attest(&tampered, &trusted, &[]);
        assert_eq!((gone.code, gone.stdout.as_str()), (3, ""), "{}", gone.stderr);
    }
}

#[test]
fn build_records_never_prove_an_image() {
    let mut tampered = TamperedImage::of(GOOD);
    let image = tampered.image();
    let subject = tampered.descriptor(&image);
    let statements = [SPDX, SLSA].map(|kind| {
        let attestation = tampered.attestation(kind);
        let layer = tampered.value(&attestation)["layers"][0].clone();
        let signature = tampered.signature(&attestation);
        tampered.remove(&signature);
        tampered.remove(&attestation);
        layer
    });
    // The very statements that were signed, in a record of either shape.
    let record = record(&mut tampered, &statements, &subject);
    let is_not_proven = |tampered: &TamperedImage| {
        tampered.fails(&ATTESTED_ONLY, 3, &["attest/none"]);
        assert_ne!(tampered.verify(&[]).code, 0);
    };
    is_not_proven(&tampered);
    tampered
        .edit_index(|index| index["manifests"].as_array_mut().unwrap().push(entry(record.clone(), &image)));
    is_not_proven(&tampered);
}

#[test]
fn a_signed_attestation_in_the_index_is_not_called_unsigned() {
    let mut tampered = TamperedImage::of(GOOD);
    let image = tampered.image();
    let attestation = tampered.attestation(SPDX);
    let descriptor = tampered.descriptor(&attestation);
    tampered.edit_index(|index| {
        index["manifests"].as_array_mut().unwrap().push(entry(descriptor.clone(), &image));
    });
    tampered.passes(&[]);
    let list =
        attest(&tampered, &["list", "--key", KEY, "--trusted-root", ROOT, "--format", "json"], &[]).json();
    let all = list["platforms"][0]["attestations"].as_array().unwrap();
    let states: Vec<&Value> =
        all.iter().filter(|one| one["predicateType"] == SPDX).map(|one| &one["state"]).collect();
    assert_eq!(states, ["verified"]);
}

#[test]
fn huge_or_many_build_records_reach_a_limit() {
    let mut tampered = TamperedImage::of(GOOD);
    let image = tampered.image();
    let subject = tampered.descriptor(&image);
    let mut huge = layer(&mut tampered, Some(&image), EXAMPLE, EXAMPLE);
    huge["size"] = (1_u64 << 40).into();
    record(&mut tampered, &[huge], &subject);
    for number in 0..200 {
        let kind = format!("https://example.com/{number}");
        let provenance = layer(&mut tampered, Some(&image), &kind, SLSA);
        record(&mut tampered, &vec![provenance; 70], &subject);
    }
    let registry = InMemoryRegistry::start();
    tampered.serve(&registry, "team/app", "1");
    let (host, name) = (registry.host(), format!("{}/team/app:1", registry.host()));
    let fixed = ["--no-cache", "--plain-http", &host, &name];
    let blobs = || registry.lines().iter().filter(|line| line.contains("/blobs/")).count();
    let env = TestEnv::new();
    env.verify(&fixed).assert(0, "pass");
    // Nothing of a record is read for a verdict.
    let needed = blobs();
    assert!(needed < 10, "{:#?}", registry.lines());
    let get = env.dhi(&[&["attest", "get", "--predicate-type", EXAMPLE], &fixed[..]].concat());
    assert_eq!((get.code, get.stdout.as_str()), (4, ""), "{}", get.stderr);
    get.assert(4, "error[limits/exceeded]");
    // Of an image that is not hardened as much is read as the limit allows.
    registry.clear_log();
    let base = env.dhi(&[&["base", "--format", "json"], &fixed[..]].concat());
    assert_eq!((base.code, base.json()["answer"].as_str()), (4, Some("undetermined")), "{}", base.stdout);
    let of_records = registry.lines().iter().filter(|line| line.contains("/blobs/")).count();
    assert!(of_records < 64 + 10, "{of_records}");
    let digest = Digest::of(b"evil");
    assert_eq!(registry.count(&format!("/v2/team/app/blobs/{digest}")), 0);
}
