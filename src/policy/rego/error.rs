//! Errors of Rego files that cannot be used.

use crate::diagnostic::{Code, Diagnostic, ToDiagnostic};

/// Why a Rego file is no policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It is not Rego.
    #[error("{origin} is not valid Rego: {cause}")]
    Syntax {
        /// The file.
        origin: String,
        /// The cause, with line and column.
        cause: String,
    },
    /// It calls a built-in function that is not offered.
    #[error("{origin}:{line}: `{name}` is not offered")]
    NotOffered {
        /// The file.
        origin: String,
        /// The function.
        name: String,
        /// The line of the call, from 1.
        line: usize,
    },
    /// It is valid Rego and no policy of this contract.
    #[error("{origin} is not a policy: {cause}")]
    NotAPolicy {
        /// The file.
        origin: String,
        /// What is missing or wrong.
        cause: String,
    },
}

impl ToDiagnostic for Error {
    fn to_diagnostic(&self) -> Diagnostic {
        let code = match self {
            Self::Syntax { .. } => Code::POLICY_REGO,
            Self::NotOffered { .. } => Code::POLICY_NOT_OFFERED,
            Self::NotAPolicy { .. } => Code::POLICY_CONTRACT,
        };
        Diagnostic::new(code, self.to_string())
    }
}
