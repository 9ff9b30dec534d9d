//! Layout directories whose content is written and signed by the tests: images and charts in indexes, attestations and
//! signatures of each.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use dhi::oci::{Digest, media_type};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::env::{Run, TestEnv};

/// A layout directory and the key that signs in it.
pub(crate) struct LayoutFixture {
    directory: TempDir,
    key: EcdsaKeyPair,
    referrers: RefCell<BTreeMap<String, Vec<Value>>>,
}

impl LayoutFixture {
    pub(crate) fn new() -> Self {
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

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn blob(&self, kind: &str, bytes: &[u8]) -> Value {
        let digest = Digest::of(bytes);
        std::fs::write(self.path("blobs/sha256").join(digest.hex()), bytes).unwrap();
        json!({"mediaType": kind, "digest": digest, "size": bytes.len()})
    }

    pub(crate) fn manifest(
        &self,
        config: &str,
        subject: Option<&Value>,
        artifact: &Value,
        layers: &[Value],
    ) -> Value {
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

    /// An image for `linux` and this architecture.
    pub(crate) fn image(&self, architecture: &str) -> Value {
        let config = self.blob(
            media_type::OCI_CONFIG,
            json!({"os": "linux", "architecture": architecture}).to_string().as_bytes(),
        );
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": media_type::OCI_MANIFEST,
            "config": config,
            "layers": [self.blob("application/vnd.oci.image.layer.v1.tar+gzip", architecture.as_bytes())],
        });
        let mut entry = self.blob(media_type::OCI_MANIFEST, manifest.to_string().as_bytes());
        entry["platform"] = json!({"os": "linux", "architecture": architecture});
        entry
    }

    /// A chart, or an image.
    pub(crate) fn entry(&self, config: &str) -> Value {
        let layer = self.blob("application/vnd.cncf.helm.chart.content.v1.tar+gzip", config.as_bytes());
        let mut entry = self.manifest(config, None, &json!({}), &[layer]);
        entry["platform"] = json!({"os": "linux", "architecture": "amd64"});
        entry
    }

    pub(crate) fn index(&self, entries: &[&Value]) -> Value {
        let index = json!({"schemaVersion": 2, "mediaType": media_type::OCI_INDEX, "manifests": entries});
        self.blob(media_type::OCI_INDEX, index.to_string().as_bytes())
    }

    /// Attaches a signed attestation to `subject` whose statement is about `about`.
    pub(crate) fn attest(&self, subject: &Value, about: &Value, predicate_type: &str) {
        let attestation = self.attest_unsigned(subject, about, predicate_type);
        self.sign(&attestation, &attestation, "registry.example.com/charts/web", &Value::Null);
    }

    /// Attaches a signature to `object` whose payload names `about`.
    pub(crate) fn sign(&self, object: &Value, about: &Value, name: &str, optional: &Value) {
        let payload = json!({
            "critical": {
                "identity": {"docker-reference": name},
                "image": {"docker-manifest-digest": about["digest"]},
                "type": "cosign container image signature",
            },
            "optional": optional,
        });
        let payload = payload.to_string();
        self.attach_signature(object, self.blob(media_type::SIMPLE_SIGNING, payload.as_bytes()), &payload);
    }

    /// Attaches to `object` a signature over `payload`, in a layer with this descriptor.
    pub(crate) fn attach_signature(&self, object: &Value, mut layer: Value, payload: &str) {
        let signature = self.key.sign(&SystemRandom::new(), payload.as_bytes()).unwrap();
        layer["annotations"] =
            json!({"dev.cosignproject.cosign/signature": BASE64_STANDARD.encode(signature.as_ref())});
        self.manifest(media_type::COSIGN_SIGNATURE, Some(object), &json!({}), &[layer]);
    }

    pub(crate) fn attest_unsigned(&self, subject: &Value, about: &Value, predicate_type: &str) -> Value {
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

    /// Writes `index.json` with `root` and verifies it with the key.
    pub(crate) fn verify(&self, root: &Value, arguments: &[&str]) -> Run {
        self.write(root);
        let key = self.key();
        self.dhi(&[&["verify", "--format", "json", "--key", &key], arguments].concat())
    }

    /// Runs a command with the reference of the layout.
    pub(crate) fn dhi(&self, arguments: &[&str]) -> Run {
        TestEnv::new().dhi(&[arguments, &[&self.reference()]].concat())
    }

    /// Writes `index.json` with `root`.
    pub(crate) fn write(&self, root: &Value) {
        let lists = self.referrers.borrow().clone().into_iter().map(|(tag, list)| {
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
    }

    /// The reference of the layout.
    pub(crate) fn reference(&self) -> String {
        format!("oci:{}:1.0.0", self.directory.path().display())
    }

    /// The file with the public key.
    pub(crate) fn key(&self) -> String {
        self.path("key.pub").display().to_string()
    }
}
