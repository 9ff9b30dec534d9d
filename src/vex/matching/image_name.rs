//! Names of images: the repositories that a report or a statement names, in one spelling.

use crate::oci::Tag;
use crate::oci::reference::RemoteName;

/// The organization of hardened images on Docker Hub, and their registry: both have the same images.
const HARDENED_ON_HUB: (&str, &str) = ("docker.io/dhi/", "dhi.io/");

/// A repository, as written and in the one spelling that is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ImageName {
    written: String,
    repository: String,
}

impl ImageName {
    /// Reads a repository without tag and digest. Docker Hub has one spelling, and so have hardened images on it.
    pub(super) fn parse(written: &str) -> Option<Self> {
        let repository = RemoteName::parse(written).ok()?.to_string();
        let (on_hub, registry) = HARDENED_ON_HUB;
        let repository = match repository.strip_prefix(on_hub) {
            Some(name) => format!("{registry}{name}"),
            None => repository,
        };
        Some(Self { written: written.to_owned(), repository })
    }

    pub(super) fn written(&self) -> &str {
        &self.written
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.repository == other.repository
    }

    /// The last part of the path.
    pub(super) fn last(&self) -> &str {
        self.repository.rsplit('/').next().unwrap_or_default()
    }
}

/// An image reference in its parts, as far as they are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ImageText {
    pub(super) name: ImageName,
    pub(super) tag: Option<String>,
    pub(super) digest: Option<String>,
}

impl ImageText {
    /// Reads `NAME[:TAG][@DIGEST]`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) if is_digest(digest) => (name, Some(digest.to_ascii_lowercase())),
            Some(_) => return None,
            None => (text, None),
        };
        // A colon after the last slash begins a tag; before it, a port.
        let (name, tag) = match name.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
            _ => (name, None),
        };
        if tag.is_some_and(|tag| tag.parse::<Tag>().is_err()) {
            return None;
        }
        Some(Self { name: ImageName::parse(name)?, tag: tag.map(str::to_owned), digest })
    }
}

/// Whether it is built as `ALGORITHM:HEX`.
pub(super) fn is_digest(text: &str) -> bool {
    text.split_once(':').is_some_and(|(algorithm, hex)| {
        algorithm.starts_with("sha") && !hex.is_empty() && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}
