//! How bytes of repositories arrive.
//!
//! Invariant: what arrives proves nothing. The caller compares it with a signed list or a lock.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

use crate::limits::{Exceeded, Limits};
use crate::registry::transport::{HttpResponse, Profile, Redirects, StatusClass, TransportError};
use crate::registry::urls::{DisplayUrl, Url};
use crate::registry::{Credentials, SiteLogin, Transport, is_loopback};

/// Fetches files. The command does it over HTTP; a frontend of BuildKit asks its server.
#[async_trait]
pub trait Fetch: Send + Sync {
    /// The file at `url`, of at most `bound` bytes. `None` if its host says that it does not exist.
    ///
    /// # Errors
    ///
    /// [`FetchError`]
    async fn fetch(&self, url: &Url, bound: u64) -> Result<Option<Bytes>, FetchError>;
}

/// Why a file did not arrive.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The network may not be used.
    #[error("`{url}` needs the network, which is forbidden")]
    Offline {
        /// The address.
        url: String,
    },
    /// The host demands a login or refuses it.
    #[error("`{url}` is not given out: {answer}")]
    Denied {
        /// The address.
        url: String,
        /// Status and message of the host.
        answer: String,
        /// The host, for which a login can be configured.
        host: String,
    },
    /// No answer, or one that cannot be used.
    #[error("`{url}` cannot be fetched: {cause}")]
    Unavailable {
        /// The address.
        url: String,
        /// The cause.
        cause: String,
    },
    /// The file is larger than such files may be.
    #[error("`{url}`: {exceeded}")]
    Limit {
        /// The address.
        url: String,
        /// The limit.
        exceeded: Exceeded,
    },
}

/// Fetches over HTTP. A login is looked up by host, as for a registry of that name, when the host demands one.
pub struct HttpFetch {
    transport: Option<Arc<Transport>>,
    credentials: Credentials,
    time: Duration,
}

const FILE: Profile = Profile {
    redirects: Redirects::Follow,
    success: &[200],
    absent: &[404, 410],
    attempts: u32::MAX,
    time: None,
};

impl HttpFetch {
    /// Without a transport, nothing is fetched.
    pub fn new(transport: Option<Arc<Transport>>, credentials: Credentials, limits: &Limits) -> Self {
        Self { transport, credentials, time: limits.update }
    }

    async fn get(
        &self,
        transport: &Transport,
        url: &Url,
        bound: u64,
        login: Option<&SiteLogin>,
    ) -> Result<HttpResponse, FetchError> {
        let profile = Profile { time: Some(self.time), ..FILE };
        transport.get_if_changed(profile, url, bound, login, None).await.map_err(|error| match error {
            TransportError::TooLong { found, .. } => FetchError::Limit {
                url: DisplayUrl(url).to_string(),
                exceeded: Exceeded::new(format!("{found} or more bytes"), bound, "bytes"),
            },
            TransportError::Limit(exceeded) => {
                FetchError::Limit { url: DisplayUrl(url).to_string(), exceeded }
            }
            error => FetchError::Unavailable { url: DisplayUrl(url).to_string(), cause: error.to_string() },
        })
    }
}

/// Logins are sent over TLS, or to this machine.
fn may_send_login(url: &Url) -> bool {
    url.scheme() == "https" || url.host_str().is_some_and(is_loopback)
}

#[async_trait]
impl Fetch for HttpFetch {
    async fn fetch(&self, url: &Url, bound: u64) -> Result<Option<Bytes>, FetchError> {
        let shown = || DisplayUrl(url).to_string();
        let Some(transport) = self.transport.as_deref() else {
            return Err(FetchError::Offline { url: shown() });
        };
        let denied = |answer: String| {
            let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
            let host = format!("{}{port}", url.host_str().unwrap_or_default());
            FetchError::Denied { url: shown(), answer, host }
        };
        let mut answer = self.get(transport, url, bound, None).await?;
        if answer.status == 401 && may_send_login(url) {
            let login = self.credentials.of_site(url).await.map_err(|error| denied(error.to_string()))?;
            if let Some(login) = login.and_then(|login| SiteLogin::new(&login, transport)) {
                answer = self.get(transport, url, bound, Some(&login)).await?;
            }
        }
        match (answer.class, answer.status) {
            (StatusClass::Success, _) => Ok(Some(answer.body)),
            (StatusClass::Absent, _) => Ok(None),
            (_, 401 | 403) => Err(denied(answer.text)),
            _ => {
                Err(FetchError::Unavailable { url: shown(), cause: format!("the answer is {}", answer.text) })
            }
        }
    }
}
