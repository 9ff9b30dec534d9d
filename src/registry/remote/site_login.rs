//! Logins of sites that are not registries: their header, which is sent to one origin only.

use super::auth::{basic_header, bearer_header};
use super::login::Login;
use super::{Credentials, Error};
use crate::oci::reference::RemoteName;
use crate::registry::Transport;
use crate::registry::transport::Authorization;
use crate::registry::urls::Url;

/// A login as it is sent. Its secrets are redacted from all texts of the transport that it was made for.
#[derive(Clone, Debug)]
pub(crate) struct SiteLogin(pub(in crate::registry) Authorization);

impl SiteLogin {
    /// The login as a header. `None` for a refresh token, and for a text that no header can hold.
    pub(crate) fn new(login: &Login, transport: &Transport) -> Option<Self> {
        login.add_to_secrets(&transport.secrets);
        match login {
            Login::Basic { .. } => basic_header(login).map(Self),
            Login::RegistryToken(token) => bearer_header(token, true).map(Self),
            Login::IdentityToken(_) => None,
        }
    }

    /// The value of the header `Authorization`, for a program that sends the request. It is a secret.
    pub(crate) fn secret_header(&self) -> Option<&str> {
        self.0.header.to_str().ok()
    }
}

impl Credentials {
    /// The login for the host of a URL, as for a registry of that name. A configured credential helper is run.
    ///
    /// # Errors
    ///
    /// [`Error::Helper`]
    pub(crate) async fn of_site(&self, url: &Url) -> Result<Option<Login>, Error> {
        let Some(host) = url.host_str() else { return Ok(None) };
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        // A name has a path. Which one does not matter: the login is that of the host.
        match RemoteName::parse(&format!("{host}{port}/x")) {
            Ok(name) => self.get(&name).await,
            Err(_) => Ok(None),
        }
    }
}
