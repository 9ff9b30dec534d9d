//! How a DHI key that is not embedded became one: who endorsed it, and when it was added.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

use super::{Error, KeyId};

/// Who endorsed a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Endorser {
    /// A DHI key that was active when the key was added.
    Key(KeyId),
    /// The user, who gave the fingerprint.
    Pin,
}

impl fmt::Display for Endorser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(id) => id.fmt(f),
            Self::Pin => f.write_str("pin"),
        }
    }
}

impl FromStr for Endorser {
    type Err = Error;

    /// Reads what [`fmt::Display`] writes.
    fn from_str(text: &str) -> Result<Self, Error> {
        if text == "pin" { Ok(Self::Pin) } else { text.parse().map(Self::Key) }
    }
}

/// The endorsement of a DHI key that is not embedded. Only [`Keyring::endorse`](super::Keyring::endorse) and the user's
/// ring file make one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyEndorsement {
    pub(super) endorser: Endorser,
    pub(super) added: Timestamp,
}

impl KeyEndorsement {
    /// Who endorsed the key.
    pub fn endorser(self) -> Endorser {
        self.endorser
    }

    /// When it was added.
    pub fn added(self) -> Timestamp {
        self.added
    }
}
