//! One HTTP exchange and its repetition: everything that is read is bounded while it is read, redirects are
//! followed by hand, and what is secret never leaves the origin that it was meant for.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use jiff::Timestamp;
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap,
    HeaderValue, LOCATION,
};
use reqwest::{Client, Method, Response, StatusCode, Url};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::observer::{Exchange, Observer};
use super::pace::{Pace, Stopped};
use super::redirect::{self, Redirects};
use super::retry::{self, Attempts};
use super::secret::{Secret, presentable};
use super::tls::{Choice, Hosts};
use super::{proxy, realm};
use crate::limits::{Exceeded, Limits};
use crate::registry::budget::Budget;
use crate::registry::{Error, Secrets};

/// A value of the `Authorization` header, and what must not be shown of it.
#[derive(Clone, Debug)]
pub(super) struct Authorization {
    /// The header.
    pub(super) header: HeaderValue,
    /// Everything in it that is secret.
    pub(super) secrets: Vec<Secret>,
    /// Whether credentials stand behind it.
    pub(super) logged_in: bool,
}

impl PartialEq for Authorization {
    fn eq(&self, other: &Self) -> bool {
        self.header == other.header
    }
}

/// What the body of a good answer may be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Expected {
    /// It is not read.
    Nothing,
    /// At most so many bytes.
    AtMost(u64),
    /// Exactly so many bytes.
    Exactly(u64),
}

/// What a request carries.
#[derive(Clone, Debug)]
pub(super) struct Payload {
    /// Its media type.
    pub(super) media_type: HeaderValue,
    pub(super) bytes: Bytes,
}

/// One request.
#[derive(Debug)]
pub(super) struct Ask<'a> {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) accept: &'a str,
    pub(super) authorization: Option<&'a Authorization>,
    pub(super) payload: Option<Payload>,
    /// What in the payload is secret.
    pub(super) secrets: Vec<Secret>,
    pub(super) redirects: Redirects,
    /// Whether a login may be shown to the URL's host.
    pub(super) trusted: bool,
    pub(super) expected: Expected,
    /// The registry as it was written, for errors.
    pub(super) host: &'a str,
    /// The object, for errors.
    pub(super) what: &'a str,
}

/// The answer to a request that needs no further attempt.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    /// Of a good answer.
    pub(super) body: Bytes,
    /// Of any other: status and message, fit to be shown.
    pub(super) text: String,
    /// Whether another origin than the asked one gave it.
    pub(super) foreign: bool,
    /// Attempts made.
    pub(super) attempts: u32,
}

impl Answer {
    /// A header as text.
    pub(super) fn header(&self, name: impl reqwest::header::AsHeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// Why there is no answer to the end of all attempts.
#[derive(Debug)]
pub(super) enum Setback {
    /// Further attempts may help, after the wait that the server asks for.
    Passing { error: Error, asked: Option<Duration> },
    /// Nothing helps.
    Final(Error),
}

impl From<Error> for Setback {
    fn from(error: Error) -> Self {
        Self::Final(error)
    }
}

impl From<Setback> for Error {
    fn from(setback: Setback) -> Self {
        match setback {
            Setback::Passing { error, .. } | Setback::Final(error) => error,
        }
    }
}

/// Why an exchange gave no answer.
enum Failure {
    /// Another attempt may help.
    Broken(String),
    /// Nothing helps.
    Final(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Final(error)
    }
}

/// One request of an attempt: the first, or one that a redirect leads to.
struct Hop<'a> {
    ask: &'a Ask<'a>,
    attempt: u32,
    started: Instant,
    /// Bytes of the answer.
    read: AtomicU64,
}

/// What requests that share their connections have in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Manner {
    /// Whether the host is this machine, which is never asked through a proxy.
    here: bool,
    /// Whether silence is allowed for longer than [`Limits::idle`], because the request itself takes longer.
    patient: bool,
    tls: Choice,
}

