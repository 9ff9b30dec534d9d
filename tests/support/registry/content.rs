//! The content of a registry, and the answers that it gives.

use std::collections::HashMap;

use bytes::Bytes;
use dhi::oci::{Digest, media_type};
use serde_json::{Value, json};

use super::{InMemoryRegistry, ListedTypes, Reply, Request, Settings};

#[derive(Default)]
pub(super) struct Content {
    repositories: HashMap<String, Repository>,
}

#[derive(Default)]
struct Repository {
    manifests: HashMap<String, Stored>,
    blobs: HashMap<String, Bytes>,
    tags: HashMap<String, String>,
    /// By subject, in the order of arrival.
    referrers: HashMap<String, Vec<Value>>,
}

struct Stored {
    media_type: String,
    bytes: Bytes,
}

impl InMemoryRegistry {
    /// Puts a manifest under its digest, and into the list of its subject where it has one.
    pub(crate) fn put_manifest(&self, repository: &str, bytes: &[u8]) -> Digest {
        let digest = Digest::of(bytes);
        self.put_manifest_as(repository, &digest.to_string(), bytes);
        digest
    }

    /// Puts a manifest under a digest that can be wrong.
    pub(crate) fn put_manifest_as(&self, repository: &str, digest: &str, bytes: &[u8]) {
        let mut content = self.state.content.lock().unwrap();
        content.repositories.entry(repository.to_owned()).or_default().put_manifest(digest, bytes);
    }

    /// The bytes that a tag names.
    pub(crate) fn tagged(&self, repository: &str, tag: &str) -> Option<Vec<u8>> {
        let content = self.state.content.lock().unwrap();
        let repository = content.repositories.get(repository)?;
        Some(repository.manifests.get(repository.tags.get(tag)?)?.bytes.to_vec())
    }

    /// The bytes of a manifest.
    pub(crate) fn manifest(&self, repository: &str, digest: &Digest) -> Option<Vec<u8>> {
        let content = self.state.content.lock().unwrap();
        Some(content.repositories.get(repository)?.manifests.get(&digest.to_string())?.bytes.to_vec())
    }

    /// The bytes of a blob.
    pub(crate) fn blob(&self, repository: &str, digest: &Digest) -> Option<Vec<u8>> {
        let content = self.state.content.lock().unwrap();
        content.repositories.get(repository)?.blobs.get(&digest.to_string()).map(|bytes| bytes.to_vec())
    }

    /// Sets a tag to a manifest.
    pub(crate) fn tag(&self, repository: &str, tag: &str, digest: &Digest) {
        let mut content = self.state.content.lock().unwrap();
        let repository = content.repositories.entry(repository.to_owned()).or_default();
        repository.tags.insert(tag.to_owned(), digest.to_string());
    }

    /// Puts a blob under its digest.
    pub(crate) fn put_blob(&self, repository: &str, bytes: &[u8]) -> Digest {
        let digest = Digest::of(bytes);
        self.put_blob_as(repository, &digest.to_string(), bytes);
        digest
    }

    /// Puts a blob under a digest that can be wrong.
    pub(crate) fn put_blob_as(&self, repository: &str, digest: &str, bytes: &[u8]) {
        let mut content = self.state.content.lock().unwrap();
        let repository = content.repositories.entry(repository.to_owned()).or_default();
        repository.blobs.insert(digest.to_owned(), Bytes::copy_from_slice(bytes));
    }

    /// Puts an object as a manifest and as a blob, and into no list of referrers.
    pub(crate) fn put_unlisted(&self, repository: &str, digest: &str, bytes: &Bytes) {
        let mut content = self.state.content.lock().unwrap();
        let repository = content.repositories.entry(repository.to_owned()).or_default();
        let stored = Stored { media_type: media_type::OCI_MANIFEST.to_owned(), bytes: bytes.clone() };
        repository.manifests.insert(digest.to_owned(), stored);
        repository.blobs.insert(digest.to_owned(), bytes.clone());
    }

