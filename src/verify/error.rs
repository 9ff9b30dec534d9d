//! Why a reference could not be resolved at all.

use crate::error::{Explain, Id, Problem};
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

impl Explain for Error {
    fn problem(&self) -> Problem {
        match self {
            Self::Registry(error) => error.problem(),
            Self::Content { what, error } => super::about(what, error),
            Self::Limit(exceeded) => exceeded.problem(),
        }
    }
}

impl Error {
    /// The problem with the hint that fits the repository that was asked.
    pub fn problem_for(&self, reference: &oci::Reference) -> Problem {
        let problem = self.problem();
        if problem.hint.is_some() {
            return problem;
        }
        match (problem.id, &reference.repository) {
            // People who mean the hardened image often leave its registry out.
            (Id::RegistryNotFound | Id::RegistryUnauthorized, Repository::Remote(name))
                if name.host() == DOCKER_HUB && name.path().starts_with("library/") =>
            {
                let hardened = name.path().trim_start_matches("library/");
                let tag = reference.tag.as_ref().map(|tag| format!(":{tag}")).unwrap_or_default();
                problem.hint(format!("the hardened one is `{DHI}/{hardened}{tag}`"))
            }
            (Id::RegistryNotFound, Repository::Layout(_) | Repository::Archive(_)) => problem
                .hint("`index.json` of the layout lists its tags as `org.opencontainers.image.ref.name`"),
            (Id::RegistryNotFound, _) => {
                problem.hint("compare name and tag; a mirror may not have copied this one")
            }
            _ => problem,
        }
    }
}
