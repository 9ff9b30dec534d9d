//! A team's own image, signed in the ways of Sigstore's tools and verified by the command. The flags set which signers
//! count.

mod identities;
mod lists;
mod rotation;
mod tags;
mod thresholds;
mod times;

use dhi::oci::{Digest, media_type};
use serde_json::{Map, Value, json};

use crate::support::env::{ATTESTED_ONLY, Run, TestEnv};
use crate::support::registry::InMemoryRegistry;
use crate::support::test_sigstore::cosign::Layer;
use crate::support::test_sigstore::signed::{Signed, Version};
use crate::support::test_sigstore::{Sigstore, TrustedRoot, sign_statement, statement};

pub(crate) const IDENTITY: &str = "https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main";
pub(crate) const ISSUER: &str = "https://token.actions.githubusercontent.com";
const CHECKED: &str = "https://acme.test/checked/v1";

/// The image in a registry, and all that signs it.
pub(crate) struct TeamImage {
    pub(crate) registry: InMemoryRegistry,
    pub(crate) env: TestEnv,
    pub(crate) sigstore: Sigstore,
    pub(crate) image: Digest,
    size: usize,
}

impl TeamImage {
    /// An image of one platform without any signature.
    pub(crate) fn new() -> Self {
        let (registry, env, sigstore) = (InMemoryRegistry::start(), TestEnv::new(), Sigstore::new());
        let config =
            json!({ "os": "linux", "architecture": "amd64", "rootfs": { "type": "layers", "diff_ids": [] } });
        let config = config.to_string();
        let digest = registry.put_blob("acme/app", config.as_bytes());
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": media_type::OCI_MANIFEST,
            "config": { "mediaType": media_type::OCI_CONFIG, "digest": digest.to_string(), "size": config.len() },
            "layers": [],
        })
        .to_string();
        let image = registry.put_manifest("acme/app", manifest.as_bytes());
        registry.tag("acme/app", "1", &image);
        let team = Self { registry, env, sigstore, image, size: manifest.len() };
        team.trust(&team.sigstore.trusted_root());
        team.env.write("team.pub", team.sigstore.key.pem());
        team
    }

    /// Writes what verifiers trust.
    fn trust(&self, root: &TrustedRoot) {
        self.env.write("root.json", root.json());
    }

    /// A statement about the image.
    pub(crate) fn checked(&self) -> String {
        statement("app", &self.image.hex(), CHECKED)
    }

    /// What cosign 3 signs to sign the image.
    pub(crate) fn signing(&self) -> String {
        sign_statement(&self.image.hex())
    }

    /// Attaches a bundle as a referrer.
    pub(crate) fn attach(&self, signed: &Signed, version: Version) -> Digest {
        self.attach_text(&signed.bundle(version).to_string(), version.media_type())
    }

    fn attach_text(&self, bundle: &str, kind: &str) -> Digest {
        let digest = self.registry.put_blob("acme/app", bundle.as_bytes());
        let layer = json!({ "mediaType": kind, "digest": digest.to_string(), "size": bundle.len() });
        self.refer(kind, &[layer])
    }

    /// Attaches a manifest with these layers.
    pub(crate) fn refer(&self, artifact_type: &str, layers: &[Value]) -> Digest {
        let empty = self.registry.put_blob("acme/app", b"{}");
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": media_type::OCI_MANIFEST,
            "artifactType": artifact_type,
            "config": { "mediaType": media_type::OCI_EMPTY, "digest": empty.to_string(), "size": 2 },
            "layers": layers,
            "subject": { "mediaType": media_type::OCI_MANIFEST, "digest": self.image.to_string(), "size": self.size },
        });
        self.registry.put_manifest("acme/app", manifest.to_string().as_bytes())
    }

    /// The descriptor of a layer as cosign 2 writes it.
    pub(crate) fn stored(&self, layer: &Layer) -> Value {
        let digest = self.registry.put_blob("acme/app", &layer.payload);
        let annotations: Map<String, Value> = layer.annotations.clone();
        json!({
            "mediaType": layer.media_type,
            "digest": digest.to_string(),
            "size": layer.payload.len(),
            "annotations": annotations,
        })
    }

    /// Puts layers under cosign's tag with this suffix.
    pub(crate) fn tag(&self, suffix: &str, layers: &[Layer]) {
        let config = self.registry.put_blob("acme/app", b"{}");
        let layers: Vec<Value> = layers.iter().map(|layer| self.stored(layer)).collect();
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": media_type::OCI_MANIFEST,
            "config": { "mediaType": media_type::OCI_CONFIG, "digest": config.to_string(), "size": 2 },
            "layers": layers,
        });
        let digest = self.registry.put_manifest("acme/app", manifest.to_string().as_bytes());
        self.registry.tag("acme/app", &format!("sha256-{}.{suffix}", self.image.hex()), &digest);
    }

    fn reference(&self) -> String {
        format!("{}/acme/app:1", self.registry.host())
    }

    /// `dhi verify` of what is signed, with the team's trusted root.
    fn verify(&self, flags: &[&str]) -> Run {
        self.decide(&[&ATTESTED_ONLY, flags].concat())
    }

    /// The same by the policy `signed`.
    pub(crate) fn signed(&self, flags: &[&str]) -> Run {
        self.decide(&[&["--policy", "signed"], flags].concat())
    }

    fn decide(&self, flags: &[&str]) -> Run {
        let (host, root) = (self.registry.host(), self.env.file("root.json"));
        let fixed = ["verify", "--plain-http", &host, "--no-cache", "--trusted-root", &root];
        self.env.dhi(&[&fixed[..], flags, &[&self.reference()]].concat())
    }

    /// The same by the team's certificate identity.
    fn verify_keyless(&self, flags: &[&str]) -> Run {
        let identity = ["--certificate-identity", IDENTITY, "--certificate-oidc-issuer", ISSUER];
        self.verify(&[&identity[..], flags].concat())
    }

    /// The same by the team's key.
    fn verify_keyed(&self, flags: &[&str]) -> Run {
        let key = self.env.file("team.pub");
        self.verify(&[&["--key", key.as_str()], flags].concat())
    }

    /// `dhi attest list`.
    fn list(&self, flags: &[&str]) -> Run {
        let (host, root) = (self.registry.host(), self.env.file("root.json"));
        let fixed = ["attest", "list", "--plain-http", &host, "--no-cache", "--trusted-root", &root];
        self.env.dhi(&[&fixed[..], flags, &[&self.reference()]].concat())
    }
}

