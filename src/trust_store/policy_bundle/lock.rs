//! The lock file, which pins bundles: `dhi-policies.lock`, JSON.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::error::BundleError;
use crate::oci::{Digest, json};
use crate::registry::{self, FileLock, LockDir};
use crate::trust_store::limits::POLICY_BUNDLE_LOCK;

/// The name of the lock file.
pub const LOCK_FILE: &str = "dhi-policies.lock";
/// The version of its format.
const VERSION: u32 = 1;

/// Pinned bundles.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BundleLock {
    path: String,
    entries: BTreeMap<String, LockEntry>,
}

/// What is pinned of one bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LockEntry {
    /// The bundle: a reference or a path, as it is written where it is used.
    bundle: String,
    /// The digest of the manifest, or of the archive. A directory has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// The digest of each file that has an effect.
    pub files: BTreeMap<String, Digest>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wire {
    schema_version: u32,
    bundles: Vec<LockEntry>,
}

/// The right to change a lock file. Dropping it lets other processes change it.
#[derive(Debug)]
pub struct LockChange {
    _held: FileLock,
}

impl LockChange {
    /// Waits until no other process of the user changes the lock file at `path`, at most `timeout`.
    ///
    /// # Errors
    ///
    /// [`BundleError::Lock`]
    pub async fn begin(path: &Path, timeout: Duration) -> Result<Self, BundleError> {
        // One name for all spellings of the path. The file itself may not exist yet.
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let whole = parent.canonicalize().unwrap_or_else(|_| parent.to_owned());
        let whole = whole.join(path.file_name().unwrap_or_default());
        let held = LockDir::default().lock(&format!("policies:{}", whole.display()), timeout).await;
        let held = held.map_err(|error| BundleError::Lock {
            path: path.display().to_string(),
            cause: match error {
                registry::Error::LockTimeout { cause, .. } => cause,
                other => other.to_string(),
            },
        })?;
        Ok(Self { _held: held })
    }
}

impl BundleLock {
    /// A lock file at `path` that pins nothing yet.
    pub fn empty(path: &str) -> Self {
        Self { path: path.to_owned(), entries: BTreeMap::new() }
    }

    /// Reads the lock file at `path`.
    ///
    /// # Errors
    ///
    /// [`BundleError::Lock`]
    pub fn parse(bytes: &[u8], path: &str) -> Result<Self, BundleError> {
        let unusable = |cause: String| BundleError::Lock { path: path.to_owned(), cause };
        if bytes.len() as u64 > POLICY_BUNDLE_LOCK {
            return Err(unusable(format!("it has more than {POLICY_BUNDLE_LOCK} bytes")));
        }
        let wire: Wire = json::parse(bytes, "it").map_err(|error| unusable(error.to_string()))?;
        if wire.schema_version != VERSION {
            return Err(unusable(format!(
                "it has version {}, and only {VERSION} is read",
                wire.schema_version
            )));
        }
        let mut lock = Self::empty(path);
        for entry in wire.bundles {
            if let Some(other) = lock.entries.insert(entry.bundle.clone(), entry) {
                return Err(unusable(format!("it has `{}` twice", other.bundle.escape_debug())));
            }
        }
        Ok(lock)
    }

    /// Its path.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is pinned of `bundle`.
    pub fn entry(&self, bundle: &str) -> Option<&LockEntry> {
        self.entries.get(bundle)
    }

    /// Pins `bundle`. Returns what was pinned before.
    pub fn pin(
        &mut self,
        bundle: &str,
        digest: Option<Digest>,
        files: BTreeMap<String, Digest>,
    ) -> Option<LockEntry> {
        self.entries.insert(bundle.to_owned(), LockEntry { bundle: bundle.to_owned(), digest, files })
    }

    /// The text of the file. Bundles and their files are sorted.
    pub fn to_json(&self) -> String {
        let wire = Wire { schema_version: VERSION, bundles: self.entries.values().cloned().collect() };
        let mut text = serde_json::to_string_pretty(&wire).unwrap_or_default();
        text.push('\n');
        text
    }
}

impl LockEntry {
    /// Checks the digest of the manifest or archive.
    ///
    /// # Errors
    ///
    /// [`BundleError::Changed`]
    pub fn check_digest(&self, found: Option<Digest>) -> Result<(), BundleError> {
        let text =
            |digest: Option<Digest>| digest.map_or_else(|| "a directory".to_owned(), |it| it.to_string());
        if self.digest == found {
            return Ok(());
        }
        Err(BundleError::Changed {
            bundle: self.bundle.clone(),
            what: "its digest is another".to_owned(),
            pinned: text(self.digest),
            found: text(found),
        })
    }

    /// Checks the digests of the files.
    ///
    /// # Errors
    ///
    /// [`BundleError::Changed`], with the first file that differs.
    pub fn check_files(&self, found: &BTreeMap<String, Digest>) -> Result<(), BundleError> {
        let mut paths = self.files.keys().chain(found.keys());
        let Some(path) = paths.find(|path| self.files.get(*path) != found.get(*path)) else { return Ok(()) };
        let text =
            |digest: Option<&Digest>| digest.map_or_else(|| "no such file".to_owned(), Digest::to_string);
        let what = match (self.files.get(path), found.get(path)) {
            (Some(_), None) => format!("`{path}` was removed"),
            (None, Some(_)) => format!("`{path}` was added"),
            _ => format!("`{path}` was changed"),
        };
        Err(BundleError::Changed {
            bundle: self.bundle.clone(),
            what,
            pinned: text(self.files.get(path)),
            found: text(found.get(path)),
        })
    }
}
