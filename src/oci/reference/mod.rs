//! Image references: a repository of a registry, a layout directory or archive, or a local engine's image, and a tag,
//! name or digest in it.
//!
//! Grammar: `[SCHEME]NAME[:TAG][@DIGEST]`. Without a scheme, or with `registry://` or Helm's `oci://`, NAME is a
//! repository and is completed as Docker completes it (`python` is `docker.io/library/python`). `oci:DIR[:NAME]` and
//! `oci-dir://DIR[:NAME]` are image layout directories, `archive:FILE[:NAME]` and `oci-archive:FILE[:NAME]` tar archives
//! of them; NAME is a tag, or an image's whole name in `index.json`, such as `shop/web:latest`. `docker-daemon:NAME` is an
//! image of the local engine, by NAME or its image ID.
//!
//! Paths and names may both contain colons. A parsed reference ends the path at the first colon that is followed by a
//! name, as in skopeo and podman. [`Reference::readings`] returns all readings; the caller checks which path exists.

mod correction;
mod grammar;
mod login;
mod repository;
mod scheme;
mod url;
mod version;

pub use login::without_login;
pub use repository::{DHI, DOCKER_HUB, LocalName, RemoteName, Repository, SCOUT};
pub use version::{ImageName, Tag, Version};

use std::fmt;
use std::path::PathBuf;

use super::Digest;

/// A repository, and the version requested in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reference {
    /// The repository.
    pub repository: Repository,
    /// The tag, if one was written or implied.
    pub tag: Option<Tag>,
    /// The whole name of an image in a layout or archive, if one was written that is not a tag.
    pub name: Option<ImageName>,
    /// The digest, if one was written. It takes precedence: the tag is then only shown.
    pub digest: Option<Digest>,
}

impl Reference {
    /// The version to request: the digest if there is one, else the name, else the tag.
    pub fn version(&self) -> Version {
        match (&self.digest, &self.name, &self.tag) {
            (Some(digest), _, _) => Version::Digest(*digest),
            (None, Some(name), _) => Version::Name(name.clone()),
            (None, None, Some(tag)) => Version::Tag(tag.clone()),
            (None, None, None) => Version::Unnamed,
        }
    }

    /// All ways to split a reference to a layout or archive into path and name, the shortest path first. All are
    /// written in the same way.
    pub fn readings(&self) -> Vec<Self> {
        let (written, make) = match &self.repository {
            Repository::Remote(_) | Repository::Local(_) => return vec![self.clone()],
            Repository::Layout(path) => (path, Repository::Layout as fn(PathBuf) -> Repository),
            Repository::Archive(path) => (path, Repository::Archive as fn(PathBuf) -> Repository),
        };
        let mut text = written.display().to_string();
        let name = self.name.as_ref().map(ImageName::as_str).or(self.tag.as_ref().map(Tag::as_str));
        if let Some(name) = name {
            text = format!("{text}:{name}");
        }
        readings(&text, self.digest, make).collect()
    }
}

/// The ways to split `text` into path and name: at its colons from left to right, and last as a path alone.
pub(super) fn readings(
    text: &str,
    digest: Option<Digest>,
    make: fn(PathBuf) -> Repository,
) -> impl Iterator<Item = Reference> {
    let named = text.match_indices(':').filter_map(move |(at, _)| {
        let (path, name) = (text.get(..at)?, text.get(at + 1..)?);
        let (tag, name) = match name.parse::<Tag>() {
            Ok(tag) => (Some(tag), None),
            Err(_) => (None, Some(name.parse::<ImageName>().ok()?)),
        };
        let repository = make(PathBuf::from(path));
        (!path.is_empty()).then_some(Reference { repository, tag, name, digest })
    });
    let whole = make(PathBuf::from(text));
    named.chain([Reference { repository: whole, tag: None, name: None, digest }])
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.repository.fmt(f)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(name) = &self.name {
            write!(f, ":{name}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn a_layout_name_starts_at_the_first_colon() {
        let read = |text: &str| -> Vec<(String, Version)> {
            let reference: Reference = text.parse().unwrap();
            let readings = reference.readings();
            assert_eq!(readings[0], reference, "{text}");
            assert!(readings.iter().all(|reading| reading.to_string() == text), "{text}");
            let parts = |reading: &Reference| {
                (reading.repository.path().unwrap().display().to_string(), reading.version())
            };
            readings.iter().map(parts).collect()
        };
        let name = |text: &str| Version::Name(text.parse().unwrap());
        let tag = |text: &str| Version::Tag(text.parse().unwrap());
        let path = |text: &str| text.to_owned();
        assert_eq!(
            read("oci:all:shop/web:latest"),
            [
                (path("all"), name("shop/web:latest")),
                (path("all:shop/web"), tag("latest")),
                (path("all:shop/web:latest"), Version::Unnamed),
            ]
        );
        assert_eq!(read("archive:x.tar:1"), [(path("x.tar"), tag("1")), (path("x.tar:1"), Version::Unnamed)]);
        assert_eq!(read("oci:dir"), [(path("dir"), Version::Unnamed)]);
        assert_eq!(
            read("oci:a:docker.io/b/c@x"),
            [(path("a"), name("docker.io/b/c@x")), (path("a:docker.io/b/c@x"), Version::Unnamed)]
        );
        // What cannot be a name is part of the path.
        assert_eq!(read("oci:a: b:1"), [(path("a: b"), tag("1")), (path("a: b:1"), Version::Unnamed)]);
        let reference: Reference = format!("oci:all:shop/web:1@{DIGEST}").parse().unwrap();
        assert_eq!(reference.version(), Version::Digest(DIGEST.parse().unwrap()));
        assert!(reference.readings().iter().all(|reading| reading.digest == reference.digest));
    }
}
