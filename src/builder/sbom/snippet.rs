//! Descriptions of files that are no packages of the distribution: the block `spdx` of a fetched file, and the SPDX
//! files that artifacts and stages leave in `opt/docker/sbom` (`catalog.md` 4, rule 11).
//!
//! Invariant: nothing of a snippet but names, versions, licences and package URLs is copied, and these are plain text.

use serde::Deserialize;

use super::limits::{SNIPPET_FILE, SNIPPET_PACKAGES, SNIPPET_TEXT};
use crate::builder::rootfs::TreePath;
use crate::limits::Exceeded;
use crate::oci::{acts, json};

/// Where the files are in an image.
const DIRECTORY: &str = "opt/docker/sbom/";

/// What one description states.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snippet {
    /// The path in the image, without leading `/`. Empty for a block of the definition.
    pub path: String,
    /// The name of what it describes.
    pub name: Option<String>,
    /// The version.
    pub version: Option<String>,
    /// The packages in it.
    pub packages: Vec<NamedPackage>,
}

/// A package that a description names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamedPackage {
    /// The name.
    pub name: Option<String>,
    /// The version.
    pub version: Option<String>,
    /// The package URL.
    pub package_url: Option<String>,
    /// The licence expression, as it is written.
    pub licence: Option<String>,
}

/// Why an SPDX file of an image cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SnippetError {
    /// A limit of [`limits`](super::limits) is exceeded.
    #[error("{0}")]
    Limit(#[from] Exceeded),
    /// It is not the JSON of an SPDX 2 document.
    #[error("`{path}` is not an SPDX document: {cause}")]
    Json {
        /// The path in the image.
        path: String,
        /// The cause.
        cause: String,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    name: Option<String>,
    #[serde(default)]
    packages: Vec<Package>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Package {
    name: Option<String>,
    version_info: Option<String>,
    license_declared: Option<String>,
    license_concluded: Option<String>,
    #[serde(default)]
    external_refs: Vec<ExternalRef>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExternalRef {
    reference_type: Option<String>,
    reference_locator: Option<String>,
}

impl Snippet {
    /// Whether the path is that of such a file: `opt/docker/sbom/…/NAME.spdx.json`, `….spdx.NAME.json`.
    pub fn is_at(path: &TreePath) -> bool {
        let name = path.name();
        path.as_str().starts_with(DIRECTORY) && name.ends_with(".json") && name.contains(".spdx.")
    }

    /// Reads the file at a path of the image.
    ///
    /// # Errors
    ///
    /// [`SnippetError`] if a limit is exceeded, or it is no SPDX document.
    pub fn read(path: &TreePath, bytes: &[u8]) -> Result<Self, SnippetError> {
        if bytes.len() > SNIPPET_FILE {
            let measured = format!("`{path}` of {} bytes", bytes.len());
            return Err(Exceeded::new(measured, SNIPPET_FILE, "bytes").into());
        }
        let json = |cause: String| SnippetError::Json { path: path.to_string(), cause };
        let document: Document =
            json::parse(bytes, "SPDX document").map_err(|error| json(error.to_string()))?;
        if document.packages.len() > SNIPPET_PACKAGES {
            let measured = format!("`{path}` with {} packages", document.packages.len());
            return Err(Exceeded::new(measured, SNIPPET_PACKAGES, "packages").into());
        }
        Ok(Self {
            path: path.as_str().to_owned(),
            name: document.name.and_then(usable),
            version: None,
            packages: document.packages.into_iter().map(NamedPackage::from).collect(),
        })
    }
}

impl From<Package> for NamedPackage {
    fn from(package: Package) -> Self {
        let is_url = |one: &&ExternalRef| one.reference_type.as_deref() == Some("purl");
        let url = package.external_refs.iter().find(is_url).and_then(|one| one.reference_locator.clone());
        let is_asserted = |licence: &String| !matches!(licence.as_str(), "NOASSERTION" | "NONE");
        let licences = [package.license_declared, package.license_concluded];
        Self {
            name: package.name.and_then(usable),
            version: package.version_info.and_then(usable),
            package_url: url.and_then(usable),
            licence: licences.into_iter().flatten().find(is_asserted).and_then(usable),
        }
    }
}

/// The text, if it is short and has nothing that acts on a terminal.
fn usable(text: String) -> Option<String> {
    let is_usable = !text.is_empty() && text.len() <= SNIPPET_TEXT && !text.chars().any(acts);
    is_usable.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> TreePath {
        TreePath::parse(text).unwrap()
    }

    fn read(text: &str) -> Result<Snippet, SnippetError> {
        Snippet::read(&path("opt/docker/sbom/a/.spdx.a.json"), text.as_bytes())
    }

    #[test]
    fn files_are_known_by_place_and_name() {
        for (text, expected) in [
            ("opt/docker/sbom/redis/.spdx.redis.json", true),
            ("opt/docker/sbom/redis.spdx.json", true),
            ("opt/docker/sbom/redis.json", false),
            ("opt/docker/sbom/redis.spdx.xml", false),
            ("opt/docker/sboms/redis.spdx.json", false),
            ("usr/share/redis.spdx.json", false),
        ] {
            assert_eq!(Snippet::is_at(&path(text)), expected, "{text}");
        }
    }

    #[test]
    fn names_licences_and_package_urls_are_read() {
        let read = read(
            r#"{"spdxVersion":"SPDX-2.3","name":"a","packages":[
            {"name":"a","versionInfo":"1","licenseDeclared":"NOASSERTION","licenseConcluded":"MIT","externalRefs":[
              {"referenceCategory":"SECURITY","referenceType":"cpe23Type","referenceLocator":"cpe:2.3:a:a"},
              {"referenceCategory":"PACKAGE-MANAGER","referenceType":"purl","referenceLocator":"pkg:golang/a@1"}]},
            {"name":"b\u001b[31m"}]}"#,
        )
        .unwrap();
        assert_eq!((read.path.as_str(), read.name.as_deref()), ("opt/docker/sbom/a/.spdx.a.json", Some("a")));
        let first = NamedPackage {
            name: Some("a".to_owned()),
            version: Some("1".to_owned()),
            package_url: Some("pkg:golang/a@1".to_owned()),
            licence: Some("MIT".to_owned()),
        };
        assert_eq!(read.packages, [first, NamedPackage::default()]);
    }

    #[test]
    fn other_content_and_endless_lists_are_refused() {
        for text in ["", "[]", "{\"packages\": 1}", "{\"name\":\"a\",\"name\":\"b\"}"] {
            assert!(matches!(read(text), Err(SnippetError::Json { .. })), "{text}");
        }
        let many = vec!["{}"; SNIPPET_PACKAGES + 1].join(",");
        assert!(matches!(read(&format!("{{\"packages\":[{many}]}}")), Err(SnippetError::Limit(_))));
        assert!(matches!(read(&" ".repeat(SNIPPET_FILE + 1)), Err(SnippetError::Limit(_))));
    }
}
