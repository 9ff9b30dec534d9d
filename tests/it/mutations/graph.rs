//! The objects of a fixture, and the result of changing one: in place, which hashes detect, or with all descriptors
//! rewritten, as an attacker with write access to the registry would do.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use dhi::oci::{Digest, media_type};
use serde_json::Value;

use crate::support::env::fixture;
use crate::support::registry::{InMemoryRegistry, Reply};

/// The repository of the reference that is verified.
const REPOSITORY: &str = "registry.example.com/image";

/// The names of everything that was requested: digests, and lists by their subjects.
pub(super) fn asked(registry: &InMemoryRegistry) -> BTreeSet<String> {
    let log = registry.log();
    let names = log.iter().filter_map(|request| {
        let (path, name) = request.target.rsplit_once('/').unwrap();
        match path.rsplit('/').next().unwrap() {
            "referrers" => Some(list_name(name)),
            "manifests" if name.starts_with("sha256-") => None,
            "manifests" if !name.contains(':') => {
                registry.tagged(REPOSITORY, "1").map(|bytes| Digest::of(&bytes).to_string())
            }
            _ => Some(name.to_owned()),
        }
    });
    names.collect()
}

fn list_name(subject: &str) -> String {
    format!("list of {subject}")
}

/// The objects of a layout and the lists of its referrers.
pub(super) struct Graph {
    root: String,
    /// By digest: everything.
    objects: BTreeMap<String, Bytes>,
    /// By digest, or by name for lists: what is JSON.
    pub(super) documents: BTreeMap<String, Value>,
    /// Who holds a descriptor of an object.
    holders: BTreeMap<String, BTreeSet<String>>,
}

impl Graph {
    pub(super) fn read(layout: &str) -> Self {
        const REF_NAME: &str = "org.opencontainers.image.ref.name";
        let directory = fixture(layout);
        let index: Value =
            serde_json::from_slice(&std::fs::read(directory.join("index.json")).unwrap()).unwrap();
        let (lists, images): (Vec<&Value>, Vec<&Value>) = index["manifests"]
            .as_array()
            .unwrap()
            .iter()
            .partition(|entry| entry["annotations"][REF_NAME].as_str().unwrap().starts_with("sha256-"));
        let root = images[0]["digest"].as_str().unwrap().to_owned();
        let mut objects = BTreeMap::new();
        let mut documents = BTreeMap::new();
        for file in std::fs::read_dir(directory.join("blobs/sha256")).unwrap() {
            let path = file.unwrap().path();
            let digest = format!("sha256:{}", path.file_name().unwrap().to_str().unwrap());
            let bytes = std::fs::read(&path).unwrap();
            let list = lists.iter().find(|entry| entry["digest"] == digest.as_str());
            if let Some(list) = list {
                // Lists have no digest of their own that anything depends on.
                let tag = list["annotations"][REF_NAME].as_str().unwrap();
                let list: Value = serde_json::from_slice(&bytes).unwrap();
                let name = format!("list of {}", tag.replacen('-', ":", 1));
                documents.insert(name, list["manifests"].clone());
                continue;
            }
            if let Ok(value @ Value::Object(_)) = serde_json::from_slice::<Value>(&bytes) {
                documents.insert(digest.clone(), value);
            }
            objects.insert(digest, Bytes::from(bytes));
        }
        let mut holders: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (holder, value) in documents.iter().filter(|(_, value)| value.get("schemaVersion").is_some()) {
            each_descriptor(&mut value.clone(), &mut |descriptor| {
                let held = descriptor["digest"].as_str().unwrap().to_owned();
                holders.entry(held).or_default().insert(holder.clone());
            });
        }
        Self { root, objects, documents, holders }
    }

