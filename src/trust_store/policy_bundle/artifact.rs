//! Writes a bundle as an OCI artifact: each file is a layer with its path as the title, as conftest and oras do.
//!
//! The same content gives the same bytes, unless a time is given.

use std::collections::BTreeMap;

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::content::{PolicyBundle, Role};
use super::error::BundleError;
use super::layers::{CONFIG, MANIFEST, POLICY, SETTINGS, TITLE};
use crate::oci::media_type::OCI_MANIFEST;
use crate::oci::{Digest, Repository, Version};
use crate::registry::Push;

/// The configuration of the artifact.
const EMPTY: &[u8] = b"{}";

/// A bundle as an OCI artifact, ready to be stored.
#[derive(Clone, Debug)]
pub struct BundleArtifact {
    manifest: Bytes,
    blobs: Vec<Bytes>,
}

impl BundleArtifact {
    /// The artifact of `bundle`. `created` is written into the manifest.
    pub fn new(bundle: &PolicyBundle, created: Option<Timestamp>) -> Self {
        let mut blobs = vec![Bytes::from_static(EMPTY)];
        let mut layers: Vec<Value> = Vec::new();
        for file in bundle.files() {
            let media_type = match Role::of(file.path) {
                Ok(Role::Settings) => SETTINGS,
                Ok(Role::OpaManifest) => MANIFEST,
                _ => POLICY,
            };
            let text = Bytes::copy_from_slice(file.text.as_bytes());
            layers.push(json!({
                "mediaType": media_type,
                "digest": Digest::of(&text),
                "size": text.len(),
                "annotations": { TITLE: file.path },
            }));
            blobs.push(text);
        }
        let mut manifest = json!({
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "artifactType": CONFIG,
            "config": { "mediaType": CONFIG, "digest": Digest::of(EMPTY), "size": EMPTY.len() },
            "layers": layers,
        });
        if let (Some(created), Some(members)) = (created, manifest.as_object_mut()) {
            let time = created.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
            let annotations = BTreeMap::from([("org.opencontainers.image.created", time)]);
            members.insert("annotations".to_owned(), json!(annotations));
        }
        Self { manifest: Bytes::from(manifest.to_string()), blobs }
    }

    /// The digest of the manifest.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.manifest)
    }

    /// Stores the files, then the manifest under `version`.
    ///
    /// # Errors
    ///
    /// [`BundleError::Registry`]; also if `version` is another digest.
    pub async fn push(
        &self,
        registry: &dyn Push,
        repository: &Repository,
        version: &Version,
    ) -> Result<(), BundleError> {
        for blob in &self.blobs {
            registry.push_blob(repository, blob.clone()).await?;
        }
        self.push_manifest(registry, repository, version).await
    }

    /// Stores the manifest alone, under one more `version`.
    ///
    /// # Errors
    ///
    /// As [`Self::push`].
    pub async fn push_manifest(
        &self,
        registry: &dyn Push,
        repository: &Repository,
        version: &Version,
    ) -> Result<(), BundleError> {
        registry.push_manifest(repository, version, OCI_MANIFEST, self.manifest.clone()).await?;
        Ok(())
    }
}
