//! Why an image is not built.

use std::ops::Range;

use super::artifact_layers::ArtifactLayersError;
use super::unpack_error::UnpackError;
use crate::builder::layers;
use crate::builder::output::OutputError;
use crate::builder::package_plan::PlanError;
use crate::builder::repositories::{FetchError, MIRROR, MirrorError, PackageFileError};
use crate::builder::rootfs::accounts::AccountsError;
use crate::builder::rootfs::archive_entries::ArchiveError;
use crate::builder::rootfs::os_release::OsReleaseError;
use crate::builder::rootfs::package_database::DatabaseError;
use crate::builder::rootfs::{ArtifactError, FetchedError, FragmentError, PathEntryError, WriteError};
use crate::diagnostic::{Code, Diagnostic, IoCause, Remedy, ToDiagnostic};
use crate::oci::{Digest, Platform};

/// Why an image is not built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A definition that makes no image.
    #[error("it makes a {0}, and only images are built")]
    Kind(&'static str),
    /// A definition with stages.
    #[error("it has build stages, which are not executed: `{}`", .0.join("`, `"))]
    Stages(Vec<String>),
    /// A definition without packages of a known distribution.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A lock that lacks something.
    #[error("the lock has no {what}")]
    NotLocked {
        /// What it lacks.
        what: String,
    },
    /// A Git checkout.
    #[error("`{url}` is a Git repository, and an image takes files from `https` URLs only")]
    Git {
        /// The URL.
        url: String,
    },
    /// A URL that cannot be parsed.
    #[error("`{url}` is not an address")]
    Address {
        /// The URL.
        url: String,
    },
    /// A file did not arrive.
    #[error("{cause}")]
    Fetch {
        /// The URL.
        url: String,
        /// The cause.
        cause: FetchError,
    },
    /// A file no longer exists.
    #[error("`{url}` does not exist any more")]
    Gone {
        /// The URL.
        url: String,
    },
    /// A file is not the one in the lock.
    #[error("`{url}` is not the file in the lock: its digest is {found}, not {expected}")]
    FileChanged {
        /// The URL.
        url: String,
        /// What arrived.
        found: Digest,
        /// What the lock has.
        expected: Digest,
    },
    /// An image that is copied from cannot be read.
    #[error("`{reference}`: {}", .diagnostic.message)]
    Image {
        /// The image.
        reference: String,
        /// The error of its registry.
        diagnostic: Diagnostic,
    },
    /// An image that is copied from has no image for the platform.
    #[error("`{reference}` has no image for {platform}")]
    NoPlatform {
        /// The image.
        reference: String,
        /// The platform.
        platform: Platform,
    },
    /// A layer of an image that is copied from cannot be unpacked.
    #[error("`{reference}`: {cause}")]
    ArtifactLayers {
        /// The image.
        reference: String,
        /// The cause.
        cause: ArtifactLayersError,
    },
    /// No mirror of Debian.
    #[error(transparent)]
    Mirror(#[from] MirrorError),
    /// A package file.
    #[error(transparent)]
    PackageFile(#[from] PackageFileError),
    /// A package cannot be unpacked, or two cannot be in one image.
    #[error(transparent)]
    Unpack(#[from] UnpackError),
    /// Something that the builder makes itself.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// An entry of `contents.artifacts`.
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
    /// An entry of `contents.files`.
    #[error(transparent)]
    Fetched(#[from] FetchedError),
    /// A fragment of a package.
    #[error(transparent)]
    Fragment(#[from] FragmentError),
    /// `accounts`.
    #[error(transparent)]
    Accounts(#[from] AccountsError),
    /// `os-release`.
    #[error(transparent)]
    OsRelease(#[from] OsReleaseError),
    /// An entry of `paths`.
    #[error(transparent)]
    Path(#[from] PathEntryError),
    /// The package database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// A layer.
    #[error(transparent)]
    Layer(#[from] layers::LayerError),
    /// A document.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The evidence.
    #[error("{what}: {cause}")]
    Evidence {
        /// The document.
        what: &'static str,
        /// The cause.
        cause: String,
    },
    /// Files cannot be stored on this machine.
    #[error("the build cannot store its files: {0}")]
    Storage(String),
}

impl BuildError {
    /// The bytes of the definition that it is about.
    pub fn range(&self) -> Option<&Range<usize>> {
        match self {
            Self::Artifact(error) => Some(&error.range),
            Self::Fetched(error) => Some(&error.range),
            Self::Path(error) => Some(&error.range),
            _ => None,
        }
    }

    #[expect(clippy::needless_pass_by_value, reason = "it is passed to `map_err`")]
    pub(super) fn storage(error: std::io::Error) -> Self {
        Self::Storage(IoCause(&error).to_string())
    }
}

impl ToDiagnostic for BuildError {
    fn to_diagnostic(&self) -> Diagnostic {
        let of = |code| Diagnostic::new(code, self.to_string());
        match self {
            Self::Kind(_) | Self::Stages(_) | Self::Git { .. } => of(Code::BUILD_UNSUPPORTED),
            Self::Plan(_) => of(Code::DEFINITION_INVALID),
            Self::Mirror(_) => {
                of(Code::PACKAGES_MIRROR).remedy(Remedy::NameDebianMirror { variable: MIRROR })
            }
            Self::PackageFile(error) => error.to_diagnostic(),
            Self::NotLocked { .. } => of(Code::LOCK_CHANGED).remedy(Remedy::UpdateLock),
            Self::Image { diagnostic, reference } => diagnostic.clone().about(format!("`{reference}`")),
            Self::Fetch { cause: FetchError::Denied { host, .. }, .. } => {
                of(Code::PACKAGES_DENIED).remedy(Remedy::LogInToRepository { host: host.clone() })
            }
            Self::Fetch { cause: FetchError::Limit { .. }, .. } => of(Code::LIMITS_EXCEEDED),
            Self::Address { .. } | Self::Fetch { .. } | Self::Gone { .. } | Self::NoPlatform { .. } => {
                of(Code::BUILD_INPUT)
            }
            Self::FileChanged { .. } => of(Code::BUILD_UNTRUSTED),
            Self::Storage(_)
            | Self::Unpack(UnpackError::Archive { cause: ArchiveError::Store { .. }, .. })
            | Self::Layer(layers::LayerError::Write(_)) => of(Code::OUTPUT_WRITE),
            Self::Unpack(_)
            | Self::ArtifactLayers { .. }
            | Self::Write(_)
            | Self::Artifact(_)
            | Self::Fetched(_)
            | Self::Fragment(_)
            | Self::Accounts(_)
            | Self::OsRelease(_)
            | Self::Path(_)
            | Self::Database(_)
            | Self::Layer(_)
            | Self::Output(_)
            | Self::Evidence { .. } => of(Code::BUILD_FILES),
        }
    }
}
