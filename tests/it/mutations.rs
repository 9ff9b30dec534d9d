//! One fact at a time is changed in a passing image, and everything that holds it is rewritten with right
//! digests and sizes, as an attacker with write access to the registry would do. Nothing that is signed or
//! that binds one object to the next may be changed and still pass.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::LazyLock;

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::Value;

use dhi::evidence::{NameRule, Requirements, judge};
use dhi::oci::{Descriptor, Digest, Reference, Repository, Version};
use dhi::registry::{Content, Error, FoundBy, Freshness, Referrers, Registry};
use dhi::trust::{LogPolicy, Trust};
use dhi::verify::{Options, verify};

use crate::binary::{fixture, trust};

/// Objects by digest, and who refers to whom: a registry without any of our checks.
#[derive(Clone, Default)]
struct Memory {
    objects: HashMap<Digest, Bytes>,
    referrers: BTreeMap<Digest, Vec<Descriptor>>,
    root: Option<Digest>,
}

#[async_trait]
impl Registry for Memory {
    async fn manifest(&self, _: &Repository, version: &Version) -> Result<Content, Error> {
        let digest = match version {
            Version::Digest(digest) => *digest,
            Version::Tag(tag) if tag.as_str().starts_with("sha256-") => {
                return Err(Error::NotFound { what: tag.to_string() });
            }
            _ => self.root.unwrap(),
        };
        let bytes = self.object(&digest)?;
        Ok(Content { bytes, digest, media_type: None, age: None })
    }

    async fn blob(&self, _: &Repository, descriptor: &Descriptor, _: u64) -> Result<Bytes, Error> {
        let bytes = self.object(&descriptor.digest)?;
        let found = bytes.len() as u64;
        if found == descriptor.size {
            Ok(bytes)
        } else {
            Err(Error::Size { what: "blob".to_owned(), expected: descriptor.size, found })
        }
    }

    async fn referrers(&self, _: &Repository, subject: &Digest, _: Freshness) -> Result<Referrers, Error> {
        let descriptors = self.referrers.get(subject).cloned().unwrap_or_default();
        Ok(Referrers { descriptors, found_by: FoundBy::Api, age: None })
    }
}

impl Memory {
    fn object(&self, digest: &Digest) -> Result<Bytes, Error> {
        self.objects.get(digest).cloned().ok_or_else(|| Error::NotFound { what: digest.to_string() })
    }
}

/// What the objects of a layout are, so that a mutated one can be put back in its place.
#[derive(Clone)]
struct Graph {
    root: String,
    /// Digest to text, for everything that is JSON.
    documents: BTreeMap<String, String>,
}

impl Graph {
    fn read(layout: &str) -> Self {
        let directory = fixture(layout);
        let index: Value =
            serde_json::from_slice(&std::fs::read(directory.join("index.json")).unwrap()).unwrap();
        let root = index["manifests"]
            .as_array()
            .unwrap()
            .iter()
            .find(|entry| {
                let name = entry["annotations"]["org.opencontainers.image.ref.name"].as_str();
                name.is_some_and(|name| !name.starts_with("sha256-"))
            })
            .unwrap();
        let root = root["digest"].as_str().unwrap().to_owned();
        let mut documents = BTreeMap::new();
        for file in std::fs::read_dir(directory.join("blobs/sha256")).unwrap() {
            let path = file.unwrap().path();
            // Layers are not JSON, and are never fetched.
            if let Ok(text) = std::fs::read_to_string(&path)
                && serde_json::from_str::<Value>(&text).is_ok()
                && !is_fallback(&index, &path)
            {
                documents.insert(format!("sha256:{}", path.file_name().unwrap().to_str().unwrap()), text);
            }
        }
        Self { root, documents }
    }

