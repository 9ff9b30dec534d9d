//! Substitutions: public repositories and packages in place of gated ones, so that others can build a definition too.
//!
//! A substitution file is YAML:
//!
//! ```yaml
//! repositories:
//!   # Every repository whose line has this address, or one below it, is left out, with its keys.
//!   http://dhi.io/deb/: null
//!   # Or its packages come from another one.
//!   https://dhi.io/apk/alpine/v3.23/main: https://alpine.example/v3.23/main
//! packages:
//!   ca-certificates-bundle: ca-certificates
//!   "*-oci-config": null
//! ```
//!
//! Invariant: a rule that was applied is in the result, so that a lock and a provenance can name it. A substitution is
//! never silent.

mod error;
pub mod limits;
mod reader;
#[cfg(test)]
mod tests;

pub use error::{Invalid, SubstitutionError};

use crate::builder::definition::{PackageRequest, RepositoryLine};
use crate::oci::Digest;

/// The rules of a substitution file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Substitutions {
    /// Addresses, and the line of the repository that replaces those below it.
    repositories: Vec<(String, Option<RepositoryLine>)>,
    /// Names, and the name that replaces each.
    packages: Vec<(NamePattern, Option<String>)>,
    /// The digest of the file.
    digest: Option<Digest>,
}

/// A name, in which `*` at the beginning or the end stands for any text.
#[derive(Clone, Debug, PartialEq, Eq)]
struct NamePattern(String);

/// A rule that was applied.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Applied {
    /// What kind of thing was replaced.
    pub kind: AppliedKind,
    /// The entry of the definition.
    pub from: String,
    /// The replacement. `None`: it was left out.
    pub to: Option<String>,
}

/// What a rule replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AppliedKind {
    /// A repository.
    Repository,
    /// A requested package.
    Package,
}

/// What is used in place of an entry of a definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Substitute<T> {
    /// The entry itself: no rule names it.
    Same,
    /// Something else.
    Other(T),
    /// Nothing.
    Nothing,
}

impl Substitutions {
    /// The digest of the file. `None` if there is none.
    pub fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// What is used in place of a repository. The longest address that fits decides.
    pub fn repository(&self, line: &RepositoryLine) -> Substitute<RepositoryLine> {
        let address = with_slash(line.url().as_str());
        let fitting = self.repositories.iter().filter(|(prefix, _)| address.starts_with(&with_slash(prefix)));
        match fitting.max_by_key(|(prefix, _)| prefix.len()) {
            None => Substitute::Same,
            Some((_, None)) => Substitute::Nothing,
            Some((_, Some(other))) => Substitute::Other(other.clone()),
        }
    }

    /// What is used in place of a requested package. A rule with the whole name precedes patterns. A version that the
    /// request pins is that of the package which is replaced, so it is left out.
    pub fn package(&self, request: &PackageRequest) -> Substitute<PackageRequest> {
        if request.is_excluded() {
            return Substitute::Same;
        }
        let exact = self.packages.iter().find(|(pattern, _)| pattern.0 == request.name);
        let rule = exact.or_else(|| self.packages.iter().find(|(pattern, _)| pattern.fits(&request.name)));
        match rule {
            None => Substitute::Same,
            Some((_, None)) => Substitute::Nothing,
            Some((_, Some(name))) => Substitute::Other(PackageRequest {
                name: name.clone(),
                kind: crate::builder::definition::PackageRequestKind::Any,
            }),
        }
    }
}

impl NamePattern {
    fn fits(&self, name: &str) -> bool {
        match (self.0.strip_prefix('*'), self.0.strip_suffix('*')) {
            (Some(end), _) => name.len() > end.len() && name.ends_with(end),
            (None, Some(start)) => name.len() > start.len() && name.starts_with(start),
            (None, None) => self.0 == name,
        }
    }
}

/// An address that ends in a slash, so that `…/debian` is not the beginning of `…/debian-security`.
fn with_slash(address: &str) -> String {
    format!("{}/", address.trim_end_matches('/'))
}
