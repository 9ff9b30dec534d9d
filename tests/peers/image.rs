//! Images in the form of Docker Hardened Images, written as layout directories: an index, platform manifests, and one
//! attestation manifest per predicate type for each of them. cosign signs them after they are pushed.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;

use dhi::oci::Digest;
use serde_json::{Value, json};

use crate::support::peers::PeerEnv;

pub(crate) const SPDX: &str = "https://spdx.dev/Document";
pub(crate) const SLSA: &str = "https://slsa.dev/provenance/v1";
pub(crate) const VSA: &str = "https://slsa.dev/verification_summary/v1";

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const IN_TOTO: &str = "application/vnd.in-toto+json";
const PREDICATE_TYPE: &str = "in-toto.io/predicate-type";
const CREATED: &str = "2026-09-15T09:41:07Z";
const TAG: &str = "image";

/// What an image is to be like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Recipe {
    /// Name in its labels; also keeps images with different names apart.
    pub(crate) name: &'static str,
    pub(crate) architectures: &'static [&'static str],
    /// Predicate types of the attestations on each platform: as the manifests claim, and as the statements say.
    pub(crate) predicates: &'static [(&'static str, &'static str)],
}

impl Recipe {
    /// One platform with one attestation.
    pub(crate) const SMALL: Self =
        Self { name: "dhi/python", architectures: &["amd64"], predicates: &[(SPDX, SPDX)] };

    /// Two platforms with three attestations each.
    pub(crate) const WHOLE: Self = Self {
        name: "dhi/python",
        architectures: &["amd64", "arm64"],
        predicates: &[(SPDX, SPDX), (SLSA, SLSA), (VSA, VSA)],
    };
}

/// The place of a chart, and the object that its attestations are attached to and about.
#[derive(Clone, Copy, Debug)]
pub(crate) enum On {
    /// The chart as helm pushed it.
    Chart,
    /// The chart, which is the one entry of an index.
    ChartInIndex,
    /// The index around the chart.
    Index,
    /// Attached to the chart, and about something else.
    Wrong,
}

/// An image in a layout directory.
pub(crate) struct Image {
    directory: PathBuf,
    /// Digest of the index.
    pub(crate) digest: String,
    /// Digests of the platform manifests.
    pub(crate) platforms: Vec<String>,
    pub(crate) attestations: Vec<Attestation>,
}

/// An attestation manifest.
pub(crate) struct Attestation {
    pub(crate) digest: String,
    /// The type that it claims.
    pub(crate) predicate_type: &'static str,
    /// Digest of its statement.
    pub(crate) statement: String,
}

impl Image {
    pub(crate) fn build(env: &PeerEnv, recipe: Recipe) -> Self {
        let directory = tempfile::Builder::new().prefix("image-").tempdir_in(env.path("")).unwrap().keep();
        let layout = Layout::new(directory.clone());
        let (mut entries, mut platforms, mut attestations) = (Vec::new(), Vec::new(), Vec::new());
        for architecture in recipe.architectures {
            let mut image = layout.manifest(&platform_manifest(&layout, recipe.name, architecture));
            for &(claimed, stated) in recipe.predicates {
                let statement = statement(recipe.name, architecture, digest(&image), stated);
                let layer = layout.blob(IN_TOTO, statement.to_string().as_bytes());
                attestations.push(Attestation {
                    predicate_type: claimed,
                    statement: digest(&layer).to_owned(),
                    digest: layout.refer(&image, claimed, layer),
                });
            }
            platforms.push(digest(&image).to_owned());
            image["platform"] = json!({ "architecture": architecture, "os": "linux" });
            entries.push(image);
        }
        let index = json!({
            "schemaVersion": 2,
            "mediaType": INDEX,
            "manifests": entries,
            "annotations": { "org.opencontainers.image.title": recipe.name },
        });
        let index = layout.blob(INDEX, index.to_string().as_bytes());
        let image = Self { directory, digest: digest(&index).to_owned(), platforms, attestations };
        layout.finish(index);
        image
    }

    /// The chart that helm pushed to `pushed`, with two attestations.
    pub(crate) fn around_chart(env: &PeerEnv, pushed: &str, on: On) -> Self {
        let directory = tempfile::Builder::new().prefix("chart-").tempdir_in(env.path("")).unwrap().keep();
        env.copy(pushed, &format!("ocidir://{}:{TAG}", directory.display()));
        let index = std::fs::read_to_string(directory.join("index.json")).unwrap();
        let pulled: Value = serde_json::from_str(&index).unwrap();
        let mut chart = pulled["manifests"][0].clone();
        chart.as_object_mut().unwrap().remove("annotations");
        let layout = Layout::new(directory.clone());
        let mut entry = chart.clone();
        entry["platform"] = json!({ "architecture": "amd64", "os": "linux" });
        let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [entry] });
        let index = layout.blob(INDEX, index.to_string().as_bytes());
        let (root, subject, about) = match on {
            On::Chart => (&chart, &chart, &chart),
            On::ChartInIndex => (&index, &chart, &chart),
            On::Index => (&index, &index, &index),
            On::Wrong => (&chart, &chart, &index),
        };
        let attestations = [SPDX, SLSA].map(|predicate_type| {
            let statement = statement("dhi/web-chart", "amd64", digest(about), predicate_type);
            let layer = layout.blob(IN_TOTO, statement.to_string().as_bytes());
            let statement = digest(&layer).to_owned();
            Attestation { predicate_type, statement, digest: layout.refer(subject, predicate_type, layer) }
        });
        let image = Self {
            directory,
            digest: digest(root).to_owned(),
            platforms: vec![digest(&chart).to_owned()],
            attestations: attestations.into(),
        };
        layout.finish(root.clone());
        image
    }

    /// The image that was pushed to `pushed`, one manifest, with provenance and an SBOM as hardened images have.
    pub(crate) fn attested(env: &PeerEnv, pushed: &str) -> Self {
        Self::around_chart(env, pushed, On::Chart)
    }

    /// Copies it to `HOST/REPOSITORY:TAG`.
    pub(crate) fn push(&self, env: &PeerEnv, reference: &str) {
        env.copy(&format!("ocidir://{}:{TAG}", self.directory.display()), reference);
    }

    /// Builds and pushes an image.
    pub(crate) fn pushed(env: &PeerEnv, recipe: Recipe, reference: &str) -> Self {
        let image = Self::build(env, recipe);
        image.push(env, reference);
        image
    }
}

