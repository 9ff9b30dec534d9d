//! One request, bounded in bytes and time, to the host that was named: no redirect is followed, and nothing but
//! loopback is spoken to without TLS.

use reqwest::{Client, StatusCode, Url};

use super::{Error, origin_of};
use crate::limits::{Exceeded, Limits};
use crate::registry::{self, Authorities, Pace, Stopped};

/// Gets files by their URL.
#[derive(Clone, Debug)]
pub(super) struct Web {
    client: Client,
    limits: Limits,
}

impl Web {
    /// A client that trusts `authorities` besides the platform's, and takes the proxies of the environment.
    pub(super) fn new(limits: &Limits, authorities: &[Authorities]) -> Result<Self, Error> {
        Self::build(limits, authorities, true)
    }

    /// The same, for a URL that may be `http` on a loopback address, which no proxy leads to.
    pub(super) fn of(url: &Url, limits: &Limits, authorities: &[Authorities]) -> Result<Self, Error> {
        let here = url.host_str().is_some_and(registry::is_loopback);
        match url.scheme() {
            "https" => Self::build(limits, authorities, true),
            "http" if here => Self::build(limits, authorities, false),
            _ => Err(Error::Insecure { origin: origin_of(url.as_str()) }),
        }
    }

    fn build(limits: &Limits, authorities: &[Authorities], tls: bool) -> Result<Self, Error> {
        let failed =
            |error: reqwest::Error| Error::Fetch { origin: "any URL".to_owned(), cause: causes(&error) };
        let mut certificates = Vec::new();
        for der in authorities.iter().flat_map(Authorities::certificates) {
            certificates.push(reqwest::Certificate::from_der(der).map_err(failed)?);
        }
        let mut builder = Client::builder()
            .https_only(tls)
            .tls_certs_merge(certificates)
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(limits.connect)
            .read_timeout(limits.idle)
            .timeout(limits.update)
            .user_agent(concat!("dhi/", env!("CARGO_PKG_VERSION")));
        if !tls {
            builder = builder.no_proxy();
        }
        Ok(Self { client: builder.build().map_err(failed)?, limits: limits.clone() })
    }

    /// The bytes at `url`, at most `limit`; `None` where the host says that there is nothing. Only a 200 of the host
    /// itself is an answer: what a refusal says is no key.
    pub(super) async fn get(&self, url: &str, limit: u64) -> Result<Option<Vec<u8>>, Error> {
        let failed = |cause: String| Error::Fetch { origin: origin_of(url), cause };
        let mut answer = self.client.get(url).send().await.map_err(|error| failed(causes(&error)))?;
        match answer.status() {
            StatusCode::OK => {}
            // Storage that may not be listed answers 403 for what is not there.
            StatusCode::NOT_FOUND | StatusCode::GONE | StatusCode::FORBIDDEN => return Ok(None),
            status => return Err(failed(format!("the answer is {status}"))),
        }
        let mut bytes = Vec::new();
        let mut pace = Pace::new(&self.limits);
        let stopped = |stopped: Stopped| match stopped {
            Stopped::Broken(error) => failed(causes(&error)),
            Stopped::Slow(cause) => failed(format!("the answer comes too slowly: {cause}")),
        };
        while let Some(chunk) = pace.next(&mut answer).await.map_err(stopped)? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() as u64 > limit {
                let what = format!("{} or more bytes", bytes.len());
                let exceeded = Exceeded::new(what, limit, "bytes");
                return Err(Error::Limit { origin: origin_of(url), exceeded });
            }
        }
        Ok(Some(bytes))
    }
}

/// The innermost cause, which says most.
pub(super) fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text = inner.to_string();
        source = inner.source();
    }
    text
}
