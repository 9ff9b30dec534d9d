//! Sends one request: retries, redirects, and the limits on requests per host and bytes per reference.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, IF_NONE_MATCH, LOCATION, RANGE,
};
use reqwest::{Response, Url};
use tokio::time::timeout_at;

use super::clients::Clients;
use super::download_rate::{DownloadRate, size};
use super::events::{self, FinishedRequest};
use super::host_slots::HostSlots;
use super::request::{HttpRequest, HttpResponse, Payload, Redirects};
use super::retry::{self, Attempts};
use super::sink::BodySink;
use super::tls::TlsSettings;
use super::unreachable_hosts::{Connection, UnreachableHosts};
use super::waits::Waits;
use super::{ConnectionFailure, TransportError, redirect};
use crate::diagnostic::Causes;
use crate::limits::{Exceeded, Limits};
use crate::registry::budget::Budget;
use crate::registry::limits::REDIRECT_BODY;
use crate::registry::{Secrets, proxy_logins};

/// The text of the HTTP client's error for status 407 of a proxy.
const PROXY_LOGIN_REQUIRED: &str = "tunnel error: proxy authorization required";

/// Connections, counters and bounds of requests.
#[derive(Debug)]
pub struct Transport {
    pub(in crate::registry) limits: Limits,
    /// Redacted from all texts.
    pub(in crate::registry) secrets: Secrets,
    clients: Clients,
    requests: AtomicU64,
    /// Counts the bytes of work that has no budget of its own.
    pub(super) bytes: Budget,
    slots: HostSlots,
    unreachable: UnreachableHosts,
    waits: Waits,
}

