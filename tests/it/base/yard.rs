//! All registries of the world, in memory: any host can be asked, and who was asked is written down.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Mutex;

use async_trait::async_trait;
use bytes::Bytes;
use dhi::oci::{Descriptor, Digest, Manifest, Repository, Version, media_type};
use dhi::registry::{Content, Error, FoundBy, Freshness, Referrers, Registry, Withheld};
use serde_json::{Value, json};

use crate::support::test_sigstore::key::{Key, base64};

pub(super) const SPDX: &str = "https://spdx.dev/Document";
pub(super) const SLSA: &str = "https://slsa.dev/provenance/v1";
pub(super) const SLSA_02: &str = "https://slsa.dev/provenance/v0.2";
pub(super) const VSA: &str = "https://slsa.dev/verification_summary/v1";
const PREDICATE_TYPE: &str = "in-toto.io/predicate-type";

#[derive(Default)]
struct Stored {
    manifests: BTreeMap<String, Vec<u8>>,
    blobs: HashMap<String, Vec<u8>>,
    tags: HashMap<String, String>,
}

/// What a host answers instead of content.
#[derive(Clone, Copy, Debug)]
pub(super) enum Closed {
    Refuses,
    Down,
}

#[derive(Default)]
pub(super) struct InMemoryRegistry {
    repositories: Mutex<BTreeMap<String, Stored>>,
    closed: Mutex<HashMap<String, Closed>>,
    asked: Mutex<BTreeSet<String>>,
    /// Digests of blobs that the registry fails to give.
    lost: Mutex<BTreeSet<String>>,
    /// Of objects with these digests the registry withholds the list of referrers, and shows so many of them elsewhere.
    withheld: Mutex<HashMap<String, usize>>,
    /// Digests of blobs that were read.
    blobs: Mutex<BTreeSet<String>>,
}

/// A layer: what it holds, and how it is stored.
#[derive(Clone, Debug)]
pub(super) struct Layer {
    pub(super) diff_id: String,
    pub(super) stored: Vec<u8>,
}

impl Layer {
    pub(super) fn of(text: &str) -> Self {
        Self { diff_id: Digest::of(text.as_bytes()).to_string(), stored: text.as_bytes().to_vec() }
    }

    /// The same content, stored as other bytes.
    pub(super) fn stored_as(&self, stored: Vec<u8>) -> Self {
        Self { stored, ..self.clone() }
    }
}

/// One image of an index.
#[derive(Clone, Debug)]
pub(super) struct Image {
    pub(super) layers: Vec<Layer>,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) annotations: BTreeMap<String, String>,
    pub(super) architecture: &'static str,
    /// URIs and digests of BuildKit's provenance; none means that there is no attestation manifest.
    pub(super) inputs: Option<Vec<(String, String)>>,
}

impl Image {
    /// One letter for each layer.
    pub(super) fn of(letters: &str) -> Self {
        Self {
            layers: letters.chars().map(|letter| Layer::of(&letter.to_string())).collect(),
            labels: BTreeMap::new(),
            annotations: BTreeMap::new(),
            architecture: "amd64",
            inputs: None,
        }
    }