/// The connections, counters and bounds of one [`super::RemoteRegistry`].
#[derive(Debug)]
pub(super) struct Http {
    pub(super) limits: Limits,
    tls: Hosts,
    observer: Option<Arc<dyn Observer>>,
    /// What must not be shown.
    pub(super) secrets: Secrets,
    clients: Mutex<HashMap<Manner, Client>>,
    requests: AtomicU64,
    /// Of work that has no count of its own.
    bytes: Budget,
    permits: Mutex<HashMap<String, Arc<Semaphore>>>,
}

impl Http {
    pub(super) fn new(
        limits: Limits,
        tls: Hosts,
        observer: Option<Arc<dyn Observer>>,
        secrets: Secrets,
    ) -> Self {
        Self {
            limits,
            tls,
            observer,
            secrets,
            clients: Mutex::default(),
            requests: AtomicU64::new(0),
            bytes: Budget::default(),
            permits: Mutex::default(),
        }
    }

    /// All requests made so far.
    pub(super) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Asks until there is an answer that no further attempt could better, `most` times at the most.
    pub(super) async fn ask(&self, ask: &Ask<'_>, most: u32) -> Result<Answer, Setback> {
        let mut attempts = Attempts::new(&self.limits, most);
        loop {
            attempts.made += 1;
            let (asked, error) = match self.exchange(ask, attempts.made).await {
                Ok(answer) if !retry::is_passing(answer.status) => {
                    return Ok(Answer { attempts: attempts.made, ..answer });
                }
                Ok(answer) => {
                    let asked = retry::retry_after(&answer.headers, Timestamp::now());
                    (asked, passing(ask, answer, asked, attempts.made))
                }
                Err(Failure::Final(error)) => return Err(Setback::Final(error)),
                Err(Failure::Broken(cause)) => (
                    None,
                    Error::Unreachable {
                        host: ask.host.to_owned(),
                        what: ask.what.to_owned(),
                        cause,
                        attempts: attempts.made,
                    },
                ),
            };
            match attempts.wait(asked) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return Err(Setback::Passing { error, asked }),
            }
        }
    }

    /// One attempt, with its redirects.
    async fn exchange(&self, ask: &Ask<'_>, attempt: u32) -> Result<Answer, Failure> {
        let mut url = ask.url.clone();
        let mut foreign = false;
        let mut redirects = 0;
        loop {
            let permit = self.permit(&url).await;
            let sending = ask.payload.as_ref().map_or(Duration::ZERO, |payload| self.sending(payload));
            let patient = sending > self.limits.idle;
            let client = self.client(&url, ask, foreign, patient)?;
            let mut request = client
                .request(ask.method.clone(), url.clone())
                .header(ACCEPT, ask.accept)
                .header(ACCEPT_ENCODING, "identity");
            if let Some(authorization) = ask.authorization.filter(|_| !foreign) {
                request = request.header(AUTHORIZATION, authorization.header.clone());
            }
            if let Some(Payload { media_type, bytes }) = &ask.payload {
                // Of an empty body `reqwest` would not tell the length, which some registries demand.
                request = request
                    .header(CONTENT_TYPE, media_type.clone())
                    .header(CONTENT_LENGTH, bytes.len())
                    .body(bytes.clone());
            }
            if patient {
                request = request.timeout(sending.saturating_add(self.limits.idle));
            }
            self.requests.fetch_add(1, Ordering::Relaxed);
            let hop = Hop { ask, attempt, started: Instant::now(), read: AtomicU64::new(0) };
            let mut response = match request.send().await {
                Ok(response) => response,
                Err(error) => {
                    let failure = self.broken(ask, error);
                    self.observe(&hop, &url, Err(&failure));
                    return Err(failure);
                }
            };
            let status = response.status();
            let leads = ask.redirects != Redirects::Never && redirect::is_one(status);
            let location = response.headers().get(LOCATION).filter(|_| leads);
            let Some(location) = location.cloned() else {
                let answer = self.answer(&hop, response, foreign).await;
                self.observe(&hop, &url, answer.as_ref().map(|_| status));
                return answer;
            };
            // A short body is read to the end, so that the connection can be used again.
            if response.content_length().is_some_and(|length| length <= 4096) {
                let mut pace = Pace::new(&self.limits);
                while let Ok(Some(chunk)) = pace.next(&mut response).await {
                    self.count(&hop, chunk.len())?;
                }
            }
            self.observe(&hop, &url, Ok(status));
            redirects += 1;
            if redirects > self.limits.redirects {
                return Err(Failure::Final(Error::Limit {
                    what: ask.what.to_owned(),
                    exceeded: Exceeded::new("number of redirects", self.limits.redirects, "redirects"),
                }));
            }
            let next = redirect::follow(ask, &url, status, &location).map_err(|answer| Error::Server {
                host: ask.host.to_owned(),
                what: ask.what.to_owned(),
                status: status.as_u16(),
                answer: self.secrets.redact(&answer).into_owned(),
                attempts: 1,
            })?;
            // Once dropped, `Authorization` does not come back, not even where a redirect leads home.
            foreign |= next.origin() != ask.url.origin();
            drop(permit);
            url = next;
        }
    }

    fn observe(&self, hop: &Hop<'_>, url: &Url, outcome: Result<StatusCode, &Failure>) {
        let Some(observer) = &self.observer else { return };
        let cause = match outcome {
            Ok(_) => String::new(),
            Err(Failure::Broken(cause)) => cause.clone(),
            Err(Failure::Final(error)) => error.to_string(),
        };
        observer.exchanged(&Exchange {
            method: hop.ask.method.as_str(),
            url: &self.secrets.redact(&shown(url)),
            outcome: outcome.map(|status| status.as_u16()).map_err(|_| cause.as_str()),
            time: hop.started.elapsed(),
            bytes: hop.read.load(Ordering::Relaxed),
            attempt: hop.attempt,
        });
    }

    /// What a request comes to that got no answer.
    fn broken(&self, ask: &Ask<'_>, error: reqwest::Error) -> Failure {
        if proxy::demands_login(&error) {
            return Failure::Final(Error::Proxy {
                host: ask.url.host_str().unwrap_or_default().to_owned(),
                what: ask.what.to_owned(),
                logged_in: proxy::has_login(),
            });
        }
        Failure::Broken(self.secrets.redact(&chain(error)).into_owned())
    }

    fn stopped(&self, ask: &Ask<'_>, stopped: Stopped) -> Failure {
        match stopped {
            Stopped::Broken(error) => self.broken(ask, error),
            Stopped::Slow(cause) => Failure::Broken(format!("the answer comes too slowly: {cause}")),
        }
    }

    async fn answer(&self, hop: &Hop<'_>, response: Response, foreign: bool) -> Result<Answer, Failure> {
        let status = response.status();
        let headers = response.headers().clone();
        let (body, text) = if status == StatusCode::OK {
            (self.body(hop, response, &headers).await?, String::new())
        } else {
            (Bytes::new(), self.message(hop, response).await?)
        };
        Ok(Answer { status, headers, body, text, foreign, attempts: 1 })
    }

    async fn body(
        &self,
        hop: &Hop<'_>,
        mut response: Response,
        headers: &HeaderMap,
    ) -> Result<Bytes, Failure> {
        let ask = hop.ask;
        let (Expected::AtMost(bound) | Expected::Exactly(bound)) = ask.expected else {
            return Ok(Bytes::new());
        };
        let encoding = headers.get(CONTENT_ENCODING).map_or(&b""[..], HeaderValue::as_bytes);
        if !(encoding.is_empty() || encoding.eq_ignore_ascii_case(b"identity")) {
            return Err(Failure::Final(Error::BadContent {
                what: ask.what.to_owned(),
                cause: format!(
                    "the answer is encoded as `{}`, which was not asked for",
                    presentable(&String::from_utf8_lossy(encoding), &self.secrets, &[])
                ),
            }));
        }
        if let Some(declared) = response.content_length() {
            let too_short = matches!(ask.expected, Expected::Exactly(_)) && declared < bound;
            if declared > bound || too_short {
                return Err(Failure::Final(wrong_size(ask, bound, declared)));
            }
            if self.bytes.current().spent().saturating_add(declared) > self.limits.total {
                return Err(Failure::Final(self.over_total(ask)));
            }
        }
        let mut body = BytesMut::new();
        let mut pace = match ask.expected {
            Expected::Exactly(_) => Pace::of(&self.limits, bound),
            _ => Pace::new(&self.limits),
        };
        while let Some(chunk) =
            pace.next(&mut response).await.map_err(|stopped| self.stopped(ask, stopped))?
        {
            self.count(hop, chunk.len())?;
            let length = size(body.len()).saturating_add(size(chunk.len()));
            if length > bound {
                return Err(Failure::Final(wrong_size(ask, bound, length)));
            }
            body.extend_from_slice(&chunk);
        }
        match ask.expected {
            Expected::Exactly(_) if size(body.len()) < bound => {
                Err(Failure::Final(wrong_size(ask, bound, size(body.len()))))
            }
            _ => Ok(body.freeze()),
        }
    }

    /// Status and message of an answer that is not a good one.
    async fn message(&self, hop: &Hop<'_>, mut response: Response) -> Result<String, Failure> {
        let ask = hop.ask;
        let status = response.status();
        let mut body = BytesMut::new();
        // A message that breaks off is shown as far as it came.
        let mut pace = Pace::new(&self.limits);
        while size(body.len()) < self.limits.token
            && let Ok(Some(chunk)) = pace.next(&mut response).await
        {
            self.count(hop, chunk.len())?;
            body.extend_from_slice(&chunk);
        }
        let secrets: Vec<Secret> = ask
            .authorization
            .iter()
            .flat_map(|authorization| &authorization.secrets)
            .chain(&ask.secrets)
            .cloned()
            .collect();
        let message = presentable(&message(&body), &self.secrets, &secrets);
        let reason = status.canonical_reason().unwrap_or_default();
        let head = format!("{} {reason}", status.as_u16());
        Ok(if message.is_empty() {
            head.trim_end().to_owned()
        } else {
            format!("{}: {message}", head.trim_end())
        })
    }

    /// Counts bytes against the bound of the reference that they are read for.
    fn count(&self, hop: &Hop<'_>, length: usize) -> Result<(), Error> {
        hop.read.fetch_add(size(length), Ordering::Relaxed);
        if self.bytes.current().spend(size(length)) > self.limits.total {
            return Err(self.over_total(hop.ask));
        }
        Ok(())
    }

    fn over_total(&self, ask: &Ask<'_>) -> Error {
        Error::Limit {
            what: ask.what.to_owned(),
            exceeded: Exceeded::new("all that was read for the reference", self.limits.total, "bytes"),
        }
    }

    async fn permit(&self, url: &Url) -> Option<OwnedSemaphorePermit> {
        let host = format!(
            "{}:{}",
            url.host_str().unwrap_or_default(),
            url.port_or_known_default().unwrap_or_default()
        );
        let most = self.limits.requests_per_host.clamp(1, Semaphore::MAX_PERMITS);
        let semaphore =
            lock(&self.permits).entry(host).or_insert_with(|| Arc::new(Semaphore::new(most))).clone();
        // The semaphore is never closed.
        semaphore.acquire_owned().await.ok()
    }

    /// How long the slowest line that is good enough takes for it.
    fn sending(&self, payload: &Payload) -> Duration {
        Duration::from_secs(size(payload.bytes.len()) / self.limits.upload_rate.max(1))
    }

    fn client(&self, url: &Url, ask: &Ask<'_>, foreign: bool, patient: bool) -> Result<Client, Error> {
        let manner = Manner {
            here: url.host_str().is_some_and(realm::is_here),
            patient,
            tls: self.tls.choose(url, ask.trusted && !foreign),
        };
        let mut clients = lock(&self.clients);
        if let Some(client) = clients.get(&manner) {
            return Ok(client.clone());
        }
        // Without a default provider `reqwest` would panic.
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        }
        let builder = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .connect_timeout(self.limits.connect)
            .user_agent(concat!("dhi/", env!("CARGO_PKG_VERSION")));
        let builder = if manner.here { builder.no_proxy() } else { builder };
        // It counts from the beginning of a request, so that a long upload would look like silence.
        let builder = if patient { builder } else { builder.read_timeout(self.limits.idle) };
        let client = self.tls.apply(&manner.tls, builder).and_then(reqwest::ClientBuilder::build);
        let client = client.map_err(|error| Error::Unreachable {
            host: ask.host.to_owned(),
            what: ask.what.to_owned(),
            cause: self.secrets.redact(&chain(error)).into_owned(),
            attempts: 0,
        })?;
        clients.insert(manner, client.clone());
        Ok(client)
    }
}

