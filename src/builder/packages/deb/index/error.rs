//! Why an index cannot be read.

use super::super::{control, relation, version::InvalidVersion};
use crate::limits::Exceeded;

/// What is wrong with the text of an index, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {}{cause}", of(.package))]
pub struct IndexError {
    /// The number of the line at which the stanza begins, or of the wrong field, from 1.
    pub line: usize,
    /// The package, where it is known.
    pub package: Option<String>,
    /// What is wrong.
    pub cause: Cause,
}

/// What is wrong with the text of an index.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Cause {
    /// It is no control file.
    #[error(transparent)]
    Control(#[from] control::Cause),
    /// A field is missing.
    #[error("field `{0}` is missing")]
    Missing(&'static str),
    /// The name is none that Debian allows (Policy 5.6.1).
    #[error("`{0}` is not a package name")]
    Name(String),
    /// The version is none.
    #[error(transparent)]
    Version(#[from] InvalidVersion),
    /// A relation cannot be read.
    #[error("field `{field}`: {error}")]
    Relation {
        /// The field.
        field: &'static str,
        /// What is wrong.
        error: relation::Error,
    },
    /// The stanza is for another architecture than the index.
    #[error("architecture is `{found}`, but this is an index for `{wanted}`")]
    Architecture {
        /// The architecture of the stanza.
        found: String,
        /// The architecture of the index.
        wanted: String,
    },
    /// The path leads out of the repository, or is none.
    #[error("`{0}` is not a path inside the repository")]
    Filename(String),
    /// A field that is no number.
    #[error("field `{field}` has `{value}`, which is not a number")]
    Number {
        /// The field.
        field: &'static str,
        /// Its value.
        value: String,
    },
    /// Not 64 hexadecimal digits.
    #[error("`{0}` is not a SHA-256")]
    Digest(String),
    /// A NUL, which no field that is read may have.
    #[error("this field contains a NUL")]
    Nul,
    /// A bound of the reader.
    #[error(transparent)]
    Exceeded(#[from] Exceeded),
}

/// Why a stored index cannot be used. It is made anew from the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Damaged {
    /// Another program, or another version of this one, wrote it.
    #[error("this is not a stored index of this version")]
    Format,
    /// Its parts do not fit together.
    #[error("stored index is damaged in its {0}")]
    Part(&'static str),
}

fn of(package: &Option<String>) -> String {
    package.as_ref().map_or_else(String::new, |package| format!("package `{package}`: "))
}
