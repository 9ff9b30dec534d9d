//! Records of builds: told from images and attestations by what their manifest holds, and their statements read where
//! somebody asks for one.

use bytes::Bytes;

use super::limits::BUILD_STATEMENTS;
use crate::evidence::{BuildRecord, BuildStatement, Failure};
use crate::limits::Limits;
use crate::oci::{Descriptor, ImageManifest, Repository, media_type};
use crate::registry::Registry;

/// Annotation with which BuildKit says what image an entry of the index is about.
const ABOUT: &str = "vnd.docker.reference.digest";

/// Whether the manifest holds nothing but in-toto statements, which no engine can run. Neither its configuration nor its
/// annotations say anything about that.
pub(super) fn holds_statements_alone(manifest: &ImageManifest) -> bool {
    !manifest.layers.is_empty() && manifest.layers.iter().all(|layer| layer.media_type == media_type::IN_TOTO)
}

/// The record that `manifest` is, which an index or a list of referrers names by `listed`.
pub(super) fn of(listed: &Descriptor, manifest: &ImageManifest, repository: &Repository) -> BuildRecord {
    let subject = manifest.subject.as_ref().map(|subject| subject.digest);
    let named = || listed.annotations.get(ABOUT).and_then(|text| text.parse().ok());
    BuildRecord {
        digest: listed.digest,
        found_in: repository.clone(),
        about: subject.or_else(named),
        layers: manifest.layers.iter().take(BUILD_STATEMENTS).cloned().collect(),
        left_out: manifest.layers.len().saturating_sub(BUILD_STATEMENTS),
    }
}

/// The bytes of a statement that nobody signed, as they are stored.
pub async fn unsigned_statement(
    registry: &dyn Registry,
    statement: BuildStatement<'_>,
    limits: &Limits,
) -> Result<Bytes, Failure> {
    let bytes = registry.blob(&statement.record.found_in, statement.layer, limits.statement).await;
    bytes.map_err(Failure::from)
}
