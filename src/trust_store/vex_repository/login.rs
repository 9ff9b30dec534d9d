//! Where the login of a repository comes from. The list of repositories never holds a secret.

use serde::{Deserialize, Serialize};

use super::error::RepositoryError;
use crate::registry::urls::Url;
use crate::registry::{Credentials, Login, Secret, SiteLogin, Transport};

/// Where the login of a repository comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub enum LoginSource {
    /// The login files and credential helpers of registries, by the host of the repository. It is used if the host
    /// demands a login.
    #[default]
    Configured,
    /// User name, and password in an environment variable.
    Password {
        /// User name.
        username: String,
        /// The variable.
        variable: String,
    },
    /// A bearer token in an environment variable.
    Token {
        /// The variable.
        variable: String,
    },
}

impl LoginSource {
    /// The login that is sent with every request.
    ///
    /// # Errors
    ///
    /// [`RepositoryError::NoLogin`] if the variable is not set, [`RepositoryError::Denied`] if it cannot be sent.
    pub(super) fn explicit(
        &self,
        repository: &str,
        transport: &Transport,
    ) -> Result<Option<SiteLogin>, RepositoryError> {
        let denied = |variable: &str, cause: &str| RepositoryError::Denied {
            repository: repository.to_owned(),
            what: format!("the login in the variable `{variable}`"),
            cause: cause.to_owned(),
        };
        let secret = |variable: &str| match std::env::var(variable) {
            Ok(text) if !text.is_empty() => Ok(Secret::new(text)),
            _ => Err(RepositoryError::NoLogin {
                repository: repository.to_owned(),
                variable: variable.to_owned(),
            }),
        };
        let (variable, login) = match self {
            Self::Configured => return Ok(None),
            Self::Password { username, variable } => {
                (variable, Login::Basic { username: username.clone(), password: secret(variable)? })
            }
            Self::Token { variable } => (variable, Login::RegistryToken(secret(variable)?)),
        };
        match SiteLogin::new(&login, transport) {
            Some(login) => Ok(Some(login)),
            None => Err(denied(variable, "it cannot be sent in a header")),
        }
    }

    /// The login that is configured for the host, for a host that demands one.
    ///
    /// # Errors
    ///
    /// [`RepositoryError::Denied`] if a credential helper fails.
    pub(super) async fn configured(
        &self,
        repository: &str,
        site: &Url,
        credentials: &Credentials,
        transport: &Transport,
    ) -> Result<Option<SiteLogin>, RepositoryError> {
        if *self != Self::Configured {
            return Ok(None);
        }
        let login = credentials.of_site(site).await.map_err(|error| RepositoryError::Denied {
            repository: repository.to_owned(),
            what: "its login".to_owned(),
            cause: error.to_string(),
        })?;
        Ok(login.and_then(|login| SiteLogin::new(&login, transport)))
    }
}
