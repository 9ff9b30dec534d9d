//! Converts errors of the transport into errors of a registry, which name the requested object.

use std::time::Duration;

use crate::registry::Error;
use crate::registry::transport::{TransportError, too_long};

/// A failed request, with whether the caller may retry it.
#[derive(Debug)]
pub(super) enum RetryError {
    /// A later attempt may succeed, after the wait that the server requests.
    Transient { error: Error, retry_after: Option<Duration> },
    /// Further attempts do not help.
    Final(Error),
}

impl RetryError {
    /// `host` is the registry as the reference has it, `what` the requested object.
    pub(super) fn from_transport(error: TransportError, host: &str, what: &str) -> Self {
        let (is_transient, retry_after) = (error.is_transient(), error.retry_after());
        let error = registry_error(error, host, what);
        if is_transient { Self::Transient { error, retry_after } } else { Self::Final(error) }
    }
}

impl From<Error> for RetryError {
    fn from(error: Error) -> Self {
        Self::Final(error)
    }
}

impl From<RetryError> for Error {
    fn from(error: RetryError) -> Self {
        match error {
            RetryError::Transient { error, .. } | RetryError::Final(error) => error,
        }
    }
}

fn registry_error(error: TransportError, host: &str, what: &str) -> Error {
    let (host, what) = (host.to_owned(), what.to_owned());
    match error {
        TransportError::Unreachable { failure, attempts, .. } => {
            Error::Unreachable { host, what, failure, attempts }
        }
        TransportError::Busy { status: 429, retry_after, attempts, .. } => {
            Error::RateLimited { host, what, retry_after, attempts }
        }
        TransportError::Busy { status, answer, attempts, .. } => {
            Error::Server { host, what, status, answer, attempts }
        }
        TransportError::Redirect { status, cause } => {
            Error::Server { host, what, status, answer: cause, attempts: 1 }
        }
        TransportError::Proxy { host, logged_in } => Error::Proxy { host, what, logged_in },
        TransportError::Encoded { encoding } => Error::BadContent {
            what,
            cause: format!("the answer has the encoding `{encoding}`, which was not requested"),
        },
        TransportError::Part { .. } | TransportError::Sink { .. } => {
            Error::BadContent { what, cause: error.to_string() }
        }
        TransportError::Size { expected, found } => Error::Size { what, expected, found },
        TransportError::TooLong { bound, found } => Error::Limit { what, exceeded: too_long(bound, found) },
        TransportError::Limit(exceeded) => Error::Limit { what, exceeded },
    }
}
