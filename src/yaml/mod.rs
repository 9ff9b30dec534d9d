//! Reads YAML, and JSON as a subset of it, with source positions.
//!
//! A text that two YAML readers could understand differently is an error, so every accepted text has one meaning.
//!
//! * Each scalar has its line and its byte range in the text. An alias refers to its node and is not a copy of it.
//!   Merge keys are merged.
//! * Errors: duplicate keys in a mapping, keys that are not strings, directives, line breaks that only YAML 1.1 has,
//!   indicators in flow collections that only YAML 1.1 readers recognise, a merge that readers of YAML 1.1 and 1.2
//!   resolve differently, and a quoted merge key, which most readers do not merge.
//! * Size and depth are limited. Aliases are never expanded.

mod codes;
mod compose;
pub mod limits;
mod scalar_type;
#[cfg(test)]
mod tests;
mod value;
mod write;

use crate::diagnostic::{Code, Diagnostic, ToDiagnostic};
use crate::limits::Exceeded;

pub use codes::CODES;
pub use compose::documents;
pub use scalar_type::{ScalarType, ScalarTypes};
pub use value::{Document, Entries, Value};
pub use write::{Data, write};

/// Why a text is not accepted as YAML.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not YAML, or YAML with more than one meaning.
    #[error("{} cannot be read at line {line}: {cause}", origin(file))]
    Unreadable {
        /// The name of the file, as the user wrote it.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The column in characters, from 1, if one is to blame. The cause names it too.
        column: Option<usize>,
        /// What is wrong, without a full stop.
        cause: String,
    },
    /// A limit was reached.
    #[error("{}, line {line}: {exceeded}", origin(file))]
    Exceeded {
        /// The name of the file, as the user wrote it.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The limit.
        exceeded: Exceeded,
    },
}

/// The name of a file in a message, as the user wrote it. `-` is standard input.
pub fn origin(file: &str) -> String {
    if file == "-" { "standard input".to_owned() } else { format!("`{file}`") }
}

impl ToDiagnostic for Error {
    fn to_diagnostic(&self) -> Diagnostic {
        match self {
            Self::Unreadable { .. } => Diagnostic::new(Code::USAGE_YAML, self.to_string()),
            Self::Exceeded { exceeded, .. } => {
                Diagnostic { message: self.to_string(), ..exceeded.to_diagnostic() }
            }
        }
    }
}
