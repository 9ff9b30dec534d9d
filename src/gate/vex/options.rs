//! What a caller selects: which VEX is loaded, and what of it may suppress findings.

use std::path::PathBuf;

use jiff::SignedDuration;

use super::repository_files::RepositoryLookup;
use crate::oci::Reference;

/// Which VEX is loaded, and what of it may suppress findings.
#[derive(Clone, Debug, Default)]
pub struct VexOptions {
    /// The scanned image, whose VEX attestations count.
    pub image: Option<Reference>,
    /// Files, and directories of files.
    pub paths: Vec<PathBuf>,
    /// VEX repositories.
    pub repositories: Option<RepositoryLookup>,
    /// Sources that may suppress findings without a signature, by name. A bad signature stays bad.
    pub trust_unsigned: Vec<String>,
    /// The maximum age of the newest statement of a document. Older documents suppress nothing.
    pub max_age: Option<SignedDuration>,
    /// Sources in the order in which they decide, by name. All others follow.
    pub priority: Vec<String>,
    /// Whether the caller states that the image is hardened.
    pub assume_hardened: bool,
}
