//! An image that an attacker with write access to the registry changes: any object can be changed, and all that hold
//! its descriptor are rewritten. Signed content cannot be rewritten without the key.

use std::collections::BTreeMap;

use dhi::oci::{Digest, media_type};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::env::{ATTESTED_ONLY, Run, TestEnv, fixture};
use crate::support::registry::InMemoryRegistry;

pub(super) const SPDX: &str = "https://spdx.dev/Document";
pub(super) const SLSA: &str = "https://slsa.dev/provenance/v1";
/// A fixture of one platform with the attestations [`SPDX`] and [`SLSA`], an entry of BuildKit's and a signed
/// index, all of which is good.
pub(super) const GOOD: &str = "bad/buildkit-attestation";
const REF_NAME: &str = "org.opencontainers.image.ref.name";

#[derive(Clone)]
pub(super) struct TamperedImage {
    objects: BTreeMap<String, Vec<u8>>,
    pub(super) root: String,
}

impl TamperedImage {
    /// The objects of a fixture without its lists of referrers, which are made anew.
    pub(super) fn of(layout: &str) -> Self {
        let directory = fixture(layout);
        let index: Value =
            serde_json::from_slice(&std::fs::read(directory.join("index.json")).unwrap()).unwrap();
        let entries = index["manifests"].as_array().unwrap();
        let is_list =
            |entry: &&Value| entry["annotations"][REF_NAME].as_str().unwrap().starts_with("sha256-");
        let lists: Vec<&str> =
            entries.iter().filter(is_list).map(|entry| entry["digest"].as_str().unwrap()).collect();
        let root = entries.iter().find(|entry| !is_list(entry)).unwrap();
        let root = root["digest"].as_str().unwrap().to_owned();
        let mut objects = BTreeMap::new();
        for file in std::fs::read_dir(directory.join("blobs/sha256")).unwrap() {
            let path = file.unwrap().path();
            let digest = format!("sha256:{}", path.file_name().unwrap().to_str().unwrap());
            if !lists.contains(&digest.as_str()) {
                objects.insert(digest, std::fs::read(path).unwrap());
            }
        }
        Self { objects, root }
    }

    pub(super) fn value(&self, digest: &str) -> Value {
        serde_json::from_slice(&self.objects[digest]).unwrap()
    }

    pub(super) fn bytes(&self, digest: &str) -> Option<Vec<u8>> {
        self.objects.get(digest).cloned()
    }

    /// The correct list of referrers of `subject`.
    pub(super) fn referrers(&self, subject: &str) -> Vec<dhi::oci::Descriptor> {
        let referrers = self.manifests().filter(|(_, value)| value["subject"]["digest"] == subject);
        let descriptors = referrers.map(|(digest, value)| {
            let mut descriptor = self.descriptor(digest);
            descriptor["annotations"] = value["annotations"].clone();
            descriptor["artifactType"] =
                value.get("artifactType").unwrap_or(&value["config"]["mediaType"]).clone();
            serde_json::from_value(descriptor).unwrap()
        });
        descriptors.collect()
    }

    fn manifests(&self) -> impl Iterator<Item = (&String, Value)> {
        self.objects.iter().filter_map(|(digest, bytes)| {
            let value: Value = serde_json::from_slice(bytes).ok()?;
            value.get("schemaVersion").is_some().then_some((digest, value))
        })
    }

    /// The manifest that fits.
    pub(super) fn find(&self, fits: impl Fn(&Value) -> bool) -> String {
        self.manifests().find(|(_, value)| fits(value)).unwrap().0.clone()
    }

    /// The attestation manifest with this predicate type.
    pub(super) fn attestation(&self, predicate_type: &str) -> String {
        self.find(|value| {
            value["artifactType"] == media_type::IN_TOTO
                && value["annotations"]["in-toto.io/predicate-type"] == predicate_type
        })
    }

    /// The manifest of the only signature of `subject`.
    pub(super) fn signature(&self, subject: &str) -> String {
        self.find(|value| {
            value["subject"]["digest"] == subject && value["artifactType"] != media_type::IN_TOTO
        })
    }

