//! Why a reference could not be resolved at all.

use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic};
use crate::limits::Exceeded;
use crate::oci::reference::{DHI, DOCKER_HUB};
use crate::oci::{self, Repository};
use crate::registry;

/// The reference, its index or a nested index could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The registry or layout did not give it.
    #[error(transparent)]
    Registry(#[from] registry::Error),
    /// It is not what it should be.
    #[error("{what}: {error}")]
    Content {
        /// Which object.
        what: String,
        /// What is wrong with it.
        error: oci::Error,
    },
    /// A bound was reached.
    #[error("{0}")]
    Limit(Exceeded),
}

impl ToDiagnostic for Error {
    fn to_diagnostic(&self) -> Diagnostic {
        match self {
            Self::Registry(error) => error.to_diagnostic(),
            Self::Content { what, error } => super::about(what, error),
            Self::Limit(exceeded) => exceeded.to_diagnostic(),
        }
    }
}

impl Error {
    /// The problem with the remedy that fits the repository that was asked.
    pub fn problem_for(&self, reference: &oci::Reference) -> Diagnostic {
        let problem = self.to_diagnostic();
        if !problem.remedies.is_empty() {
            return problem;
        }
        match (problem.code, &reference.repository) {
            // People who mean the hardened image often leave its registry out.
            (Code::REGISTRY_NOT_FOUND | Code::REGISTRY_UNAUTHORIZED, Repository::Remote(name))
                if name.host() == DOCKER_HUB && name.path().starts_with("library/") =>
            {
                let hardened = name.path().trim_start_matches("library/");
                let tag = reference.tag.as_ref().map(|tag| format!(":{tag}")).unwrap_or_default();
                problem.remedy(Remedy::UseHardened { reference: format!("{DHI}/{hardened}{tag}") })
            }
            (Code::REGISTRY_NOT_FOUND, Repository::Layout(_) | Repository::Archive(_)) => {
                problem.remedy(Remedy::ListLayoutTags)
            }
            (Code::REGISTRY_NOT_FOUND, _) => problem.remedy(Remedy::CompareName),
            _ => problem,
        }
    }
}
