//! What the transport could not do, as a registry's error: here it is known what was asked for.

use std::time::Duration;

use crate::registry::Error;
use crate::registry::transport::{TransportError, too_long};

/// Why there is no answer to the end of all attempts.
#[derive(Debug)]
pub(super) enum RetryError {
    /// Further attempts may help, after the wait that the server asks for.
    Transient { error: Error, retry_after: Option<Duration> },
    /// Nothing helps.
    Final(Error),
}

impl RetryError {
    /// `host` is the registry as it was written, `what` the object.
    pub(super) fn from_transport(fault: TransportError, host: &str, what: &str) -> Self {
        let (passing, asked) = (fault.is_transient(), fault.retry_after());
        let error = registry_error(fault, host, what);
        if passing { Self::Transient { error, retry_after: asked } } else { Self::Final(error) }
    }
}

impl From<Error> for RetryError {
    fn from(error: Error) -> Self {
        Self::Final(error)
    }
}

impl From<RetryError> for Error {
    fn from(setback: RetryError) -> Self {
        match setback {
            RetryError::Transient { error, .. } | RetryError::Final(error) => error,
        }
    }
}

fn registry_error(fault: TransportError, host: &str, what: &str) -> Error {
    let (host, what) = (host.to_owned(), what.to_owned());
    match fault {
        TransportError::Unreachable { obstacle, causes, attempts } => {
            Error::Unreachable { host, what, obstacle, cause: causes.to_string(), attempts }
        }
        TransportError::Settings { obstacle, causes } => {
            Error::Unreachable { host, what, obstacle, cause: causes.to_string(), attempts: 0 }
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
            cause: format!("the answer is encoded as `{encoding}`, which was not contacted for"),
        },
        TransportError::Size { expected, found } => Error::Size { what, expected, found },
        TransportError::TooLong { bound, found } => Error::Limit { what, exceeded: too_long(bound, found) },
        TransportError::Limit(exceeded) => Error::Limit { what, exceeded },
    }
}
