//! Images and the hardened images that they are built on, pushed to an in-memory registry of all hosts and judged by the
//! library.

use std::collections::{BTreeMap, BTreeSet};

use dhi::evidence::{BaseProof, Evidence, NameRule, PlatformBase};
use dhi::oci::{Digest, Reference, media_type};
use dhi::trust::{Keyring, LogPolicy, PublicKey, SctPolicy, Threshold, Trust, TrustedKey, TrustedRoot};
use dhi::verify::{BaseOptions, KeepStatements, Options};
use serde_json::{Value, json};

use super::registry::{InMemoryRegistry, Reply};
use super::rego::assert_both_policies_agree;
use super::test_sigstore::key::{Key, base64};

pub(crate) const SPDX: &str = "https://spdx.dev/Document";
pub(crate) const SLSA: &str = "https://slsa.dev/provenance/v1";
pub(crate) const SLSA_02: &str = "https://slsa.dev/provenance/v0.2";
pub(crate) const VSA: &str = "https://slsa.dev/verification_summary/v1";
pub(crate) const CHAIN_ID: &str = "com.docker.dhi.chain-id";
/// The child in most tests.
pub(crate) const APP: &str = "registry.example.com/acme/app:1";
const PREDICATE_TYPE: &str = "in-toto.io/predicate-type";

/// A layer: the digest of its content, and its stored bytes.
#[derive(Clone, Debug)]
pub(crate) struct Layer {
    pub(crate) diff_id: String,
    pub(crate) stored: Vec<u8>,
}

impl Layer {
    pub(crate) fn of(text: &str) -> Self {
        Self { diff_id: Digest::of(text.as_bytes()).to_string(), stored: text.as_bytes().to_vec() }
    }

    /// The same content, stored as other bytes.
    pub(crate) fn stored_as(&self, stored: Vec<u8>) -> Self {
        Self { stored, ..self.clone() }
    }
}

/// One image of an index.
#[derive(Clone, Debug)]
pub(crate) struct Image {
    pub(crate) layers: Vec<Layer>,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) annotations: BTreeMap<String, String>,
    pub(crate) architecture: &'static str,
    /// URIs and digests of BuildKit's provenance; none means that there is no attestation manifest.
    pub(crate) inputs: Option<Vec<(String, String)>>,
}

impl Image {
    /// One letter for each layer.
    pub(crate) fn of(letters: &str) -> Self {
        Self {
            layers: letters.chars().map(|letter| Layer::of(&letter.to_string())).collect(),
            labels: BTreeMap::new(),
            annotations: BTreeMap::new(),
            architecture: "amd64",
            inputs: None,
        }
    }