    /// What kind of object it is.
    pub(super) fn kind(&self, name: &str) -> &'static str {
        let value = &self.documents[name];
        let config = value.pointer("/config/mediaType").and_then(Value::as_str).unwrap_or_default();
        let artifact = value["artifactType"].as_str().unwrap_or_default();
        match () {
            () if value.is_array() => "list",
            () if value.get("critical").is_some() => "payload",
            () if value.get("_type").is_some() => "statement",
            () if value.get("dsseEnvelope").is_some() => "bundle",
            () if value.get("manifests").is_some() => "index",
            () if config == "application/vnd.dev.cosign.artifact.sig.v1+json" => "signature",
            () if artifact == media_type::IN_TOTO => "attestation",
            () if artifact.starts_with("application/vnd.dev.sigstore.bundle") => "bundle manifest",
            () if value.get("layers").is_some() => "manifest",
            () => "config",
        }
    }

    /// What can be taken out of a list of referrers one at a time, so that `passes` still holds: the names of such
    /// entries, of their manifests, and of what only those hold.
    pub(super) fn redundant(&self, passes: impl Fn(&InMemoryRegistry) -> bool) -> BTreeSet<String> {
        let mut redundant = BTreeSet::new();
        for (name, list) in self.documents.iter().filter(|(_, value)| value.is_array()) {
            for (at, listed) in list.as_array().unwrap().iter().enumerate() {
                let mut without = list.clone();
                without.as_array_mut().unwrap().remove(at);
                if passes(&self.relinked(name, without.to_string())) {
                    let digest = listed["digest"].as_str().unwrap().to_owned();
                    redundant.extend([super::mutants::entry(name, at), format!("list of {digest}"), digest]);
                }
            }
        }
        for (held, holders) in &self.holders {
            if holders.iter().all(|holder| redundant.contains(holder)) {
                redundant.insert(held.clone());
            }
        }
        redundant
    }

    /// As it is.
    pub(super) fn untouched(&self) -> InMemoryRegistry {
        self.registry(&BTreeMap::new(), &BTreeMap::new())
    }

    /// One document has another text under its old digest.
    pub(super) fn in_place(&self, name: &str, text: String) -> InMemoryRegistry {
        self.registry(&BTreeMap::from([(name.to_owned(), Bytes::from(text))]), &BTreeMap::new())
    }

    /// One document has another text, and all that hold its descriptor follow up to the root. Signed payloads and
    /// statements cannot follow: that would take the key.
    pub(super) fn relinked(&self, name: &str, text: String) -> InMemoryRegistry {
        let mut changed = BTreeMap::from([(name.to_owned(), Bytes::from(text))]);
        let mut renamed = BTreeMap::new();
        if self.objects.contains_key(name) {
            let mut affected = BTreeSet::new();
            let mut found = vec![name.to_owned()];
            while let Some(held) = found.pop() {
                for holder in self.holders.get(&held).into_iter().flatten() {
                    if affected.insert(holder.clone()) {
                        found.push(holder.clone());
                    }
                }
            }
            self.rename(name, name, &affected, &mut changed, &mut renamed);
            for holder in &affected {
                self.rename(holder, name, &affected, &mut changed, &mut renamed);
            }
        }
        self.registry(&changed, &renamed)
    }

    /// Gives `object` its new digest, after everything that it holds.
    fn rename(
        &self,
        object: &str,
        mutated: &str,
        affected: &BTreeSet<String>,
        changed: &mut BTreeMap<String, Bytes>,
        renamed: &mut BTreeMap<String, (String, usize)>,
    ) {
        if renamed.contains_key(object) {
            return;
        }
        if object != mutated {
            let mut value = self.documents[object].clone();
            each_descriptor(&mut value, &mut |descriptor| {
                let held = descriptor["digest"].as_str().unwrap().to_owned();
                if held == mutated || affected.contains(&held) {
                    self.rename(&held, mutated, affected, changed, renamed);
                    let (digest, size) = &renamed[&held];
                    descriptor["digest"] = digest.clone().into();
                    descriptor["size"] = (*size).into();
                }
            });
            changed.insert(object.to_owned(), value.to_string().into());
        }
        let bytes = &changed[object];
        renamed.insert(object.to_owned(), (Digest::of(bytes).to_string(), bytes.len()));
    }

    fn registry(
        &self,
        changed: &BTreeMap<String, Bytes>,
        renamed: &BTreeMap<String, (String, usize)>,
    ) -> InMemoryRegistry {
        let now = |digest: &str| {
            let digest = renamed.get(digest).map_or(digest, |(digest, _)| digest);
            digest.parse::<Digest>().unwrap()
        };
        let registry = InMemoryRegistry::in_process();
        for (digest, bytes) in &self.objects {
            registry.put_unlisted(REPOSITORY, &now(digest).to_string(), changed.get(digest).unwrap_or(bytes));
        }
        registry.tag(REPOSITORY, "1", &now(&self.root));
        // The image is its own base, under whatever name a label gives.
        registry.serve_for_all_names(REPOSITORY, "1");
        for (name, list) in &self.documents {
            let Some(subject) = name.strip_prefix("list of ") else { continue };
            let text = changed.get(name).map(|bytes| String::from_utf8_lossy(bytes).into_owned());
            let text = text.unwrap_or_else(|| {
                let mut list = list.clone();
                // The list keeps the types of its entries: a registry can list wrong ones.
                for entry in list.as_array_mut().unwrap() {
                    if let Some((digest, size)) = renamed.get(entry["digest"].as_str().unwrap()) {
                        entry["digest"] = digest.clone().into();
                        entry["size"] = (*size).into();
                    }
                }
                list.to_string()
            });
            let index = format!(r#"{{"schemaVersion":2,"manifests":{text}}}"#);
            let reply = Reply::new(200, index).header("Content-Type", media_type::OCI_INDEX);
            registry.script(&format!("/v2/{REPOSITORY}/referrers/{}", now(subject)), reply);
        }
        registry
    }
}

/// Calls `change` for every descriptor in a manifest or index.
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
