//! Tags.

use std::fmt;
use std::str::FromStr;

use super::InvalidValue;
use crate::oci;

/// A tag of an image.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag(oci::Tag);

impl Tag {
    /// The tag for references.
    pub fn as_oci(&self) -> &oci::Tag {
        &self.0
    }
}

impl FromStr for Tag {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        text.parse().map(Self).map_err(|_| InvalidValue::Tag(text.to_owned()))
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
