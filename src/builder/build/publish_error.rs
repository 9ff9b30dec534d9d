//! Why an image is not stored.

use crate::diagnostic::{Code, Diagnostic, ToDiagnostic};
use crate::oci::Digest;
use crate::{registry, sign};

/// Why an image is not stored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// It cannot be written to a registry or layout.
    #[error(transparent)]
    Registry(#[from] registry::Error),
    /// Its signatures or attestations cannot be made or written.
    #[error(transparent)]
    Sign(#[from] sign::Error),
    /// A layer cannot be read again.
    #[error("the layer {digest} cannot be read: {cause}")]
    Layer {
        /// The layer.
        digest: Digest,
        /// The cause.
        cause: String,
    },
    /// A layer or document is not what was built.
    #[error("the blob {expected} was changed while it was stored: it is {found} now")]
    Changed {
        /// What was built.
        expected: Digest,
        /// What there is.
        found: Digest,
    },
}

impl ToDiagnostic for PublishError {
    fn to_diagnostic(&self) -> Diagnostic {
        match self {
            Self::Registry(error) => error.to_diagnostic(),
            Self::Sign(error) => error.to_diagnostic(),
            Self::Layer { .. } => Diagnostic::new(Code::OUTPUT_WRITE, self.to_string()),
            Self::Changed { .. } => Diagnostic::new(Code::TRUST_TAMPERED, self.to_string()),
        }
    }
}
