//! Versions in a repository: a tag, the name of an image in a layout, or a digest.

use std::fmt;
use std::str::FromStr;

use crate::oci::limits::REPOSITORY_NAME;
use crate::oci::{Digest, Error};

/// The version that is requested from a repository.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Version {
    /// The image that the tag names now.
    Tag(Tag),
    /// The image of a layout or archive with this name.
    Name(ImageName),
    /// The content with this digest.
    Digest(Digest),
    /// No version was written: `latest`, or the only image of a layout without `latest`.
    Unnamed,
}

/// A well-formed tag.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag(String);

/// The whole name of an image in `index.json` of a layout, as tools write it: `shop/web:latest`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ImageName(String);

impl Tag {
    /// `latest`.
    pub fn latest() -> Self {
        Self("latest".to_owned())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Tag {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let mut bytes = text.bytes();
        let well_formed = bytes.next().is_some_and(|first| first.is_ascii_alphanumeric() || first == b'_')
            && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
            && text.len() <= 128;
        if well_formed {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::Reference { text: text.to_owned(), cause: "it is not a tag".to_owned(), remedy: None })
        }
    }
}

impl From<&Digest> for Tag {
    /// The tag of the referrers tag schema for this digest.
    fn from(digest: &Digest) -> Self {
        Self(digest.fallback_tag())
    }
}

impl ImageName {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ImageName {
    type Err = Error;

    /// Reads a name that the image specification allows in `org.opencontainers.image.ref.name`.
    fn from_str(text: &str) -> Result<Self, Error> {
        let mut bytes = text.bytes();
        let well_formed = bytes.next().is_some_and(|first| first.is_ascii_alphanumeric() || first == b'_')
            && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"_.-:/@+".contains(&byte))
            && text.bytes().last().is_some_and(|last| last.is_ascii_alphanumeric() || b"_-".contains(&last))
            && text.len() <= 2 * REPOSITORY_NAME;
        if well_formed {
            Ok(Self(text.to_owned()))
        } else {
            let cause = "it is not the name of an image".to_owned();
            Err(Error::Reference { text: text.to_owned(), cause, remedy: None })
        }
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for ImageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tag(tag) => tag.fmt(f),
            Self::Name(name) => name.fmt(f),
            Self::Digest(digest) => digest.fmt(f),
            Self::Unnamed => Tag::latest().fmt(f),
        }
    }
}
