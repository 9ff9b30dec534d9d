//! Repositories: a repository of a registry, a layout, an archive, or an image of the local engine.
//!
//! The host and path of a [`RemoteName`] are always well-formed, and Docker Hub has one spelling in it: rules about
//! registries compare these names.

use std::fmt;
use std::path::{Path, PathBuf};

use super::scheme::{LOCAL_ENGINE, SCHEMES};
use crate::diagnostic::Remedy;
use crate::oci::limits::REPOSITORY_NAME;
use crate::oci::{Error, ImageId};

/// The host of Docker Hub in references.
pub const DOCKER_HUB: &str = "docker.io";
/// The registry of Docker Hardened Images.
pub const DHI: &str = "dhi.io";
/// The registry in which Docker stores attestations of images on Docker Hub.
pub const SCOUT: &str = "registry.scout.docker.com";

/// Where an image is stored.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Repository {
    /// A repository of a registry.
    Remote(RemoteName),
    /// An OCI image layout directory.
    Layout(PathBuf),
    /// A tar archive of an OCI image layout.
    Archive(PathBuf),
    /// An image of the local engine. An engine has no manifests, so the repository that it was pulled from is queried.
    Local(LocalName),
}

/// The name of an image of a local engine. A tag or digest is that of the reference.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum LocalName {
    /// The repository that it is tagged with, or was pulled from.
    Repository(RemoteName),
    /// Its ID, or the beginning of it.
    Id(ImageId),
}

/// Registry host and repository path, both well-formed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RemoteName {
    host: String,
    path: String,
}

impl Repository {
    /// The registry's host, for a remote repository.
    pub fn host(&self) -> Option<&str> {
        match self {
            Self::Remote(name) => Some(name.host()),
            Self::Layout(_) | Self::Archive(_) | Self::Local(_) => None,
        }
    }

    /// The directory of a layout, or the file of an archive.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Remote(_) | Self::Local(_) => None,
            Self::Layout(path) | Self::Archive(path) => Some(path),
        }
    }
}

impl RemoteName {
    /// Reads `HOST/PATH` or a Docker short name, without tag or digest.
    ///
    /// # Errors
    ///
    /// [`Error::Reference`] with the cause.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let wrong = |cause: &str, remedy: Option<Remedy>| Error::Reference {
            text: text.to_owned(),
            cause: cause.to_owned(),
            remedy,
        };
        let (host, path) = match text.split_once('/') {
            Some((first, rest)) if begins_with_host(text) => (first.to_ascii_lowercase(), rest.to_owned()),
            _ => (DOCKER_HUB.to_owned(), text.to_owned()),
        };
        // Rules depend on these names: another spelling of them must not count as another registry.
        let host = match host.strip_suffix(":443").unwrap_or(&host) {
            DOCKER_HUB | "index.docker.io" | "registry-1.docker.io" | "registry.hub.docker.com" => {
                DOCKER_HUB.to_owned()
            }
            known @ (DHI | SCOUT) => known.to_owned(),
            _ => host,
        };
        if !is_host(&host) {
            return Err(wrong(&format!("`{host}` is not a registry host"), None));
        }
        // When printed and parsed again, it would be read as a directory or file.
        if let Some(scheme) = SCHEMES.iter().find(|scheme| host.starts_with(**scheme)) {
            return Err(wrong(&format!("the name of a registry cannot begin with `{scheme}`"), None));
        }
        let path = if host == DOCKER_HUB && !path.contains('/') { format!("library/{path}") } else { path };
        if path.is_empty() || path == "library/" {
            return Err(wrong("the repository name is empty", None));
        }
        if path.bytes().any(|byte| byte.is_ascii_uppercase()) {
            let lower = text.to_ascii_lowercase();
            let remedy = Self::parse(&lower).is_ok().then_some(Remedy::Write { text: lower });
            return Err(wrong("repository names are lower case", remedy));
        }
        if let Some(bad) = path.split('/').find(|component| !is_component(component)) {
            return Err(wrong(&format!("`{bad}` cannot be part of a repository name"), None));
        }
        if host.len() + path.len() + 1 > REPOSITORY_NAME {
            return Err(wrong(&format!("the name is longer than {REPOSITORY_NAME} characters"), None));
        }
        Ok(Self { host, path })
    }

    /// The registry's host, with its port if one was written: `docker.io`, `localhost:5000`.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The repository's path on that host: `library/python`.
    pub fn path(&self) -> &str {
        &self.path
    }
}

/// Whether `name` begins with a registry host, by Docker's rule for hosts and namespaces.
pub(super) fn begins_with_host(name: &str) -> bool {
    name.split_once('/').is_some_and(|(first, _)| {
        first.contains(['.', ':']) || first == "localhost" || first.starts_with('[')
    })
}

fn is_host(text: &str) -> bool {
    let (name, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, rest)) => {
            if address.parse::<std::net::Ipv6Addr>().is_err() || !(rest.is_empty() || rest.starts_with(':')) {
                return false;
            }
            ("v6", rest.strip_prefix(':'))
        }
        None => match text.split_once(':') {
            Some((name, port)) => (name, Some(port)),
            None => (text, None),
        },
    };
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    // A port has one spelling: no sign and no leading zero.
    let is_port =
        |port: &str| port.starts_with(|c: char| matches!(c, '1'..='9')) && port.parse::<u16>().is_ok();
    name.split('.').all(label) && port.is_none_or(is_port)
}

fn is_component(text: &str) -> bool {
    let outer =
        |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    // Between letters and digits: one `.`, one or two `_`, or any number of `-` (the distribution reference grammar).
    let separators = text.split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    outer(text.bytes().next())
        && outer(text.bytes().last())
        && separators
            .into_iter()
            .all(|run| matches!(run, "" | "." | "_" | "__") || run.bytes().all(|byte| byte == b'-'))
}

impl fmt::Display for RemoteName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.host, self.path)
    }
}

impl fmt::Display for LocalName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Repository(name) => name.fmt(f),
            Self::Id(id) => id.fmt(f),
        }
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Remote(name) => name.fmt(f),
            Self::Layout(path) => write!(f, "oci:{}", path.display()),
            Self::Archive(path) => write!(f, "archive:{}", path.display()),
            Self::Local(name) => write!(f, "{LOCAL_ENGINE}{name}"),
        }
    }
}
