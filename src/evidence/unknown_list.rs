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

/// The most severe of the lists, by its exit code.
pub(super) fn most_severe(lists: &[UnknownList]) -> Option<&UnknownList> {
    lists.iter().max_by_key(|unknown| unknown.failure.exit())
}

/// Why sources could not be read: first the lists with unknown content, then the others.
pub(super) fn unread_sources<'a>(
    lists: &'a [UnknownList],
    not_checked: &'a [Failure],
) -> impl Iterator<Item = &'a Failure> {
    lists.iter().map(|unknown| &unknown.failure).chain(not_checked)
}
