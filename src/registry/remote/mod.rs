//! A registry is a stranger: it is asked over TLS, shown secrets only of its own site, read within bounds and
//! believed nothing that a hash can prove.
//!
//! Source: OCI distribution specification 1.1, Docker's token authentication specification, RFC 9110.

mod auth;
mod challenge;
mod content;
mod credentials;
mod helper;
mod login;
mod login_file;
mod mirrors;
mod push;
mod realm;
mod referrers;
mod retry_error;

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use reqwest::{Method, Url};

pub use credentials::Credentials;
pub use login::Login;
pub use mirrors::Mirror;
#[cfg(feature = "cli")]
pub(crate) use mirrors::parse_registry_host;

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
use super::{ChallengeCache, Content, EngineError, Error, Freshness, LockDir, Referrers, Registry, Secrets};
use crate::limits::Limits;
use crate::oci::reference::{DOCKER_HUB, RemoteName};
use crate::oci::{Descriptor, Digest, Repository, Tag, Version};

/// What reads: only a 200 is a success, and only a 404 says that there is nothing.
const READ: Profile =
    Profile { redirects: Redirects::Follow, success: &[200], absent: &[404], attempts: u32::MAX, time: None };
/// What writes. What is written need not be there before: with a 404 it is the registry that has no place for it.
const WRITE: Profile = Profile {
    redirects: Redirects::Repeat,
    success: &[200, 201, 202, 204],
    absent: &[],
    attempts: u32::MAX,
    time: None,
};

/// How registries are reached.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Bounds of everything that is read and waited for.
    pub limits: Limits,
    /// Registries on this machine, `HOST[:PORT]`, that have no TLS. Without port: on any.
    pub plain_http: Vec<String>,
    /// Registry host and token server host: credentials of the one may go to the other.
    pub auth_realms: Vec<(String, String)>,
    /// Logins.
    pub credentials: Credentials,
    /// Other places of repositories, asked in this order before the registry itself.
    pub mirrors: Vec<Mirror>,
    /// TLS with every host. Its client certificate is shown to registries, their mirrors and token servers that may
    /// see logins.
    pub tls: Tls,
    /// TLS with single hosts, `HOST[:PORT]`, beyond that.
    pub host_tls: Vec<(String, Tls)>,
    /// Where those who write take turns.
    pub lock_dir: LockDir,
    /// Comes to know all logins and tokens, and is left out of every text.
    pub secrets: Secrets,
}

/// Repositories of registries, over HTTP. Nothing is cached but tokens and what they are asked for with.
pub struct RemoteRegistry {
    http: Transport,
    auth: Auth,
    plain_http: Vec<String>,
    mirrors: Mirrors,
    /// Repositories that have fallback tags and no referrers API.
    with_fallback_tags: Mutex<HashSet<RemoteName>>,
    /// Repositories of which something was read: a refusal of something else of them is no missing login.
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
    /// Whether the registry named an address of another origin for it, which sees no login.
    cross_origin: bool,
    /// The most attempts.
    attempts: u32,
    /// Statuses that say that there is nothing.
    absent: &'static [u16],
}

impl<'a> Request<'a> {
    /// A request without payload.
    fn new(method: Method, url: Url, place: &'a Endpoint, what: &'a str) -> Self {
        Self {
            method,
            url,
            accept: "*/*",
            expected: Expected::Nothing,
            endpoint: place,
            what,
            payload: None,
            cross_origin: false,
            attempts: if place.is_mirror { MIRROR_ATTEMPTS } else { u32::MAX },
            absent: READ.absent,
        }
    }

    /// Whether it changes nothing.
    fn reads(&self) -> bool {
        matches!(self.method, Method::GET | Method::HEAD)
    }
}

impl RemoteRegistry {
    /// No connection is made yet. [`Error::PlainHttp`] where plain HTTP is wanted for a host that is not a
    /// loopback address.
    pub fn new(options: Options, hints: Arc<dyn ChallengeCache>) -> Result<Self, Error> {
        let Options {
            limits,
            plain_http,
            auth_realms,
            credentials,
            mirrors,
            tls,
            host_tls,
            lock_dir: turns,
            secrets,
        } = options;
        secrets.add_environment();
        credentials.add_to_secrets(&secrets);
        let plain_http: Vec<_> = plain_http.iter().map(|host| host.to_ascii_lowercase()).collect();
        if let Some(host) = plain_http.iter().find(|host| !is_loopback(without_port(host))) {
            return Err(Error::PlainHttp { host: host.clone() });
        }
        Ok(Self {
            http: Transport::with_tls(limits, tls::TlsSettings::new(tls, host_tls), secrets),
            auth: Auth::new(realm::AllowedRealms(auth_realms), credentials, hints),
            plain_http,
            mirrors: Mirrors::new(mirrors),
            with_fallback_tags: Mutex::default(),
            readable: Mutex::default(),
            lock_dir: turns,
        })
    }

