//! The SLSA provenance of a built image.
//!
//! Invariants: equal builds give equal bytes, and every byte that a build takes from elsewhere is a resolved dependency
//! with its digest.
//!
//! The verification summary of a build is that of `gate`: there is no second writer of it.

mod lock;
pub mod record;
#[cfg(test)]
mod tests;
pub mod v02;
pub mod v1;

pub use lock::materials;
pub use record::{Build, Error, Material, Network, Parameter};

/// What a build is described by: `docs/provenance.md` has the meaning of every member.
pub const BUILD_TYPE: &str = "urn:dhi:build:1";
