//! Access to remote registries over HTTP.
//!
//! Registries are untrusted: they are queried over TLS, get only credentials of their own site, their responses are
//! bounded, and claims that a hash can check are checked.
//!
//! Deviations of single registries are handled where the request is made: lists of referrers in `referrers.rs`, logins
//! in `challenge.rs` and `realm.rs`, uploads in `push.rs`, content and its headers in `content.rs`.
//!
//! Source: OCI distribution specification 1.1, Docker's token authentication specification, RFC 9110.

mod auth;
mod challenge;
mod content;
mod credential_helper;
mod credentials;
mod login;
mod login_file;
mod mirrors;
mod push;
mod realm;
mod referrers;
mod retry_error;
mod site_login;

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use reqwest::{Method, Url};

pub use credentials::Credentials;
pub use login::Login;
pub use mirrors::Mirror;
#[cfg(feature = "cli")]
pub(crate) use mirrors::parse_registry_host;
pub(crate) use site_login::SiteLogin;

use self::auth::{Access, Auth};
use self::mirrors::{Endpoint, Mirrors};
use self::retry_error::RetryError;
use super::limits::{MIRROR_ATTEMPTS, REFUSED_TOKENS};
use super::mutex::lock;
use super::transport::hosts::{is_loopback, without_port};
use super::transport::tls::{self, DOCKER_HUB_API, Tls};
use super::transport::{
    Authorization, Expected, HttpRequest, HttpResponse, Payload, Profile, Redirects, StatusClass, Transport,
};
use super::{
    ChallengeCache, Content, EngineError, Error, Freshness, LockDir, Referrers, Registry, Secrets, Waits,
};
use crate::limits::Limits;
use crate::oci::reference::{DOCKER_HUB, RemoteName};
use crate::oci::{Descriptor, Digest, Repository, Tag, Version};

/// The rules for reads: only 200 is a success, and only 404 means that the object does not exist.
const READ: Profile =
    Profile { redirects: Redirects::Follow, success: &[200], absent: &[404], attempts: u32::MAX, time: None };
/// The rules for writes. A 404 is an error of the registry here, since a written object need not exist before.
const WRITE: Profile = Profile {
    redirects: Redirects::Repeat,
    success: &[200, 201, 202, 204],
    absent: &[],
    attempts: u32::MAX,
    time: None,
};

/// Options for access to registries.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Limits on sizes and times.
    pub limits: Limits,
    /// Registries on this machine, `HOST[:PORT]`, that are reached without TLS. Without a port: on any port.
    pub plain_http: Vec<String>,
    /// Pairs of registry host and token server host: credentials of the registry may be sent to the token server.
    pub auth_realms: Vec<(String, String)>,
    /// Logins.
    pub credentials: Credentials,
    /// Mirrors, queried in this order before the registry itself.
    pub mirrors: Vec<Mirror>,
    /// TLS settings for every host. The client certificate is sent to registries, mirrors and trusted token servers.
    pub tls: Tls,
    /// Additional TLS settings for single hosts, `HOST[:PORT]`.
    pub host_tls: Vec<(String, Tls)>,
    /// Locks for changes of lists of referrers.
    pub lock_dir: LockDir,
    /// Collects all logins and tokens. They are redacted from every text.
    pub secrets: Secrets,
    /// Collects the requests that are waited for.
    pub waits: Waits,
    /// For how long after all attempts of a request failed to connect to a host other requests get the same error
    /// without another attempt. The default is zero: each request connects. A command sets 10 seconds. In a server, a
    /// pause makes one outage the error of all requests that arrive in it.
    pub unreachable_pause: Duration,
}

/// Repositories of registries, over HTTP. Only tokens, logins and challenges are kept in memory.
pub struct RemoteRegistry {
    http: Transport,
    auth: Auth,
    plain_http: Vec<String>,
    mirrors: Mirrors,
    /// Repositories with fallback tags and without the referrers API.
    with_fallback_tags: Mutex<HashSet<RemoteName>>,
    /// Repositories from which an object was read. A later refusal is then not caused by a missing login.
    readable: Mutex<HashSet<RemoteName>>,
    lock_dir: LockDir,
}

