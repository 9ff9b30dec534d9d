//! The addresses of VEX repositories, and where their manifest is.

use std::fmt;
use std::path::Path;

use super::error::RepositoryError;
use crate::registry::is_loopback;
use crate::registry::urls::{self, Url};

/// The name of the manifest.
pub(super) const MANIFEST: &str = "vex-repository.json";

/// The address of a repository, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryUrl {
    text: String,
    pub(super) kind: Kind,
}

/// How a repository is fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A manifest at this URL names archives.
    Http {
        /// The address.
        site: Url,
        /// The manifest.
        manifest: Url,
    },
    /// A git repository, with manifest and index at its root.
    Git {
        /// What git is given.
        remote: Url,
    },
}

impl RepositoryUrl {
    /// Reads an address:
    ///
    /// * `https://github.com/OWNER/NAME`: the manifest is at the root of the default branch.
    /// * `https://…`: the manifest is at `.well-known/vex-repository.json` below it.
    /// * `git+https://…`, `https://….git`, `file://…` and directories: a git repository.
    ///
    /// Plain HTTP is only for this machine.
    ///
    /// # Errors
    ///
    /// [`RepositoryError::Url`]
    pub fn parse(text: &str) -> Result<Self, RepositoryError> {
        let wrong = |cause: &str| {
            Err(RepositoryError::Url { text: urls::display_url(text), cause: cause.to_owned() })
        };
        if urls::has_login(text) {
            return wrong("it must be given without the login in it");
        }
        let (bare, is_git) = match text.strip_prefix("git+").or_else(|| text.strip_prefix("git::")) {
            Some(bare) => (bare, true),
            None => (text, false),
        };
        if !urls::is_url(bare) {
            return Self::of_directory(text);
        }
        let Ok(url) = bare.parse::<Url>() else { return wrong("it is no URL") };
        if url.query().is_some() || url.fragment().is_some() {
            return wrong("it has a query or fragment");
        }
        let stored = |kind| Ok(Self { text: text.trim_end_matches('/').to_owned(), kind });
        match url.scheme() {
            "file" if url.host_str().is_none_or(str::is_empty) => stored(Kind::Git { remote: url }),
            "http" if !url.host_str().is_some_and(is_loopback) => {
                wrong("plain HTTP is only for this machine; use https")
            }
            "http" | "https" if is_git || url.path().trim_end_matches('/').ends_with(".git") => {
                stored(Kind::Git { remote: url })
            }
            "http" | "https" => match manifest(&url) {
                Some(manifest) => stored(Kind::Http { site: url, manifest }),
                None => wrong("it has no path to which the name of the manifest can be added"),
            },
            "ssh" => wrong("git over SSH is not supported; use https with a token"),
            _ => wrong("expected https, `git+https`, `file` or a directory"),
        }
    }

    /// A directory with a git repository, stored by its whole path.
    fn of_directory(text: &str) -> Result<Self, RepositoryError> {
        let wrong = |cause: &str| RepositoryError::Url { text: text.to_owned(), cause: cause.to_owned() };
        let path = std::fs::canonicalize(Path::new(text))
            .map_err(|_| wrong("it is neither a URL nor a directory"))?;
        if !path.is_dir() {
            return Err(wrong("it is neither a URL nor a directory"));
        }
        // A work tree, a linked work tree, or a bare repository.
        let is_repository =
            path.join(".git").exists() || (path.join("HEAD").is_file() && path.join("objects").is_dir());
        if !is_repository {
            return Err(wrong("the directory is no git repository"));
        }
        let remote = Url::from_directory_path(&path).map_err(|()| wrong("the path cannot be a URL"))?;
        Ok(Self { text: remote.as_str().trim_end_matches('/').to_owned(), kind: Kind::Git { remote } })
    }

    /// The address. It has no secrets.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for RepositoryUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The URL of the manifest.
fn manifest(site: &Url) -> Option<Url> {
    let path = site.path().trim_end_matches('/');
    let is_repository = site.host_str() == Some("github.com") && path.matches('/').count() == 2;
    let mut url = site.clone();
    url.set_path(&if is_repository {
        // GitHub redirects to the host of raw files. `HEAD` is the default branch.
        format!("{path}/raw/HEAD/{MANIFEST}")
    } else {
        format!("{path}/.well-known/{MANIFEST}")
    });
    (!url.cannot_be_a_base()).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest_of(text: &str) -> String {
        match RepositoryUrl::parse(text).unwrap().kind {
            Kind::Http { manifest, .. } => manifest.to_string(),
            Kind::Git { remote } => format!("git {remote}"),
        }
    }

    #[test]
    fn the_manifest_is_at_one_of_two_places() {
        for (text, expected) in [
            ("https://github.com/acme/vex", "https://github.com/acme/vex/raw/HEAD/vex-repository.json"),
            ("https://github.com/acme/vex/", "https://github.com/acme/vex/raw/HEAD/vex-repository.json"),
            ("https://example.com", "https://example.com/.well-known/vex-repository.json"),
            ("https://example.com/a/b", "https://example.com/a/b/.well-known/vex-repository.json"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080/.well-known/vex-repository.json"),
            ("git+https://example.com/a", "git https://example.com/a"),
            ("git::https://example.com/a", "git https://example.com/a"),
            ("https://example.com/a.git", "git https://example.com/a.git"),
            ("file:///srv/vex", "git file:///srv/vex"),
        ] {
            assert_eq!(manifest_of(text), expected);
        }
        let scratch = tempfile::tempdir().unwrap();
        let refused = RepositoryUrl::parse(scratch.path().to_str().unwrap());
        assert!(
            matches!(refused, Err(RepositoryError::Url { cause, .. }) if cause.contains("no git repository"))
        );
        std::fs::create_dir(scratch.path().join(".git")).unwrap();
        let stored = RepositoryUrl::parse(scratch.path().to_str().unwrap()).unwrap();
        assert!(stored.as_str().starts_with("file:///"), "{stored}");
        // What is stored is read back as the same address.
        assert_eq!(RepositoryUrl::parse(stored.as_str()).unwrap().as_str(), stored.as_str());
    }

    #[test]
    fn other_addresses_are_refused() {
        for text in [
            "http://example.com",
            "https://me:hunter2@example.com",
            "https://hunter2@example.com",
            "https://example.com?token=hunter2",
            "https://example.com/#hunter2",
            "ssh://git@example.com/a",
            "ftp://example.com/a",
            "file://example.com/a",
            "ext::sh",
            "/no/such/directory",
            "git@example.com:a/b.git",
            "",
        ] {
            let error = RepositoryUrl::parse(text).unwrap_err();
            assert!(matches!(error, RepositoryError::Url { .. }), "{text}");
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }
}
