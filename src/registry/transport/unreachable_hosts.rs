//! The hosts to which no connection could be made, so that requests do not wait for them again.
//!
//! Only a failure of the host itself counts ([`ConnectionFailure::is_of_host`](super::ConnectionFailure::is_of_host)),
//! after all attempts of a request. A response of any status ends it.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use reqwest::Url;

use super::TransportError;
use crate::registry::mutex::lock;

/// The errors of unreachable hosts, each for a time.
#[derive(Debug, Default)]
pub(super) struct UnreachableHosts {
    /// How long a host is not connected again. Zero: it always is.
    pause: Duration,
    errors: Mutex<HashMap<Connection, (Instant, TransportError)>>,
}

/// What decides whether a connection can be made. A client certificate can.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Connection {
    scheme: String,
    host: String,
    port: Option<u16>,
    may_send_login: bool,
}

impl Connection {
    pub(super) fn to(url: &Url, may_send_login: bool) -> Self {
        Self {
            scheme: url.scheme().to_owned(),
            host: url.host_str().unwrap_or_default().to_owned(),
            port: url.port_or_known_default(),
            may_send_login,
        }
    }
}

impl UnreachableHosts {
    pub(super) fn new(pause: Duration) -> Self {
        Self { pause, errors: Mutex::default() }
    }

    /// The error of the request that failed last, marked as repeated, if the pause is not over.
    pub(super) fn error(&self, connection: &Connection, now: Instant) -> Option<TransportError> {
        let mut errors = lock(&self.errors);
        let (failed, error) = errors.get(connection)?;
        if now.saturating_duration_since(*failed) < self.pause {
            return Some(error.repeated());
        }
        errors.remove(connection);
        None
    }

    /// Records the error after all attempts of a request, if the host is the cause.
    pub(super) fn note_failure(&self, connection: Connection, error: &TransportError, now: Instant) {
        if !self.pause.is_zero() && error.is_of_host() {
            lock(&self.errors).insert(connection, (now, error.clone()));
        }
    }

    /// Records that the host responded.
    pub(super) fn note_response(&self, connection: &Connection) {
        lock(&self.errors).remove(connection);
    }
}

#[cfg(test)]
mod tests {
    use super::super::ConnectionFailure;
    use super::*;
    use crate::diagnostic::Causes;

    const PAUSE: Duration = Duration::from_secs(10);

    fn failed(failure: ConnectionFailure) -> TransportError {
        TransportError::unreachable(failure, Causes::from_message("down"), 4)
    }

    fn to(url: &str) -> Connection {
        Connection::to(&url.parse().unwrap(), true)
    }

    #[test]
    fn the_error_is_repeated_until_the_pause_is_over() {
        let (hosts, now) = (UnreachableHosts::new(PAUSE), Instant::now());
        let error = failed(ConnectionFailure::Refused);
        hosts.note_failure(to("https://a.example/x"), &error, now);
        let almost = now + PAUSE - Duration::from_millis(1);
        let repeated = hosts.error(&to("https://a.example:443/y"), almost).unwrap();
        assert!(!repeated.is_transient() && repeated.to_string() == error.to_string());
        for other in ["https://b.example/", "http://a.example/", "https://a.example:444/"] {
            assert_eq!(hosts.error(&to(other), almost), None, "{other}");
        }
        let without_login = Connection::to(&"https://a.example/".parse().unwrap(), false);
        assert_eq!(hosts.error(&without_login, almost), None);
        assert_eq!(hosts.error(&to("https://a.example/x"), now + PAUSE), None);
    }

    #[test]
    fn a_response_ends_the_pause() {
        let (hosts, now) = (UnreachableHosts::new(PAUSE), Instant::now());
        hosts.note_failure(to("https://a.example/"), &failed(ConnectionFailure::NameNotFound), now);
        hosts.note_response(&to("https://a.example/"));
        assert_eq!(hosts.error(&to("https://a.example/"), now), None);
    }

    #[test]
    fn only_failures_of_the_host_count() {
        let (hosts, now) = (UnreachableHosts::new(PAUSE), Instant::now());
        let busy =
            TransportError::Busy { status: 503, answer: String::new(), retry_after: None, attempts: 4 };
        let proxy = TransportError::Proxy { host: "a.example".to_owned(), logged_in: false };
        let of_request = [ConnectionFailure::NoAnswer, ConnectionFailure::Broken].map(failed);
        for error in of_request.into_iter().chain([busy, proxy]) {
            hosts.note_failure(to("https://a.example/"), &error, now);
            assert_eq!(hosts.error(&to("https://a.example/"), now), None, "{error}");
        }
        let without_pause = UnreachableHosts::default();
        without_pause.note_failure(to("https://a.example/"), &failed(ConnectionFailure::Refused), now);
        assert_eq!(without_pause.error(&to("https://a.example/"), now), None);
    }
}
