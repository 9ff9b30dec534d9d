//! What fetched bytes must have.

use std::fmt;
use std::str::FromStr;

use super::source_url::is_commit;
use super::{InvalidValue, WebUrl};
use crate::oci::Digest;

/// What identifies the content of a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Checksum {
    /// `sha256:…`, the digest of the bytes.
    Digest(Digest),
    /// The commit of a Git repository.
    Commit(String),
    /// A checksum file at an address.
    File(WebUrl),
}

impl FromStr for Checksum {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        if text.contains("://") {
            return text.parse().map(Self::File);
        }
        if is_commit(text) {
            return Ok(Self::Commit(text.to_owned()));
        }
        text.parse().map(Self::Digest).map_err(|_| InvalidValue::Checksum(text.to_owned()))
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Digest(digest) => digest.fmt(f),
            Self::Commit(commit) => f.write_str(commit),
            Self::File(url) => url.fmt(f),
        }
    }
}
