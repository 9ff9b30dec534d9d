//! Why a repository cannot be used.

use super::alpine_fault::AlpineFault;
use super::fetch::FetchError;
use super::unpack::UnpackError;
use crate::builder::packages::deb::{IndexError, Refused, ReleaseError};
use crate::builder::packages::openpgp;
use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic};

/// Why a repository cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{repository}: {cause}")]
pub struct RepositoryError {
    /// The repository, as it is shown: its line, or the suite.
    pub repository: String,
    /// The cause.
    pub cause: Cause,
}

/// What is wrong with a repository.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Cause {
    /// A file did not arrive.
    #[error("{0}")]
    Fetch(#[from] FetchError),
    /// The host says that it does not have a file that repositories have.
    #[error("its host does not have `{0}`")]
    Absent(String),
    /// The address of a file cannot be formed.
    #[error("`{0}` is not an address")]
    Address(String),
    /// No key of the repository signed the list.
    #[error("`{file}`: {cause}")]
    Signature {
        /// The file.
        file: String,
        /// Why no signature is good.
        cause: openpgp::Error,
    },
    /// A file with keys cannot be read.
    #[error("the keys at `{url}` cannot be read: {cause}")]
    Keys {
        /// The address.
        url: String,
        /// The cause.
        cause: openpgp::Error,
    },
    /// A line has `signed-by`, and the definition has no keys for it.
    #[error("its line has `signed-by`, but `contents.keyring` has no key")]
    NoKeys,
    /// A release of Debian whose keys this program does not have.
    #[error("the keys of Debian {0} are not known")]
    UnknownRelease(String),
    /// The signed list cannot be read.
    #[error("`{file}`: {cause}")]
    List {
        /// The file.
        file: String,
        /// The cause.
        cause: ReleaseError,
    },
    /// The signed list may not be used.
    #[error("`{file}`: {cause}")]
    Refused {
        /// The file.
        file: String,
        /// The cause.
        cause: Refused,
    },
    /// The signed list has no index of a component.
    #[error("it has no component `{component}` for `{architecture}`")]
    NoComponent {
        /// The component.
        component: String,
        /// The architecture.
        architecture: String,
    },
    /// A file is not the one that the signed list names.
    #[error("`{file}` is not the file that the signed list names: {found}, not {expected}")]
    Changed {
        /// The file.
        file: String,
        /// What arrived.
        found: String,
        /// What the list says.
        expected: String,
    },
    /// No key of the repository signed an index of Alpine.
    #[error("`{file}`: {cause}")]
    AlpineSignature {
        /// The file.
        file: String,
        /// Why no signature is good.
        cause: crate::builder::packages::apk::signature::Error,
    },
    /// An index of Alpine cannot be read.
    #[error("`{file}`: {cause}")]
    AlpineIndex {
        /// The file.
        file: String,
        /// The cause.
        cause: AlpineFault,
    },
    /// A key of Alpine cannot be read, or has the name of another one.
    #[error("{0}")]
    AlpineKey(crate::builder::packages::apk::signature::KeyError),
    /// An index cannot be unpacked.
    #[error("`{file}`: {cause}")]
    Unpack {
        /// The file.
        file: String,
        /// The cause.
        cause: UnpackError,
    },
    /// An index cannot be read.
    #[error("`{file}`, {cause}")]
    Index {
        /// The file.
        file: String,
        /// The cause.
        cause: IndexError,
    },
}

impl Cause {
    /// The error about a repository.
    pub(super) fn of(self, repository: &str) -> RepositoryError {
        RepositoryError { repository: repository.to_owned(), cause: self }
    }
}

impl ToDiagnostic for RepositoryError {
    fn to_diagnostic(&self) -> Diagnostic {
        let of = |code| Diagnostic::new(code, self.to_string());
        match &self.cause {
            Cause::Fetch(FetchError::Denied { host, .. }) => {
                of(Code::PACKAGES_DENIED).remedy(Remedy::LogInToRepository { host: host.clone() })
            }
            Cause::Fetch(FetchError::Offline { .. }) => {
                of(Code::PACKAGES_REPOSITORY).remedy(Remedy::FetchIndexesFirst)
            }
            Cause::Fetch(FetchError::Limit { .. }) | Cause::Unpack { cause: UnpackError::Limit(_), .. } => {
                of(Code::LIMITS_EXCEEDED)
            }
            Cause::Fetch(FetchError::Unavailable { .. } | FetchError::NotKept { .. })
            | Cause::Absent(_)
            | Cause::Address(_)
            | Cause::NoComponent { .. }
            | Cause::Unpack { .. }
            | Cause::Index { .. }
            | Cause::List { .. }
            | Cause::Keys { .. }
            | Cause::AlpineIndex { .. }
            | Cause::AlpineKey(_)
            | Cause::UnknownRelease(_) => of(Code::PACKAGES_REPOSITORY),
            Cause::Signature { .. }
            | Cause::AlpineSignature { .. }
            | Cause::NoKeys
            | Cause::Refused { .. }
            | Cause::Changed { .. } => of(Code::PACKAGES_UNTRUSTED),
        }
    }
}
