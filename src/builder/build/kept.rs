//! Images that were built before from the same inputs.
//!
//! Invariant: an image is taken from the cache only if everything that decides its bytes is the same: the definition with
//! all that it includes, the lock, the files of its repository, the settings, and the version of this program. Its
//! documents and layers are hashed again, and must be those that its manifest names.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::image::{BuiltEvidence, BuiltLayer, BuiltPlatform};
use super::request::Job;
use crate::builder::definition::{Definition, PathKind, TargetPlatform};
use crate::builder::layers::{Compression, LayerBlob};
use crate::builder::locking::oci_platform;
use crate::builder::output::Document;
use crate::builder::rootfs::{Context as _, ContextError, ContextNode};
use crate::oci::{Digest, Manifest, media_type};

/// What is kept of an image. Its documents and layers are kept by their digests.
#[derive(Serialize, Deserialize)]
struct Record {
    manifest: Digest,
    config: Digest,
    layers: Vec<KeptLayer>,
    evidence: Vec<(String, Digest)>,
    packages: usize,
    files: usize,
    remarks: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct KeptLayer {
    media_type: String,
    digest: Digest,
    diff_id: Digest,
    size: u64,
    uncompressed_size: u64,
    holds: String,
}

/// The media types of layers that this program writes.
const LAYERS: [&str; 3] = [
    "application/vnd.oci.image.layer.v1.tar",
    "application/vnd.oci.image.layer.v1.tar+gzip",
    "application/vnd.oci.image.layer.v1.tar+zstd",
];

/// The key of the image of a platform. `None` if a file of the repository cannot be read: the build then says so.
pub(super) fn key(
    job: &Job,
    platform: TargetPlatform,
    definition: &Definition,
    compression: Compression,
) -> Option<String> {
    let sources = sources(job, definition).ok()?;
    let parts = serde_json::json!([
        env!("CARGO_PKG_VERSION"),
        program(),
        format!("{platform:?}"),
        format!("{definition:?}"),
        job.lock_digest,
        job.definition,
        sources,
        job.name,
        job.path,
        job.package_url,
        job.epoch,
        format!("{compression:?}"),
        job.sbom,
        format!("{:?}", job.provenance),
        job.arguments.iter().map(|one| (&one.name, &one.value)).collect::<Vec<_>>(),
        job.builder_id,
    ]);
    Some(format!("build/image\0{}", Digest::of(parts.to_string().as_bytes())))
}

/// What tells two builds of this program from each other: size and time of its file.
fn program() -> Option<(u64, u128)> {
    let metadata = std::env::current_exe().and_then(std::fs::metadata).ok()?;
    let time = metadata.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some((metadata.len(), time.as_nanos()))
}

/// The digests of the files of the repository that a definition names.
fn sources(job: &Job, definition: &Definition) -> Result<BTreeMap<String, Digest>, ContextError> {
    let mut found = BTreeMap::new();
    let is_copied = |kind: PathKind| matches!(kind, PathKind::File | PathKind::Directory);
    let mut left: Vec<String> = definition
        .paths
        .iter()
        .filter(|entry| is_copied(entry.kind.value))
        .filter_map(|entry| entry.source.as_ref())
        .map(|source| source.value.trim_matches('/').to_owned())
        .collect();
    while let Some(path) = left.pop() {
        if found.contains_key(&path) {
            continue;
        }
        let digest = match job.repository.open(&path)? {
            ContextNode::File { content, is_executable } => {
                let bytes =
                    content.read_all().map_err(|error| ContextError::Unreadable(error.to_string()))?;
                Digest::of(format!("{is_executable} {}", Digest::of(&bytes)).as_bytes())
            }
            ContextNode::Directory(mut names) => {
                names.sort();
                let below = names.iter().filter(|name| name.target.is_none());
                left.extend(below.map(|name| format!("{path}/{}", name.name)));
                Digest::of(format!("{names:?}").as_bytes())
            }
        };
        found.insert(path, digest);
    }
    Ok(found)
}

/// The image that was built before. `None` if a part of it is gone, or is not what its manifest names.
pub(super) fn find(
    job: &Job,
    key: &str,
    platform: TargetPlatform,
    compression: Compression,
) -> Option<BuiltPlatform> {
    let (record, _) = job.cache.last::<Record>(key)?;
    let document = |media_type, digest: Digest| {
        let bytes = job.cache.content(&digest)?.to_vec();
        Some(Document { media_type, bytes, digest })
    };
    let manifest = document(media_type::OCI_MANIFEST, record.manifest)?;
    let config = document(media_type::OCI_CONFIG, record.config)?;
    let Ok(Manifest::Image(parsed)) = Manifest::parse(&manifest.bytes, Some(media_type::OCI_MANIFEST)) else {
        return None;
    };
    let named = parsed.layers.iter().map(|layer| (layer.digest, layer.size));
    let kept = record.layers.iter().map(|layer| (layer.digest, layer.size));
    if parsed.config.digest != record.config || !named.eq(kept) {
        return None;
    }
    let mut layers = Vec::new();
    for layer in record.layers {
        let blob = LayerBlob {
            media_type: LAYERS.into_iter().find(|known| *known == layer.media_type)?,
            digest: layer.digest,
            diff_id: layer.diff_id,
            size: layer.size,
            uncompressed_size: layer.uncompressed_size,
        };
        layers.push(BuiltLayer::new(blob, layer.holds, job.cache.file(&layer.digest)?));
    }
    let mut evidence = Vec::new();
    for (predicate_type, digest) in record.evidence {
        let predicate = String::from_utf8(job.cache.content(&digest)?.to_vec()).ok()?;
        let predicate_type = super::evidence::TYPES.into_iter().find(|known| *known == predicate_type)?;
        evidence.push(BuiltEvidence { predicate_type, predicate });
    }
    Some(BuiltPlatform {
        platform: oci_platform(platform),
        manifest,
        config,
        layers,
        compression,
        evidence,
        packages: record.packages,
        files: record.files,
        remarks: record.remarks,
    })
}

/// Keeps an image.
pub(super) fn keep(job: &Job, key: &str, built: &BuiltPlatform) {
    let layer = |layer: &BuiltLayer| KeptLayer {
        media_type: layer.blob.media_type.to_owned(),
        digest: layer.blob.digest,
        diff_id: layer.blob.diff_id,
        size: layer.blob.size,
        uncompressed_size: layer.blob.uncompressed_size,
        holds: layer.holds.clone(),
    };
    let evidence = built
        .evidence
        .iter()
        .map(|evidence| (evidence.predicate_type.to_owned(), job.cache.keep(evidence.predicate.as_bytes())));
    let record = Record {
        manifest: job.cache.keep(&built.manifest.bytes),
        config: job.cache.keep(&built.config.bytes),
        layers: built.layers.iter().map(layer).collect(),
        evidence: evidence.collect(),
        packages: built.packages,
        files: built.files,
        remarks: built.remarks.clone(),
    };
    job.cache.keep_last(key, &record);
}