impl std::fmt::Debug for RemoteRegistry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RemoteRegistry").field("http", &self.http).finish_non_exhaustive()
    }
}

/// One request to a registry.
struct Request<'a> {
    method: Method,
    url: Url,
    accept: &'a str,
    expected: Expected,
    endpoint: &'a Endpoint,
    what: &'a str,
    payload: Option<Payload>,
    /// Whether the registry named a URL of another origin. No login is sent there.
    cross_origin: bool,
    /// The maximum number of attempts.
    attempts: u32,
    /// Statuses that mean that the object does not exist.
    absent: &'static [u16],
}

impl<'a> Request<'a> {
    /// A request without payload.
    fn new(method: Method, url: Url, endpoint: &'a Endpoint, what: &'a str) -> Self {
        Self {
            method,
            url,
            accept: "*/*",
            expected: Expected::Nothing,
            endpoint,
            what,
            payload: None,
            cross_origin: false,
            attempts: if endpoint.is_mirror { MIRROR_ATTEMPTS } else { u32::MAX },
            absent: READ.absent,
        }
    }

    /// Whether it is a read.
    fn reads(&self) -> bool {
        matches!(self.method, Method::GET | Method::HEAD)
    }
}

impl RemoteRegistry {
    /// Creates the client. No connection is made yet.
    ///
    /// # Errors
    ///
    /// [`Error::PlainHttp`] if plain HTTP is requested for a host that is not a loopback address.
    pub fn new(options: Options, challenge_cache: Arc<dyn ChallengeCache>) -> Result<Self, Error> {
        let Options {
            limits,
            plain_http,
            auth_realms,
            credentials,
            mirrors,
            tls,
            host_tls,
            lock_dir,
            secrets,
            waits,
            unreachable_pause,
        } = options;
        secrets.add_environment();
        credentials.add_to_secrets(&secrets);
        let plain_http: Vec<_> = plain_http.iter().map(|host| host.to_ascii_lowercase()).collect();
        if let Some(host) = plain_http.iter().find(|host| !is_loopback(without_port(host))) {
            return Err(Error::PlainHttp { host: host.clone() });
        }
        Ok(Self {
            http: Transport::with_tls(limits, tls::TlsSettings::new(tls, host_tls), secrets)
                .with_waits(waits)
                .with_unreachable_pause(unreachable_pause),
            auth: Auth::new(realm::AllowedRealms(auth_realms), credentials, challenge_cache),
            plain_http,
            mirrors: Mirrors::new(mirrors),
            with_fallback_tags: Mutex::default(),
            readable: Mutex::default(),
            lock_dir,
        })
    }

    /// The number of HTTP requests so far, including those for tokens and those that follow redirects.
    pub fn requests(&self) -> u64 {
        self.http.requests()
    }

    fn is_plain(&self, host: &str) -> bool {
        self.plain_http.iter().any(|plain| tls::matches_host(plain, host))
    }

    fn url(&self, name: &RemoteName, path: &str) -> Result<Url, Error> {
        let host = if name.host() == DOCKER_HUB { DOCKER_HUB_API } else { name.host() };
        let scheme = if self.is_plain(name.host()) { "http" } else { "https" };
        format!("{scheme}://{host}{path}").parse().map_err(|error| Error::BadContent {
            what: format!("registry host `{host}`"),
            cause: format!("{error}"),
        })
    }

    /// Sends a request with the authorization that the registry demands. Only 200 is a success; for writes, other 2xx
    /// statuses are too.
    async fn request(&self, request: Request<'_>) -> Result<HttpResponse, Error> {
        self.try_request(&request).await.map_err(Error::from)
    }