    /// Replaces one document by `text` and rewrites all that hold its descriptor, signed payloads and
    /// statements excepted: those cannot be rewritten without the key.
    fn with(&self, digest: &str, text: String) -> Memory {
        let mut new: HashMap<String, (String, usize)> = HashMap::new();
        let mut documents = self.documents.clone();
        documents.insert(digest.to_owned(), text);
        let mut done: BTreeMap<String, String> = BTreeMap::new();
        // Objects are rewritten after everything that they hold descriptors of.
        fn visit(
            digest: &str,
            documents: &BTreeMap<String, String>,
            new: &mut HashMap<String, (String, usize)>,
            done: &mut BTreeMap<String, String>,
        ) {
            if new.contains_key(digest) {
                return;
            }
            let Some(text) = documents.get(digest) else { return };
            let Ok(mut value) = serde_json::from_str::<Value>(text) else {
                let fresh = Digest::of(text.as_bytes()).to_string();
                new.insert(digest.to_owned(), (fresh.clone(), text.len()));
                done.insert(fresh, text.clone());
                return;
            };
            let is_manifest = value.get("schemaVersion").is_some();
            let mut text = text.clone();
            if is_manifest {
                let mut changed = false;
                relink(&mut value, &mut |descriptor| {
                    let held = descriptor["digest"].as_str().unwrap_or_default().to_owned();
                    visit(&held, documents, new, done);
                    if let Some((fresh, size)) = new.get(&held)
                        && *fresh != held
                    {
                        descriptor["digest"] = fresh.clone().into();
                        descriptor["size"] = (*size).into();
                        changed = true;
                    }
                });
                if changed {
                    text = serde_json::to_string(&value).unwrap();
                }
            }
            let fresh = Digest::of(text.as_bytes()).to_string();
            new.insert(digest.to_owned(), (fresh.clone(), text.len()));
            done.insert(fresh, text);
        }
        for digest in documents.keys() {
            visit(digest, &documents, &mut new, &mut done);
        }
        let mut memory = Memory { root: new[&self.root].0.parse().ok(), ..Memory::default() };
        for (digest, text) in &done {
            let value: Value = serde_json::from_str(text).unwrap_or_default();
            let digest: Digest = digest.parse().unwrap();
            let subject =
                value["subject"]["digest"].as_str().and_then(|subject| subject.parse::<Digest>().ok());
            if let Some(subject) = subject {
                let artifact = value["artifactType"].as_str().or(value["config"]["mediaType"].as_str());
                let descriptor = serde_json::json!({
                    "mediaType": value["mediaType"].as_str().unwrap_or_default(),
                    "digest": digest.to_string(),
                    "size": text.len(),
                    "artifactType": artifact,
                    "annotations": value.get("annotations").filter(|annotations| annotations.as_object().is_some_and(|all| all.values().all(Value::is_string))),
                });
                memory
                    .referrers
                    .entry(subject)
                    .or_default()
                    .push(serde_json::from_value(descriptor).unwrap());
            }
            memory.objects.insert(digest, Bytes::from(text.clone()));
        }
        memory
    }
}

fn is_fallback(index: &Value, path: &Path) -> bool {
    let name = path.file_name().unwrap().to_str().unwrap();
    index["manifests"].as_array().unwrap().iter().any(|entry| {
        entry["digest"].as_str().is_some_and(|digest| digest.ends_with(name))
            && entry["annotations"]["org.opencontainers.image.ref.name"]
                .as_str()
                .is_some_and(|name| name.starts_with("sha256-"))
    })
}

/// Calls `change` for every descriptor in a manifest or index.
fn relink(value: &mut Value, change: &mut dyn FnMut(&mut Value)) {
    for member in ["config", "subject"] {
        if value.get(member).is_some_and(Value::is_object) {
            change(&mut value[member]);
        }
    }
    for member in ["layers", "manifests"] {
        for descriptor in value.get_mut(member).and_then(Value::as_array_mut).into_iter().flatten() {
            change(descriptor);
        }
    }
}

/// JSON pointers of all leaves.
fn leaves(value: &Value, pointer: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                leaves(value, &format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        Value::Array(elements) => {
            for (index, value) in elements.iter().enumerate() {
                leaves(value, &format!("{pointer}/{index}"), found);
            }
        }
        _ => found.push(pointer.to_owned()),
    }
}

fn flipped(value: &Value) -> Value {
    match value {
        Value::String(text) => {
            // The first hex or base64 digit after an algorithm; else the last letter.
            let position = text
                .find(':')
                .filter(|_| text.starts_with("sha256:"))
                .map_or(text.len().saturating_sub(9), |at| at + 1);
            let mut bytes = text.clone().into_bytes();
            match bytes.get_mut(position) {
                Some(byte) => *byte = if *byte == b'0' { b'1' } else { b'0' },
                None => bytes.push(b'0'),
            }
            Value::String(String::from_utf8(bytes).unwrap_or_else(|_| format!("{text}0")))
        }
        Value::Number(number) => (number.as_i64().unwrap_or(0) + 1).into(),
        Value::Bool(flag) => (!flag).into(),
        _ => Value::String("0".to_owned()),
    }
}