    pub(crate) fn label(mut self, name: &str, value: &str) -> Self {
        self.labels.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn annotation(mut self, name: &str, value: &str) -> Self {
        self.annotations.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn on(mut self, architecture: &'static str) -> Self {
        self.architecture = architecture;
        self
    }

    /// With BuildKit's provenance, which names these images.
    pub(crate) fn built_from(mut self, inputs: &[(&str, &Pushed)]) -> Self {
        self.inputs = Some(
            inputs
                .iter()
                .map(|(name, pushed)| {
                    (
                        format!("pkg:docker/{name}?platform=linux%2F{}", self.architecture),
                        pushed.digest.clone(),
                    )
                })
                .collect(),
        );
        self
    }

    pub(crate) fn chain_id(&self) -> String {
        let ids: Vec<Digest> = self.layers.iter().map(|layer| layer.diff_id.parse().unwrap()).collect();
        dhi::evidence::chain_id(&ids).unwrap().to_string()
    }
}

/// A pushed index.
#[derive(Clone, Debug)]
pub(crate) struct Pushed {
    /// `HOST/REPOSITORY`.
    pub(crate) repository: String,
    /// The digest of the index.
    pub(crate) digest: String,
    /// Descriptors of the images in it.
    pub(crate) images: Vec<Value>,
}

/// The registry, the key that is trusted as Docker's, and a key that is not trusted.
pub(crate) struct BaseFixture {
    pub(crate) registry: InMemoryRegistry,
    pub(crate) key: Key,
    pub(crate) other: Key,
}

impl BaseFixture {
    /// Without images.
    pub(crate) fn empty() -> Self {
        Self { registry: InMemoryRegistry::in_process(), key: Key::p256(), other: Key::p256() }
    }

    /// With `dhi.io/python:3.13`, a hardened image of two layers.
    pub(crate) fn new() -> (Self, Pushed) {
        let fixture = Self::empty();
        let base = fixture.hardened("dhi.io/python:3.13", &[python("ab")]);
        (fixture, base)
    }

    /// Pushes a hardened image.
    pub(crate) fn hardened(&self, name: &str, images: &[Image]) -> Pushed {
        let pushed = self.push(name, images);
        self.sign(&pushed, &[SPDX, SLSA], Some(&self.key));
        pushed
    }

    /// Attests every image with these types.
    pub(crate) fn sign(&self, pushed: &Pushed, kinds: &[&str], key: Option<&Key>) {
        for image in &pushed.images {
            for kind in kinds {
                let signed = key.map(|key| (key, "dhi/python"));
                self.attest(&pushed.repository, image, kind, &json!({}), signed);
            }
        }
    }

    pub(crate) fn trust(&self) -> Trust {
        let key = PublicKey::from_pem(&self.key.pem(), "team").unwrap();
        Trust {
            keys: Keyring::of([TrustedKey::active("team", key, "team.pub")]),
            identities: Vec::new(),
            attestors: Keyring::default(),
            sct: SctPolicy::Require,
            threshold: Threshold::ONE,
            root: TrustedRoot::public_good().unwrap(),
            log: LogPolicy::VerifyIfPresent,
            effective_time: "2026-10-01T00:00:00Z".parse().unwrap(),
        }
    }

    pub(crate) fn evidence(&self, name: &str, options: &BaseOptions) -> Evidence {
        let reference: Reference = name.parse().unwrap();
        let asked = Options {
            names: NameRule::of(&reference, options.namespaces.clone(), None),
            // A policy in Rego reads them.
            keep_statements: KeepStatements::All,
            keep_documents: true,
            ..Options::of(&reference)
        };
        wait(dhi::verify::verify(&self.registry, &reference, &self.trust(), &asked)).unwrap()
    }

    pub(crate) fn ask(&self, name: &str, options: &BaseOptions) -> BaseProof {
        let evidence = self.evidence(name, options);
        let proof = wait(dhi::verify::base(&self.registry, &evidence, &self.trust(), options));
        assert_both_policies_agree(&evidence, &proof);
        proof
    }

    /// The answer about the only platform of [`APP`].
    pub(crate) fn app(&self) -> PlatformBase {
        self.app_with(&BaseOptions::default())
    }

    pub(crate) fn app_with(&self, options: &BaseOptions) -> PlatformBase {
        one(self.ask(APP, options))
    }
}

impl BaseFixture {
    /// Answers all requests for this host with this status.
    pub(crate) fn answer_host(&self, host: &str, status: u16) {
        let prefix = format!("/v2/{host}/");
        self.registry
            .reply_with(move |request| request.target.starts_with(&prefix).then(|| Reply::new(status, "")));
    }

    /// Answers 503 for all blobs of a repository that contain this text.
    pub(crate) fn lose_blobs(&self, repository: &str, text: &str) {
        for digest in self.registry.blobs_with(repository, text) {
            self.registry.script(&format!("/v2/{repository}/blobs/{digest}"), Reply::new(503, ""));
        }
    }

    /// Withholds the list of referrers of this object. The fallback tag lists the first `shown` of them.
    pub(crate) fn withhold_list(&self, pushed: &Pushed, subject: &str, shown: usize) {
        let repository = &pushed.repository;
        let mut listed = self.registry.referrers_of(repository, subject);
        listed.truncate(shown);
        let list = json!({ "schemaVersion": 2, "mediaType": media_type::OCI_INDEX, "manifests": listed });
        let tag = subject.parse::<Digest>().unwrap().fallback_tag();
        self.registry.script(&format!("/v2/{repository}/referrers/{subject}"), Reply::html());
        self.registry.script(&format!("/v2/{repository}/manifests/{tag}"), Reply::new(200, list.to_string()));
    }

    /// All hosts that received a request.
    pub(crate) fn hosts_asked(&self) -> Vec<String> {
        let log = self.registry.log();
        let hosts = log.iter().filter_map(|request| request.target.split('/').nth(2));
        hosts.map(str::to_owned).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Whether a blob with these bytes was fetched.
    pub(crate) fn was_read(&self, bytes: &[u8]) -> bool {
        let end = format!("/blobs/{}", Digest::of(bytes));
        self.registry.log().iter().any(|request| request.target.ends_with(&end))
    }

    fn blob(&self, repository: &str, media_type: &str, bytes: &[u8]) -> Value {
        let digest = self.registry.put_blob(repository, bytes);
        json!({ "mediaType": media_type, "digest": digest, "size": bytes.len() })
    }

    fn manifest(&self, repository: &str, manifest: &Value) -> Value {
        let text = manifest.to_string();
        let digest = self.registry.put_manifest(repository, text.as_bytes());
        json!({ "mediaType": manifest["mediaType"], "digest": digest, "size": text.len() })
    }

    /// Pushes an index with these images to `HOST/REPOSITORY:TAG`.
    pub(crate) fn push(&self, name: &str, images: &[Image]) -> Pushed {
        let (repository, tag) = name.rsplit_once(':').unwrap();
        let (mut entries, mut pushed) = (Vec::new(), Vec::new());
        for image in images {
            let mut descriptor = self.image(repository, image);
            pushed.push(descriptor.clone());
            descriptor["platform"] = json!({ "os": "linux", "architecture": image.architecture });
            entries.push(descriptor.clone());
            if let Some(inputs) = &image.inputs {
                entries.push(self.buildkit(repository, &descriptor, inputs));
            }
        }
        let index = json!({ "schemaVersion": 2, "mediaType": media_type::OCI_INDEX, "manifests": entries });
        let digest = self.manifest(repository, &index)["digest"].as_str().unwrap().to_owned();
        self.registry.tag(repository, tag, &digest.parse().unwrap());
        Pushed { repository: repository.to_owned(), digest, images: pushed }
    }

    fn image(&self, repository: &str, image: &Image) -> Value {
        let layers: Vec<Value> = image
            .layers
            .iter()
            .map(|layer| self.blob(repository, "application/vnd.oci.image.layer.v1.tar", &layer.stored))
            .collect();
        let diff_ids: Vec<&String> = image.layers.iter().map(|layer| &layer.diff_id).collect();
        let config = json!({
            "os": "linux",
            "architecture": image.architecture,
            "config": { "Labels": image.labels },
            "rootfs": { "type": "layers", "diff_ids": diff_ids },
        });
        let config = self.blob(repository, media_type::OCI_CONFIG, config.to_string().as_bytes());
        self.manifest(
            repository,
            &json!({
                "schemaVersion": 2,
                "mediaType": media_type::OCI_MANIFEST,
                "config": config,
                "layers": layers,
                "annotations": image.annotations,
            }),
        )
    }

    /// BuildKit's attestation manifest, which is not signed.
    fn buildkit(&self, repository: &str, image: &Value, inputs: &[(String, String)]) -> Value {
        let statement = statement(image, SLSA, &provenance(inputs));
        let mut layer = self.blob(repository, media_type::IN_TOTO, statement.as_bytes());
        layer["annotations"] = json!({ PREDICATE_TYPE: SLSA });
        let config = self.blob(repository, media_type::OCI_CONFIG, b"{}");
        let mut descriptor = self.manifest(
            repository,
            &json!({
                "schemaVersion": 2,
                "mediaType": media_type::OCI_MANIFEST,
                "config": config,
                "layers": [layer],
            }),
        );
        descriptor["platform"] = json!({ "os": "unknown", "architecture": "unknown" });
        descriptor["annotations"] = json!({
            "vnd.docker.reference.type": "attestation-manifest",
            "vnd.docker.reference.digest": image["digest"],
        });
        descriptor
    }

    /// Attaches an attestation to an image, signed by `key` under `name` if given.
    pub(crate) fn attest(
        &self,
        repository: &str,
        image: &Value,
        kind: &str,
        predicate: &Value,
        key: Option<(&Key, &str)>,
    ) -> Value {
        self.attest_statement(repository, image, kind, &statement(image, kind, predicate), key)
    }

    /// Attaches a statement to an image as an attestation of this type, signed by `key` under `name` if given.
    pub(crate) fn attest_statement(
        &self,
        repository: &str,
        image: &Value,
        kind: &str,
        statement: &str,
        key: Option<(&Key, &str)>,
    ) -> Value {
        let mut layer = self.blob(repository, media_type::IN_TOTO, statement.as_bytes());
        layer["annotations"] = json!({ PREDICATE_TYPE: kind });
        let attestation = self.refer(repository, image, media_type::IN_TOTO, &layer, kind);
        if let Some((key, name)) = key {
            let payload = json!({
                "critical": {
                    "identity": { "docker-reference": format!("registry.scout.docker.com/{name}") },
                    "image": { "docker-manifest-digest": attestation["digest"] },
                    "type": "cosign container image signature",
                },
                "optional": { "predicateType": kind },
            })
            .to_string();
            let mut layer = self.blob(repository, media_type::SIMPLE_SIGNING, payload.as_bytes());
            layer["annotations"] =
                json!({ "dev.cosignproject.cosign/signature": base64(&key.sign(payload.as_bytes())) });
            self.refer(repository, &attestation, media_type::COSIGN_SIGNATURE, &layer, kind);
        }
        attestation
    }

    /// Attaches BuildKit's provenance to an image as a referrer. No index lists it.
    pub(crate) fn record(&self, repository: &str, image: &Value, inputs: &[(String, String)]) {
        let statement = statement(image, SLSA, &provenance(inputs));
        let mut layer = self.blob(repository, media_type::IN_TOTO, statement.as_bytes());
        layer["annotations"] = json!({ PREDICATE_TYPE: SLSA });
        self.refer(repository, image, media_type::BUILD_RECORD, &layer, SLSA);
    }

    fn refer(
        &self,
        repository: &str,
        subject: &Value,
        artifact_type: &str,
        layer: &Value,
        kind: &str,
    ) -> Value {
        let config = self.blob(repository, media_type::OCI_EMPTY, b"{}");
        self.manifest(
            repository,
            &json!({
                "schemaVersion": 2,
                "mediaType": media_type::OCI_MANIFEST,
                "artifactType": artifact_type,
                "config": config,
                "layers": [layer],
                "subject": subject,
                "annotations": { PREDICATE_TYPE: kind },
            }),
        )
    }
}

/// Provenance v1 that names these inputs.
pub(crate) fn provenance(inputs: &[(String, String)]) -> Value {
    let dependencies: Vec<Value> = inputs
        .iter()
        .map(|(uri, digest)| json!({ "uri": uri, "digest": { "sha256": digest.trim_start_matches("sha256:") } }))
        .collect();
    json!({ "buildDefinition": { "resolvedDependencies": dependencies } })
}

/// A statement about an image.
pub(crate) fn statement(image: &Value, kind: &str, predicate: &Value) -> String {
    let hex = image["digest"].as_str().unwrap().trim_start_matches("sha256:");
    json!({
        "_type": "https://in-toto.io/Statement/v0.1",
        "predicateType": kind,
        "subject": [{ "name": "x", "digest": { "sha256": hex } }],
        "predicate": predicate,
    })
    .to_string()
}

/// An image of `dhi.io/python`, with its labels.
pub(crate) fn python(letters: &str) -> Image {
    let image = Image::of(letters);
    let chain_id = image.chain_id();
    image
        .label("com.docker.dhi.name", "dhi/python")
        .label("com.docker.dhi.version", "3.13")
        .label(CHAIN_ID, &chain_id)
}

/// A child: these layers, and the labels of `base`.
pub(crate) fn child(base: &Image, letters: &str) -> Image {
    Image { labels: base.labels.clone(), ..Image::of(letters) }
}

pub(crate) fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Runtime::new().unwrap().block_on(work)
}

/// The only platform of a proof.
pub(crate) fn one(mut proof: BaseProof) -> PlatformBase {
    assert_eq!(proof.platforms.len(), 1, "{proof:#?}");
    let exit = proof.exit();
    let platform = proof.platforms.remove(0);
    assert_eq!(exit, platform.answer.exit());
    platform
}
