//! Reads VEX files without their proofs, to check what is written in them.
//!
//! The documents are for `lint` alone: they count as if their user trusted them, and decide about no finding of a user.

use std::path::PathBuf;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};

use super::error::Error;
use super::files::{self, VexFile};
use super::max_age::refuse_if_old;
use super::passed_over::PassedOver;
use super::problem::Effect;
use super::repository_files::{self, RepositoryFiles, RepositoryLookup};
use crate::diagnostic::Diagnostic;
use crate::vex::{LazyDigest, PackageUrl, Source, SourceKind, SourceTrust, SourcedDocument, document};

/// A VEX file whose proofs were not looked at.
#[derive(Clone, Debug)]
pub struct UnverifiedFile {
    /// Its content.
    pub content: Bytes,
    /// The documents in it, in their order.
    pub documents: Vec<SourcedDocument>,
}

/// Reads files, and in directories all files `*.json`, sorted. A document older than `max_age` is marked as too old. The
/// second list says what was not read, and why.
///
/// # Errors
///
/// [`Error::File`] if a path cannot be read, [`Error::Document`] if a named file is no VEX document, or one in a
/// directory cannot be read, [`Error::Exceeded`] if a limit is reached.
pub fn read_unverified(
    paths: &[PathBuf],
    max_age: Option<SignedDuration>,
    now: Timestamp,
) -> Result<(Vec<UnverifiedFile>, Vec<String>), Error> {
    let (files, unread) = files::read(paths)?;
    let mut unread: Vec<String> = unread.iter().map(ToString::to_string).collect();
    let mut passed_over = PassedOver::default();
    let mut unverified = Vec::new();
    for file in files {
        match unverified_file(&file, &SourceKind::File, max_age, now) {
            Ok(file) => unverified.push(file),
            Err(error) => passed_over.add(&file, error)?,
        }
    }
    unread.extend(passed_over.messages());
    Ok((unverified, unread))
}

/// As [`read_unverified`], for the documents that VEX repositories list for these packages. `None`: all.
///
/// # Errors
///
/// The diagnostic of a repository that cannot be read.
pub async fn read_unverified_repositories(
    lookup: &RepositoryLookup,
    packages: Option<&[PackageUrl]>,
    max_age: Option<SignedDuration>,
    now: Timestamp,
) -> Result<(Vec<UnverifiedFile>, Vec<String>), Diagnostic> {
    let RepositoryFiles { files, problems } = repository_files::read(lookup, packages).await;
    let mut unread = Vec::new();
    for problem in problems {
        match problem.effect {
            Effect::Incomplete => return Err(problem.diagnostic),
            // Only copies are read, so their age is what the user expects.
            Effect::None => {}
            Effect::NotUsed => unread.push(problem.diagnostic.message),
        }
    }
    let mut unverified = Vec::new();
    for (_, file) in files {
        match unverified_file(&file, &SourceKind::Repository, max_age, now) {
            Ok(file) => unverified.push(file),
            Err(error) => unread.push(error.to_string()),
        }
    }
    Ok((unverified, unread))
}

/// The documents in a file.
fn unverified_file(
    file: &VexFile,
    kind: &SourceKind,
    max_age: Option<SignedDuration>,
    now: Timestamp,
) -> Result<UnverifiedFile, Error> {
    let documents = document::read(&file.content, &format!("`{}`", file.name))?;
    let documents = documents.into_iter().map(|document| {
        let source = Source {
            name: file.name.clone(),
            kind: kind.clone(),
            digest: LazyDigest::of(file.content.clone()),
            trust: SourceTrust::TrustedByUser,
            priority: 0,
        };
        let mut sourced = SourcedDocument { source, document };
        if let Some(max_age) = max_age {
            refuse_if_old(&mut sourced, max_age, now);
        }
        sourced
    });
    Ok(UnverifiedFile { documents: documents.collect(), content: file.content.clone() })
}
