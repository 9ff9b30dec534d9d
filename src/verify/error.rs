//! The error of a reference that cannot be resolved.
//!
//! Everything that is wrong below the resolved object is part of the evidence, as a [`Failure`], and not an error.

use super::failure::kind;
use crate::diagnostic::{Diagnostic, Remedy, ToDiagnostic};
use crate::evidence::{Failure, RegistryFailure, hardened_name};
use crate::limits::Exceeded;
use crate::oci::{self, Repository};
use crate::registry;

/// The reference, its index or a nested index could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The registry or layout does not return it.
    #[error(transparent)]
    Registry(#[from] registry::Error),
    /// An object is malformed or of another kind than expected.
    #[error("{what}: {error}")]
    Content {
        /// Which object.
        what: String,
        /// What is wrong with it.
        error: oci::Error,
    },
    /// A limit was reached.
    #[error("{0}")]
    Limit(Exceeded),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Registry(error) => error.into(),
            Error::Content { what, error } => Self::Document { what: Some(what), error },
            Error::Limit(exceeded) => Self::Limit(exceeded),
        }
    }
}

impl ToDiagnostic for Error {
    fn to_diagnostic(&self) -> Diagnostic {
        match self {
            Self::Registry(error) => error.to_diagnostic(),
            Self::Content { what, error } => error.to_diagnostic().about(what),
            Self::Limit(exceeded) => exceeded.to_diagnostic(),
        }
    }
}

impl Error {
    /// Whether the registry reports that it does not have the object. With mirrors the most severe of their errors
    /// counts.
    pub(super) fn is_not_found(&self) -> bool {
        matches!(self, Self::Registry(error) if kind(error) == RegistryFailure::NotFound)
    }

    /// The diagnostic, with the remedy that fits the repository of `reference`.
    pub fn diagnostic_for(&self, reference: &oci::Reference) -> Diagnostic {
        let diagnostic = self.to_diagnostic();
        if !diagnostic.remedies.is_empty() {
            return diagnostic;
        }
        // Users who mean the hardened image often leave out its registry.
        if let Some(hardened) = hardened_name(reference).filter(|_| self.is_not_found()) {
            return diagnostic.remedy(Remedy::UseHardened { reference: hardened });
        }
        match (self.is_not_found(), &reference.repository) {
            (true, Repository::Layout(_) | Repository::Archive(_)) => {
                diagnostic.remedy(Remedy::ListLayoutTags)
            }
            (true, Repository::Local(_)) => diagnostic.remedy(Remedy::PullAgain),
            (true, Repository::Remote(_)) => diagnostic.remedy(Remedy::CompareName),
            (false, _) => diagnostic,
        }
    }
}
