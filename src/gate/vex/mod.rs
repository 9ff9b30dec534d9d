//! Loads VEX: the attestations of an image and of its base, files, and documents of repositories, each with who signed it.
//!
//! Invariant: statements may suppress findings only if a trusted signer signed exactly the bytes they were read from, or
//! if the caller names their source as trusted. A bad proof is never lifted. What could not be used is a [`Problem`].

mod attested;
mod error;
mod file_sources;
mod files;
mod image_sources;
mod json_lines;
mod load;
mod loaded;
mod max_age;
mod named_sources;
mod options;
mod origins;
mod passed_over;
mod problem;
mod recorded;
mod report_subject;
mod repository_files;
mod repository_sources;
mod sbom;
mod unverified;
mod unverified_files;

pub use attested::SignedAttestation;
pub use error::Error;
pub use loaded::Loaded;
pub use options::VexOptions;
pub use problem::{Effect, Problem};
pub use report_subject::ReportSubject;
pub use repository_files::RepositoryLookup;
pub(crate) use sbom::{Package as SbomPackage, Packages as SbomPackages};
pub use unverified_files::{UnverifiedFile, read_unverified, read_unverified_repositories};