/// A signature and nothing else: the most that many images have.
#[test]
fn a_signature_without_attestation_gets_its_own_hint() {
    let team = TeamImage::new();
    let copied = "hint: if it is a copy, copy its referrers too";
    team.verify_keyed(&[]).assert(3, copied);
    let (host, key) = (team.registry.host(), team.env.file("cosign"));
    let dhi = |arguments: &[&str]| team.env.dhi(arguments);
    dhi(&["keys", "generate", "-o", &key]).assert(0, "cosign.pub");
    let (private, public) = (format!("{key}.key"), format!("{key}.pub"));
    dhi(&["sign", "--plain-http", &host, "--key", &private, &team.reference()]).assert(0, "acme/app@sha256:");
    let run = team.verify(&["--key", &public]);
    run.assert(3, "error[attest/none]: linux/amd64: there is no attestation");
    run.assert(3, "hint: its signature alone is not enough: attach an attestation (`dhi attest add`)");
    // A signature by another key does not count.
    team.verify_keyed(&[]).assert(3, copied);
}

#[test]
fn a_missing_platform_is_named() {
    let team = TeamImage::new();
    let run = team.verify_keyed(&["--platform", "linux/arm64", "--platform", "linux/s390x"]);
    run.assert(
        3,
        "error[verify/no-such-platform]: manifest: there is no image for linux/arm64, linux/s390x\n  available  linux/amd64\n",
    );
}
