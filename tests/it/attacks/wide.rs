//! Unsigned text that is small on the wire and large in memory. It is parsed before any signature can be checked.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dhi::oci::media_type;
use serde_json::json;

use super::measure::{MIB, Measured, verify};
use super::tampered_image::{GOOD, SPDX, TamperedImage};
use crate::support::env::TestEnv;
use crate::support::registry::InMemoryRegistry;

const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
const TIME: Duration = Duration::from_secs(20);
/// Bytes of each such text: large enough that eight times as much would show.
const SIZE: usize = 12 << 20;

/// A bundle with an invalid signature.
pub(super) fn bundle(payload: &[u8], log_entries: &str) -> Vec<u8> {
    format!(
        r#"{{"mediaType":"{BUNDLE}","verificationMaterial":{{"tlogEntries":[{log_entries}]}},"dsseEnvelope":{{"payload":"{}","payloadType":"{}","signatures":[{{"sig":"AAAA"}}]}}}}"#,
        STANDARD.encode(payload),
        media_type::IN_TOTO
    )
    .into_bytes()
}

/// The good image with a bundle on one of its objects.
pub(super) fn bundle_on(subject: fn(&TamperedImage) -> String, bytes: &[u8]) -> TamperedImage {
    let mut tampered = TamperedImage::of(GOOD);
    let subject = tampered.descriptor(&subject(&tampered));
    let (layer, empty) = (tampered.add(bytes, BUNDLE), tampered.add(b"{}", media_type::OCI_EMPTY));
    tampered.add_manifest(&json!({
        "schemaVersion": 2, "mediaType": media_type::OCI_MANIFEST, "artifactType": BUNDLE, "config": empty,
        "layers": [layer], "subject": subject,
    }));
    tampered
}

#[track_caller]
fn run(tampered: &TamperedImage, admitted: u64) -> Measured {
    let (registry, env) = (InMemoryRegistry::start(), TestEnv::new());
    tampered.serve(&registry, "x", "1");
    let host = registry.host();
    let measured = Measured::of(&verify(&env, &host, &format!("{host}/x:1"), &[]));
    measured.within(admitted, TIME);
    measured
}

/// Where an unsigned bundle is looked at: as an attestation, and as a signature of an attestation and of the index.
const SUBJECTS: [fn(&TamperedImage) -> String; 3] =
    [TamperedImage::image, |tampered| tampered.attestation(SPDX), |tampered| tampered.root.clone()];

/// Asserts that the unsigned bundle changes nothing, and takes little more memory than its bytes.
fn does_nothing(bytes: &[u8], admitted: u64) {
    for subject in SUBJECTS {
        let measured = run(&bundle_on(subject, bytes), admitted);
        assert_eq!(measured.run.code, 0, "{}", measured.run.stdout);
    }
}

fn repeated(what: &str, last: &str, size: usize) -> String {
    format!("{}{last}", what.repeat(size / what.len()))
}

fn members(size: usize) -> String {
    let mut text = String::with_capacity(size + 16);
    let mut number = 0_u32;
    while text.len() < size {
        text.push_str(&format!("\"{number:x}\":0,"));
        number += 1;
    }
    format!("{{{text}\"\":0}}")
}

#[test]
fn endless_members_are_not_kept() {
    does_nothing(members(SIZE).as_bytes(), SIZE as u64);
}

#[test]
fn endless_elements_are_not_kept() {
    does_nothing(repeated("0,", "0]}", SIZE).replacen('0', r#"{"mediaType":[0"#, 1).as_bytes(), SIZE as u64);
}

#[test]
fn endless_log_entries_are_not_kept() {
    does_nothing(&bundle(b"{}", &repeated("0,", "0", SIZE)), SIZE as u64);
}

#[test]
fn endless_subjects_are_not_kept() {
    for subject in ["{},", r#"{"digest":{}},"#] {
        let statement = format!(
            r#"{{"_type":"https://in-toto.io/Statement/v1","predicateType":"x","subject":[{}]}}"#,
            repeated(subject, "{}", SIZE / 4 * 3)
        );
        // The bundle, and the statement in it.
        does_nothing(&bundle(statement.as_bytes(), ""), (SIZE + SIZE / 4 * 3) as u64);
    }
}

#[test]
fn endless_digests_of_a_subject_are_not_kept() {
    let one = members(600_000).replace(":0", ":\"\"");
    let subject = format!(r#"{{"digest":{one}}},"#);
    let statement = format!(
        r#"{{"_type":"https://in-toto.io/Statement/v1","predicateType":"x","subject":[{}]}}"#,
        repeated(&subject, "{}", SIZE / 4 * 3)
    );
    does_nothing(&bundle(statement.as_bytes(), ""), (SIZE + SIZE / 4 * 3) as u64);
}

#[test]
fn an_endless_log_annotation_is_not_kept() {
    for text in [repeated("0,", "0]", 4_000_000), repeated("[],", "0]", 4_000_000), "[".repeat(4_000_000)] {
        let mut tampered = TamperedImage::of(GOOD);
        let signature = tampered.signature(&tampered.attestation(SPDX));
        tampered.edit(&signature, |manifest| {
            let annotations = &mut manifest["layers"][0]["annotations"];
            annotations["dev.sigstore.cosign/bundle"] = format!("[{text}").into();
        });
        // The signature is good, and what cannot be judged is no proof.
        let measured = run(&tampered, 4 * MIB);
        assert_eq!((measured.run.code, measured.run.ids()), (4, vec!["limits/exceeded".to_owned()]));
        // It is not: the annotation is looked at for the key that it names.
        let signature = tampered.signature(&tampered.attestation(SPDX));
        tampered.edit(&signature, |manifest| {
            manifest["layers"][0]["annotations"]["dev.cosignproject.cosign/signature"] = "AAAA".into();
        });
        let measured = run(&tampered, 4 * MIB);
        assert_eq!((measured.run.code, measured.run.ids()), (4, vec!["trust/wrong-key".to_owned()]));
    }
}

#[test]
fn endless_annotations_are_not_kept() {
    let text = members((4 << 20) - 200).replace(":0", ":\"\"");
    // Names and values take more than their text, so fewer fit.
    let text = text.get(..(4 << 20) - 200).unwrap();
    let text = format!("{}}}", text.get(..text.rfind(',').unwrap()).unwrap());
    let manifest = format!(
        r#"{{"schemaVersion":2,"mediaType":"{}","manifests":[],"annotations":{text}}}"#,
        media_type::OCI_INDEX
    );
    let mut tampered = TamperedImage::of(GOOD);
    let digest = tampered.add(manifest.as_bytes(), media_type::OCI_INDEX);
    let entries = 8;
    tampered.edit_index(|index| {
        for _ in 0..entries {
            index["manifests"].as_array_mut().unwrap().push(digest.clone());
        }
    });
    let measured = run(&tampered, entries * 4 * MIB);
    assert_eq!(measured.run.ids(), ["registry/bad-content"]);
}

#[test]
fn empty_subjects_do_not_panic() {
    for subject in
        ["null", "[null]", "[[]]", "[{\"digest\":null}]", "[{\"digest\":{\"sha256\":null}}]", "{}", "0"]
    {
        let statement = format!(
            r#"{{"_type":"https://in-toto.io/Statement/v1","predicateType":"x","subject":{subject}}}"#
        );
        does_nothing(&bundle(statement.as_bytes(), ""), 0);
    }
}
