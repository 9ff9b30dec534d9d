//! Build records: how they are distinguished from images and attestations, and how their statements are read.
//!
//! A manifest is a build record only if all its layers are in-toto statements: no engine can run one.

use bytes::Bytes;

use super::limits::BUILD_STATEMENTS;
use crate::evidence::{BuildRecord, BuildStatement, Failure};
use crate::limits::Limits;
use crate::oci::{Descriptor, ImageManifest, Repository, media_type};
use crate::registry::Registry;

/// Annotation in which BuildKit names the image that an index entry is about.
const IMAGE_DIGEST: &str = "vnd.docker.reference.digest";

/// Whether all layers of the manifest are in-toto statements, which no engine can run. The configuration and the
/// annotations are not evidence for that and are not read.
pub(super) fn has_only_statements(manifest: &ImageManifest) -> bool {
    !manifest.layers.is_empty() && manifest.layers.iter().all(|layer| layer.media_type == media_type::IN_TOTO)
}

/// Makes a record of `manifest`, which an index or a list of referrers names by `listed`.
pub(super) fn from_manifest(
    listed: &Descriptor,
    manifest: &ImageManifest,
    repository: &Repository,
) -> BuildRecord {
    let subject = manifest.subject.as_ref().map(|subject| subject.digest);
    let named = || listed.annotations.get(IMAGE_DIGEST).and_then(|text| text.parse().ok());
    BuildRecord {
        digest: listed.digest,
        found_in: repository.clone(),
        about: subject.or_else(named),
        layers: manifest.layers.iter().take(BUILD_STATEMENTS).cloned().collect(),
        left_out: manifest.layers.len().saturating_sub(BUILD_STATEMENTS),
    }
}

/// Fetches the bytes of a statement that nobody signed, as they are stored.
///
/// # Errors
///
/// The [`Failure`] of the registry if the statement cannot be fetched, has another digest, or is larger than
/// `limits.statement`.
pub async fn unsigned_statement(
    registry: &dyn Registry,
    statement: BuildStatement<'_>,
    limits: &Limits,
) -> Result<Bytes, Failure> {
    let bytes = registry.blob(&statement.record.found_in, statement.layer, limits.statement).await;
    bytes.map_err(Failure::from)
}
