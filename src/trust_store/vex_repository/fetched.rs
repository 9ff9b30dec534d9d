//! What a fetch of a repository gives.

use super::pack::Pack;
use super::record::StoredManifest;

/// What a fetch gives.
#[derive(Debug)]
pub(super) enum Fetched {
    /// The host has what the copy has.
    Unchanged {
        /// The manifest.
        manifest: StoredManifest,
    },
    /// New content.
    Content {
        /// The manifest.
        manifest: StoredManifest,
        /// Where it is from.
        location: String,
        /// The entity tag or commit.
        tag: Option<String>,
        /// The files.
        pack: Pack,
    },
}
