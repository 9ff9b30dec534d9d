//! Sources of a list of referrers that a registry withholds.
//!
//! What such a source lists is unknown. The cache and the evidence carry this value, so that a withheld list is never
//! taken for an empty one.

use serde::{Deserialize, Serialize};

use super::Error;

/// Why the content of a source is unknown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Withheld {
    /// HTTP 403.
    #[serde(rename_all = "camelCase")]
    Forbidden {
        /// The registry.
        host: String,
        /// The source.
        what: String,
        /// The answer's status and message, secrets removed.
        answer: String,
        /// Whether credentials were sent.
        logged_in: bool,
        /// Whether another object of the repository was read in this run.
        readable: bool,
    },
    /// A response that is not JSON by its `Content-Type`.
    #[serde(rename_all = "camelCase")]
    NotJson {
        /// The source.
        what: String,
        /// Its media type, made safe to display.
        media_type: String,
    },
}

impl Withheld {
    /// Converts a refusal. Any other error is returned unchanged as the error.
    pub(super) fn from_error(error: Error) -> Result<Self, Error> {
        match error {
            Error::Forbidden { host, what, answer, logged_in, readable } => {
                Ok(Self::Forbidden { host, what, answer, logged_in, readable })
            }
            Error::NotJson { what, media_type } => Ok(Self::NotJson { what, media_type }),
            error => Err(error),
        }
    }

    /// Combines the results of two sources of one list: a refusal takes precedence, in either order.
    pub(super) fn prefer_refusal(self, other: Option<Self>) -> Self {
        match (&self, other) {
            (Self::NotJson { .. }, Some(other @ Self::Forbidden { .. })) => other,
            _ => self,
        }
    }
}

impl From<Withheld> for Error {
    fn from(withheld: Withheld) -> Self {
        match withheld {
            Withheld::Forbidden { host, what, answer, logged_in, readable } => {
                Self::Forbidden { host, what, answer, logged_in, readable }
            }
            Withheld::NotJson { what, media_type } => Self::NotJson { what, media_type },
        }
    }
}