    pub(super) fn label(mut self, name: &str, value: &str) -> Self {
        self.labels.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(super) fn annotation(mut self, name: &str, value: &str) -> Self {
        self.annotations.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(super) fn on(mut self, architecture: &'static str) -> Self {
        self.architecture = architecture;
        self
    }

    /// With BuildKit's provenance, which names these images.
    pub(super) fn built_from(mut self, inputs: &[(&str, &Pushed)]) -> Self {
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

    pub(super) fn chain_id(&self) -> String {
        let ids: Vec<Digest> = self.layers.iter().map(|layer| layer.diff_id.parse().unwrap()).collect();
        dhi::evidence::chain_id(&ids).unwrap().to_string()
    }
}

/// What was pushed.
#[derive(Clone, Debug)]
pub(super) struct Pushed {
    /// `HOST/REPOSITORY`.
    pub(super) repository: String,
    /// Of the index.
    pub(super) digest: String,
    /// Descriptors of the images in it.
    pub(super) images: Vec<Value>,
}

impl InMemoryRegistry {
    pub(super) fn close(&self, host: &str, closed: Closed) {
        self.closed.lock().unwrap().insert(host.to_owned(), closed);
    }

    /// Lets every blob with this text in it fail.
    pub(super) fn lose(&self, text: &str) {
        let all = self.repositories.lock().unwrap();
        let blobs = all.values().flat_map(|stored| &stored.blobs);
        let lost = blobs.filter(|(_, bytes)| String::from_utf8_lossy(bytes).contains(text));
        self.lost.lock().unwrap().extend(lost.map(|(digest, _)| digest.clone()));
    }

    /// Withholds the list of referrers of this object, of which `shown` are found elsewhere.
    pub(super) fn withhold(&self, digest: &str, shown: usize) {
        self.withheld.lock().unwrap().insert(digest.to_owned(), shown);
    }

    /// The hosts that were asked for anything.
    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().cloned().collect()
    }

    pub(super) fn has_manifest(&self, repository: &str, digest: &str) -> bool {
        self.repositories.lock().unwrap()[repository].manifests.contains_key(digest)
    }

    pub(super) fn was_read(&self, bytes: &[u8]) -> bool {
        self.blobs.lock().unwrap().contains(&Digest::of(bytes).to_string())
    }

    pub(super) fn blob(&self, repository: &str, media_type: &str, bytes: &[u8]) -> Value {
        let digest = Digest::of(bytes).to_string();
        let mut all = self.repositories.lock().unwrap();
        all.entry(repository.to_owned()).or_default().blobs.insert(digest.clone(), bytes.to_vec());
        json!({ "mediaType": media_type, "digest": digest, "size": bytes.len() })
    }

    pub(super) fn manifest(&self, repository: &str, manifest: &Value) -> Value {
        let bytes = manifest.to_string().into_bytes();
        let digest = Digest::of(&bytes).to_string();
        let descriptor =
            json!({ "mediaType": manifest["mediaType"], "digest": digest.clone(), "size": bytes.len() });
        let mut all = self.repositories.lock().unwrap();
        all.entry(repository.to_owned()).or_default().manifests.insert(digest, bytes);
        descriptor
    }

    fn tag(&self, repository: &str, tag: &str, digest: &str) {
        let mut all = self.repositories.lock().unwrap();
        all.entry(repository.to_owned()).or_default().tags.insert(tag.to_owned(), digest.to_owned());
    }

    /// Pushes an index with these images to `HOST/REPOSITORY:TAG`.
    pub(super) fn push(&self, name: &str, images: &[Image]) -> Pushed {
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
        self.tag(repository, tag, &digest);
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

    /// BuildKit's attestation manifest, which nobody signs.
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

    /// Attaches an attestation to an image, signed by `key` under `name`, or by nobody.
    pub(super) fn attest(
        &self,
        repository: &str,
        image: &Value,
        kind: &str,
        predicate: &Value,
        key: Option<(&Key, &str)>,
    ) -> Value {
        let statement = statement(image, kind, predicate);
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

    /// BuildKit's provenance as a referrer of an image, and no entry of any index.
    pub(super) fn record(&self, repository: &str, image: &Value, inputs: &[(String, String)]) {
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

    fn open(&self, repository: &Repository) -> Result<String, Error> {
        let host = repository.host().unwrap().to_owned();
        self.asked.lock().unwrap().insert(host.clone());
        match self.closed.lock().unwrap().get(&host) {
            None => Ok(repository.to_string()),
            Some(Closed::Refuses) => Err(Error::Unauthorized {
                what: repository.to_string(),
                host,
                answer: "401".to_owned(),
                logged_in: false,
            }),
            Some(Closed::Down) => Err(Error::Server {
                what: repository.to_string(),
                host,
                status: 503,
                answer: String::new(),
                attempts: 1,
            }),
        }
    }
}

/// Provenance v1 that names these inputs.
pub(super) fn provenance(inputs: &[(String, String)]) -> Value {
    let dependencies: Vec<Value> = inputs
        .iter()
        .map(|(uri, digest)| json!({ "uri": uri, "digest": { "sha256": digest.trim_start_matches("sha256:") } }))
        .collect();
    json!({ "buildDefinition": { "resolvedDependencies": dependencies } })
}

fn statement(image: &Value, kind: &str, predicate: &Value) -> String {
    let hex = image["digest"].as_str().unwrap().trim_start_matches("sha256:");
    json!({
        "_type": "https://in-toto.io/Statement/v0.1",
        "predicateType": kind,
        "subject": [{ "name": "x", "digest": { "sha256": hex } }],
        "predicate": predicate,
    })
    .to_string()
}

fn missing(what: impl std::fmt::Display) -> Error {
    Error::NotFound { what: what.to_string() }
}

#[async_trait]
impl Registry for InMemoryRegistry {
    async fn manifest(&self, repository: &Repository, version: &Version) -> Result<Content, Error> {
        let name = self.open(repository)?;
        let all = self.repositories.lock().unwrap();
        let stored = all.get(&name).ok_or_else(|| missing(&name))?;
        let digest = match version {
            Version::Digest(digest) => digest.to_string(),
            other => stored.tags.get(&other.to_string()).ok_or_else(|| missing(other))?.clone(),
        };
        let bytes = Bytes::from(stored.manifests.get(&digest).ok_or_else(|| missing(&digest))?.clone());
        Ok(Content { digest: Digest::of(&bytes), bytes, media_type: None, age: None })
    }

    async fn blob(
        &self,
        repository: &Repository,
        descriptor: &Descriptor,
        limit: u64,
    ) -> Result<Bytes, Error> {
        let name = self.open(repository)?;
        let digest = descriptor.digest.to_string();
        self.blobs.lock().unwrap().insert(digest.clone());
        if self.lost.lock().unwrap().contains(&digest) {
            let (host, what) = (repository.host().unwrap().to_owned(), digest);
            return Err(Error::Server { host, what, status: 503, answer: String::new(), attempts: 1 });
        }
        let all = self.repositories.lock().unwrap();
        let bytes =
            all.get(&name).and_then(|stored| stored.blobs.get(&digest)).ok_or_else(|| missing(&digest))?;
        assert!(bytes.len() as u64 <= limit);
        Ok(bytes.clone().into())
    }

    async fn referrers(
        &self,
        repository: &Repository,
        subject: &Digest,
        _: Freshness,
    ) -> Result<Referrers, Error> {
        let name = self.open(repository)?;
        let all = self.repositories.lock().unwrap();
        let Some(stored) = all.get(&name) else { return Ok(Referrers::default()) };
        let mut descriptors = Vec::new();
        for (digest, bytes) in &stored.manifests {
            let Ok(Manifest::Image(manifest)) = Manifest::parse(bytes, None) else { continue };
            if manifest.subject.as_ref().is_some_and(|named| named.digest == *subject) {
                descriptors.push(Descriptor {
                    media_type: manifest.media_type.clone(),
                    digest: digest.parse().unwrap(),
                    size: bytes.len() as u64,
                    artifact_type: Some(manifest.artifact_type().to_owned()),
                    platform: None,
                    annotations: manifest.annotations.clone(),
                });
            }
        }
        let withheld = self.withheld.lock().unwrap().get(&subject.to_string()).map(|shown| {
            descriptors.truncate(*shown);
            let media_type = "text/html".to_owned();
            Withheld::NotJson { what: format!("referrers of {subject}"), media_type }
        });
        Ok(Referrers { descriptors, found_by: FoundBy::Api, withheld, ..Referrers::default() })
    }
}
