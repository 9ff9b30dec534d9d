//! Lists with unknown content: the registry returns the image, but neither the list nor that there is none.
//!
//! What is found in other sources counts. If nothing is found, the object may still have attestations.

use super::failure::Failure;

/// A list with unknown content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownList {
    /// The list.
    pub source: ListSource,
    /// The failure of the registry.
    pub failure: Failure,
}

/// A source that lists attestations and signatures of one object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ListSource {
    /// The list of referrers, by the API or under the fallback tag.
    Referrers,
    /// cosign's tag `sha256-HEX.sig` or `sha256-HEX.att`.
    CosignTag,
}
