//! The content of a bundle: its policies, the settings for all of them, and the manifest of OPA.
//!
//! What has no effect (texts, tests of policies) is left out and listed.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::error::ContentError;
use super::opa_manifest::OpaManifest;
use super::settings;
use crate::limits::Exceeded;
use crate::oci::Digest;
use crate::trust_store::limits::{
    POLICY_BUNDLE_CONTENT, POLICY_BUNDLE_FILE, POLICY_BUNDLE_FILES, POLICY_BUNDLE_PATH,
    POLICY_BUNDLE_PATH_PARTS,
};

/// The end of the names of policies.
const POLICY: &str = ".rego";
/// The end of the names of tests of policies, which OPA runs and which decide nothing.
const TEST: &str = "_test.rego";
/// The manifest of an OPA bundle.
pub(super) const OPA_MANIFEST: &str = ".manifest";
/// The settings: `{"config": {…}}`.
pub(super) const DATA: &str = "data.json";

/// A bundle of policies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyBundle {
    files: BTreeMap<String, String>,
    config: Option<Map<String, Value>>,
    revision: Option<String>,
    left_out: Vec<String>,
}

/// A file of a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PolicyFile<'a> {
    /// Its path in the bundle.
    pub path: &'a str,
    /// Its text.
    pub text: &'a str,
}

/// Whether the file with this path is a policy, in bundles and in directories: `*.rego`, in upper or lower case, but not
/// `*_test.rego`.
pub fn is_policy_file(path: &str) -> bool {
    Role::of(path) == Ok(Role::Policy)
}

/// What a file of a bundle is for, by its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Policy,
    Settings,
    OpaManifest,
    /// It has no effect.
    None,
}

impl Role {
    /// The role of the file with this path.
    ///
    /// # Errors
    ///
    /// The cause, for a file whose effect in OPA is not supported.
    pub(super) fn of(path: &str) -> Result<Self, ContentError> {
        let name = path.rsplit('/').next().unwrap_or(path);
        let lower = name.to_ascii_lowercase();
        let refused = |cause: String| Err(ContentError::Layout(cause));
        match path {
            OPA_MANIFEST => Ok(Self::OpaManifest),
            DATA => Ok(Self::Settings),
            _ if lower.ends_with(TEST) => Ok(Self::None),
            _ if lower.ends_with(POLICY) => Ok(Self::Policy),
            _ if lower == "data.json" => {
                refused(format!("data is read only from `{DATA}` at its top, and it has `{path}`"))
            }
            _ if lower == "data.yaml" || lower == "data.yml" => {
                refused(format!("data is read only from JSON, `{DATA}`, and it has `{path}`"))
            }
            _ if lower.ends_with(".wasm") => {
                refused(format!("compiled policies are not read, and it has `{path}`"))
            }
            _ => Ok(Self::None),
        }
    }
}

/// Collects the files of a bundle.
#[derive(Debug, Default)]
pub(super) struct ContentBuilder {
    files: BTreeMap<String, String>,
    /// The paths of all files in lower case.
    names: BTreeMap<String, String>,
    left_out: Vec<String>,
    size: u64,
}

impl ContentBuilder {
    /// Whether the file with this path is read. A file without effect is only listed.
    ///
    /// # Errors
    ///
    /// [`ContentError`] for a path that is not accepted or occurs twice, and for a size over the limit.
    pub(super) fn announce(&mut self, path: &str, size: u64) -> Result<bool, ContentError> {
        check_path(path)?;
        if Role::of(path)? == Role::None {
            self.left_out.push(path.to_owned());
            return Ok(false);
        }
        // Names that differ in case are one file on some systems.
        if let Some(other) = self.names.insert(path.to_lowercase(), path.to_owned()) {
            let cause = if other == path {
                format!("it has two files `{path}`")
            } else {
                format!("its files `{other}` and `{path}` differ only in case")
            };
            return Err(ContentError::Layout(cause));
        }
        if self.names.len() > POLICY_BUNDLE_FILES {
            return Err(exceeded("the number of its files", POLICY_BUNDLE_FILES as u64, "files"));
        }
        if size > POLICY_BUNDLE_FILE {
            return Err(exceeded(&format!("its file `{path}` of {size} bytes"), POLICY_BUNDLE_FILE, "bytes"));
        }
        self.size = self.size.saturating_add(size);
        if self.size > POLICY_BUNDLE_CONTENT {
            return Err(exceeded("the size of its files", POLICY_BUNDLE_CONTENT, "bytes"));
        }
        Ok(true)
    }

