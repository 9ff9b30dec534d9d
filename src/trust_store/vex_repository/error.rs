//! Errors of VEX repositories.

use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic};
use crate::limits::Exceeded;
use crate::trust_store;

/// Why a VEX repository cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RepositoryError {
    /// The text is no name of a repository.
    #[error("`{text}` is no name for a VEX repository: {cause}")]
    Name {
        /// The text.
        text: String,
        /// What is wrong with it.
        cause: &'static str,
    },
    /// The text is no address of a repository.
    #[error("`{text}` is no address of a VEX repository: {cause}")]
    Url {
        /// The address, without secrets.
        text: String,
        /// What is wrong with it.
        cause: String,
    },
    /// The user has no repository of this name.
    #[error("there is no VEX repository `{name}`")]
    Unknown {
        /// The name.
        name: String,
        /// The names that exist.
        known: Vec<String>,
    },
    /// The user has no repository.
    #[error("there are no VEX repositories")]
    Empty,
    /// The user has another repository of this name.
    #[error("there is a VEX repository `{name}` already: {url}")]
    Exists {
        /// The name.
        name: String,
        /// Its address.
        url: String,
    },
    /// The user's list of repositories cannot be read.
    #[error("`{path}` cannot be read: {cause}")]
    List {
        /// Its path.
        path: String,
        /// What is wrong with it.
        cause: String,
    },
    /// A repository, or a part of it, was not fetched.
    #[error("VEX repository `{repository}`: {what} cannot be fetched: {cause}")]
    Unreachable {
        /// Its name.
        repository: String,
        /// What was requested.
        what: String,
        /// Why it was not fetched.
        cause: String,
    },
    /// The host demands a login or refuses it.
    #[error("VEX repository `{repository}`: {what} is refused: {cause}")]
    Denied {
        /// Its name.
        repository: String,
        /// What was requested.
        what: String,
        /// The answer.
        cause: String,
    },
    /// The variable with the login of a repository is not set.
    #[error("VEX repository `{repository}`: the variable `{variable}` with its login is not set")]
    NoLogin {
        /// Its name.
        repository: String,
        /// The environment variable.
        variable: String,
    },
    /// What was fetched cannot be used.
    #[error("VEX repository `{repository}`: {what} cannot be used: {cause}")]
    Unusable {
        /// Its name.
        repository: String,
        /// What was fetched.
        what: String,
        /// What is wrong with it.
        cause: String,
    },
    /// What was fetched is over a limit.
    #[error("VEX repository `{repository}`: {what}: {exceeded}")]
    Limit {
        /// Its name.
        repository: String,
        /// What was fetched.
        what: String,
        /// The limit.
        exceeded: Exceeded,
    },
    /// The network is forbidden, and there is no copy.
    #[error("VEX repository `{repository}`: the network is forbidden, and there is no copy of it")]
    Offline {
        /// Its name.
        repository: String,
    },
    /// The copy is not what was stored.
    #[error("VEX repository `{repository}`: its copy is damaged: {cause}")]
    Damaged {
        /// Its name.
        repository: String,
        /// What is wrong with it.
        cause: String,
    },
    /// The directory of copies cannot be used.
    #[error("VEX repository `{repository}`: its copy in `{path}` cannot be used: {cause}")]
    Copy {
        /// Its name.
        repository: String,
        /// The directory.
        path: String,
        /// Why.
        cause: String,
    },
    /// The data directory cannot be used.
    #[error(transparent)]
    Store(#[from] trust_store::Error),
}

impl ToDiagnostic for RepositoryError {
    fn to_diagnostic(&self) -> Diagnostic {
        let text = self.to_string();
        match self {
            Self::Name { .. } | Self::Url { .. } => Diagnostic::new(Code::USAGE_ARGUMENTS, text),
            Self::Empty => Diagnostic::new(Code::USAGE_ARGUMENTS, text).remedy(Remedy::AddVexRepository),
            Self::Exists { name, .. } => Diagnostic::new(Code::USAGE_ARGUMENTS, text)
                .remedy(Remedy::RemoveVexRepository { name: name.clone() }),
            Self::Unknown { known, .. } => {
                let diagnostic = Diagnostic::new(Code::USAGE_ARGUMENTS, text);
                let diagnostic =
                    known.iter().fold(diagnostic, |diagnostic, name| diagnostic.fact("repository", name));
                diagnostic.maybe_remedy(known.is_empty().then_some(Remedy::AddVexRepository))
            }
            Self::NoLogin { variable, .. } => Diagnostic::new(Code::VEX_REPOSITORY_DENIED, text)
                .remedy(Remedy::SetLoginVariable { variable: variable.clone() }),
            Self::List { .. } => Diagnostic::new(Code::USAGE_CONFIG, text),
            Self::Denied { repository, .. } => Diagnostic::new(Code::VEX_REPOSITORY_DENIED, text)
                .remedy(Remedy::LogInToVexRepository { name: repository.clone() }),
            Self::Limit { .. } => Diagnostic::new(Code::LIMITS_EXCEEDED, text).remedy(Remedy::SeeLimits),
            Self::Offline { repository } => Diagnostic::new(Code::VEX_REPOSITORY_UNAVAILABLE, text)
                .remedy(Remedy::UpdateVexRepository { name: repository.clone() }),
            Self::Unreachable { .. } | Self::Unusable { .. } | Self::Damaged { .. } | Self::Copy { .. } => {
                Diagnostic::new(Code::VEX_REPOSITORY_UNAVAILABLE, text)
            }
            Self::Store(error) => error.to_diagnostic(),
        }
    }
}