    /// The digests of all manifests and indexes.
    pub(super) fn all(&self) -> Vec<String> {
        self.manifests().map(|(digest, _)| digest.clone()).collect()
    }

    /// All bundles, as blobs.
    pub(super) fn bundles(&self) -> Vec<String> {
        let parsed = self.objects.iter().filter_map(|(digest, bytes)| {
            let value: Value = serde_json::from_slice(bytes).ok()?;
            value.get("dsseEnvelope").map(|_| digest.clone())
        });
        parsed.collect()
    }

    /// The platform manifest of the first entry.
    pub(super) fn image(&self) -> String {
        self.value(&self.root)["manifests"][0]["digest"].as_str().unwrap().to_owned()
    }

    /// Puts bytes in the place of others; the new digest.
    pub(super) fn replace(&mut self, digest: &str, bytes: Vec<u8>) -> String {
        self.objects.remove(digest).unwrap();
        let (new, size) = (Digest::of(&bytes).to_string(), bytes.len());
        self.objects.insert(new.clone(), bytes);
        if new == digest {
            return new;
        }
        if self.root == digest {
            self.root.clone_from(&new);
        }
        let holds = |value: &mut Value| {
            let mut held = false;
            each_descriptor(value, &mut |descriptor| {
                if descriptor["digest"] == digest {
                    descriptor["digest"] = new.clone().into();
                    descriptor["size"] = size.into();
                    held = true;
                }
            });
            held
        };
        loop {
            let found = self
                .manifests()
                .find_map(|(holder, mut value)| holds(&mut value).then(|| (holder.clone(), value)));
            let Some((holder, value)) = found else { break };
            self.replace(&holder, serde_json::to_vec(&value).unwrap());
        }
        new
    }

    pub(super) fn edit(&mut self, digest: &str, change: impl FnOnce(&mut Value)) -> String {
        let mut value = self.value(digest);
        change(&mut value);
        self.replace(digest, serde_json::to_vec(&value).unwrap())
    }

    /// Changes the index, whose signature then goes: without one it is only a warning.
    pub(super) fn edit_index(&mut self, change: impl FnOnce(&mut Value)) {
        self.unsign_index();
        let root = self.root.clone();
        self.edit(&root, change);
    }

    /// Removes the signature of the index, if it is there.
    pub(super) fn unsign_index(&mut self) {
        let signs = |value: &Value| {
            value["subject"]["digest"] == self.root.as_str() && value["artifactType"] != media_type::IN_TOTO
        };
        let signature = self.manifests().find(|(_, value)| signs(value)).map(|(digest, _)| digest.clone());
        if let Some(signature) = signature {
            self.remove(&signature);
        }
    }

    pub(super) fn remove(&mut self, digest: &str) {
        self.objects.remove(digest).unwrap();
    }

    /// Adds an object; its descriptor.
    pub(super) fn add(&mut self, bytes: &[u8], media_type: &str) -> Value {
        let digest = Digest::of(bytes).to_string();
        self.objects.insert(digest.clone(), bytes.to_vec());
        json!({ "mediaType": media_type, "digest": digest, "size": bytes.len() })
    }

    pub(super) fn add_manifest(&mut self, value: &Value) -> Value {
        let default =
            if value.get("manifests").is_some() { media_type::OCI_INDEX } else { media_type::OCI_MANIFEST };
        let media_type = value["mediaType"].as_str().unwrap_or(default).to_owned();
        self.add(value.to_string().as_bytes(), &media_type)
    }

    /// Adds an unsigned image for linux/amd64; its descriptor.
    pub(super) fn add_evil_image(&mut self) -> Value {
        self.add_image(&json!({ "os": "linux", "architecture": "amd64" }))
    }

    /// Adds an unsigned image for `platform`; its descriptor.
    pub(super) fn add_image(&mut self, platform: &Value) -> Value {
        self.add_numbered_image(platform, 0)
    }

