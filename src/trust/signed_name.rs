//! Signed names: the repository that a signature is for. A signed name comes from the signed payload only.

use std::fmt;

use crate::oci::reference::DHI;
use crate::oci::{Reference, Repository};

/// The path of the signed `docker-reference` without tag and digest, prefixed with `dhi/` if its host is `dhi.io`. So
/// every spelling of one hardened image gives one name: `dhi/python`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SignedName(String);

impl SignedName {
    /// Reads a `docker-reference`. `None` if it does not name a repository of a registry; that meets no requirement.
    pub(super) fn parse(docker_reference: &str) -> Option<Self> {
        let reference: Reference = docker_reference.parse().ok()?;
        match reference.repository {
            Repository::Remote(name) if name.host() == DHI => Some(Self(format!("dhi/{}", name.path()))),
            Repository::Remote(name) => Some(Self(name.path().to_owned())),
            Repository::Layout(_) | Repository::Archive(_) | Repository::Local(_) => None,
        }
    }

    /// The part before the first slash: `dhi`, or an organization. Empty if there is no slash.
    pub fn namespace(&self) -> &str {
        self.0.split_once('/').map_or("", |(namespace, _)| namespace)
    }

    /// The whole name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SignedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_hardened_image_gives_one_name() {
        for text in [
            "registry.scout.docker.com/dhi/python",
            "index.docker.io/dhi/python",
            "docker.io/dhi/python:3.13",
            "dhi.io/python",
            "dhi.io/python@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        ] {
            assert_eq!(SignedName::parse(text).unwrap().as_str(), "dhi/python", "{text}");
        }
        assert_eq!(SignedName::parse("docker.io/acme/dhi-python").unwrap().namespace(), "acme");
        assert_eq!(SignedName::parse("dhi.io/dhi/python").unwrap().as_str(), "dhi/dhi/python");
        assert_eq!(SignedName::parse(""), None);
        assert_eq!(SignedName::parse("oci:dhi/python"), None);
    }
}
