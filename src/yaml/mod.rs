//! YAML, and JSON as a part of it, is read in one way only: what two readers could take differently is refused.
//!
//! A document is kept as it is written: each scalar knows its line and its place in the text, an alias is a second way
//! to the node that it names and no copy of it, and merge keys are merged. Refused are names that stand twice in one
//! mapping, names that are no text, directives, the line breaks that only YAML 1.1 knows, marks that only readers of
//! YAML 1.1 see in a text between brackets, a merge that readers of YAML 1.1 and 1.2 resolve differently, and one in
//! quotes, which is none for most. Size and depth are bounded, and nothing is ever expanded.

mod codes;
mod compose;
pub mod limits;
#[cfg(test)]
mod tests;
mod value;

use crate::diagnostic::{Code, Diagnostic, ToDiagnostic};
use crate::limits::Exceeded;

pub use codes::CODES;
pub use compose::documents;
pub use value::{Document, Entries, Value};

/// Why a text is not taken for YAML.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No YAML, or YAML with more than one meaning.
    #[error("`{file}` cannot be read at line {line}: {cause}")]
    Unreadable {
        /// As the user wrote it.
        file: String,
        /// Beginning with 1.
        line: usize,
        /// Without a full stop.
        cause: String,
    },
    /// A bound was reached.
    #[error("`{file}`, line {line}: {exceeded}")]
    Exceeded {
        /// As the user wrote it.
        file: String,
        /// Beginning with 1.
        line: usize,
        /// Which bound.
        exceeded: Exceeded,
    },
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
