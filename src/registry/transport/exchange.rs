//! One request and its repetition, with all redirects on the way.

use std::collections::HashMap;
use std::error::Error as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use reqwest::{Response, Url};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout_at;

use super::clients::Clients;
use super::events::{self, FinishedRequest};
use super::pace::{DownloadRate, size};
use super::request::{HttpRequest, HttpResponse, Payload, Redirects};
use super::retry::{self, Attempts};
use super::tls::TlsSettings;
use super::{ConnectionFailure, TransportError, redirect};
use crate::diagnostic::Causes;
use crate::limits::{Exceeded, Limits};
use crate::registry::budget::Budget;
use crate::registry::limits::REDIRECT_BODY;
use crate::registry::mutex::lock;
use crate::registry::{Secrets, proxy_logins};

/// The words of the HTTP client for status 407 of a proxy.
const PROXY_LOGIN_REQUIRED: &str = "tunnel error: proxy authorization required";
/// The words of the HTTP and TLS libraries for what has a remedy of its own, the first that is found first.
const LIBRARY_TEXTS: [(&str, ConnectionFailure); 4] = [
    ("CertificateRequired", ConnectionFailure::ClientCertificateRequired),
    ("connection was not ready", ConnectionFailure::ClosedEarly),
    ("invalid peer certificate: UnknownIssuer", ConnectionFailure::UnknownCa),
    ("tcp connect error", ConnectionFailure::NotConnected),
];

/// Connections, counters and bounds of requests.
#[derive(Debug)]
pub struct Transport {
    pub(in crate::registry) limits: Limits,
    /// What must not be shown.
    pub(in crate::registry) secrets: Secrets,
    clients: Clients,
    requests: AtomicU64,
    /// Of work that has no count of its own.
    pub(super) bytes: Budget,
    permits: Mutex<HashMap<String, Arc<Semaphore>>>,
}

/// One request of an attempt: the first, or one that a redirect leads to.
pub(super) struct Attempt<'a> {
    pub(super) request: &'a HttpRequest<'a>,
    url: Url,
    /// 1 for the first.
    number: u32,
    started: Instant,
    /// Bytes of the answer.
    pub(super) read: AtomicU64,
    /// Whether the URL is of another origin than the first one, or was reached through one.
    pub(super) cross_origin: bool,
}

impl Attempt<'_> {
    fn finished(&self) -> FinishedRequest<'_> {
        FinishedRequest {
            method: self.request.method.as_str(),
            url: &self.url,
            attempt: self.number,
            time: self.started.elapsed(),
            bytes: self.read.load(Ordering::Relaxed),
        }
    }
}

impl Transport {
    pub(in crate::registry) fn with_tls(limits: Limits, tls: TlsSettings, secrets: Secrets) -> Self {
        Self::with_clients(Clients::new(tls), limits, secrets)
    }

    pub(super) fn with_clients(clients: Clients, limits: Limits, secrets: Secrets) -> Self {
        Self {
            limits,
            secrets,
            clients,
            requests: AtomicU64::new(0),
            bytes: Budget::default(),
            permits: Mutex::default(),
        }
    }

    /// All requests made so far, those after redirects included.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Asks until there is an answer that no further attempt could better, within the bounds of the profile.
    pub(in crate::registry) async fn send_with_retries(
        &self,
        ask: &HttpRequest<'_>,
    ) -> Result<HttpResponse, TransportError> {
        let mut attempts = Attempts::new(&self.limits, ask.profile.attempts, ask.profile.time);
        loop {
            attempts.made += 1;
            let fault = match self.attempt(ask, &attempts).await {
                Ok(answer) if !retry::is_transient_status(answer.status) => {
                    return Ok(HttpResponse { attempts: attempts.made, ..answer });
                }
                Ok(answer) => TransportError::Busy {
                    status: answer.status,
                    retry_after: retry::retry_after(answer.headers(), Timestamp::now()),
                    answer: answer.text,
                    attempts: attempts.made,
                },
                Err(fault) => fault,
            };
            if !fault.is_transient() {
                return Err(fault);
            }
            let Some(wait) = attempts.wait(fault.retry_after()) else { return Err(fault) };
            events::log_retry(&ask.url, wait, attempts.made + 1, &self.secrets);
            tokio::time::sleep(wait).await;
        }
    }

