//! Lists of which it is unknown what they hold: the registry gives the image and neither the list nor the answer that
//! there is none. What is found elsewhere counts. Nothing found is no absence.

use super::failure::Failure;

/// A list of which it is unknown what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownList {
    /// Which one.
    pub source: ListSource,
    /// What the registry answered.
    pub failure: Failure,
}

/// Where attestations and signatures of one object are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListSource {
    /// Its referrers, by the API or under the fallback tag.
    Referrers,
    /// cosign's tag `sha256-HEX.sig` or `sha256-HEX.att`.
    CosignTag,
}

/// The most severe of the lists, by its exit code.
pub(super) fn most_severe(lists: &[UnknownList]) -> Option<&UnknownList> {
    lists.iter().max_by_key(|unknown| unknown.failure.exit())
}

/// Why the lists are unknown, then what else could not be checked.
pub(super) fn unasked<'a>(
    lists: &'a [UnknownList],
    not_checked: &'a [Failure],
) -> impl Iterator<Item = &'a Failure> {
    lists.iter().map(|unknown| &unknown.failure).chain(not_checked)
}
