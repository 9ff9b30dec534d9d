//! Package repositories: their signed lists and indexes, fetched, proven and cached.
//!
//! Invariant: no package is known from an index whose digest a signature does not cover. What arrives is compared with a
//! list that a key of the repository signed, and that list with the time, the suite that was asked, and the last one that
//! was seen.

mod alpine;
mod alpine_fault;
mod apt_sources;
mod debian;
mod error;
mod fetch;
mod keys;
pub mod limits;
mod load;
mod mirror;
mod package_files;
#[cfg(test)]
mod tests;
mod unpack;

pub use alpine::AlpineIndex;
pub use alpine_fault::AlpineFault;
pub use debian::{Suite, SuiteIndex, VerifiedLists};
pub use error::{Cause, RepositoryError};
pub use fetch::{Fetch, FetchError, HttpFetch};
pub use keys::{DebianRelease, fingerprints};
pub use load::{KeyFiles, Loaded, LoadedRepository, Repositories, RepositoryRequest, SelectError};
pub use mirror::{DebianMirror, MIRROR, MirrorError, SECURITY_MIRROR};
pub use package_files::{Observe, PackageFile, PackageFileError, PackageFiles};
pub use unpack::UnpackError;