    /// One attempt, within the time of all of them.
    async fn attempt(
        &self,
        ask: &HttpRequest<'_>,
        attempts: &Attempts,
    ) -> Result<HttpResponse, TransportError> {
        let exchange = self.exchange(ask, attempts.made);
        let (Some(time), Some(end)) = (ask.profile.time, attempts.end()) else { return exchange.await };
        let started = Instant::now();
        let Ok(answer) = timeout_at(end.into(), exchange).await else {
            let cause = format!("there is no whole answer within {time:?}");
            let (method, url, attempt) = (ask.method.as_str(), &ask.url, attempts.made);
            let ended = FinishedRequest { method, url, attempt, time: started.elapsed(), bytes: 0 };
            ended.log_failure(&cause, &self.secrets);
            return Err(TransportError::Unreachable {
                obstacle: ConnectionFailure::Other,
                causes: Causes::from_message(cause),
                attempts: attempts.made,
            });
        };
        answer
    }

    async fn exchange(&self, ask: &HttpRequest<'_>, attempt: u32) -> Result<HttpResponse, TransportError> {
        let mut url = ask.url.clone();
        let mut foreign = false;
        let mut redirects = 0;
        loop {
            let permit = self.host_permit(&url).await;
            let (hop, response) = self.send(ask, url, attempt, foreign).await?;
            let status = response.status().as_u16();
            let leads = ask.profile.redirects != Redirects::Never && redirect::is_redirect(status);
            let location = response.headers().get(LOCATION).filter(|_| leads);
            let Some(location) = location.cloned() else {
                let answer = self.read_response(&hop, response).await;
                self.log_result(&hop, answer.as_ref().map(|_| status));
                return answer;
            };
            if response.content_length().is_some_and(|length| length <= REDIRECT_BODY) {
                self.drain(&hop, response).await?;
            }
            self.log_result(&hop, Ok(status));
            redirects += 1;
            if redirects > self.limits.redirects {
                return Err(TransportError::Limit(Exceeded::new(
                    "number of redirects",
                    self.limits.redirects,
                    "redirects",
                )));
            }
            let next = redirect::follow(ask, &hop.url, status, &location).map_err(|cause| {
                TransportError::Redirect { status, cause: self.secrets.redact(&cause).into_owned() }
            })?;
            events::log_redirect(&hop.url, &next, &self.secrets);
            // Once dropped, `Authorization` does not come back, not even where a redirect leads home.
            foreign |= next.origin() != ask.url.origin();
            drop(permit);
            url = next;
        }
    }