    /// The descriptors of all referrers of `subject`.
    pub(crate) fn referrers_of(&self, repository: &str, subject: &str) -> Vec<Value> {
        let content = self.state.content.lock().unwrap();
        let repository = content.repositories.get(repository);
        repository.and_then(|repository| repository.referrers.get(subject).cloned()).unwrap_or_default()
    }

    /// The digests of all blobs whose bytes contain this text.
    pub(crate) fn blobs_with(&self, repository: &str, text: &str) -> Vec<String> {
        let content = self.state.content.lock().unwrap();
        let blobs = content.repositories.get(repository).map(|repository| &repository.blobs);
        let found = blobs
            .into_iter()
            .flatten()
            .filter(|(_, bytes)| bytes.windows(text.len()).any(|part| part == text.as_bytes()));
        found.map(|(digest, _)| digest.clone()).collect()
    }
}

/// Repository, kind and name of a request: `/v2/REPOSITORY/(manifests|blobs|referrers)/NAME`.
pub(super) fn split(path: &str) -> Option<(&str, &str, &str)> {
    let rest = path.strip_prefix("/v2/")?;
    ["manifests", "blobs", "referrers"].into_iter().find_map(|kind| {
        let (repository, name) = rest.rsplit_once(&format!("/{kind}/"))?;
        Some((repository, kind, name))
    })
}

impl Repository {
    fn put_manifest(&mut self, digest: &str, bytes: &[u8]) {
        let value: Value = serde_json::from_slice(bytes).unwrap_or_default();
        let default =
            if value.get("manifests").is_some() { media_type::OCI_INDEX } else { media_type::OCI_MANIFEST };
        let own = value.get("mediaType").and_then(Value::as_str).unwrap_or(default).to_owned();
        let is_new = !self.manifests.contains_key(digest);
        if let Some(subject) = value.pointer("/subject/digest").and_then(Value::as_str)
            && is_new
        {
            let mut descriptor = json!({ "mediaType": own, "digest": digest, "size": bytes.len() });
            let of_config = value.pointer("/config/mediaType");
            if let Some(artifact_type) = value.get("artifactType").or(of_config) {
                descriptor["artifactType"] = artifact_type.clone();
            }
            if let Some(annotations) = value.get("annotations") {
                descriptor["annotations"] = annotations.clone();
            }
            self.referrers.entry(subject.to_owned()).or_default().push(descriptor);
        }
        self.manifests
            .insert(digest.to_owned(), Stored { media_type: own, bytes: Bytes::copy_from_slice(bytes) });
    }

    /// A descriptor as lists have it.
    fn listed(&self, descriptor: &Value, types: ListedTypes) -> Value {
        let mut listed = descriptor.clone();
        let members = listed.as_object_mut().unwrap();
        match types {
            ListedTypes::Declared => {}
            ListedTypes::Wrong(artifact_type) => {
                members.insert("artifactType".to_owned(), artifact_type.into());
            }
            ListedTypes::Missing => members.retain(|name, _| name != "artifactType" && name != "annotations"),
            ListedTypes::OfConfigs => {
                members.remove("annotations");
                let stored = &self.manifests[descriptor["digest"].as_str().unwrap()];
                let manifest: Value = serde_json::from_slice(&stored.bytes).unwrap();
                members.insert("artifactType".to_owned(), manifest["config"]["mediaType"].clone());
            }
        }
        listed
    }

