//! The lock file of a definition, `FILE.lock`: everything that a build fetches, with its hashes, and why it is there.
//!
//! Invariants: a lock that was read is complete and well-formed, so a build can trust its structure (not its content: every
//! file is hashed again when it is fetched); equal locks are equal bytes, and one package is one line, so that version
//! control shows what changed.
//!
//! A lock on disk is untrusted input. Version 1 of the format is the only one.

mod check;
mod diff;
mod encoding;
mod error;
pub mod limits;
mod model;
mod read;
#[cfg(test)]
mod tests;
mod why;
mod write;

pub use diff::{Change, Row, Subject, diff};
pub use encoding::ApkChecksum;
pub use error::{Cause, Error};
pub use model::{
    Artifact, ArtifactDigest, Candidate, Choice, Dependency, Excluded, FilePin, Identity, IndexFile, Key,
    Lock, LockedFile, Package, PlatformLock, Reason, Repository, RepositoryKind, Source, Substitution, Suite,
    Waived,
};
pub use read::read;
pub use why::Step;
pub use write::write;

/// The version of the format.
pub const FORMAT: u64 = 1;
