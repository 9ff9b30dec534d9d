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
use super::events::{self, Ended};
use super::pace::{Pace, size};
use super::request::{HttpRequest, HttpResponse, Payload, Redirects};
use super::retry::{self, Attempts};
use super::tls::Hosts;
use super::{Fault, Obstacle, redirect};
use crate::diagnostic::Causes;
use crate::limits::{Exceeded, Limits};
use crate::registry::budget::Budget;
use crate::registry::limits::REDIRECT_BODY;
use crate::registry::mutex::lock;
use crate::registry::{Secrets, proxy_logins};

/// The words of the HTTP client for status 407 of a proxy.
const DEMANDS_LOGIN: &str = "tunnel error: proxy authorization required";
/// The words of the HTTP and TLS libraries for what has a remedy of its own, the first that is found first.
const OBSTACLES: [(&str, Obstacle); 4] = [
    ("CertificateRequired", Obstacle::WantsClientCertificate),
    ("connection was not ready", Obstacle::NotReady),
    ("invalid peer certificate: UnknownIssuer", Obstacle::UnknownAuthority),
    ("tcp connect error", Obstacle::NoConnection),
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
    attempt: u32,
    started: Instant,
    /// Bytes of the answer.
    pub(super) read: AtomicU64,
    /// Whether the URL is of another origin than the first one, or was reached through one.
    pub(super) foreign: bool,
}

impl Attempt<'_> {
    fn ended(&self) -> Ended<'_> {
        Ended {
            method: self.request.method.as_str(),
            url: &self.url,
            attempt: self.attempt,
            time: self.started.elapsed(),
            bytes: self.read.load(Ordering::Relaxed),
        }
    }
}

impl Transport {
    pub(in crate::registry) fn with(limits: Limits, tls: Hosts, secrets: Secrets) -> Self {
        Self::over(Clients::new(tls), limits, secrets)
    }

