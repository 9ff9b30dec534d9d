//! Errors of policy bundles.

use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic};
use crate::limits::Exceeded;
use crate::oci;
use crate::registry;
use crate::trust_store::archive::ArchiveError;

/// Why a policy bundle is not used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// The text names no bundle.
    #[error("`{text}` is no policy bundle: {cause}")]
    Source {
        /// The text.
        text: String,
        /// What is wrong with it.
        cause: String,
        /// What may be meant instead.
        instead: Option<String>,
    },
    /// A file or directory cannot be read.
    #[error("the policy bundle `{bundle}` cannot be read: {cause}")]
    Read {
        /// The bundle.
        bundle: String,
        /// The message of the operating system.
        cause: String,
    },
    /// It is no bundle of policies, or has parts that are not read.
    #[error("`{bundle}` is not a policy bundle: {cause}")]
    Layout {
        /// The bundle.
        bundle: String,
        /// What is missing or not understood.
        cause: String,
    },
    /// It is not what was pinned.
    #[error("the policy bundle `{bundle}` changed since it was pinned: {what}")]
    Changed {
        /// The bundle.
        bundle: String,
        /// What differs.
        what: String,
        /// What is pinned.
        pinned: String,
        /// What was found.
        found: String,
    },
    /// It is not pinned, and every bundle must be.
    #[error("the policy bundle `{bundle}` is not pinned")]
    NotPinned {
        /// The bundle.
        bundle: String,
    },
    /// The lock file cannot be used.
    #[error("the lock file `{path}` cannot be used: {cause}")]
    Lock {
        /// Its path.
        path: String,
        /// What is wrong with it.
        cause: String,
    },
    /// It is over a limit.
    #[error("the policy bundle `{bundle}`: {exceeded}")]
    Limit {
        /// The bundle.
        bundle: String,
        /// The limit.
        exceeded: Exceeded,
    },
    /// It cannot be fetched or stored.
    #[error(transparent)]
    Registry(#[from] registry::Error),
    /// Its manifest cannot be read.
    #[error("the manifest of `{bundle}` cannot be used: {error}")]
    Manifest {
        /// The bundle.
        bundle: String,
        /// What is wrong with it.
        error: oci::Error,
    },
}

/// Why the content of a bundle is not used. The caller adds the name of the bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ContentError {
    /// It is no bundle of policies.
    Layout(String),
    /// It is over a limit.
    Limit(Exceeded),
}

impl From<ArchiveError> for ContentError {
    fn from(error: ArchiveError) -> Self {
        match error {
            ArchiveError::Refused(cause) => Self::Layout(cause),
            ArchiveError::Limit(exceeded) => Self::Limit(exceeded),
        }
    }
}

impl ContentError {
    /// The error of the bundle with this name.
    pub(super) fn of(self, bundle: &str) -> BundleError {
        let bundle = bundle.to_owned();
        match self {
            Self::Layout(cause) => BundleError::Layout { bundle, cause },
            Self::Limit(exceeded) => BundleError::Limit { bundle, exceeded },
        }
    }
}

impl ToDiagnostic for BundleError {
    fn to_diagnostic(&self) -> Diagnostic {
        let text = self.to_string();
        match self {
            Self::Source { instead, .. } => Diagnostic::new(Code::USAGE_ARGUMENTS, text)
                .maybe_remedy(instead.clone().map(|text| Remedy::Write { text })),
            Self::Read { .. } => Diagnostic::new(Code::POLICY_BUNDLE, text),
            Self::Layout { .. } => {
                Diagnostic::new(Code::POLICY_BUNDLE_LAYOUT, text).remedy(Remedy::SeePolicyBundles)
            }
            Self::Changed { bundle, pinned, found, .. } => Diagnostic::new(Code::POLICY_BUNDLE_CHANGED, text)
                .fact("pinned", pinned)
                .fact("found", found)
                .remedy(Remedy::PinPolicyBundle { bundle: bundle.clone() }),
            Self::NotPinned { bundle } => Diagnostic::new(Code::POLICY_BUNDLE_NOT_PINNED, text)
                .remedy(Remedy::PinPolicyBundle { bundle: bundle.clone() }),
            Self::Lock { .. } => Diagnostic::new(Code::POLICY_BUNDLE_LOCK, text),
            Self::Limit { .. } => Diagnostic::new(Code::LIMITS_EXCEEDED, text).remedy(Remedy::SeeLimits),
            Self::Registry(error) => error.to_diagnostic(),
            Self::Manifest { error, .. } => Diagnostic { message: text, ..error.to_diagnostic() },
        }
    }
}
