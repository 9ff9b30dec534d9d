//! A DHI key that is not embedded says who vouched for it, and when.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

use super::{Error, KeyId};

/// Who vouched for a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Endorser {
    /// A DHI key that was active then.
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

/// How a key that is not embedded became a DHI key. Only [`Keyring::admit`](super::Keyring::admit) and the ring file of
/// the user make one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyEndorsement {
    pub(super) by: Endorser,
    pub(super) at: Timestamp,
}

impl KeyEndorsement {
    /// Who vouched for it.
    pub fn by(self) -> Endorser {
        self.by
    }

    /// When it was added.
    pub fn at(self) -> Timestamp {
        self.at
    }
}
