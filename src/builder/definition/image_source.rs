//! Images that a definition copies from or runs in.

use std::fmt;
use std::str::FromStr;

use super::InvalidValue;
use crate::oci::reference::RemoteName;
use crate::oci::{Reference, Repository};

/// A reference to an image in a registry.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ImageSource {
    reference: Reference,
    repository: RemoteName,
}

impl ImageSource {
    /// The reference.
    pub fn reference(&self) -> &Reference {
        &self.reference
    }

    /// The repository.
    pub fn repository(&self) -> &RemoteName {
        &self.repository
    }
}

impl FromStr for ImageSource {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let reference: Reference = text.parse().map_err(InvalidValue::Image)?;
        match &reference.repository {
            Repository::Remote(name) => Ok(Self { repository: name.clone(), reference }),
            _ => Err(InvalidValue::NotRemote(text.to_owned())),
        }
    }
}

impl fmt::Display for ImageSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reference.fmt(f)
    }
}
