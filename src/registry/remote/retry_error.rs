//! What the transport could not do, as a registry's error: here it is known what was asked for.

use std::time::Duration;

use crate::registry::Error;
use crate::registry::transport::{Fault, too_long};

/// Why there is no answer to the end of all attempts.
#[derive(Debug)]
pub(super) enum RetryError {
    /// Further attempts may help, after the wait that the server asks for.
    Passing { error: Error, asked: Option<Duration> },
    /// Nothing helps.
    Final(Error),
}

impl RetryError {
    /// `host` is the registry as it was written, `what` the object.
    pub(super) fn of(fault: Fault, host: &str, what: &str) -> Self {
        let (passing, asked) = (fault.is_passing(), fault.retry_after());
        let error = error_of(fault, host, what);
        if passing { Self::Passing { error, asked } } else { Self::Final(error) }
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
            RetryError::Passing { error, .. } | RetryError::Final(error) => error,
        }
    }
}

fn error_of(fault: Fault, host: &str, what: &str) -> Error {
    let (host, what) = (host.to_owned(), what.to_owned());
    match fault {
        Fault::Unreachable { obstacle, causes, attempts } => {
            Error::Unreachable { host, what, obstacle, cause: causes.to_string(), attempts }
        }
        Fault::Settings { obstacle, causes } => {
            Error::Unreachable { host, what, obstacle, cause: causes.to_string(), attempts: 0 }
        }
        Fault::Busy { status: 429, retry_after, attempts, .. } => {
            Error::RateLimited { host, what, retry_after, attempts }
        }
        Fault::Busy { status, answer, attempts, .. } => {
            Error::Server { host, what, status, answer, attempts }
        }
        Fault::Redirect { status, cause } => Error::Server { host, what, status, answer: cause, attempts: 1 },
        Fault::Proxy { host, logged_in } => Error::Proxy { host, what, logged_in },
        Fault::Encoded { encoding } => Error::BadContent {
            what,
            cause: format!("the answer is encoded as `{encoding}`, which was not asked for"),
        },
        Fault::Size { expected, found } => Error::Size { what, expected, found },
        Fault::TooLong { bound, found } => Error::Limit { what, exceeded: too_long(bound, found) },
        Fault::Limit(exceeded) => Error::Limit { what, exceeded },
    }
}
