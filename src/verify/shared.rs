//! The manifests of the root's referrers. Its signatures and its attestations are looked for among the same ones at the
//! same time, and each is fetched once.

use std::collections::HashMap;
use std::sync::OnceLock;

use tokio::sync::OnceCell;

use super::fetched::{Fetched, Unread};
use super::limits::SHARED_MANIFEST;
use crate::oci::{Descriptor, Digest};
use crate::registry::Referrers;

type Cell = OnceCell<Result<Fetched, Unread>>;

/// What is fetched once. Empty until the list is known.
#[derive(Default)]
pub(super) struct RootReferrers(OnceLock<HashMap<Digest, (Descriptor, Cell)>>);

impl RootReferrers {
    /// Begins to share what is on the list. Large ones are not held, and fetched by everyone who wants them.
    pub(super) fn share(&self, referrers: &Referrers) {
        let small = referrers.descriptors.iter().filter(|listed| listed.size <= SHARED_MANIFEST);
        let cells = small.map(|listed| (listed.digest, (listed.clone(), Cell::default())));
        // A walk has one root.
        let _ = self.0.set(cells.collect());
    }

    /// The place of a referrer on the list, as it is listed there.
    pub(super) fn of(&self, listed: &Descriptor) -> Option<&Cell> {
        let (known, cell) = self.0.get()?.get(&listed.digest)?;
        (known == listed).then_some(cell)
    }
}
