//! Image IDs of local engines.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use super::Error;
use super::hex::is_hex;

/// The algorithm prefix of an image ID. It is optional.
const SHA256: &str = "sha256:";
/// The number of digits: at least as many as `docker images` prints, since many words are shorter hex numbers.
const DIGITS: RangeInclusive<usize> = 12..=64;

/// The ID of an image of a local engine, or its first digits: 12 to 64 lower-case hex digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ImageId(String);

impl ImageId {
    /// The digits.
    pub fn hex(&self) -> &str {
        &self.0
    }

    /// Whether the text is meant as an ID: it is one, or has the prefix of one.
    pub(super) fn is_intended(text: &str) -> bool {
        text.starts_with(SHA256) || text.parse::<Self>().is_ok()
    }
}

impl FromStr for ImageId {
    type Err = Error;

    /// Reads `[sha256:]HEX`.
    fn from_str(text: &str) -> Result<Self, Error> {
        let hex = text.strip_prefix(SHA256).unwrap_or(text);
        if DIGITS.contains(&hex.len()) && is_hex(hex) {
            return Ok(Self(hex.to_owned()));
        }
        let cause = "an image ID has 12 to 64 lower-case hex digits".to_owned();
        Err(Error::Reference { text: text.to_owned(), cause, remedy: None })
    }
}

impl fmt::Display for ImageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SHA256}{}", self.0)
    }
}
