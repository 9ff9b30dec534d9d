//! Reads a lock.

use serde::Deserialize;
use serde_json::Value;

use super::check::check;
use super::error::Error;
use super::limits::LOCK_FILE;
use super::model::{Artifact, Key, Lock, LockedFile, PlatformLock, Substitution};
use super::{FORMAT, write};
use crate::limits::Exceeded;
use crate::oci::{self, Digest, json};

/// What every version of the format has.
#[derive(Deserialize)]
struct Versioned {
    #[serde(default)]
    format: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Document {
    #[serde(rename = "format")]
    _format: u64,
    definition: Digest,
    substitutions: Vec<Substitution>,
    keys: Vec<Key>,
    artifacts: Vec<Artifact>,
    files: Vec<LockedFile>,
    platforms: Vec<PlatformLock>,
}

/// Reads a lock file.
///
/// 1. Its size is bounded, and it is JSON without duplicate members.
/// 2. The format version is one that this program knows, before anything else is looked at.
/// 3. Every member is known, every digest well-formed, every entry there once.
///
/// Equal locks have equal bytes: `write(&read(bytes)?)` has the order and the layout that this program writes.
///
/// # Errors
///
/// [`Error`]
pub fn read(bytes: &[u8]) -> Result<Lock, Error> {
    if bytes.len() > LOCK_FILE {
        let measured = format!("a lock file of {} bytes", bytes.len());
        return Err(Exceeded::new(measured, LOCK_FILE, "bytes").into());
    }
    let versioned: Versioned = parse(bytes)?;
    match versioned.format {
        Some(format) if format.as_u64() == Some(FORMAT) => {}
        found => {
            let found = found.map_or_else(|| "none".to_owned(), |found| shortened(&found.to_string()));
            return Err(Error::Format { found });
        }
    }
    let document: Document = parse(bytes)?;
    let lock = Lock {
        definition: document.definition,
        substitutions: document.substitutions,
        keys: document.keys,
        artifacts: document.artifacts,
        files: document.files,
        platforms: document.platforms,
    };
    check(&lock)?;
    Ok(write::sorted(&lock))
}

fn parse<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Error> {
    json::parse(bytes, "lock file").map_err(|error| match error {
        oci::Error::Json { cause, .. } => Error::Json { cause },
        other => Error::Json { cause: other.to_string() },
    })
}

/// The beginning of a text that may be anything.
fn shortened(text: &str) -> String {
    text.chars().take(40).collect::<String>().escape_debug().to_string()
}