    /// Adds the content of a file that was announced.
    ///
    /// # Errors
    ///
    /// [`ContentError::Layout`] if it is not UTF-8.
    pub(super) fn add(&mut self, path: &str, bytes: Vec<u8>) -> Result<(), ContentError> {
        let Ok(text) = String::from_utf8(bytes) else {
            return Err(ContentError::Layout(format!("its file `{path}` is not UTF-8")));
        };
        self.files.insert(path.to_owned(), text);
        Ok(())
    }

    /// The bundle of all files.
    ///
    /// # Errors
    ///
    /// [`ContentError::Layout`] if there is no policy, or the manifest or the settings cannot be used.
    pub(super) fn finish(self) -> Result<PolicyBundle, ContentError> {
        let Self { files, mut left_out, .. } = self;
        if !files.keys().any(|path| is_policy_file(path)) {
            return Err(ContentError::Layout(format!("it has no policy (`*{POLICY}`)")));
        }
        let manifest = files.get(OPA_MANIFEST).map(|text| OpaManifest::read(text)).transpose()?;
        let config = files.get(DATA).map(|text| settings::read(text)).transpose()?.flatten();
        if let Some(manifest) = &manifest {
            manifest.check(config.is_some())?;
        }
        left_out.sort();
        Ok(PolicyBundle {
            files,
            config,
            revision: manifest.and_then(|manifest| manifest.revision),
            left_out,
        })
    }
}

impl PolicyBundle {
    /// The policies, sorted by path.
    pub fn policies(&self) -> impl Iterator<Item = PolicyFile<'_>> {
        self.files().filter(|file| is_policy_file(file.path))
    }

    /// All files that have an effect, sorted by path.
    pub fn files(&self) -> impl Iterator<Item = PolicyFile<'_>> {
        self.files.iter().map(|(path, text)| PolicyFile { path, text })
    }

    /// The settings for all its policies: `data.config`.
    pub fn config(&self) -> Option<&Map<String, Value>> {
        self.config.as_ref()
    }

    /// The revision in the manifest of OPA. Text of its author.
    pub fn revision(&self) -> Option<&str> {
        self.revision.as_deref()
    }

    /// The paths of files that have no effect, sorted.
    pub fn left_out(&self) -> &[String] {
        &self.left_out
    }

    /// The digest of each file.
    pub fn digests(&self) -> BTreeMap<String, Digest> {
        self.files.iter().map(|(path, text)| (path.clone(), Digest::of(text.as_bytes()))).collect()
    }
}

/// Checks that `path` is relative, stays in the bundle and can be printed.
fn check_path(path: &str) -> Result<(), ContentError> {
    let refused = |why: &str| Err(ContentError::Layout(format!("its file `{}` {why}", path.escape_debug())));
    if path.len() > POLICY_BUNDLE_PATH {
        return Err(exceeded(&format!("a path of {} bytes", path.len()), POLICY_BUNDLE_PATH as u64, "bytes"));
    }
    let parts = path.split('/');
    if parts.clone().count() > POLICY_BUNDLE_PATH_PARTS {
        let what = format!("the path of its file `{}`", path.escape_debug());
        return Err(exceeded(&what, POLICY_BUNDLE_PATH_PARTS as u64, "parts"));
    }
    if path.contains(|c: char| c.is_control() || matches!(c, '\\' | '`')) {
        return refused("has a character in its name that is not accepted");
    }
    if parts.into_iter().any(|part| matches!(part, "" | "." | "..")) {
        return refused("leads out of it");
    }
    Ok(())
}

pub(super) fn exceeded(what: &str, limit: u64, unit: &'static str) -> ContentError {
    ContentError::Limit(Exceeded::new(what, limit, unit))
}