/// One HTTP request of an attempt: the first, or one that follows a redirect.
pub(super) struct Attempt<'a> {
    pub(super) request: &'a HttpRequest<'a>,
    url: Url,
    /// 1 for the first.
    number: u32,
    started: Instant,
    /// Bytes of the response that were read.
    pub(super) read: AtomicU64,
    /// Whether this URL, or one of the redirects to it, has another origin than the first URL.
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
            slots: HostSlots::default(),
            unreachable: UnreachableHosts::default(),
            waits: Waits::default(),
        }
    }

    /// Adds the requests of this transport to `waits` while they are not complete.
    #[must_use]
    pub fn with_waits(self, waits: Waits) -> Self {
        Self { waits, ..self }
    }

    /// Repeats the error of a host to which no connection could be made, in place of connecting again, for `pause` after
    /// the failure. The default, zero, always connects.
    #[must_use]
    pub fn with_unreachable_pause(self, pause: Duration) -> Self {
        Self { unreachable: UnreachableHosts::new(pause), ..self }
    }

    /// The number of requests so far, including those that follow redirects.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Sends a request, and repeats it after transient failures within the bounds of its profile.
    ///
    /// # Errors
    ///
    /// The failure of the last attempt, or that of an earlier request if the host is not connected again. A response
    /// with an error status is not a failure here, except a transient one ([`TransportError::Busy`]).
    pub(in crate::registry) async fn send_with_retries(
        &self,
        request: &HttpRequest<'_>,
    ) -> Result<HttpResponse, TransportError> {
        let mut attempts = Attempts::new(&self.limits, request.profile.attempts, request.profile.time);
        loop {
            attempts.made += 1;
            let mut connection = None;
            let error = match self.attempt(request, &attempts, &mut connection).await {
                Ok(answer) if !retry::is_transient_status(answer.status) => {
                    return Ok(HttpResponse { attempts: attempts.made, ..answer });
                }
                Ok(answer) => TransportError::Busy {
                    status: answer.status,
                    retry_after: retry::retry_after(answer.headers(), Timestamp::now()),
                    answer: answer.text,
                    attempts: attempts.made,
                },
                Err(error) => error,
            };
            if !error.is_transient() {
                return Err(error);
            }
            let Some(wait) = attempts.wait(error.retry_after()) else {
                if let Some(connection) = connection {
                    self.unreachable.note_failure(connection, &error, Instant::now());
                }
                return Err(error);
            };
            events::log_retry(&request.url, wait, attempts.made + 1, &self.secrets);
            let _waiting = self.waits.start(&request.url);
            tokio::time::sleep(wait).await;
        }
    }

    /// One attempt, within the time for all of them. `connection` is set to the one that was used last.
    async fn attempt(
        &self,
        request: &HttpRequest<'_>,
        attempts: &Attempts,
        connection: &mut Option<Connection>,
    ) -> Result<HttpResponse, TransportError> {
        let exchange = self.exchange(request, attempts.made, connection);
        let (Some(time), Some(end)) = (request.profile.time, attempts.end()) else { return exchange.await };
        let started = Instant::now();
        let Ok(answer) = timeout_at(end.into(), exchange).await else {
            let failure = ConnectionFailure::NoAnswer;
            let cause = format!("no complete answer within {time:?}");
            let (method, url, attempt) = (request.method.as_str(), &request.url, attempts.made);
            let ended = FinishedRequest { method, url, attempt, time: started.elapsed(), bytes: 0 };
            ended.log_failure(&cause, &self.secrets);
            let causes = Causes::from_message(cause);
            return Err(TransportError::unreachable(failure, causes, attempts.made));
        };
        answer
    }

    async fn exchange(
        &self,
        request: &HttpRequest<'_>,
        number: u32,
        connection: &mut Option<Connection>,
    ) -> Result<HttpResponse, TransportError> {
        let mut url = request.url.clone();
        let mut cross_origin = false;
        let mut redirects = 0;
        loop {
            let _waiting = self.waits.start(&url);
            let slots = self.slots.of(&url, &self.limits);
            let slot = slots.take().await;
            let to = Connection::to(&url, request.may_send_login && !cross_origin);
            // The connection may have failed while this request waited.
            if let Some(error) = self.unreachable.error(&to, Instant::now()) {
                events::log_repeated_failure(&url, &error, &self.secrets);
                return Err(error);
            }
            *connection = Some(to.clone());
            let (attempt, response) = self.send(request, url, number, cross_origin).await?;
            self.unreachable.note_response(&to);
            slots.note_version(response.version());
            let status = response.status().as_u16();
            let leads = request.profile.redirects != Redirects::Never && redirect::is_redirect(status);
            let location = response.headers().get(LOCATION).filter(|_| leads);
            let Some(location) = location.cloned() else {
                let answer = self.read_response(&attempt, response).await;
                self.log_result(&attempt, answer.as_ref().map(|_| status));
                return answer;
            };
            if response.content_length().is_some_and(|length| length <= REDIRECT_BODY) {
                self.drain(&attempt, response).await?;
            }
            self.log_result(&attempt, Ok(status));
            redirects += 1;
            if redirects > self.limits.redirects {
                return Err(TransportError::Limit(Exceeded::new(
                    "number of redirects",
                    self.limits.redirects,
                    "redirects",
                )));
            }
            let next = redirect::follow(request, &attempt.url, status, &location).map_err(|cause| {
                TransportError::Redirect { status, cause: self.secrets.redact(&cause).into_owned() }
            })?;
            events::log_redirect(&attempt.url, &next, &self.secrets);
            // `Authorization` is not sent again, even if a later redirect leads back to the first origin.
            cross_origin |= next.origin() != request.url.origin();
            drop(slot);
            url = next;
        }
    }

    /// Sends one request, and waits for the head of the response.
    async fn send<'a>(
        &self,
        request: &'a HttpRequest<'a>,
        url: Url,
        number: u32,
        cross_origin: bool,
    ) -> Result<(Attempt<'a>, Response), TransportError> {
        let upload_time =
            request.payload.as_ref().map_or(Duration::ZERO, |payload| self.upload_time(payload));
        let long_upload = upload_time > self.limits.read_timeout;
        let client =
            self.clients.of(&url, request.may_send_login && !cross_origin, long_upload, &self.limits);
        let client = client.map_err(|error| {
            let causes = self.causes(&error.without_url());
            events::log_unusable_settings(&causes);
            let failure = ConnectionFailure::Settings { cause: causes.innermost().to_owned() };
            TransportError::unreachable(failure, causes, 0)
        })?;
        let mut builder = client
            .request(request.method.clone(), url.clone())
            .header(ACCEPT, request.accept)
            .header(ACCEPT_ENCODING, "identity");
        if let Some(authorization) = request.authorization.filter(|_| !cross_origin) {
            builder = builder.header(AUTHORIZATION, authorization.header.clone());
        }
        if let Some(tag) = &request.if_none_match {
            builder = builder.header(IF_NONE_MATCH, tag.clone());
        }
        let kept = request.sink.map_or(0, BodySink::length);
        if kept > 0 {
            builder = builder.header(RANGE, format!("bytes={kept}-"));
        }
        if let Some(Payload { media_type, bytes }) = &request.payload {
            // `reqwest` omits the length of an empty body, but some registries demand it.
            builder = builder
                .header(CONTENT_TYPE, media_type.clone())
                .header(CONTENT_LENGTH, bytes.len())
                .body(bytes.clone());
        }
        if long_upload {
            builder = builder.timeout(upload_time.saturating_add(self.limits.read_timeout));
        }
        self.requests.fetch_add(1, Ordering::Relaxed);
        let attempt =
            Attempt { request, url, number, started: Instant::now(), read: AtomicU64::new(0), cross_origin };
        match builder.send().await {
            Ok(response) => Ok((attempt, response)),
            Err(error) => {
                let error = self.connection_error(&attempt, error);
                self.log_result(&attempt, Err(&error));
                Err(error)
            }
        }
    }

    fn log_result(&self, attempt: &Attempt<'_>, outcome: Result<u16, &TransportError>) {
        match outcome {
            Ok(status) => attempt.finished().log_response(status, &self.secrets),
            Err(TransportError::Unreachable { causes, .. }) => {
                attempt.finished().log_failure(&causes.to_string(), &self.secrets);
            }
            Err(error) => attempt.finished().log_failure(&error.to_string(), &self.secrets),
        }
    }

    /// The error for a failed connection.
    pub(super) fn connection_error(&self, attempt: &Attempt<'_>, error: reqwest::Error) -> TransportError {
        let proxy = self.clients.proxy_of(&attempt.url);
        let error = error.without_url();
        let causes = self.causes(&error);
        if causes.contains(PROXY_LOGIN_REQUIRED) {
            return TransportError::Proxy {
                host: attempt.request.url.host_str().unwrap_or_default().to_owned(),
                logged_in: proxy_logins::is_configured(),
            };
        }
        let failure = ConnectionFailure::classify(&error, &causes, proxy);
        TransportError::unreachable(failure, causes, attempt.number)
    }

    /// The error for a response that was too slow.
    pub(super) fn too_slow(&self, attempt: &Attempt<'_>, cause: &str) -> TransportError {
        let failure = ConnectionFailure::TooSlow { cause: cause.to_owned() };
        let causes = Causes::from_message(failure.to_string());
        TransportError::unreachable(failure, causes, attempt.number)
    }

    /// The causes of an error that has no URL: its query can hold a secret.
    fn causes(&self, error: &reqwest::Error) -> Causes {
        Causes::from_error(error).map(|cause| self.secrets.redact(&cause).into_owned())
    }

    async fn drain(&self, attempt: &Attempt<'_>, mut response: Response) -> Result<(), TransportError> {
        let mut rate = DownloadRate::new(&self.limits);
        while let Ok(Some(chunk)) = rate.next_chunk(&mut response).await {
            self.count(attempt, chunk.len())?;
        }
        Ok(())
    }

    /// Counts bytes against the budget of the reference for which they are read.
    pub(super) fn count(&self, attempt: &Attempt<'_>, length: usize) -> Result<(), TransportError> {
        attempt.read.fetch_add(size(length), Ordering::Relaxed);
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

    /// The time to upload the payload at the lowest accepted rate ([`Limits::upload_rate`]).
    fn upload_time(&self, payload: &Payload) -> Duration {
        Duration::from_secs(size(payload.bytes.len()) / self.limits.upload_rate.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Profile;
    use super::*;

    #[tokio::test]
    async fn the_time_limit_covers_all_attempts() {
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
        let error = transport.get(profile, &url, "*/*", 1).await.unwrap_err();
        assert_eq!(error.to_string(), "no answer in time");
        assert_eq!(transport.requests(), 1);
        silent.abort();
    }
}
