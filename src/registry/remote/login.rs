//! Logins of registries, and their secrets for redaction.

use crate::registry::{Secret, Secrets};

/// The user name that marks the password as an identity token.
const TOKEN_USER: &str = "<token>";

/// Credentials that are sent to a registry or its token server.
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
    /// A bearer token for the registry itself (`registrytoken`). It is not sent to a token server.
    RegistryToken(Secret),
}

impl Login {
    /// Adds its secrets to `secrets`.
    pub(super) fn add_to_secrets(&self, secrets: &Secrets) {
        match self {
            Self::Basic { username, password } => secrets.add_login(username, password.expose()),
            Self::IdentityToken(token) | Self::RegistryToken(token) => secrets.add(token.expose()),
        }
    }

    /// Converts a pair from a login file or credential helper. `None` without a password.
    pub(super) fn from_pair(username: &str, password: &str) -> Option<Self> {
        match (username, password) {
            (_, "") => None,
            (TOKEN_USER, token) => Some(Self::IdentityToken(Secret::new(token))),
            _ => Some(Self::Basic { username: username.to_owned(), password: Secret::new(password) }),
        }
    }
}