/// A layout directory that is being written.
struct Layout {
    directory: PathBuf,
    /// Referrers by fallback tag of their subject.
    referrers: RefCell<BTreeMap<String, Vec<Value>>>,
}

impl Layout {
    fn new(directory: PathBuf) -> Self {
        std::fs::create_dir_all(directory.join("blobs/sha256")).unwrap();
        std::fs::write(directory.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).unwrap();
        Self { directory, referrers: RefCell::default() }
    }

    /// Writes bytes; their descriptor.
    fn blob(&self, media_type: &str, bytes: &[u8]) -> Value {
        let digest = Digest::of(bytes);
        std::fs::write(self.directory.join("blobs/sha256").join(digest.hex()), bytes).unwrap();
        json!({ "mediaType": media_type, "digest": digest.to_string(), "size": bytes.len() })
    }

    fn manifest(&self, manifest: &Value) -> Value {
        self.blob(MANIFEST, manifest.to_string().as_bytes())
    }

    /// Writes an attestation manifest with a statement as its `layer`; its digest.
    fn refer(&self, subject: &Value, predicate_type: &str, mut layer: Value) -> String {
        layer["annotations"] = json!({ PREDICATE_TYPE: predicate_type });
        let mut config = self.blob("application/vnd.oci.empty.v1+json", b"{}");
        config["data"] = "e30=".into();
        let mut attestation = self.manifest(&json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "artifactType": IN_TOTO,
            "config": config,
            "layers": [layer],
            "annotations": { PREDICATE_TYPE: predicate_type },
            "subject": subject,
        }));
        let found = digest(&attestation).to_owned();
        attestation["artifactType"] = IN_TOTO.into();
        attestation["annotations"] = json!({ PREDICATE_TYPE: predicate_type });
        let tag = digest(subject).replace(':', "-");
        self.referrers.borrow_mut().entry(tag).or_default().push(attestation);
        found
    }

    /// Writes `index.json`: the image under its tag, and the lists of referrers under theirs.
    fn finish(self, index: Value) {
        let lists = self.referrers.take().into_iter().map(|(tag, referrers)| {
            let list = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": referrers });
            (tag, self.blob(INDEX, list.to_string().as_bytes()))
        });
        let named = std::iter::once((TAG.to_owned(), index)).chain(lists).map(|(tag, mut entry)| {
            entry["annotations"] = json!({ "org.opencontainers.image.ref.name": tag });
            entry
        });
        let named: Vec<Value> = named.collect();
        let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": named });
        std::fs::write(self.directory.join("index.json"), index.to_string()).unwrap();
    }
}

fn digest(descriptor: &Value) -> &str {
    descriptor["digest"].as_str().unwrap()
}

fn platform_manifest(layout: &Layout, name: &str, architecture: &str) -> Value {
    // A tar archive without members.
    let layer = layout.blob("application/vnd.oci.image.layer.v1.tar", &[0; 1024]);
    let config = json!({
        "architecture": architecture,
        "os": "linux",
        "created": CREATED,
        "config": {
            "User": "65532",
            "Cmd": ["python3"],
            "Labels": {
                "com.docker.dhi.name": name,
                "com.docker.dhi.version": "3.13.5-debian13",
                "com.docker.dhi.chain-id": digest(&layer),
            },
        },
        "rootfs": { "type": "layers", "diff_ids": [digest(&layer)] },
    });
    let config = layout.blob("application/vnd.oci.image.config.v1+json", config.to_string().as_bytes());
    json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": config,
        "layers": [layer],
        "annotations": { "org.opencontainers.image.title": name },
    })
}

fn statement(name: &str, architecture: &str, image: &str, predicate_type: &str) -> Value {
    let purl = format!("pkg:docker/{name}@3.13?platform=linux%2F{architecture}");
    let predicate = match predicate_type {
        SPDX => json!({
            "spdxVersion": "SPDX-2.3",
            "dataLicense": "CC0-1.0",
            "SPDXID": "SPDXRef-DOCUMENT",
            "name": name,
            "documentNamespace": format!("https://docker.com/docker-scout/{name}-{architecture}"),
            "creationInfo": { "created": CREATED, "creators": ["Tool: docker-scout-1.23.0"] },
            "packages": [],
        }),
        SLSA => json!({
            "buildDefinition": {
                "buildType": "https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md",
                "externalParameters": { "configSource": { "path": "image/python/debian-13/3.13.yaml" } },
            },
            "runDetails": { "builder": { "id": "https://example.org/builder" } },
        }),
        VSA => json!({
            "verifier": { "id": "https://example.org/verifier" },
            "timeVerified": CREATED,
            "resourceUri": purl,
            "verificationResult": "PASSED",
            "verifiedLevels": ["SLSA_BUILD_LEVEL_3"],
        }),
        _ => json!({}),
    };
    json!({
        "_type": "https://in-toto.io/Statement/v0.1",
        "predicateType": predicate_type,
        "subject": [{ "name": purl, "digest": { "sha256": image.strip_prefix("sha256:").unwrap() } }],
        "predicate": predicate,
    })
}
