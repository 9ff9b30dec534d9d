//! Sources of a list that a registry withholds. What they would list is unknown, which is carried through cache and
//! evidence as a value, so that it never looks like an absence.

use serde::{Deserialize, Serialize};

use super::Error;

/// Why it is unknown what one of the sources of a list holds.
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
        /// Whether the registry gave something else of the repository.
        readable: bool,
    },
    /// An answer that is not JSON by its `Content-Type`.
    #[serde(rename_all = "camelCase")]
    NotJson {
        /// The source.
        what: String,
        /// Its media type, fit to be shown.
        media_type: String,
    },
}

impl Withheld {
    /// Any other failure is given back.
    pub(super) fn from_error(error: Error) -> Result<Self, Error> {
        match error {
            Error::Forbidden { host, what, answer, logged_in, readable } => {
                Ok(Self::Forbidden { host, what, answer, logged_in, readable })
            }
            Error::NotJson { what, media_type } => Ok(Self::NotJson { what, media_type }),
            error => Err(error),
        }
    }

    /// Of two sources of one list the refusal counts, whichever was asked first.
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
