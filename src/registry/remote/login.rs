//! A login is shown to the registry that it is for, and hidden everywhere else.

use crate::registry::{Secret, Secrets};

/// A user name of this means that the password is an identity token.
const TOKEN_USER: &str = "<token>";

/// What a registry or its token server is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Login {
    /// User name and password or access token.
    Basic {
        /// User name.
        username: String,
        /// Password or access token.
        password: Secret,
    },
    /// A refresh token, exchanged at the token server (OAuth 2).
    IdentityToken(Secret),
    /// A token that the registry itself takes (`registrytoken`); no token server sees it.
    RegistryToken(Secret),
}

impl Login {
    /// Adds what is secret of it.
    pub(super) fn add_to_secrets(&self, secrets: &Secrets) {
        match self {
            Self::Basic { username, password } => secrets.add_login(username, password.expose()),
            Self::IdentityToken(token) | Self::RegistryToken(token) => secrets.add(token.expose()),
        }
    }

    /// From a pair as configuration files and helpers hold it.
    pub(super) fn from_pair(username: &str, password: &str) -> Option<Self> {
        match (username, password) {
            (_, "") => None,
            (TOKEN_USER, token) => Some(Self::IdentityToken(Secret::new(token))),
            _ => Some(Self::Basic { username: username.to_owned(), password: Secret::new(password) }),
        }
    }
}