    /// All HTTP requests made so far, those for tokens and after redirects included.
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

    /// Asks a registry, with whatever it demands as authorization. Only a 200 is a success, of what writes also
    /// another 2xx.
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
            let ask = HttpRequest {
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
            };
            let answer = self
                .http
                .send_with_retries(&ask)
                .await
                .map_err(|fault| RetryError::from_transport(fault, name.host(), request.what))?;
            // A challenge counts only from the registry itself, not from where it leads to.
            let own = !answer.cross_origin && !request.cross_origin;
            if answer.status == 401 && own {
                refused += u32::from(authorization.is_some());
                let known =
                    self.auth.record_challenge(name, *access, answer.headers(), authorization.as_ref()).await;
                if known && refused < REFUSED_TOKENS {
                    last = Some((answer, authorization));
                    continue;
                }
            } else if let Some(sent) = authorization.as_ref().filter(|_| own) {
                if answer.class == StatusClass::Success {
                    self.auth.confirm_scheme(name.host());
                } else if self.auth.forget_cached_scheme(name.host()) {
                    // What an earlier run was asked for may be what is refused: ask without it.
                    continue;
                } else if answer.status == 403
                    && self.is_readable(name)
                    && self.auth.should_renew_token(name, sent).await
                {
                    // Some registries refuse so a token that is no longer good.
                    continue;
                }
            }
            return Ok(self.check_status(request, answer, authorization.as_ref())?);
        }
    }

    /// What the status of an answer means.
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
            // Of what another host says for the registry only this means that there is nothing.
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

    /// Whether the registry gave anything of the repository in this run.
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
        let mut walk = self.mirrors.fallback(remote_name(repository)?);
        while let Some(place) = walk.next() {
            if let Some(end) = walk.final_result(self.get_manifest(&place, version).await.map(Some)) {
                return end?.ok_or_else(|| no_content(&place));
            }
        }
        Err(walk.into_error())
    }

    async fn resolve(&self, repository: &Repository, tag: &Tag) -> Result<Option<Digest>, Error> {
        let mut walk = self.mirrors.fallback(remote_name(repository)?);
        while let Some(place) = walk.next() {
            if let Some(end) = walk.final_result(self.head_manifest(&place, tag).await.map(Some)) {
                return head_result(end.map(Option::flatten));
            }
        }
        head_result(Err(walk.into_error()))
    }

    async fn blob(
        &self,
        repository: &Repository,
        descriptor: &Descriptor,
        limit: u64,
    ) -> Result<Bytes, Error> {
        let mut walk = self.mirrors.fallback(remote_name(repository)?);
        while let Some(place) = walk.next() {
            if let Some(end) = walk.final_result(self.get_blob(&place, descriptor, limit).await.map(Some)) {
                return end?.ok_or_else(|| no_content(&place));
            }
        }
        Err(walk.into_error())
    }

    async fn referrers(
        &self,
        repository: &Repository,
        subject: &Digest,
        _freshness: Freshness,
    ) -> Result<Referrers, Error> {
        let mut walk = self.mirrors.fallback(remote_name(repository)?);
        while let Some(place) = walk.next() {
            let listed = match self.list_referrers(&place, subject).await {
                // Another place may have the whole list.
                Ok(Some(Referrers { withheld: Some(withheld), .. })) if place.is_mirror => {
                    Err(withheld.into())
                }
                // Mirrors often copy images without what refers to them: their empty list says nothing.
                Ok(Some(list)) if place.is_mirror && list.descriptors.is_empty() => Ok(None),
                listed => listed,
            };
            if let Some(end) = walk.final_result(listed) {
                return Ok(end?.unwrap_or_default());
            }
        }
        Err(walk.into_error())
    }
}

/// A login that is refused where one to push was asked for.
fn refused_login(request: &Request<'_>, error: Error) -> Error {
    match error {
        Error::Unauthorized { host, answer, logged_in, .. } if request.endpoint.access == Access::Push => {
            Error::PushRefused { host, what: request.what.to_owned(), answer, logged_in }
        }
        error => error,
    }
}

/// A HEAD only saves bytes: whatever it answers but a digest, the whole request decides.
fn head_result(resolved: Result<Option<Digest>, Error>) -> Result<Option<Digest>, Error> {
    match resolved {
        Err(error) if error.is_answer() => {
            tracing::debug!(target: "dhi::http", "the HEAD says nothing: {error}");
            Ok(None)
        }
        resolved => resolved,
    }
}

/// Never met: an answer without content is no answer of the requests that want some.
fn no_content(place: &Endpoint) -> Error {
    Error::NotFound { what: place.name.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_urls_of_their_own_host_over_tls() {
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
