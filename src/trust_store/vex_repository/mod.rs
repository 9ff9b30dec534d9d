//! VEX repositories: lists of documents that others publish, fetched as an archive or with git, and kept as a copy
//! (VEX repository specification 0.1).
//!
//! Invariants:
//!
//! * A copy is replaced only by content that was read to its end: archives are bounded, and one that leads out of itself,
//!   has links or is cut off is refused whole.
//! * Bytes of a copy are hashed whenever they are read. The entity tag is bound to the copy that it was sent for.
//! * A login is sent only to the origin of the repository's own URL.
//!
//! The documents are not interpreted here.

mod archive;
mod copy;
mod error;
mod fetched;
mod git;
mod http;
mod interval;
mod list;
mod login;
mod manifest;
mod name;
mod pack;
mod record;
mod store;
mod url;

pub use error::RepositoryError;
pub use list::{RepositoryEntry, RepositoryKey, RepositoryList};
pub use login::LoginSource;
pub use name::RepositoryName;
pub use pack::FileError;
pub use store::{OpenRepository, Refresh, VexRepositories};
pub use url::RepositoryUrl;
