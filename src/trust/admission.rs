//! A DHI key that is not embedded says who vouched for it, and when.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

use super::{Error, KeyId};

/// Who vouched for a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voucher {
    /// A DHI key that was active then.
    Key(KeyId),
    /// The user, who gave the fingerprint.
    Pin,
}

impl fmt::Display for Voucher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(id) => id.fmt(f),
            Self::Pin => f.write_str("pin"),
        }
    }
}

impl FromStr for Voucher {
    type Err = Error;

    /// Reads what [`fmt::Display`] writes.
    fn from_str(text: &str) -> Result<Self, Error> {
        if text == "pin" { Ok(Self::Pin) } else { text.parse().map(Self::Key) }
    }
}

/// How a key that is not embedded became a DHI key. Only [`Keyring::admit`](super::Keyring::admit) and the ring file of
/// the user make one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Admission {
    pub(super) by: Voucher,
    pub(super) at: Timestamp,
}

impl Admission {
    /// Who vouched for it.
    pub fn by(self) -> Voucher {
        self.by
    }

    /// When it was added.
    pub fn at(self) -> Timestamp {
        self.at
    }
}
