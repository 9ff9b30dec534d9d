//! Build records: unsigned statements about a build that the builder stored with the image.
//!
//! They name candidates for the base and are shown with [`BuildRecord::MARK`]. They never change a verdict.

use crate::attestation::{PredicateSelector, short_title};
use crate::oci::{Descriptor, Digest, Repository};
use crate::trust::PREDICATE_TYPE;

/// BuildKit's attestation manifest: a manifest of unsigned in-toto statements. Before version 0.32 only the index
/// names it; since then it also refers to the image by its `subject`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildRecord {
    /// Digest of the manifest.
    pub digest: Digest,
    /// The repository in which it was found.
    pub found_in: Repository,
    /// The image that it claims to be about: its `subject`, else the digest in its index entry
    /// (`vnd.docker.reference.digest`). Nothing proves it.
    pub about: Option<Digest>,
    /// Its layers, each a statement.
    pub layers: Vec<Descriptor>,
    /// Number of further layers, which are over the limit and neither shown nor read.
    pub left_out: usize,
}

/// One statement of a build record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuildStatement<'a> {
    /// The record that holds it.
    pub record: &'a BuildRecord,
    /// The descriptor of its bytes.
    pub layer: &'a Descriptor,
}

impl BuildRecord {
    /// The note with which a build record is shown.
    pub const MARK: &'static str = "unsigned, from the build";

    /// Its statements.
    pub fn statements(&self) -> impl Iterator<Item = BuildStatement<'_>> {
        self.layers.iter().map(|layer| BuildStatement { record: self, layer })
    }
}

impl<'a> BuildStatement<'a> {
    /// The predicate type that its descriptor claims.
    pub fn predicate_type(&self) -> Option<&'a str> {
        self.layer.annotations.get(PREDICATE_TYPE).map(String::as_str)
    }

    /// The title of that type, such as `SPDX SBOM`; `statement` if it claims none.
    pub fn title(&self) -> String {
        self.predicate_type().map_or("statement".to_owned(), short_title)
    }

    /// Whether it claims to be of one of `types`. True if `types` is empty.
    pub fn is_among(&self, types: &[PredicateSelector]) -> bool {
        let is_requested = |claimed_type| types.iter().any(|requested| requested.includes(claimed_type));
        types.is_empty() || self.predicate_type().is_some_and(is_requested)
    }
}