    /// The same, with a number that distinguishes it from others for the platform.
    pub(super) fn add_numbered_image(&mut self, platform: &Value, number: usize) -> Value {
        let mut config = platform.as_object().cloned().unwrap_or_default();
        config.insert("rootfs".to_owned(), json!({ "diff_ids": [] }));
        let config = self.add(Value::from(config).to_string().as_bytes(), media_type::OCI_CONFIG);
        let layer =
            self.add(format!("evil {number}").as_bytes(), "application/vnd.oci.image.layer.v1.tar+gzip");
        self.add_manifest(&json!({
            "schemaVersion": 2, "mediaType": media_type::OCI_MANIFEST, "config": config, "layers": [layer],
        }))
    }

    pub(super) fn descriptor(&self, digest: &str) -> Value {
        let media_type = self.value(digest)["mediaType"].clone();
        json!({ "mediaType": media_type, "digest": digest, "size": self.objects[digest].len() })
    }

    /// A layout directory with the image as `1`.
    pub(super) fn write(&self) -> TempDir {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        std::fs::create_dir_all(path("blobs/sha256")).unwrap();
        std::fs::write(path("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).unwrap();
        let mut root = self.descriptor(&self.root);
        root["annotations"] = json!({ REF_NAME: "1" });
        let referrers = self.manifests().filter(|(_, value)| value["subject"].is_object());
        let entries: Vec<Value> =
            [root].into_iter().chain(referrers.map(|(digest, _)| self.descriptor(digest))).collect();
        let index = json!({ "schemaVersion": 2, "manifests": entries });
        std::fs::write(path("index.json"), index.to_string()).unwrap();
        for (digest, bytes) in &self.objects {
            std::fs::write(path("blobs").join(digest.replace(':', "/")), bytes).unwrap();
        }
        directory
    }

    /// The objects in a repository, with the image under a tag.
    pub(super) fn serve(&self, registry: &InMemoryRegistry, repository: &str, tag: &str) {
        for (digest, bytes) in &self.objects {
            let value: Value = serde_json::from_slice(bytes).unwrap_or_default();
            if value.get("schemaVersion").is_some() {
                registry.put_manifest_as(repository, digest, bytes);
            } else {
                registry.put_blob_as(repository, digest, bytes);
            }
        }
        registry.tag(repository, tag, &self.root.parse().unwrap());
    }

    /// `dhi verify` of the image in a directory, with the fixtures' key and log.
    pub(super) fn verify(&self, arguments: &[&str]) -> Run {
        let directory = self.write();
        let reference = format!("oci:{}:1", directory.path().display());
        TestEnv::new().verify(&[&["--format", "json"], arguments, &[&reference]].concat())
    }

    /// That it fails with this code and these ids, no others.
    #[track_caller]
    pub(super) fn fails(&self, arguments: &[&str], code: i32, ids: &[&str]) {
        let run = self.verify(arguments);
        assert_eq!(
            (run.code, run.ids()),
            (code, ids.iter().map(ToString::to_string).collect()),
            "{}",
            run.stdout
        );
    }

    /// That it fails, with something that is missing or bad; and not only by the policy, which is none in the
    /// first of two runs.
    #[track_caller]
    pub(super) fn is_found_out(&self, arguments: &[&str]) {
        let alone = self.verify(&[&ATTESTED_ONLY, arguments].concat());
        assert!(matches!(alone.code, 3 | 4) && !alone.ids().is_empty(), "{}", alone.stdout);
        let decided = self.verify(arguments);
        assert!(matches!(decided.code, 1 | 4) && !decided.ids().is_empty(), "{}", decided.stdout);
    }

    #[track_caller]
    pub(super) fn passes(&self, arguments: &[&str]) {
        self.fails(arguments, 0, &[]);
    }
}

fn each_descriptor(value: &mut Value, change: &mut dyn FnMut(&mut Value)) {
    for member in ["config", "subject"] {
        if value.get(member).is_some_and(Value::is_object) {
            change(&mut value[member]);
        }
    }
    for member in ["layers", "manifests"] {
        value.get_mut(member).and_then(Value::as_array_mut).into_iter().flatten().for_each(&mut *change);
    }
}
