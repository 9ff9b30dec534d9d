//! Errors of files of cases.

use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic};
use crate::yaml;

/// Why a file of cases cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It is not YAML or JSON.
    #[error(transparent)]
    Yaml(#[from] yaml::Error),
    /// A case is not valid.
    #[error("{origin}:{line}: {cause}")]
    Case {
        /// The file.
        origin: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        cause: String,
    },
}

impl ToDiagnostic for Error {
    fn to_diagnostic(&self) -> Diagnostic {
        match self {
            Self::Yaml(error) => error.to_diagnostic(),
            Self::Case { .. } => {
                Diagnostic::new(Code::POLICY_CASES, self.to_string()).remedy(Remedy::WriteCases)
            }
        }
    }
}
