//! Names of products.

use std::fmt;
use std::str::FromStr;

use crate::builder::definition::ImageSource;

/// The host of a repository that is named without one.
const HOST: &str = "registry.example.com";

/// The repository of a product, without tag and digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductName {
    repository: String,
}

/// A text that is no name of a product.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no name of a repository: expected `api` or `registry.example.com/team/api`, in lower case")]
pub struct InvalidName(String);

impl ProductName {
    /// The repository with its registry.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// The last part of the repository.
    pub fn last(&self) -> &str {
        self.repository.rsplit('/').next().unwrap_or_default()
    }

    /// Whether a definition with this name makes a package, unless it makes a chart.
    pub fn is_of_package(&self) -> bool {
        self.last().starts_with("pkg-")
    }

    /// The same with another last part.
    pub(super) fn with_last(&self, last: &str) -> Self {
        let directory = self.repository.strip_suffix(self.last()).unwrap_or_default();
        Self { repository: format!("{directory}{last}") }
    }
}

impl FromStr for ProductName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let invalid = || InvalidName(text.chars().take(128).collect());
        let repository = if text.contains('/') { text.to_owned() } else { format!("{HOST}/{text}") };
        let source: ImageSource = repository.parse().map_err(|_| invalid())?;
        // What is added by default shows that something is missing or too much: a tag, a digest.
        if source.reference().repository.to_string() != repository || repository.contains("://") {
            return Err(invalid());
        }
        let name = Self { repository };
        match name.last().starts_with(|first: char| first.is_ascii_alphanumeric()) {
            true => Ok(name),
            false => Err(invalid()),
        }
    }
}

impl fmt::Display for ProductName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.repository)
    }
}
