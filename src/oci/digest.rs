//! Content digests. A [`Digest`] is always well-formed.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest as hash;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Error, hex};

/// `sha256:HEX` or `sha512:HEX`, the two algorithms registered by the OCI image specification.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Digest {
    /// SHA-256, the usual algorithm.
    Sha256([u8; 32]),
    /// SHA-512.
    Sha512([u8; 64]),
}

impl Digest {
    /// The SHA-256 digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self::from_output(hash::digest(&hash::SHA256, bytes).as_ref())
    }

    /// Whether `bytes` have this digest.
    pub fn matches(&self, bytes: &[u8]) -> bool {
        self.rehash(bytes) == *self
    }

    /// The digest of `bytes` in this digest's algorithm.
    pub fn rehash(&self, bytes: &[u8]) -> Self {
        let algorithm = match self {
            Self::Sha256(_) => &hash::SHA256,
            Self::Sha512(_) => &hash::SHA512,
        };
        Self::from_output(hash::digest(algorithm, bytes).as_ref())
    }

    /// A hasher for this digest's algorithm, for bytes that arrive in pieces.
    pub fn hasher(&self) -> Hasher {
        Hasher(hash::Context::new(match self {
            Self::Sha256(_) => &hash::SHA256,
            Self::Sha512(_) => &hash::SHA512,
        }))
    }

    fn from_output(output: &[u8]) -> Self {
        if let Ok(bytes) = <[u8; 64]>::try_from(output) {
            Self::Sha512(bytes)
        } else {
            let mut bytes = [0; 32];
            bytes.copy_from_slice(output);
            Self::Sha256(bytes)
        }
    }

    /// `sha256` or `sha512`.
    pub fn algorithm(&self) -> &'static str {
        match self {
            Self::Sha256(_) => "sha256",
            Self::Sha512(_) => "sha512",
        }
    }

    /// The lower-case hex digits without the algorithm.
    pub fn hex(&self) -> String {
        let bytes: &[u8] = match self {
            Self::Sha256(bytes) => bytes,
            Self::Sha512(bytes) => bytes,
        };
        hex::encode(bytes)
    }

    /// `sha256:` and the first 12 hex digits, for tables.
    pub fn short(&self) -> String {
        format!("{}:{}", self.algorithm(), self.hex().get(..12).unwrap_or_default())
    }

    /// The tag under which referrers are listed where a registry has no referrers API
    /// (distribution specification 1.1, "referrers tag schema").
    pub fn fallback_tag(&self) -> String {
        let hex = self.hex();
        format!("{}-{}", self.algorithm(), hex.get(..64).unwrap_or(&hex))
    }
}

/// Computes a digest of bytes that arrive in pieces.
#[derive(Clone)]
pub struct Hasher(hash::Context);

impl Hasher {
    /// A hasher for SHA-256.
    pub fn sha256() -> Self {
        Self(hash::Context::new(&hash::SHA256))
    }

    /// Adds the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all bytes.
    pub fn finish(self) -> Digest {
        Digest::from_output(self.0.finish().as_ref())
    }
}

impl FromStr for Digest {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = || Error::Digest(text.to_owned());
        let (algorithm, digits) = text.split_once(':').ok_or_else(wrong)?;
        match algorithm {
            "sha256" => hex::decode(digits).map(Self::Sha256),
            "sha512" => hex::decode(digits).map(Self::Sha512),
            _ => None,
        }
        .ok_or_else(wrong)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.algorithm(), self.hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn parsing_and_hashing_give_the_same_digest() {
        assert_eq!(Digest::of(b"").to_string(), EMPTY);
        assert_eq!(EMPTY.parse::<Digest>().unwrap(), Digest::of(b""));
        assert!(Digest::of(b"").matches(b""));
        assert!(!Digest::of(b"").matches(b" "));
    }

    #[test]
    fn only_lower_case_hex_of_the_right_length_is_a_digest() {
        for text in [
            "",
            "sha256",
            "sha256:",
            "sha256:00",
            "md5:d41d8cd98f00b204e9800998ecf8427e",
            &EMPTY.to_uppercase(),
            &format!("{EMPTY}0"),
            &format!("{EMPTY}/.."),
            "sha256:../../../../etc/passwd0000000000000000000000000000000000000000000",
        ] {
            assert_eq!(text.parse::<Digest>(), Err(Error::Digest(text.to_owned())), "{text}");
        }
    }

    #[test]
    fn sha512_is_read_and_hashed_in_its_own_algorithm() {
        let text = format!("sha512:{}", "0".repeat(128));
        let digest: Digest = text.parse().unwrap();
        assert_eq!(digest.to_string(), text);
        assert!(digest.rehash(b"").matches(b""));
    }
}
