//! The manifests of the root's referrers. The search for signatures and the search for attestations run at the same
//! time over the same list; each manifest is fetched once.

use std::collections::HashMap;
use std::sync::OnceLock;

use tokio::sync::OnceCell;

use super::fetched::{Fetched, ManifestError};
use super::limits::SHARED_MANIFEST;
use crate::oci::{Descriptor, Digest};
use crate::registry::Referrers;

type Cell = OnceCell<Result<Fetched, ManifestError>>;

/// The manifests, each fetched once. Empty until the list is known.
#[derive(Default)]
pub(super) struct RootReferrers(OnceLock<HashMap<Digest, (Descriptor, Cell)>>);

impl RootReferrers {
    /// Starts to share the manifests on the list. Large ones are not kept in memory and are fetched by each search.
    pub(super) fn share(&self, referrers: &Referrers) {
        let small = referrers.descriptors.iter().filter(|listed| listed.size <= SHARED_MANIFEST);
        let cells = small.map(|listed| (listed.digest, (listed.clone(), Cell::default())));
        // A walk has one root, so this is set once.
        let _ = self.0.set(cells.collect());
    }

    /// The cell of a referrer, if the list names it by the same descriptor.
    pub(super) fn cell(&self, listed: &Descriptor) -> Option<&Cell> {
        let (known, cell) = self.0.get()?.get(&listed.digest)?;
        (known == listed).then_some(cell)
    }
}