    async fn try_request(&self, request: &Request<'_>) -> Result<HttpResponse, RetryError> {
        let Endpoint { name, access, .. } = request.endpoint;
        let plain = request.url.scheme() == "http";
        let rules = if request.reads() { READ } else { WRITE };
        let mut refused = 0;
        let mut last: Option<(HttpResponse, Option<Authorization>)> = None;
        loop {
            let authorization = if request.cross_origin {
                None
            } else {
                let authorization = self.auth.authorization(&self.http, name, *access, plain).await;
                authorization.map_err(|error| refused_login(request, error))?
            };
            if let Some((answer, sent)) = last.take()
                && (authorization.is_none() || authorization == sent)
            {
                return Ok(self.check_status(request, answer, sent.as_ref())?);
            }
            let http_request = HttpRequest {
                method: request.method.clone(),
                url: request.url.clone(),
                accept: request.accept,
                authorization: authorization.as_ref(),
                payload: request.payload.clone(),
                secrets: Vec::new(),
                profile: Profile {
                    attempts: request.attempts,
                    absent: if request.reads() { request.absent } else { rules.absent },
                    ..rules
                },
                may_send_login: !request.cross_origin,
                expected: request.expected,
                if_none_match: None,
                sink: None,
            };
            let answer = self
                .http
                .send_with_retries(&http_request)
                .await
                .map_err(|error| RetryError::from_transport(error, name.host(), request.what))?;
            // Only a challenge of the registry itself counts, not one of a host to which it redirects.
            let is_same_origin = !answer.cross_origin && !request.cross_origin;
            if answer.status == 401 && is_same_origin {
                refused += u32::from(authorization.is_some());
                let has_scheme =
                    self.auth.record_challenge(name, *access, answer.headers(), authorization.as_ref()).await;
                if has_scheme && refused < REFUSED_TOKENS {
                    last = Some((answer, authorization));
                    continue;
                }
            } else if let Some(sent) = authorization.as_ref().filter(|_| is_same_origin) {
                if answer.class == StatusClass::Success {
                    self.auth.confirm_scheme(name.host());
                } else if self.auth.forget_cached_scheme(name.host()) {
                    // The challenge of an earlier run may be outdated: try without it.
                    continue;
                } else if answer.status == 403
                    && self.is_readable(name)
                    && self.auth.should_renew_token(name, sent).await
                {
                    // Some registries respond with 403 to an expired token.
                    continue;
                }
            }
            return Ok(self.check_status(request, answer, authorization.as_ref())?);
        }
    }

    /// Returns a successful response, and converts any other into an error.
    fn check_status(
        &self,
        request: &Request<'_>,
        answer: HttpResponse,
        sent: Option<&Authorization>,
    ) -> Result<HttpResponse, Error> {
        let name = &request.endpoint.name;
        let (host, what) = (name.host().to_owned(), request.what.to_owned());
        let logged_in = sent.is_some_and(|sent| sent.logged_in);
        match (answer.class, answer.status) {
            (StatusClass::Success, _) => {
                if request.reads() {
                    lock(&self.readable).insert(name.clone());
                }
                Ok(answer)
            }
            // From another host, to which the registry redirected, only 404 means absence.
            (StatusClass::Absent, status) if status == 404 || !answer.cross_origin => {
                Err(Error::NotFound { what })
            }
            (_, 401 | 403) if request.endpoint.access == Access::Push && !request.reads() => {
                Err(Error::PushRefused { host, what, answer: answer.text, logged_in })
            }
            (_, 401) => Err(Error::Unauthorized { host, what, answer: answer.text, logged_in }),
            (_, 403) => {
                let readable = self.is_readable(name);
                Err(Error::Forbidden { host, what, answer: answer.text, logged_in, readable })
            }
            (_, status) => {
                Err(Error::Server { host, what, status, answer: answer.text, attempts: answer.attempts })
            }
        }
    }

    /// Whether an object of the repository was read in this run.
    fn is_readable(&self, name: &RemoteName) -> bool {
        lock(&self.readable).contains(name)
    }

    fn uses_fallback_tags(&self, name: &RemoteName) -> bool {
        lock(&self.with_fallback_tags).contains(name)
    }

    fn note_fallback_tags(&self, name: &RemoteName) {
        lock(&self.with_fallback_tags).insert(name.clone());
    }
}

fn remote_name(repository: &Repository) -> Result<&RemoteName, Error> {
    match repository {
        Repository::Remote(name) => Ok(name),
        Repository::Layout(_) | Repository::Archive(_) => Err(Error::Layout {
            path: repository.to_string(),
            cause: "it is not read over the network".to_owned(),
        }),
        Repository::Local(_) => Err(EngineError::NoRepository { image: repository.to_string() }.into()),
    }
}

