//! SPDX 2.3 as JSON (spdx.github.io/spdx-spec/v2.3, `schemas/spdx-schema.json`).
//!
//! What is in the document:
//!
//! * the image, which the document describes, its operating system, and a package for each package, fetched file,
//!   copied image and package that a description names;
//! * the files with their checksums; the package that owns them has a verification code;
//! * `CONTAINS` for what is in the image, `DEPENDS_ON` between packages, `GENERATED_FROM` for what was fetched or copied.
//!
//! Source packages are text (`sourceInfo`): a scanner would take a package for an installed one.

mod document;
mod elements;
mod write;

pub use write::write;

/// The predicate type.
pub const PREDICATE_TYPE: &str = "https://spdx.dev/Document";
