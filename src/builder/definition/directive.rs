//! The line `# syntax=…` that names the frontend of a definition.

use std::fmt;
use std::str::FromStr;

use super::keyword::keywords;
use super::{InvalidValue, Keyword};
use crate::oci::Digest;

/// The frontend: `[dhi.io/][dhi/]build:VERSION-DISTRIBUTION[-dev][@DIGEST]`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Directive {
    /// The text after `# syntax=`.
    pub text: String,
    /// The version of the format: 1 or 2.
    pub version: u32,
    /// The distribution whose tools the frontend has.
    pub family: Family,
    /// The version of the distribution: `13`, `3.23`.
    pub release: String,
    /// Whether it is a development version of the frontend.
    pub dev: bool,
    /// The digest, if it is pinned.
    pub digest: Option<Digest>,
}

keywords! {
    /// The distribution of a frontend.
    Family {
        /// Debian.
        Debian = "debian",
        /// Alpine Linux.
        Alpine = "alpine",
        /// Debian with the tools for charts.
        Helm = "helm",
    }
}

impl FromStr for Directive {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let invalid = |cause| InvalidValue::Directive { text: text.to_owned(), cause };
        let form = || invalid("expected `dhi.io/build:2-debian13` or another version and distribution");
        let rest = text.strip_prefix("dhi.io/").unwrap_or(text);
        let rest = rest.strip_prefix("dhi/").unwrap_or(rest);
        let rest = rest.strip_prefix("build:").ok_or_else(form)?;
        let (tag, digest) = match rest.split_once('@') {
            Some((tag, digest)) => {
                (tag, Some(digest.parse().map_err(|_| invalid("the digest is not well-formed"))?))
            }
            None => (rest, None),
        };
        let (version, distribution) = tag.split_once('-').ok_or_else(form)?;
        let version: u32 = version.parse().map_err(|_| form())?;
        if !(1..=2).contains(&version) {
            return Err(invalid("the versions of the format are 1 and 2"));
        }
        let (distribution, dev) = match distribution.strip_suffix("-dev") {
            Some(distribution) => (distribution, true),
            None => (distribution, false),
        };
        let start = distribution.find(|c: char| c.is_ascii_digit()).unwrap_or(distribution.len());
        let (family, release) = distribution.split_at(start);
        let family = Family::find(family)
            .ok_or_else(|| invalid("the distributions are `debian`, `alpine` and `helm`"))?;
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|digit| digit.is_ascii_digit());
        if !release.split('.').all(is_number) {
            return Err(invalid("the distribution has no version, such as `debian13`"));
        }
        let release = release.to_owned();
        Ok(Self { text: text.to_owned(), version, family, release, dev, digest })
    }
}

impl fmt::Display for Directive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "# syntax={}", self.text)
    }
}
