//! Why there is no lock.

use super::pin_error::PinError;
use crate::builder::definition::TargetPlatform;
use crate::builder::package_plan::PlanError;
use crate::builder::packages::openpgp;
use crate::builder::packages::{Unsolved, apk};
use crate::builder::repositories::{MIRROR, MirrorError, RepositoryError, SelectError};
use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic};

/// Why there is no lock.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LockingError {
    /// The definition does not say what is asked of repositories.
    #[error("the definition: {0}")]
    Plan(#[from] PlanError),
    /// No mirror of Debian is known.
    #[error("{0}")]
    Mirror(#[from] MirrorError),
    /// A repository cannot be used.
    #[error("{0}")]
    Repository(#[from] RepositoryError),
    /// A file with keys is neither a keyring of OpenPGP nor a key of Alpine.
    #[error("the keys at `{url}` cannot be read: {cause}")]
    Keys {
        /// The address.
        url: String,
        /// The cause.
        cause: openpgp::Error,
    },
    /// A file with keys is not the one of the last lock.
    #[error("the keys at `{url}` changed: {}, and {} before", list(.to), list(.from))]
    KeyChanged {
        /// The address.
        url: String,
        /// The fingerprints of the last lock.
        from: Vec<String>,
        /// Those of now.
        to: Vec<String>,
    },
    /// The packages cannot be chosen.
    #[error("{}: {cause}", .platform)]
    Unsolved {
        /// The platform.
        platform: TargetPlatform,
        /// Why.
        cause: SelectError,
        /// The repositories, as they are shown, in their order.
        repositories: Vec<String>,
    },
    /// A file or an image cannot be pinned.
    #[error("{0}")]
    Pin(#[from] PinError),
}

impl LockingError {
    pub(super) fn of_platform(
        platform: TargetPlatform,
        (cause, repositories): (SelectError, Vec<String>),
    ) -> Self {
        Self::Unsolved { platform, cause, repositories }
    }
}

fn list(fingerprints: &[String]) -> String {
    match fingerprints {
        [] => "a key without fingerprint".to_owned(),
        fingerprints => format!("`{}`", fingerprints.join("`, `")),
    }
}

impl ToDiagnostic for LockingError {
    fn to_diagnostic(&self) -> Diagnostic {
        let of = |code| Diagnostic::new(code, self.to_string());
        match self {
            Self::Plan(_) => of(Code::DEFINITION_INVALID),
            Self::Mirror(_) => {
                of(Code::PACKAGES_MIRROR).remedy(Remedy::NameDebianMirror { variable: MIRROR })
            }
            Self::Repository(error) => error.to_diagnostic(),
            Self::Keys { .. } => of(Code::PACKAGES_REPOSITORY),
            Self::KeyChanged { .. } => of(Code::LOCK_KEY_CHANGED),
            Self::Unsolved { cause, repositories, platform } => unsolved(*platform, cause, repositories),
            Self::Pin(error) => error.to_diagnostic(),
        }
    }
}

/// The error of a search.
fn unsolved(platform: TargetPlatform, cause: &SelectError, repositories: &[String]) -> Diagnostic {
    let text = || format!("{platform}: {cause}");
    match cause {
        SelectError::Debian(Unsolved::Failures(failures)) => {
            super::explain::failures(platform, failures, repositories)
        }
        SelectError::Debian(Unsolved::Exceeded(_))
        | SelectError::Alpine(apk::resolve::Unsolved::Exceeded(_)) => {
            Diagnostic::new(Code::LIMITS_EXCEEDED, text())
        }
        SelectError::Alpine(apk::resolve::Unsolved::Broken(troubles)) => {
            super::explain::troubles(platform, troubles)
        }
        SelectError::Debian(_) | SelectError::Alpine(_) => Diagnostic::new(Code::PACKAGES_UNSOLVED, text()),
    }
}
