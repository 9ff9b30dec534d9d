//! Why a file or an image cannot be pinned.

use crate::builder::repositories::FetchError;
use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic};
use crate::oci::Digest;

/// Why a file or an image cannot be pinned.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PinError {
    /// It did not arrive.
    #[error("{0}")]
    Fetch(#[from] FetchError),
    /// Its host does not have it.
    #[error("its host does not have `{0}`")]
    Absent(String),
    /// The address cannot be used.
    #[error("`{0}` is not an address")]
    Address(String),
    /// The revision of a Git repository is not a commit, and nothing else names one.
    #[error("`{url}` names a tag or a branch, which can move")]
    Revision {
        /// The address.
        url: String,
    },
    /// The file is not the one that its checksum names.
    #[error("`{url}` has the digest `{found}`, but its checksum is `{expected}`")]
    Checksum {
        /// The address.
        url: String,
        /// The digest of what arrived.
        found: Digest,
        /// What the definition says.
        expected: String,
    },
    /// A file with checksums does not have the file.
    #[error("`{checksums}` has no checksum of `{file}`")]
    NoChecksum {
        /// The file with checksums.
        checksums: String,
        /// The name of the file.
        file: String,
    },
    /// An image cannot be pinned.
    #[error("{}", .0.message)]
    Artifact(Diagnostic),
}

impl ToDiagnostic for PinError {
    fn to_diagnostic(&self) -> Diagnostic {
        let of = |code| Diagnostic::new(code, self.to_string());
        match self {
            Self::Artifact(diagnostic) => diagnostic.clone(),
            Self::Fetch(FetchError::Denied { host, .. }) => {
                of(Code::PACKAGES_DENIED).remedy(Remedy::LogInToRepository { host: host.clone() })
            }
            Self::Fetch(FetchError::Limit { .. }) => of(Code::LIMITS_EXCEEDED),
            Self::Fetch(_) | Self::Absent(_) | Self::Address(_) => of(Code::PACKAGES_REPOSITORY),
            Self::Revision { .. } => of(Code::DEFINITION_INVALID).remedy(Remedy::PinCommit),
            Self::Checksum { .. } | Self::NoChecksum { .. } => of(Code::PACKAGES_UNTRUSTED),
        }
    }
}
