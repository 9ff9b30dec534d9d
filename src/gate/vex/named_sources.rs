//! Sources by name: those that the caller trusts without a signature, and the order in which sources decide.
//!
//! A file has the name that the output shows, and belongs to the directory that the caller gave. A document of a VEX
//! repository belongs to the repository. The name of an attestation ends with its digest. The caller may leave the digest
//! out or give the whole one.
//! Invariant: a name means one attestation, or files alone, or one repository. A name that is that of no source is an
//! error: it may be misspelled, and the caller relies on it. So is a name of several attestations, or of a file and a
//! repository: others may have written one of them.

use std::path::{Component, Path, PathBuf};

use super::error::Error;
use crate::oci::Digest;
use crate::vex::{SourceKind, SourceTrust, SourcedDocument};

/// The documents of a run, with the paths and repositories that the caller gave.
pub(super) struct NamedSources<'a> {
    documents: Vec<(SourcedDocument, FoundBy)>,
    paths: &'a [PathBuf],
    repositories: &'a [String],
}

/// How a document was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum FoundBy {
    /// It is an attestation of the image or its base.
    Image,
    /// By this path of the caller.
    Path(PathBuf),
    /// In the VEX repository of this name.
    Repository(String),
}

impl<'a> NamedSources<'a> {
    pub(super) fn new(
        mut documents: Vec<(SourcedDocument, FoundBy)>,
        paths: &'a [PathBuf],
        repositories: &'a [String],
    ) -> Self {
        let names: Vec<(String, Option<Digest>)> = documents
            .iter()
            .map(|(document, _)| (document.source.name.clone(), attestation(document)))
            .collect();
        for (document, _) in &mut documents {
            let Some(digest) = attestation(document) else { continue };
            let is_other = |(name, other): &(String, Option<Digest>)| {
                *name == document.source.name && *other != Some(digest)
            };
            // Short digests can be made equal on purpose.
            if names.iter().any(is_other) {
                document.source.name = format!("{} {digest}", bare_name(document, digest));
            }
        }
        Self { documents, paths, repositories }
    }

    /// Trusts unsigned documents of these sources. A bad signature stays bad.
    pub(super) fn trust(&mut self, names: &[String]) {
        for (document, found) in &mut self.documents {
            let is_named = names.iter().any(|name| is_called(document, found, name));
            if is_named && matches!(document.source.trust, SourceTrust::Unverified) {
                document.source.trust = SourceTrust::TrustedByUser;
            }
        }
    }

    /// Sets the priority of each document: the position of its source among `names`. All others follow.
    pub(super) fn order(&mut self, names: &[String]) {
        for (document, found) in &mut self.documents {
            let position = names.iter().position(|name| is_called(document, found, name));
            document.source.priority = position.unwrap_or(names.len());
        }
    }

    /// Refuses names that are those of no source or of several. A document of a repository is not known before packages
    /// are looked up, so a name that begins with that of its repository is accepted.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownSource`], [`Error::AmbiguousSource`]
    pub(super) fn check(&self, names: &[String]) -> Result<(), Error> {
        let is_known = |name: &str| {
            self.paths.iter().any(|path| is_path(path, name))
                || self.is_of_repository(name)
                || self.documents.iter().any(|(document, found)| is_called(document, found, name))
        };
        for name in names {
            let called = self.documents.iter().filter(|(document, found)| is_called(document, found, name));
            let called: Vec<&(SourcedDocument, FoundBy)> = called.collect();
            let first = called.first().map(|(document, found)| kind(document, found));
            let is_file = self.paths.iter().any(|path| is_path(path, name));
            if self.is_of_repository(name) && (is_file || !called.is_empty())
                || called.iter().any(|(document, found)| Some(kind(document, found)) != first)
            {
                let sources = called.iter().map(|(document, _)| document.source.name.clone()).collect();
                return Err(Error::AmbiguousSource { named: name.clone(), sources });
            }
        }
        let Some(unknown) = names.iter().find(|name| !is_known(name)) else { return Ok(()) };
        let paths = self.paths.iter().map(|path| path.display().to_string());
        let sources = self.documents.iter().map(|(document, _)| document.source.name.clone());
        let mut known: Vec<String> = Vec::new();
        for name in paths.chain(self.repositories.iter().cloned()).chain(sources) {
            if !known.contains(&name) {
                known.push(name);
            }
        }
        Err(Error::UnknownSource { named: unknown.clone(), known })
    }

    /// Whether it is the name of a repository, or begins as that of a document in one.
    fn is_of_repository(&self, name: &str) -> bool {
        let mut rests =
            self.repositories.iter().filter_map(|repository| name.strip_prefix(repository.as_str()));
        rests.any(|rest| rest.is_empty() || rest.starts_with(": "))
    }

    pub(super) fn into_documents(self) -> Vec<SourcedDocument> {
        self.documents.into_iter().map(|(document, _)| document).collect()
    }
}

/// The attestation that a document was read from. `None`: it is from a file.
fn attestation(document: &SourcedDocument) -> Option<Digest> {
    match document.source.kind {
        SourceKind::Image { attestation } | SourceKind::Base { attestation } => Some(attestation),
        _ => None,
    }
}

/// The name of an attestation without its digest.
fn bare_name(document: &SourcedDocument, digest: Digest) -> &str {
    let name = document.source.name.as_str();
    let ends = [digest.short(), digest.to_string()];
    ends.iter().find_map(|end| name.strip_suffix(end.as_str())).map_or(name, str::trim_end)
}

/// What a name may mean once: an attestation, all files, or a repository.
fn kind<'a>(document: &SourcedDocument, found: &'a FoundBy) -> (Option<Digest>, Option<&'a str>) {
    let repository = match found {
        FoundBy::Repository(name) => Some(name.as_str()),
        FoundBy::Image | FoundBy::Path(_) => None,
    };
    (attestation(document), repository)
}

/// Whether a source has this name: its own, that without its digest, or that of the directory or repository that it was
/// found in.
fn is_called(document: &SourcedDocument, found: &FoundBy, name: &str) -> bool {
    if let Some(digest) = attestation(document) {
        let Some(rest) = name.strip_prefix(bare_name(document, digest)) else { return false };
        return rest.is_empty()
            || rest.strip_prefix(' ').is_some_and(|end| end == digest.short() || end.parse() == Ok(digest));
    }
    document.source.name == name
        || match found {
            FoundBy::Image => false,
            FoundBy::Path(given) => is_path(Path::new(&document.source.name), name) || is_path(given, name),
            FoundBy::Repository(repository) => repository == name,
        }
}

/// Whether `name` is this path as text: `./vex.json` is `vex.json`. `..` is not resolved, because behind a link it leads
/// to another directory.
fn is_path(path: &Path, name: &str) -> bool {
    let plain = |path: &Path| -> PathBuf {
        path.components().filter(|part| !matches!(part, Component::CurDir)).collect()
    };
    plain(path) == plain(Path::new(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_compared_without_its_dots() {
        for (path, name) in
            [("vex.json", "./vex.json"), ("./vex.json", "vex.json"), ("a/b", "./a/.//b/"), ("/a/b", "/a/./b")]
        {
            assert!(is_path(Path::new(path), name), "{path} {name}");
        }
        for (path, name) in
            [("vex.json", "a/../vex.json"), ("../a", "a"), ("a", "/a"), ("a/b", "b"), ("a", "A"), ("a", "")]
        {
            assert!(!is_path(Path::new(path), name), "{path} {name}");
        }
    }
}
