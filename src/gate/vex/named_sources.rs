//! Sources by name: those that the caller trusts without a signature, and the order in which sources decide.
//!
//! A file has the name that the output shows, and belongs to the directory that the caller gave. A name that is that of
//! no source is an error: it may be misspelled, and the caller relies on it.

use std::path::{Path, PathBuf};

use super::error::Error;
use crate::vex::{SourceTrust, SourcedDocument};

/// The documents of a run, with the paths that the caller gave.
pub(super) struct NamedSources<'a> {
    /// Each document, with the path by which its file was found.
    documents: Vec<(SourcedDocument, Option<PathBuf>)>,
    paths: &'a [PathBuf],
}

impl<'a> NamedSources<'a> {
    pub(super) fn new(documents: Vec<(SourcedDocument, Option<PathBuf>)>, paths: &'a [PathBuf]) -> Self {
        Self { documents, paths }
    }

    /// Trusts unsigned documents of these sources. A bad signature stays bad.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownSource`]
    pub(super) fn trust(&mut self, names: &[String]) -> Result<(), Error> {
        self.check(names)?;
        for (document, given) in &mut self.documents {
            let is_named = names.iter().any(|name| is_called(document, given.as_deref(), name));
            if is_named && matches!(document.source.trust, SourceTrust::Unverified) {
                document.source.trust = SourceTrust::TrustedByUser;
            }
        }
        Ok(())
    }

    /// Sets the priority of each document: the position of its source among `names`. All others follow.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownSource`]
    pub(super) fn order(&mut self, names: &[String]) -> Result<(), Error> {
        self.check(names)?;
        for (document, given) in &mut self.documents {
            let position = names.iter().position(|name| is_called(document, given.as_deref(), name));
            document.source.priority = position.unwrap_or(names.len());
        }
        Ok(())
    }

    fn check(&self, names: &[String]) -> Result<(), Error> {
        let is_known = |name: &str| {
            self.paths.iter().any(|path| path == Path::new(name))
                || self.documents.iter().any(|(document, given)| is_called(document, given.as_deref(), name))
        };
        let Some(unknown) = names.iter().find(|name| !is_known(name)) else { return Ok(()) };
        let paths = self.paths.iter().map(|path| path.display().to_string());
        let sources = self.documents.iter().map(|(document, _)| document.source.name.clone());
        let mut known: Vec<String> = Vec::new();
        for name in paths.chain(sources) {
            if !known.contains(&name) {
                known.push(name);
            }
        }
        Err(Error::UnknownSource { named: unknown.clone(), known })
    }

    pub(super) fn into_documents(self) -> Vec<SourcedDocument> {
        self.documents.into_iter().map(|(document, _)| document).collect()
    }
}

/// Whether a source has this name: its own, or that of the directory that it was found in.
fn is_called(document: &SourcedDocument, given: Option<&Path>, name: &str) -> bool {
    let is_file = given.is_some();
    document.source.name == name
        || is_file && Path::new(&document.source.name) == Path::new(name)
        || given.is_some_and(|given| given == Path::new(name))
}