    pub(super) fn over(clients: Clients, limits: Limits, secrets: Secrets) -> Self {
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
    pub(in crate::registry) async fn ask(&self, ask: &HttpRequest<'_>) -> Result<HttpResponse, Fault> {
        let mut attempts = Attempts::new(&self.limits, ask.profile.attempts, ask.profile.time);
        loop {
            attempts.made += 1;
            let fault = match self.attempt(ask, &attempts).await {
                Ok(answer) if !retry::is_passing(answer.status) => {
                    return Ok(HttpResponse { attempts: attempts.made, ..answer });
                }
                Ok(answer) => Fault::Busy {
                    status: answer.status,
                    retry_after: retry::retry_after(answer.headers(), Timestamp::now()),
                    answer: answer.text,
                    attempts: attempts.made,
                },
                Err(fault) => fault,
            };
            if !fault.is_passing() {
                return Err(fault);
            }
            let Some(wait) = attempts.wait(fault.retry_after()) else { return Err(fault) };
            events::again(&ask.url, wait, attempts.made + 1, &self.secrets);
            tokio::time::sleep(wait).await;
        }
    }

    /// One attempt, within the time of all of them.
    async fn attempt(&self, ask: &HttpRequest<'_>, attempts: &Attempts) -> Result<HttpResponse, Fault> {
        let exchange = self.exchange(ask, attempts.made);
        let (Some(time), Some(end)) = (ask.profile.time, attempts.end()) else { return exchange.await };
        let started = Instant::now();
        let Ok(answer) = timeout_at(end.into(), exchange).await else {
            let cause = format!("there is no whole answer within {time:?}");
            let (method, url, attempt) = (ask.method.as_str(), &ask.url, attempts.made);
            let ended = Ended { method, url, attempt, time: started.elapsed(), bytes: 0 };
            ended.failed(&cause, &self.secrets);
            return Err(Fault::Unreachable {
                obstacle: Obstacle::Other,
                causes: Causes::from_message(cause),
                attempts: attempts.made,
            });
        };
        answer
    }

    async fn exchange(&self, ask: &HttpRequest<'_>, attempt: u32) -> Result<HttpResponse, Fault> {
        let mut url = ask.url.clone();
        let mut foreign = false;
        let mut redirects = 0;
        loop {
            let permit = self.permit(&url).await;
            let (hop, response) = self.send(ask, url, attempt, foreign).await?;
            let status = response.status().as_u16();
            let leads = ask.profile.redirects != Redirects::Never && redirect::is_one(status);
            let location = response.headers().get(LOCATION).filter(|_| leads);
            let Some(location) = location.cloned() else {
                let answer = self.answer(&hop, response).await;
                self.tell(&hop, answer.as_ref().map(|_| status));
                return answer;
            };
            if response.content_length().is_some_and(|length| length <= REDIRECT_BODY) {
                self.drain(&hop, response).await?;
            }
            self.tell(&hop, Ok(status));
            redirects += 1;
            if redirects > self.limits.redirects {
                return Err(Fault::Limit(Exceeded::new(
                    "number of redirects",
                    self.limits.redirects,
                    "redirects",
                )));
            }
            let next = redirect::follow(ask, &hop.url, status, &location).map_err(|cause| {
                Fault::Redirect { status, cause: self.secrets.redact(&cause).into_owned() }
            })?;
            events::redirected(&hop.url, &next, &self.secrets);
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
    ) -> Result<(Attempt<'a>, Response), Fault> {
        let sending = ask.payload.as_ref().map_or(Duration::ZERO, |payload| self.sending(payload));
        let patient = sending > self.limits.read_timeout;
        let client = self.clients.of(&url, ask.trusted && !foreign, patient, &self.limits);
        let client = client.map_err(|error| {
            let causes = self.causes(error);
            events::unusable(&causes);
            Fault::Settings { obstacle: obstacle(&causes), causes }
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
        let hop =
            Attempt { request: ask, url, attempt, started: Instant::now(), read: AtomicU64::new(0), foreign };
        match request.send().await {
            Ok(response) => Ok((hop, response)),
            Err(error) => {
                let fault = self.broken(&hop, error);
                self.tell(&hop, Err(&fault));
                Err(fault)
            }
        }
    }

    fn tell(&self, hop: &Attempt<'_>, outcome: Result<u16, &Fault>) {
        match outcome {
            Ok(status) => hop.ended().answered(status, &self.secrets),
            Err(Fault::Unreachable { causes, .. }) => hop.ended().failed(&causes.to_string(), &self.secrets),
            Err(fault) => hop.ended().failed(&fault.to_string(), &self.secrets),
        }
    }

    /// What a request comes to whose connection failed.
    pub(super) fn broken(&self, hop: &Attempt<'_>, error: reqwest::Error) -> Fault {
        let is_denied = is_denied(&error);
        let causes = self.causes(error);
        if causes.contains(DEMANDS_LOGIN) {
            return Fault::Proxy {
                host: hop.request.url.host_str().unwrap_or_default().to_owned(),
                logged_in: proxy_logins::is_there(),
            };
        }
        let obstacle = if is_denied { Obstacle::Denied } else { obstacle(&causes) };
        Fault::Unreachable { obstacle, causes, attempts: hop.attempt }
    }

    /// What came too slowly.
    pub(super) fn slow(&self, hop: &Attempt<'_>, cause: &str) -> Fault {
        let causes = Causes::from_message(format!("the answer comes too slowly: {cause}"));
        Fault::Unreachable { obstacle: Obstacle::Other, causes, attempts: hop.attempt }
    }

    /// Without the URL, whose query can hold a secret.
    fn causes(&self, error: reqwest::Error) -> Causes {
        Causes::from_error(&error.without_url()).map(|cause| self.secrets.redact(&cause).into_owned())
    }

    async fn drain(&self, hop: &Attempt<'_>, mut response: Response) -> Result<(), Fault> {
        let mut pace = Pace::new(&self.limits);
        while let Ok(Some(chunk)) = pace.next(&mut response).await {
            self.count(hop, chunk.len())?;
        }
        Ok(())
    }

    /// Counts bytes against the bound of the reference that they are read for.
    pub(super) fn count(&self, hop: &Attempt<'_>, length: usize) -> Result<(), Fault> {
        hop.read.fetch_add(size(length), Ordering::Relaxed);
        if self.bytes.current().spend(size(length)) > self.limits.total {
            return Err(self.over_total());
        }
        Ok(())
    }

    pub(super) fn over_total(&self) -> Fault {
        Fault::Limit(Exceeded::new("all that was read for the reference", self.limits.total, "bytes"))
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
}

/// Whether the system does not let this process connect, as with the socket of another user.
fn is_denied(error: &reqwest::Error) -> bool {
    let chain = std::iter::successors(error.source(), |&error| error.source());
    let mut systems = chain.filter_map(|error| error.downcast_ref::<std::io::Error>());
    systems.any(|error| error.kind() == std::io::ErrorKind::PermissionDenied)
}

/// What the libraries say, which tell no kind of it.
fn obstacle(causes: &Causes) -> Obstacle {
    let found = OBSTACLES.iter().find(|(words, _)| causes.any_contains(words));
    found.map_or(Obstacle::Other, |(_, obstacle)| *obstacle)
}

#[cfg(test)]
mod tests {
    use super::super::Profile;
    use super::*;

    #[test]
    fn what_has_a_remedy_is_known_by_the_words_of_the_libraries() {
        for (words, expected) in [
            ("received fatal alert: CertificateRequired", Obstacle::WantsClientCertificate),
            ("operation was canceled: connection was not ready", Obstacle::NotReady),
            ("invalid peer certificate: UnknownIssuer", Obstacle::UnknownAuthority),
            ("tcp connect error", Obstacle::NoConnection),
            ("invalid peer certificate: Expired", Obstacle::Other),
            ("dns error", Obstacle::Other),
        ] {
            assert_eq!(obstacle(&Causes::from_message(words)), expected, "{words}");
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
        let profile = Profile { redirects: Redirects::Never, good: &[200], absent: &[], attempts: 9, time };
        let fault = transport.get(profile, &url, "*/*", 1).await.unwrap_err();
        assert_eq!(fault.to_string(), "there is no whole answer within 200ms");
        assert_eq!(transport.requests(), 1);
        silent.abort();
    }
}
