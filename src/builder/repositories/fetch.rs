//! How bytes of repositories arrive.
//!
//! Invariant: what arrives proves nothing. The caller compares it with a signed list or a lock.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

use crate::diagnostic::IoCause;
use crate::limits::{Exceeded, Limits};
use crate::registry::transport::{HttpResponse, Profile, Redirects, StatusClass, TransportError};
use crate::registry::urls::{DisplayUrl, Url};
use crate::registry::with_byte_budget;
use crate::registry::{Credentials, Sink, SiteLogin, Transport, is_loopback};

/// Fetches files. The command does it over HTTP; a frontend of BuildKit asks its server.
#[async_trait]
pub trait Fetch: Send + Sync {
    /// The file at `url`, of at most `bound` bytes. `None` if its host says that it does not exist.
    ///
    /// # Errors
    ///
    /// [`FetchError`]
    async fn fetch(&self, url: &Url, bound: u64) -> Result<Option<Bytes>, FetchError>;

    /// Gives the file at `url`, of at most `bound` bytes, to `sink`. `false` if its host says that it does not exist.
    ///
    /// # Errors
    ///
    /// [`FetchError`]
    async fn download(&self, url: &Url, bound: u64, sink: &mut dyn Sink) -> Result<bool, FetchError> {
        let Some(bytes) = self.fetch(url, bound).await? else { return Ok(false) };
        let kept = sink.restart().and_then(|()| sink.write(&bytes));
        kept.map(|()| true).map_err(|error| FetchError::NotKept {
            url: DisplayUrl(url).to_string(),
            cause: IoCause(&error).to_string(),
        })
    }
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
    /// The file arrived, and there is no place for it.
    #[error("`{url}` cannot be kept: {cause}")]
    NotKept {
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

const PARTS: Profile = Profile { success: &[200, 206], ..FILE };

impl HttpFetch {
    /// Without a transport, nothing is fetched.
    pub fn new(transport: Option<Arc<Transport>>, credentials: Credentials, limits: &Limits) -> Self {
        Self { transport, credentials, time: limits.update }
    }

    /// Sends a request, and again with a login if the host demands one. The body goes to `sink` if there is one.
    /// `None` if the host says that the file does not exist.
    async fn answer(
        &self,
        url: &Url,
        bound: u64,
        mut sink: Option<&mut dyn Sink>,
    ) -> Result<Option<HttpResponse>, FetchError> {
        let shown = || DisplayUrl(url).to_string();
        let Some(transport) = self.transport.as_deref() else {
            return Err(FetchError::Offline { url: shown() });
        };
        let denied = |answer: String| {
            let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
            let host = format!("{}{port}", url.host_str().unwrap_or_default());
            FetchError::Denied { url: shown(), answer, host }
        };
        let mut answer = self.get(transport, url, bound, None, &mut sink).await?;
        if answer.status == 401 && may_send_login(url) {
            let login = self.credentials.of_site(url).await.map_err(|error| denied(error.to_string()))?;
            if let Some(login) = login.and_then(|login| SiteLogin::new(&login, transport)) {
                answer = self.get(transport, url, bound, Some(&login), &mut sink).await?;
            }
        }
        match (answer.class, answer.status) {
            (StatusClass::Success, _) => Ok(Some(answer)),
            (StatusClass::Absent, _) => Ok(None),
            (_, 401 | 403) => Err(denied(answer.text)),
            _ => {
                Err(FetchError::Unavailable { url: shown(), cause: format!("the answer is {}", answer.text) })
            }
        }
    }

    async fn get(
        &self,
        transport: &Transport,
        url: &Url,
        bound: u64,
        login: Option<&SiteLogin>,
        sink: &mut Option<&mut dyn Sink>,
    ) -> Result<HttpResponse, FetchError> {
        let answer = match sink {
            // The rate of a download is bounded, and not its time: it grows with the file.
            Some(sink) => transport.download(PARTS, url, bound, login, *sink).await,
            None => {
                let profile = Profile { time: Some(self.time), ..FILE };
                transport.get_if_changed(profile, url, bound, login, None).await
            }
        };
        let shown = || DisplayUrl(url).to_string();
        answer.map_err(|error| match error {
            TransportError::TooLong { found, .. } => FetchError::Limit {
                url: shown(),
                exceeded: Exceeded::new(format!("{found} or more bytes"), bound, "bytes"),
            },
            TransportError::Limit(exceeded) => FetchError::Limit { url: shown(), exceeded },
            TransportError::Sink { cause } => FetchError::NotKept { url: shown(), cause },
            error => FetchError::Unavailable { url: shown(), cause: error.to_string() },
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
        Ok(self.answer(url, bound, None).await?.map(|answer| answer.body))
    }

    async fn download(&self, url: &Url, bound: u64, sink: &mut dyn Sink) -> Result<bool, FetchError> {
        // Each file has its own budget of bytes.
        let answer = with_byte_budget(self.answer(url, bound, Some(sink))).await?;
        Ok(answer.is_some())
    }
}