static TRUST: LazyLock<Trust> = LazyLock::new(|| trust(LogPolicy::Require));

/// The attestations of the mutated fixture.
const PREDICATES: [&str; 2] = ["https://spdx.dev/Document", "https://slsa.dev/provenance/v1"];

/// The ids of what is wrong, none when it passes. The index signature is demanded.
async fn ids(registry: &Memory, trust: &Trust) -> Vec<&'static str> {
    let reference: Reference = "registry.example.com/image:1".parse().unwrap();
    let options = Options {
        // Both are demanded, so that taking one away counts too.
        predicate_types: PREDICATES.map(str::to_owned).to_vec(),
        names: NameRule::of(&reference, Vec::new(), Some("dhi/python".to_owned())),
        judge_bundles: true,
        ..Options::of(&reference)
    };
    match verify(registry, &reference, trust, &options).await {
        Ok(evidence) => {
            let verdict = judge(&evidence, &Requirements { require_root_signature: true });
            verdict
                .checks
                .iter()
                .filter(|check| check.counts())
                .filter_map(|check| Some(check.problem.as_ref()?.id.as_str()))
                .collect()
        }
        Err(error) => vec![dhi::error::Explain::id(&error).as_str()],
    }
}

/// Facts that nobody signs and nothing depends on: changed, they must not matter.
const HARMLESS: [(&str, &str); 4] = [
    // The configuration of a signature manifest is never fetched.
    ("signature", "/config/size"),
    ("signature", "/config/digest"),
    // The type stands in two places, and either suffices.
    ("signature", "/config/mediaType"),
    ("signature", "/artifactType"),
];

#[tokio::test]
async fn no_fact_can_be_changed_unnoticed() {
    let graph = Graph::read("bad/buildkit-attestation");
    let untouched = graph.with(&graph.root, graph.documents[&graph.root].clone());
    assert_eq!(ids(&untouched, &TRUST).await, [""; 0], "the fixture itself must pass");

    let mut changed = 0;
    let mut passed = Vec::new();
    let mut by_id: BTreeMap<&str, usize> = BTreeMap::new();
    for (digest, text) in &graph.documents {
        let value: Value = serde_json::from_str(text).unwrap();
        let kind = if value.get("critical").is_some() {
            "payload"
        } else if value.get("_type").is_some() {
            "statement"
        } else if value.get("manifests").is_some() {
            "index"
        } else if value.pointer("/config/mediaType").and_then(Value::as_str)
            == Some("application/vnd.dev.cosign.artifact.sig.v1+json")
        {
            "signature"
        } else if value.get("layers").is_some() {
            "manifest"
        } else {
            "config"
        };
        let mut pointers = Vec::new();
        leaves(&value, "", &mut pointers);
        // A few facts of each long document stand for the rest: they are all under one digest.
        let step = (pointers.len() / 40).max(1);
        for pointer in pointers.iter().step_by(step) {
            let mut mutated = value.clone();
            let leaf = mutated.pointer_mut(pointer).unwrap();
            *leaf = flipped(leaf);
            let memory = graph.with(digest, serde_json::to_string(&mutated).unwrap());
            let found = ids(&memory, &TRUST).await;
            changed += 1;
            if found.is_empty() {
                passed.push((kind, pointer.clone()));
            }
            for id in found {
                *by_id.entry(id).or_default() += 1;
            }
        }
    }
    println!("{changed} facts changed; ids: {by_id:?}; harmless: {passed:?}");
    assert!(changed > 200, "{changed}");
    // The configuration of signatures and the build's own attestations are no part of the evidence.
    let harmful: Vec<_> = passed
        .iter()
        .filter(|(kind, pointer)| *kind != "config" && !HARMLESS.contains(&(*kind, pointer.as_str())))
        .collect();
    assert_eq!(harmful, Vec::<&(&str, String)>::new());
    for id in ["trust/subject-mismatch", "trust/unsigned", "trust/tampered", "attest/predicate-missing"] {
        assert!(by_id.contains_key(id), "{id} in {by_id:?}");
    }
}