    /// Sends one request, and waits for the head of its answer.
    async fn send<'a>(
        &self,
        ask: &'a HttpRequest<'a>,
        url: Url,
        attempt: u32,
        foreign: bool,
    ) -> Result<(Attempt<'a>, Response), TransportError> {
        let sending = ask.payload.as_ref().map_or(Duration::ZERO, |payload| self.upload_time(payload));
        let patient = sending > self.limits.read_timeout;
        let client = self.clients.of(&url, ask.may_send_login && !foreign, patient, &self.limits);
        let client = client.map_err(|error| {
            let causes = self.causes(error);
            events::log_unusable_settings(&causes);
            TransportError::Settings { obstacle: classify(&causes), causes }
        })?;
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
            request = request.timeout(sending.saturating_add(self.limits.read_timeout));
        }
        self.requests.fetch_add(1, Ordering::Relaxed);
        let hop = Attempt {
            request: ask,
            url,
            number: attempt,
            started: Instant::now(),
            read: AtomicU64::new(0),
            cross_origin: foreign,
        };
        match request.send().await {
            Ok(response) => Ok((hop, response)),
            Err(error) => {
                let fault = self.connection_error(&hop, error);
                self.log_result(&hop, Err(&fault));
                Err(fault)
            }
        }
    }

    fn log_result(&self, hop: &Attempt<'_>, outcome: Result<u16, &TransportError>) {
        match outcome {
            Ok(status) => hop.finished().log_response(status, &self.secrets),
            Err(TransportError::Unreachable { causes, .. }) => {
                hop.finished().log_failure(&causes.to_string(), &self.secrets)
            }
            Err(fault) => hop.finished().log_failure(&fault.to_string(), &self.secrets),
        }
    }

    /// What a request comes to whose connection failed.
    pub(super) fn connection_error(&self, hop: &Attempt<'_>, error: reqwest::Error) -> TransportError {
        let is_denied = is_permission_denied(&error);
        let causes = self.causes(error);
        if causes.contains(PROXY_LOGIN_REQUIRED) {
            return TransportError::Proxy {
                host: hop.request.url.host_str().unwrap_or_default().to_owned(),
                logged_in: proxy_logins::is_configured(),
            };
        }
        let obstacle = if is_denied { ConnectionFailure::Denied } else { classify(&causes) };
        TransportError::Unreachable { obstacle, causes, attempts: hop.number }
    }

    /// What came too slowly.
    pub(super) fn too_slow(&self, hop: &Attempt<'_>, cause: &str) -> TransportError {
        let causes = Causes::from_message(format!("the answer comes too slowly: {cause}"));
        TransportError::Unreachable { obstacle: ConnectionFailure::Other, causes, attempts: hop.number }
    }

    /// Without the URL, whose query can hold a secret.
    fn causes(&self, error: reqwest::Error) -> Causes {
        Causes::from_error(&error.without_url()).map(|cause| self.secrets.redact(&cause).into_owned())
    }

    async fn drain(&self, hop: &Attempt<'_>, mut response: Response) -> Result<(), TransportError> {
        let mut pace = DownloadRate::new(&self.limits);
        while let Ok(Some(chunk)) = pace.next_chunk(&mut response).await {
            self.count(hop, chunk.len())?;
        }
        Ok(())
    }

    /// Counts bytes against the bound of the reference that they are read for.
    pub(super) fn count(&self, hop: &Attempt<'_>, length: usize) -> Result<(), TransportError> {
        hop.read.fetch_add(size(length), Ordering::Relaxed);
        if self.bytes.current().spend(size(length)) > self.limits.total {
            return Err(self.over_total());
        }
        Ok(())
    }

    pub(super) fn over_total(&self) -> TransportError {
        TransportError::Limit(Exceeded::new(
            "all that was read for the reference",
            self.limits.total,
            "bytes",
        ))
    }

    async fn host_permit(&self, url: &Url) -> Option<OwnedSemaphorePermit> {
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
    fn upload_time(&self, payload: &Payload) -> Duration {
        Duration::from_secs(size(payload.bytes.len()) / self.limits.upload_rate.max(1))
    }
}

/// Whether the system does not let this process connect, as with the socket of another user.
fn is_permission_denied(error: &reqwest::Error) -> bool {
    let chain = std::iter::successors(error.source(), |&error| error.source());
    let mut systems = chain.filter_map(|error| error.downcast_ref::<std::io::Error>());
    systems.any(|error| error.kind() == std::io::ErrorKind::PermissionDenied)
}

/// What the libraries say, which tell no kind of it.
fn classify(causes: &Causes) -> ConnectionFailure {
    let found = LIBRARY_TEXTS.iter().find(|(words, _)| causes.any_contains(words));
    found.map_or(ConnectionFailure::Other, |(_, obstacle)| *obstacle)
}

#[cfg(test)]
mod tests {
    use super::super::Profile;
    use super::*;

    #[test]
    fn what_has_a_remedy_is_known_by_the_words_of_the_libraries() {
        for (words, expected) in [
            ("received fatal alert: CertificateRequired", ConnectionFailure::ClientCertificateRequired),
            ("operation was canceled: connection was not ready", ConnectionFailure::ClosedEarly),
            ("invalid peer certificate: UnknownIssuer", ConnectionFailure::UnknownCa),
            ("tcp connect error", ConnectionFailure::NotConnected),
            ("invalid peer certificate: Expired", ConnectionFailure::Other),
            ("dns error", ConnectionFailure::Other),
        ] {
            assert_eq!(classify(&Causes::from_message(words)), expected, "{words}");
        }
    }

    #[tokio::test]
    async fn all_attempts_together_end_in_time() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
        let silent = tokio::spawn(async move {
            let mut open = Vec::new();
            while let Ok((stream, _)) = listener.accept().await {
                open.push(stream);
            }
        });
        let transport = Transport::new(Limits::default(), Vec::new(), Secrets::default());
        let time = Some(Duration::from_millis(200));
        let profile =
            Profile { redirects: Redirects::Never, success: &[200], absent: &[], attempts: 9, time };
        let fault = transport.get(profile, &url, "*/*", 1).await.unwrap_err();
        assert_eq!(fault.to_string(), "there is no whole answer within 200ms");
        assert_eq!(transport.requests(), 1);
        silent.abort();
    }
}
