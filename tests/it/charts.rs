//! Charts in an index: attestations about the index count for a chart that has none of its own, and for
//! nothing else. The layouts are written and signed here.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use dhi::oci::{Digest, media_type};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::binary::{ALONE, Run, User};

const SPDX: &str = "https://spdx.dev/Document";
const SLSA: &str = "https://slsa.dev/provenance/v1";

/// A layout directory and the key that signs in it.
struct Maker {
    directory: TempDir,
    key: EcdsaKeyPair,
    referrers: RefCell<BTreeMap<String, Vec<Value>>>,
}

impl Maker {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(directory.path().join("blobs/sha256")).unwrap();
        std::fs::write(directory.path().join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).unwrap();
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let public: PublicKeyX509Der<'_> = key.public_key().as_der().unwrap();
        let pem = format!(
            "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
            BASE64_STANDARD.encode(public.as_ref())
        );
        std::fs::write(directory.path().join("key.pub"), pem).unwrap();
        Self { directory, key, referrers: RefCell::default() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn blob(&self, kind: &str, bytes: &[u8]) -> Value {
        let digest = Digest::of(bytes);
        std::fs::write(self.path("blobs/sha256").join(digest.hex()), bytes).unwrap();
        json!({"mediaType": kind, "digest": digest, "size": bytes.len()})
    }

    fn manifest(&self, config: &str, subject: Option<&Value>, artifact: &Value, layers: &[Value]) -> Value {
        let mut manifest = json!({
            "schemaVersion": 2,
            "mediaType": media_type::OCI_MANIFEST,
            "config": self.blob(config, br#"{"os":"linux","architecture":"amd64"}"#),
            "layers": layers,
        });
        for (name, value) in artifact.as_object().unwrap() {
            manifest[name] = value.clone();
        }
        if let Some(subject) = subject {
            manifest["subject"] = json!({
                "mediaType": subject["mediaType"], "digest": subject["digest"], "size": subject["size"]
            });
        }
        let manifest = self.blob(media_type::OCI_MANIFEST, manifest.to_string().as_bytes());
        if let Some(subject) = subject {
            let tag = subject["digest"].as_str().unwrap().replace(':', "-");
            self.referrers.borrow_mut().entry(tag).or_default().push(manifest.clone());
        }
        manifest
    }

    /// A chart, or an image.
    fn entry(&self, config: &str) -> Value {
        let layer = self.blob("application/vnd.cncf.helm.chart.content.v1.tar+gzip", config.as_bytes());
        let mut entry = self.manifest(config, None, &json!({}), &[layer]);
        entry["platform"] = json!({"os": "linux", "architecture": "amd64"});
        entry
    }

    fn index(&self, entries: &[&Value]) -> Value {
        let index = json!({"schemaVersion": 2, "mediaType": media_type::OCI_INDEX, "manifests": entries});
        self.blob(media_type::OCI_INDEX, index.to_string().as_bytes())
    }

    /// Attaches a signed attestation to `subject` whose statement is about `about`.
    fn attest(&self, subject: &Value, about: &Value, predicate_type: &str) {
        let attestation = self.attest_unsigned(subject, about, predicate_type);
        let digest = &attestation["digest"];
        let payload = json!({
            "critical": {
                "identity": {"docker-reference": "registry.example.com/charts/web"},
                "image": {"docker-manifest-digest": digest},
                "type": "cosign container image signature",
            },
            "optional": null,
        });
        let payload = payload.to_string();
        let signature = self.key.sign(&SystemRandom::new(), payload.as_bytes()).unwrap();
        let mut layer = self.blob(media_type::SIMPLE_SIGNING, payload.as_bytes());
        layer["annotations"] =
            json!({"dev.cosignproject.cosign/signature": BASE64_STANDARD.encode(signature.as_ref())});
        self.manifest(media_type::COSIGN_SIGNATURE, Some(&attestation), &json!({}), &[layer]);
    }

    fn attest_unsigned(&self, subject: &Value, about: &Value, predicate_type: &str) -> Value {
        let hex = about["digest"].as_str().unwrap().trim_start_matches("sha256:");
        let statement = json!({
            "_type": "https://in-toto.io/Statement/v0.1",
            "predicateType": predicate_type,
            "subject": [{"name": "web", "digest": {"sha256": hex}}],
            "predicate": {},
        });
        let mut layer = self.blob(media_type::IN_TOTO, statement.to_string().as_bytes());
        layer["annotations"] = json!({"in-toto.io/predicate-type": predicate_type});
        let artifact = json!({
            "artifactType": media_type::IN_TOTO,
            "annotations": {"in-toto.io/predicate-type": predicate_type},
        });
        self.manifest(media_type::OCI_EMPTY, Some(subject), &artifact, &[layer])
    }

    /// Writes `index.json` with `root` and verifies it.
    fn verify(&self, root: &Value, arguments: &[&str]) -> Run {
        let lists = self.referrers.take().into_iter().map(|(tag, list)| {
            let list = json!({"schemaVersion": 2, "mediaType": media_type::OCI_INDEX, "manifests": list});
            (tag, self.blob(media_type::OCI_INDEX, list.to_string().as_bytes()))
        });
        let named = std::iter::once(("1.0.0".to_owned(), root.clone())).chain(lists);
        let entries: Vec<Value> = named
            .map(|(tag, mut entry)| {
                entry["annotations"] = json!({"org.opencontainers.image.ref.name": tag});
                entry
            })
            .collect();
        let index = json!({"schemaVersion": 2, "manifests": entries});
        std::fs::write(self.path("index.json"), index.to_string()).unwrap();
        let shown = |path: &Path| path.display().to_string();
        let (key, reference) = (shown(&self.path("key.pub")), shown(self.directory.path()));
        let all = ["verify", "--format", "json", "--key", &key];
        User::new().dhi(&[&all, arguments, &[&format!("oci:{reference}:1.0.0")]].concat())
    }
}

fn assert(run: &Run, code: i32, ids: &[&str]) {
    assert_eq!(
        (run.code, run.ids()),
        (code, ids.iter().map(ToString::to_string).collect()),
        "{}",
        run.stdout
    );
}

fn attestations(run: &Run) -> usize {
    run.json()["images"][0]["platforms"][0]["attestations"].as_array().unwrap().len()
}

#[test]
fn attestations_about_the_index_count_for_its_chart() {
    let maker = Maker::new();
    let chart = maker.entry(media_type::HELM_CONFIG);
    let index = maker.index(&[&chart]);
    maker.attest(&index, &index, SPDX);
    maker.attest(&index, &index, SLSA);
    let run = maker.verify(&index, &[]);
    assert(&run, 0, &[]);
    assert_eq!(attestations(&run), 2);

    for (wanted, code, ids) in [(SPDX, 0, &[][..]), ("https://x/y", 3, &["attest/predicate-missing"])] {
        let maker = Maker::new();
        let chart = maker.entry(media_type::HELM_CONFIG);
        let index = maker.index(&[&chart]);
        maker.attest(&index, &index, SPDX);
        maker.attest(&index, &index, SLSA);
        assert(&maker.verify(&index, &["--predicate-type", wanted, "--platform", "linux/amd64"]), code, ids);
    }
}

#[test]
fn a_bad_one_about_the_index_is_not_passed_over() {
    let maker = Maker::new();
    let chart = maker.entry(media_type::HELM_CONFIG);
    let index = maker.index(&[&chart]);
    maker.attest(&index, &index, SPDX);
    maker.attest(&index, &chart, SLSA);
    assert(&maker.verify(&index, &[]), 4, &["trust/subject-mismatch"]);

    let maker = Maker::new();
    let chart = maker.entry(media_type::HELM_CONFIG);
    let index = maker.index(&[&chart]);
    maker.attest_unsigned(&index, &index, SPDX);
    assert(&maker.verify(&index, &[]), 3, &["trust/unsigned"]);
}

#[test]
fn a_chart_with_attestations_of_its_own_needs_no_others() {
    let maker = Maker::new();
    let chart = maker.entry(media_type::HELM_CONFIG);
    let index = maker.index(&[&chart]);
    maker.attest(&chart, &chart, SPDX);
    maker.attest(&index, &chart, SLSA);
    let run = maker.verify(&index, &ALONE);
    assert(&run, 0, &[]);
    assert_eq!(attestations(&run), 1);
    // What is about the index does not make it whole.
    assert(&maker.verify(&index, &[]), 1, &["base/not-dhi"]);

    // Bad ones are its own too, and so are those that were not asked for.
    let maker = Maker::new();
    let chart = maker.entry(media_type::HELM_CONFIG);
    let index = maker.index(&[&chart]);
    maker.attest(&chart, &index, SPDX);
    maker.attest(&index, &index, SPDX);
    assert(&maker.verify(&index, &[]), 4, &["trust/subject-mismatch"]);

    let maker = Maker::new();
    let chart = maker.entry(media_type::HELM_CONFIG);
    let index = maker.index(&[&chart]);
    maker.attest(&chart, &chart, SPDX);
    maker.attest(&index, &index, SLSA);
    let run = maker.verify(&index, &["--predicate-type", SLSA]);
    assert(&run, 3, &["attest/predicate-missing"]);
}

#[test]
fn an_image_is_not_proven_by_what_is_about_its_index() {
    let maker = Maker::new();
    let image = maker.entry(media_type::OCI_CONFIG);
    let index = maker.index(&[&image]);
    maker.attest(&index, &index, SPDX);
    maker.attest(&index, &index, SLSA);
    assert(&maker.verify(&index, &ALONE), 3, &["attest/none"]);
    assert(&maker.verify(&index, &[]), 1, &["base/not-dhi"]);

    // Beside a chart it still has to be proven by itself.
    let maker = Maker::new();
    let (chart, image) = (maker.entry(media_type::HELM_CONFIG), maker.entry(media_type::OCI_CONFIG));
    let index = maker.index(&[&chart, &image]);
    maker.attest(&index, &index, SPDX);
    maker.attest(&index, &index, SLSA);
    assert(&maker.verify(&index, &ALONE), 3, &["attest/none"]);
    assert(&maker.verify(&index, &[]), 1, &["base/not-dhi"]);
}

#[test]
fn an_unsigned_chart_has_no_proof() {
    let maker = Maker::new();
    let chart = maker.entry(media_type::HELM_CONFIG);
    let index = maker.index(&[&chart]);
    for root in [&chart, &index] {
        for (flags, code, id) in [(&ALONE[..], 3, "attest/none"), (&[], 1, "base/not-dhi")] {
            let run = maker.verify(root, flags);
            assert(&run, code, &[id]);
            assert!(run.stdout.contains("\"hint\""), "{}", run.stdout);
        }
    }
}
