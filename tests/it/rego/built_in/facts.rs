//! Facts about one image, which a test changes one at a time.

use dhi::policy::facts::ImageFacts;
use serde_json::{Value, json};

pub(crate) const DIGEST: &str = "7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e";
pub(crate) const OTHER: &str = "1111111111111111111111111111111111111111111111111111111111111111";

pub(crate) const SPDX: &str = "https://spdx.dev/Document";
pub(crate) const CYCLONEDX: &str = "https://cyclonedx.org/bom/v1.6";
pub(crate) const SCOUT_SBOM: &str = "https://scout.docker.com/sbom/v0.1";
pub(crate) const SLSA: &str = "https://slsa.dev/provenance/v1";
pub(crate) const SLSA_V02: &str = "https://slsa.dev/provenance/v0.2";
pub(crate) const VSA: &str = "https://slsa.dev/verification_summary/v1";
pub(crate) const VIRUS: &str = "https://scout.docker.com/virus/v0.1";
pub(crate) const SECRETS: &str = "https://scout.docker.com/secrets/v0.1";
pub(crate) const TESTS: &str = "https://scout.docker.com/tests/v0.1";
pub(crate) const STIG: &str = "https://docker.com/dhi/stig/v0.1";
pub(crate) const FIPS: &str = "https://docker.com/dhi/fips/v0.1";
pub(crate) const SCOUT_PROVENANCE: &str = "https://scout.docker.com/provenance/v0.1";
pub(crate) const SCAN: &str = "https://scout.docker.com/vulnerabilities/v0.1";
pub(crate) const VEX: &str = "https://openvex.dev/ns/v0.2.0";

/// The JSON form of [`ImageFacts`].
#[derive(Clone, Debug)]
pub(crate) struct Facts(pub(crate) Value);

impl Facts {
    /// A hardened image without attestations.
    pub(crate) fn new() -> Self {
        Self(json!({
            "reference": "dhi.io/python:3.13",
            "name": "dhi/python",
            "tags": ["3.13"],
            "digest": format!("sha256:{DIGEST}"),
            "platform": {"os": "linux", "architecture": "amd64"},
            "kind": "image",
            "config": {
                "user": "65532",
                "labels": {"com.docker.dhi.date.end-of-life": "2029-10-31"},
                "document": {"architecture": "amd64", "os": "linux", "created": "2026-11-01T00:00:00Z",
                    "config": {"User": "65532", "Labels": {"com.docker.dhi.date.end-of-life": "2029-10-31"}}},
            },
            "manifest": null,
            "index": null,
            "root": {"digest": format!("sha256:{OTHER}"), "signature": {"outcome": "absent"}},
            "standing": "dhi",
            "base": null,
            "attestations": [],
            "unread": [],
            "triedDhiKeys": ["118ba556dd"],
            "findings": null,
            "unknown": [],
        }))
    }

    /// What an image without any proof is.
    pub(crate) fn empty() -> Self {
        let mut facts = Self::new();
        facts.0["standing"] = json!("not-dhi");
        facts.0["config"] = json!({"user": null, "labels": {}, "document": {"config": {}}});
        facts
    }

    /// Adds a verified attestation of this type with this predicate.
    pub(crate) fn with(mut self, predicate_type: &str, predicate: Value) -> Self {
        let position = self.0["attestations"].as_array().unwrap().len();
        let digest = format!("sha256:{:064x}", 0xa0 + position);
        let mut attestation = json!({
            "digest": digest,
            "image": format!("dhi.io/python@{digest}"),
            "predicateType": predicate_type,
            "status": {"outcome": "verified"},
            "signers": [{
                "name": "dhi-2",
                "keyId": "118ba556dd",
                "isDhi": true,
                "isImageSigner": true,
                "signedName": "dhi/python",
                "log": "proven",
            }],
            "statement": {
                "_type": "https://in-toto.io/Statement/v0.1",
                "predicateType": predicate_type,
                "subject": [{"name": "pkg:docker/dhi/python", "digest": {"sha256": DIGEST}}],
            },
        });
        attestation["statement"]["predicate"] = predicate;
        self.0["attestations"].as_array_mut().unwrap().push(attestation);
        self
    }

    /// The first attestation of this type.
    pub(crate) fn attestation(&mut self, predicate_type: &str) -> &mut Value {
        let all = self.0["attestations"].as_array_mut().unwrap();
        all.iter_mut().find(|attestation| attestation["predicateType"] == predicate_type).unwrap()
    }

    pub(crate) fn predicate(&mut self, predicate_type: &str) -> &mut Value {
        &mut self.attestation(predicate_type)["statement"]["predicate"]
    }

    /// Removes all attestations of this type.
    pub(crate) fn remove(&mut self, predicate_type: &str) {
        let all = self.0["attestations"].as_array_mut().unwrap();
        all.retain(|attestation| attestation["predicateType"] != predicate_type);
    }

    /// Changes the user, in both places.
    pub(crate) fn user(&mut self, user: Option<&str>) {
        self.0["config"]["user"] = json!(user);
        let config = self.0["config"]["document"]["config"].as_object_mut().unwrap();
        match user {
            Some(user) => config.insert("User".to_owned(), json!(user)),
            None => config.remove("User"),
        };
    }

    /// Changes a label, in both places.
    pub(crate) fn label(&mut self, name: &str, value: Option<&str>) {
        for labels in ["/config/labels", "/config/document/config/Labels"] {
            let labels = self.0.pointer_mut(labels).unwrap().as_object_mut().unwrap();
            match value {
                Some(value) => labels.insert(name.to_owned(), json!(value)),
                None => labels.remove(name),
            };
        }
    }

    /// Makes it an image that is built on a hardened image and has no attestations of its own.
    pub(crate) fn based(mut self) -> Self {
        self.0["attestations"] = json!([]);
        let mut proving = Self::new().with(SPDX, json!({})).with(SLSA, json!({}));
        for attestation in proving.0["attestations"].as_array_mut().unwrap() {
            attestation["statement"] = Value::Null;
        }
        let labels = self.0["config"]["labels"].clone();
        self.0["standing"] = json!("dhi-based");
        self.0["reference"] = json!("registry.example.com/shop/web:1");
        self.0["name"] = json!("registry.example.com/shop/web");
        self.0["base"] = json!({
            "reference": "dhi.io/python:3.13",
            "name": "dhi/python",
            "digest": format!("sha256:{OTHER}"),
            "proof": "hashed",
            "layers": 4,
            "labels": labels,
            "attestations": proving.0["attestations"],
        });
        self
    }

    pub(crate) fn to_facts(&self) -> ImageFacts {
        serde_json::from_str(&self.0.to_string()).unwrap()
    }
}
