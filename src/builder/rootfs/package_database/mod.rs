//! The package database of an image, for package managers and scanners.
//!
//! Invariant: it lists exactly the packages whose files are in the tree, each once, and nothing that a
//! package states can begin another entry or hide the package.

mod apk;
mod deb;

pub use apk::{ApkDatabase, write_apk_database};
pub use deb::{Conffiles, DebDatabase, Waived, write_deb_database};

use super::node::Origin;
use super::tree_writer::WriteError;

/// Why the package database cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DatabaseError {
    /// A package whose control file has another number of stanzas than one.
    #[error("the control file of the package `{0}` is not one stanza")]
    Control(String),
    /// A package of the other distribution.
    #[error("the package `{0}` is of another distribution than the package database")]
    OtherDistribution(String),
    /// A package twice: a database has one entry for a name.
    #[error("the package `{0}` is installed twice")]
    Repeated(String),
    /// A name or value that would begin another line or field of the database.
    #[error("`{}` cannot be written into the package database", .0.escape_debug())]
    Value(String),
    /// A file cannot be read or written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

fn origin() -> Origin {
    Origin::Synthesized { by: "package database".to_owned() }
}

/// Refuses what ends a line, and what `separators` has.
fn check(value: &str, separators: &[char]) -> Result<(), DatabaseError> {
    let is_wrong = value.is_empty() || value.contains(char::is_control) || value.contains(separators);
    if is_wrong { Err(DatabaseError::Value(value.to_owned())) } else { Ok(()) }
}