/// The log entry is JSON inside an annotation: each of its members, and each member of its body.
#[tokio::test]
async fn no_fact_of_a_log_entry_can_be_changed_unnoticed() {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    const ANNOTATION: &str = "/layers/0/annotations/dev.sigstore.cosign~1bundle";

    let graph = Graph::read("bad/buildkit-attestation");
    let mut found = BTreeMap::new();
    for (digest, text) in &graph.documents {
        let value: Value = serde_json::from_str(text).unwrap();
        let Some(annotation) = value.pointer(ANNOTATION).and_then(Value::as_str) else { continue };
        let entry: Value = serde_json::from_str(annotation).unwrap();
        let body = STANDARD.decode(entry["Payload"]["body"].as_str().unwrap()).unwrap();
        let body: Value = serde_json::from_slice(&body).unwrap();
        let mut mutants = Vec::new();
        for (document, in_body) in [(&entry, false), (&body, true)] {
            let mut pointers = Vec::new();
            leaves(document, "", &mut pointers);
            for pointer in pointers {
                let mut mutated = document.clone();
                let leaf = mutated.pointer_mut(&pointer).unwrap();
                *leaf = flipped(leaf);
                let mut whole = entry.clone();
                if in_body {
                    whole["Payload"]["body"] = STANDARD.encode(serde_json::to_vec(&mutated).unwrap()).into();
                } else {
                    whole = mutated;
                }
                mutants.push((pointer, whole));
            }
        }
        assert!(mutants.len() >= 10);
        for (pointer, entry) in mutants {
            let mut manifest = value.clone();
            *manifest.pointer_mut(ANNOTATION).unwrap() = serde_json::to_string(&entry).unwrap().into();
            let memory = graph.with(digest, serde_json::to_string(&manifest).unwrap());
            for policy in [LogPolicy::Require, LogPolicy::VerifyIfPresent] {
                let ids = ids(&memory, &Trust { log: policy, ..TRUST.clone() }).await;
                // An entry of an unknown log, or of an unknown kind, is a warning unless a proof is demanded.
                let unknown = ["/Payload/logID", "/kind", "/apiVersion"].contains(&pointer.as_str());
                let expected: &[&str] = match (unknown, policy) {
                    (true, LogPolicy::Require) => &["trust/log-missing"],
                    (true, _) => &[],
                    (false, _) => &["trust/log-bad"],
                };
                assert_eq!(ids, expected, "{pointer} under {policy:?}");
                found.insert(pointer.clone(), ids);
            }
        }
    }
    assert!(found.len() >= 10, "{found:?}");
}

/// Members taken away: no missing field switches a check off.
#[tokio::test]
async fn no_member_can_be_left_out_unnoticed() {
    let graph = Graph::read("bad/buildkit-attestation");
    let mut passed = Vec::new();
    let mut removed = 0;
    for (digest, text) in &graph.documents {
        let value: Value = serde_json::from_str(text).unwrap();
        let is_ours =
            ["critical", "_type", "manifests", "layers"].iter().any(|member| value.get(member).is_some());
        if !is_ours {
            continue;
        }
        let mut pointers = Vec::new();
        leaves(&value, "", &mut pointers);
        for pointer in pointers.iter().take(60) {
            let (parent, name) = pointer.rsplit_once('/').unwrap();
            let mut mutated = value.clone();
            let Some(Value::Object(members)) = mutated.pointer_mut(parent) else { continue };
            members.remove(&name.replace("~1", "/").replace("~0", "~"));
            let memory = graph.with(digest, serde_json::to_string(&mutated).unwrap());
            removed += 1;
            if ids(&memory, &TRUST).await.is_empty() {
                passed.push(pointer.clone());
            }
        }
    }
    passed.sort();
    passed.dedup();
    assert!(removed > 100, "{removed}");
    // Optional by the specifications, or the second of two places for the type.
    let harmless =
        ["/artifactType", "/mediaType", "/config/mediaType", "/config/annotations", "/schemaVersion"];
    let harmful: Vec<_> = passed.iter().filter(|pointer| !harmless.contains(&pointer.as_str())).collect();
    assert_eq!(harmful, Vec::<&String>::new());
}
