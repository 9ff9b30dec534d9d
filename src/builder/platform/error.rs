//! Why a definition cannot be evaluated at all.

use crate::diagnostic::{Code, Diagnostic, ToDiagnostic};
use crate::limits::Exceeded;
use crate::yaml;

/// Why a definition cannot be evaluated at all. Everything else that is wrong is a finding.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file that is included is not YAML with one meaning.
    #[error(transparent)]
    Yaml(#[from] yaml::Error),
    /// A limit was reached.
    #[error("{}: {exceeded}", yaml::origin(file))]
    Exceeded {
        /// The file of the definition.
        file: String,
        /// The limit.
        exceeded: Exceeded,
    },
}

impl ToDiagnostic for Error {
    fn to_diagnostic(&self) -> Diagnostic {
        match self {
            Self::Yaml(yaml::Error::Unreadable { file, line, column, cause }) => {
                let column = column.map(|column| format!(":{column}")).unwrap_or_default();
                Diagnostic::new(Code::DEFINITION_UNREADABLE, format!("{file}:{line}{column}: {cause}"))
            }
            Self::Yaml(error) => error.to_diagnostic(),
            Self::Exceeded { exceeded, .. } => {
                Diagnostic { message: self.to_string(), ..exceeded.to_diagnostic() }
            }
        }
    }
}
