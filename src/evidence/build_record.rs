//! What a builder stored beside an image about its build. Nobody signed it: it names candidates for the base and is shown
//! with that mark, and no verdict counts it or is worse for it.

use crate::attestation::{PredicateSelector, short_title};
use crate::oci::{Descriptor, Digest, Repository};
use crate::trust::PREDICATE_TYPE;

/// A manifest of in-toto statements that a builder wrote and nobody signed: BuildKit's attestation manifest. Before 0.32
/// it is an entry of the index alone, since then it also refers to the image by its `subject`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildRecord {
    /// Digest of the manifest.
    pub digest: Digest,
    /// Where it was found.
    pub found_in: Repository,
    /// The image that it says it is about: its `subject`, else what its entry in the index names
    /// (`vnd.docker.reference.digest`). Nothing vouches for it.
    pub about: Option<Digest>,
    /// Its layers, each a statement.
    pub layers: Vec<Descriptor>,
    /// Further layers, which are over the limit and neither shown nor read.
    pub left_out: usize,
}

/// One statement of a build record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuildStatement<'a> {
    /// The record that holds it.
    pub record: &'a BuildRecord,
    /// Where its bytes are.
    pub layer: &'a Descriptor,
}

impl BuildRecord {
    /// What is said wherever one is shown.
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

    /// What people call that type: `SPDX SBOM`; `statement` where none is claimed.
    pub fn title(&self) -> String {
        self.predicate_type().map_or("statement".to_owned(), short_title)
    }

    /// Whether it claims to be of one of `types`, where any are named.
    pub fn is_among(&self, types: &[PredicateSelector]) -> bool {
        let is_asked_for = |own| types.iter().any(|asked| asked.includes(own));
        types.is_empty() || self.predicate_type().is_some_and(is_asked_for)
    }
}
