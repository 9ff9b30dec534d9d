//! What a built image consists of, as SPDX 2.3 and CycloneDX 1.6.
//!
//! Invariants: equal images give equal bytes, and a document states only what is in the image: what is not known is
//! left out, or `NOASSERTION`.
//!
//! 1. [`packages`] describes the packages of the tree, or the caller makes [`BuiltPackage`]s.
//! 2. [`Snippet::read`] reads the SPDX files that artifacts and stages leave in `opt/docker/sbom`.
//! 3. [`spdx::write`] and [`cyclonedx::write`] write the documents: predicates, without the statement around them.

mod copyright;
pub mod cyclonedx;
mod error;
mod identity;
mod image;
mod installed;
mod licence;
pub mod limits;
mod named;
mod order;
mod purl;
mod snippet;
pub mod spdx;
#[cfg(test)]
mod tests;
mod web;

pub use error::Error;
pub use image::{
    BuiltArtifact, BuiltFile, BuiltImage, BuiltPackage, Distribution, Ecosystem, FetchedFile, SourcePackage,
    Tool,
};
pub use installed::{Origin, packages};
pub use licence::{ExtractedLicence, Licence};
pub(in crate::builder) use purl::of_image;
pub use snippet::{NamedPackage, Snippet, SnippetError};
