//! Reads VEX files without their proofs, to check what is written in them.
//!
//! The documents are for `lint` alone: they count as if their user trusted them, and decide about no finding of a user.

use std::path::PathBuf;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};

use super::error::Error;
use super::files;
use super::max_age::refuse_if_old;
use super::passed_over::PassedOver;
use crate::vex::{LazyDigest, Source, SourceKind, SourceTrust, SourcedDocument, document};

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
        let documents = match document::read(&file.content, &format!("`{}`", file.name)) {
            Ok(documents) => documents,
            Err(error) => {
                passed_over.add(&file, error.into())?;
                continue;
            }
        };
        let documents = documents.into_iter().map(|document| {
            let source = Source {
                name: file.name.clone(),
                kind: SourceKind::File,
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
        unverified.push(UnverifiedFile { documents: documents.collect(), content: file.content });
    }
    unread.extend(passed_over.messages());
    Ok((unverified, unread))
}