#[async_trait]
impl Registry for RemoteRegistry {
    async fn manifest(&self, repository: &Repository, version: &Version) -> Result<Content, Error> {
        let mut fallback = self.mirrors.fallback(remote_name(repository)?);
        while let Some(endpoint) = fallback.next() {
            if let Some(result) = fallback.final_result(self.get_manifest(&endpoint, version).await.map(Some))
            {
                return result?.ok_or_else(|| no_content(&endpoint));
            }
        }
        Err(fallback.into_error())
    }

    async fn resolve(&self, repository: &Repository, tag: &Tag) -> Result<Option<Digest>, Error> {
        let mut fallback = self.mirrors.fallback(remote_name(repository)?);
        while let Some(endpoint) = fallback.next() {
            if let Some(result) = fallback.final_result(self.head_manifest(&endpoint, tag).await.map(Some)) {
                return head_result(result.map(Option::flatten));
            }
        }
        head_result(Err(fallback.into_error()))
    }

    async fn blob(
        &self,
        repository: &Repository,
        descriptor: &Descriptor,
        limit: u64,
    ) -> Result<Bytes, Error> {
        let mut fallback = self.mirrors.fallback(remote_name(repository)?);
        while let Some(endpoint) = fallback.next() {
            if let Some(result) =
                fallback.final_result(self.get_blob(&endpoint, descriptor, limit).await.map(Some))
            {
                return result?.ok_or_else(|| no_content(&endpoint));
            }
        }
        Err(fallback.into_error())
    }

    async fn referrers(
        &self,
        repository: &Repository,
        subject: &Digest,
        _freshness: Freshness,
    ) -> Result<Referrers, Error> {
        let mut fallback = self.mirrors.fallback(remote_name(repository)?);
        while let Some(endpoint) = fallback.next() {
            let listed = match self.list_referrers(&endpoint, subject).await {
                // Another endpoint may have the whole list.
                Ok(Some(Referrers { withheld: Some(withheld), .. })) if endpoint.is_mirror => {
                    Err(withheld.into())
                }
                // Mirrors often copy images without their referrers, so an empty list of a mirror does not count.
                Ok(Some(list)) if endpoint.is_mirror && list.descriptors.is_empty() => Ok(None),
                listed => listed,
            };
            if let Some(result) = fallback.final_result(listed) {
                return Ok(result?.unwrap_or_default());
            }
        }
        Err(fallback.into_error())
    }
}

/// Converts a refused login into [`Error::PushRefused`] if the request needs push access.
fn refused_login(request: &Request<'_>, error: Error) -> Error {
    match error {
        Error::Unauthorized { host, answer, logged_in, .. } if request.endpoint.access == Access::Push => {
            Error::PushRefused { host, what: request.what.to_owned(), answer, logged_in }
        }
        error => error,
    }
}

/// The result of a HEAD request. Any response without a digest is `None`: the GET request decides.
fn head_result(resolved: Result<Option<Digest>, Error>) -> Result<Option<Digest>, Error> {
    match resolved {
        Err(error) if error.is_answer() => {
            tracing::debug!(target: "dhi::http", "the HEAD request has no result: {error}");
            Ok(None)
        }
        resolved => resolved,
    }
}

/// Does not occur: requests for manifests and blobs never return `Ok(None)`.
fn no_content(endpoint: &Endpoint) -> Error {
    Error::NotFound { what: endpoint.name.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_use_the_registry_host_and_tls() {
        let options =
            Options { plain_http: vec!["localhost".into(), "127.0.0.1:1".into()], ..Options::default() };
        let registry = RemoteRegistry::new(options, Arc::new(())).unwrap();
        for (name, url) in [
            ("python", "https://registry-1.docker.io/v2/library/python"),
            ("dhi.io/python", "https://dhi.io/v2/python"),
            ("localhost:5000/x", "http://localhost:5000/v2/x"),
            ("127.0.0.1:1/x", "http://127.0.0.1:1/v2/x"),
            ("127.0.0.1:2/x", "https://127.0.0.1:2/v2/x"),
            ("[::1]:5000/x", "https://[::1]:5000/v2/x"),
        ] {
            let name = RemoteName::parse(name).unwrap();
            assert_eq!(registry.url(&name, &format!("/v2/{}", name.path())).unwrap().as_str(), url);
        }
    }
}