    /// The answer to a request that changes something.
    fn change(&mut self, request: &Request, kind: &str, name: &str, settings: &Settings) -> Reply {
        let (path, query) = (request.path(), request.query());
        let bytes = request.bytes.as_slice();
        let digest = Digest::of(bytes).to_string();
        let created = || Reply::new(201, "").header("Docker-Content-Digest", &digest);
        match (request.method.as_str(), kind) {
            ("POST", "blobs") if name == "uploads/" => {
                Reply::new(202, "").header("Location", &format!("{path}1?_state=a%2Fb"))
            }
            ("PUT", "blobs") if name.starts_with("uploads/") => {
                let wanted = query.split('&').find_map(|pair| pair.strip_prefix("digest="));
                if wanted.map(|wanted| wanted.replace("%3A", ":")) != Some(digest.clone()) {
                    return Reply::json(400, r#"{"errors":[{"code":"DIGEST_INVALID","message":"no"}]}"#);
                }
                self.blobs.insert(digest.clone(), Bytes::copy_from_slice(bytes));
                created()
            }
            ("PUT", "manifests") => {
                if name.contains(':') && name != digest {
                    return Reply::json(400, r#"{"errors":[{"code":"DIGEST_INVALID","message":"no"}]}"#);
                }
                self.put_manifest(&digest, bytes);
                if !name.contains(':') {
                    self.tags.insert(name.to_owned(), digest.clone());
                }
                let value: Value = serde_json::from_slice(bytes).unwrap_or_default();
                match value.pointer("/subject/digest").and_then(Value::as_str) {
                    Some(subject) if !settings.no_referrers_api && !settings.no_oci_subject => {
                        created().header("OCI-Subject", subject)
                    }
                    _ => created(),
                }
            }
            _ => Reply::json(405, r#"{"errors":[{"code":"UNSUPPORTED","message":"no"}]}"#),
        }
    }
}

impl Content {
    pub(super) fn answer(&mut self, request: &Request, settings: &Settings) -> Reply {
        let (path, query) = (request.path(), request.query());
        let Some((repository, kind, name)) = split(path) else { return missing() };
        if !matches!(request.method.as_str(), "GET" | "HEAD") {
            let repository = self.repositories.entry(repository.to_owned()).or_default();
            return repository.change(request, kind, name, settings);
        }
        let Some(repository) = self.repositories.get(repository) else { return missing() };
        match kind {
            "manifests" => {
                let digest = repository.tags.get(name).map_or(name, String::as_str);
                let missing = || match settings.no_tag_status {
                    Some(status) if !digest.contains(':') => refusal(status),
                    _ => missing(),
                };
                repository.manifests.get(digest).map_or_else(missing, |stored| {
                    Reply::new(200, stored.bytes.to_vec())
                        .header("Content-Type", &stored.media_type)
                        .header("Docker-Content-Digest", digest)
                })
            }
            "blobs" => repository.blobs.get(name).map_or_else(missing, |bytes| {
                Reply::new(200, bytes.to_vec()).header("Content-Type", "application/octet-stream")
            }),
            _ if settings.no_referrers_api => settings.no_api_status.map_or_else(missing, refusal),
            _ => {
                let all = repository.referrers.get(name).map(Vec::as_slice).unwrap_or_default();
                let size = settings.page.unwrap_or(usize::MAX);
                let page: usize =
                    query.strip_prefix("page=").and_then(|page| page.parse().ok()).unwrap_or_default();
                let pages: Vec<&[Value]> = all.chunks(size).collect();
                let entries = pages.get(page).copied().unwrap_or_default();
                let entries: Vec<Value> =
                    entries.iter().map(|entry| repository.listed(entry, settings.listed_types)).collect();
                let list = json!({
                    "schemaVersion": 2,
                    "mediaType": media_type::OCI_INDEX,
                    "manifests": entries,
                });
                let reply = Reply::new(200, list.to_string()).header("Content-Type", media_type::OCI_INDEX);
                if page + 1 < pages.len() {
                    reply.header("Link", &format!("<{path}?page={}>; rel=\"next\"", page + 1))
                } else {
                    reply
                }
            }
        }
    }
}

fn refusal(status: u16) -> Reply {
    Reply::json(status, r#"{"errors":[{"code":"MANIFEST_UNKNOWN","message":"not known here"}]}"#)
}

fn missing() -> Reply {
    Reply::json(404, r#"{"errors":[{"code":"NOT_FOUND","message":"not found"}]}"#)
}
