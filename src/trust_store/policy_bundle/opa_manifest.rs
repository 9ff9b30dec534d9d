//! The manifest of an OPA bundle, `.manifest`.
//!
//! Source: OPA's documentation of bundles ("Bundle File Format").

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::error::ContentError;
use crate::oci::json;

/// The package of all policies, as a path.
const PACKAGE: &str = "docker/scout";
/// The settings, as a path.
const CONFIG: &str = "config";

/// What is read of a manifest. Other members have no effect on policies.
#[derive(Debug, Deserialize)]
pub(super) struct OpaManifest {
    #[serde(default)]
    pub(super) revision: Option<String>,
    #[serde(default)]
    roots: Option<Vec<String>>,
    #[serde(default)]
    rego_version: Option<u32>,
    #[serde(default)]
    file_rego_versions: Option<BTreeMap<String, u32>>,
    #[serde(default)]
    wasm: Option<Vec<IgnoredAny>>,
}

impl OpaManifest {
    pub(super) fn read(text: &str) -> Result<Self, ContentError> {
        json::parse(text.as_bytes(), "its `.manifest`")
            .map_err(|error| ContentError::Layout(error.to_string()))
    }

    /// Checks that the bundle may have what it has, and that all of it is read here.
    pub(super) fn check(&self, has_settings: bool) -> Result<(), ContentError> {
        let refused = |cause: String| Err(ContentError::Layout(cause));
        if !self.covers(PACKAGE) {
            return refused(format!("the roots in its `.manifest` do not include `{PACKAGE}`"));
        }
        if has_settings && !self.covers(CONFIG) {
            return refused(format!(
                "the roots in its `.manifest` do not include `{CONFIG}`, which `data.json` has"
            ));
        }
        let versions = self.file_rego_versions.iter().flat_map(BTreeMap::values).chain(&self.rego_version);
        if let Some(version) = versions.copied().find(|version| *version != 1) {
            return refused(format!("its `.manifest` asks for Rego version {version}, and only 1 is read"));
        }
        if self.wasm.as_ref().is_some_and(|modules| !modules.is_empty()) {
            return refused("its `.manifest` has compiled policies, which are not read".to_owned());
        }
        Ok(())
    }

    /// Whether a root is `path` or contains it. Without `roots` everything is.
    fn covers(&self, path: &str) -> bool {
        let Some(roots) = &self.roots else { return true };
        roots.iter().map(|root| root.trim_matches('/')).any(|root| {
            root.is_empty()
                || path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }
}
