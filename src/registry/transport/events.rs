//! Log events of requests: method, URL without query and login, status or cause, time and bytes.
//!
//! Events never contain headers, bodies or known secrets.

use std::time::Duration;

use reqwest::Url;

use super::TransportError;
use crate::diagnostic::Causes;
use crate::registry::Secrets;
use crate::registry::urls::DisplayUrl;

/// The target of these events.
const HTTP: &str = "dhi::http";

/// A finished request, to be logged.
pub(super) struct FinishedRequest<'a> {
    pub(super) method: &'a str,
    pub(super) url: &'a Url,
    /// 1 for the first.
    pub(super) attempt: u32,
    /// Time from the request to the last byte of the response.
    pub(super) time: Duration,
    /// Bytes of the response's body that were read.
    pub(super) bytes: u64,
}

impl FinishedRequest<'_> {
    /// Logs a response with this status.
    pub(super) fn log_response(&self, status: u16, secrets: &Secrets) {
        let Self { method, url, attempt, time, bytes } = self;
        tracing::info!(
            target: HTTP,
            method,
            url = &*secrets.redact(&DisplayUrl(url).to_string()),
            status,
            ms = milliseconds(*time),
            bytes,
            attempt,
        );
    }

    /// Logs a request without a response.
    pub(super) fn log_failure(&self, cause: &str, secrets: &Secrets) {
        let Self { method, url, attempt, time, .. } = self;
        tracing::info!(
            target: HTTP,
            method,
            url = &*secrets.redact(&DisplayUrl(url).to_string()),
            ms = milliseconds(*time),
            attempt,
            cause,
        );
    }
}

/// Logs that a request is sent again after a wait.
pub(super) fn log_retry(url: &Url, wait: Duration, attempt: u32, secrets: &Secrets) {
    tracing::debug!(
        target: HTTP,
        url = &*secrets.redact(&DisplayUrl(url).to_string()),
        attempt,
        ms = milliseconds(wait),
        "retry after a wait",
    );
}

/// Logs that a request is not sent, because no connection to its host could be made a moment ago.
pub(super) fn log_repeated_failure(url: &Url, error: &TransportError, secrets: &Secrets) {
    tracing::info!(
        target: HTTP,
        url = &*secrets.redact(&DisplayUrl(url).to_string()),
        cause = %error,
        "not requested again",
    );
}

/// Logs that a redirect is followed.
pub(super) fn log_redirect(from: &Url, to: &Url, secrets: &Secrets) {
    tracing::debug!(
        target: HTTP,
        from = &*secrets.redact(&DisplayUrl(from).to_string()),
        to = &*secrets.redact(&DisplayUrl(to).to_string()),
        "redirected",
    );
}

/// Logs that a client with new settings was built.
pub(super) fn log_new_client(this_machine: bool, client_certificate: bool) {
    tracing::debug!(
        target: HTTP,
        proxies = !this_machine,
        client_certificate = client_certificate,
        "new connections",
    );
}

/// Logs that the settings make every request fail.
pub(super) fn log_unusable_settings(causes: &Causes) {
    tracing::debug!(target: HTTP, cause = %causes, "no connection can be made");
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