/// The lock, whatever happened to the thread that held it before: no value is ever left half changed.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn size(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

fn wrong_size(ask: &Ask<'_>, bound: u64, found: u64) -> Error {
    let what = ask.what.to_owned();
    match ask.expected {
        Expected::Exactly(expected) => Error::Size { what, expected, found },
        _ => Error::Limit { what, exceeded: Exceeded::new(format!("size of {found} bytes"), bound, "bytes") },
    }
}

/// The error that an answer comes to when there is no further attempt.
fn passing(ask: &Ask<'_>, answer: Answer, retry_after: Option<Duration>, attempts: u32) -> Error {
    let (host, what) = (ask.host.to_owned(), ask.what.to_owned());
    if answer.status == StatusCode::TOO_MANY_REQUESTS {
        Error::RateLimited { host, what, retry_after, attempts }
    } else {
        Error::Server { host, what, status: answer.status.as_u16(), answer: answer.text, attempts }
    }
}

/// The message of an error answer: of a registry, of a token server, or its text.
fn message(body: &[u8]) -> String {
    #[derive(serde::Deserialize)]
    struct One {
        #[serde(default)]
        code: serde_json::Value,
        #[serde(default)]
        message: serde_json::Value,
    }
    #[derive(serde::Deserialize)]
    struct Wire {
        errors: Option<Vec<One>>,
        message: Option<String>,
        details: Option<String>,
        error_description: Option<String>,
        error: Option<String>,
    }
    let Ok(wire) = serde_json::from_slice::<Wire>(body) else {
        let start = body.get(..1024).unwrap_or(body);
        let text = String::from_utf8_lossy(start);
        return match text.trim_start().starts_with('<') {
            true => String::new(),
            false if start.len() == body.len() => text.into_owned(),
            // So that a secret which goes on there is seen as one that is cut off.
            false => format!("{}…", text.trim_end_matches(char::REPLACEMENT_CHARACTER)),
        };
    };
    let listed = wire.errors.and_then(|errors| errors.into_iter().next()).map(|one| {
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        format!("{} {}", text(&one.code), text(&one.message))
    });
    listed.or(wire.details).or(wire.error_description).or(wire.message).or(wire.error).unwrap_or_default()
}

/// A URL without query and login, for errors and observers.
pub(super) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    let _ = url.set_password(None);
    let _ = url.set_username("");
    url.to_string()
}

/// An error and its causes, innermost last, without the URL, whose query can hold a secret.
fn chain(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        let words = inner.to_string();
        if !text.ends_with(&words) {
            text = format!("{text}: {words}");
        }
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_registries_and_token_servers_are_found() {
        for (body, text) in [
            (r#"{"errors":[{"code":"DENIED","message":"no"},{"code":"x"}]}"#, "DENIED no"),
            (r#"{"details":"incorrect username or password"}"#, "incorrect username or password"),
            (r#"{"error":"invalid_grant","error_description":"expired"}"#, "expired"),
            ("<html>", ""),
            ("plain", "plain"),
            ("{}", ""),
        ] {
            assert_eq!(message(body.as_bytes()), text);
        }
    }
}
