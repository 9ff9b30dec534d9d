//! The error of files of facts that cannot be read.

use crate::diagnostic::{Code, Diagnostic, ToDiagnostic};

/// Why a file is no file of facts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{origin} does not hold facts about images: {cause}")]
pub struct Error {
    /// The file.
    pub origin: String,
    /// What is wrong.
    pub cause: String,
}

impl ToDiagnostic for Error {
    fn to_diagnostic(&self) -> Diagnostic {
        Diagnostic::new(Code::POLICY_FACTS, self.to_string())
    }
}
