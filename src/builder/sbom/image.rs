//! A built image, as the documents need it.

use super::identity::uuid;
use super::licence::Licence;
use super::snippet::Snippet;
use crate::builder::rootfs::TreePath;
use crate::oci::{Digest, Platform};
use crate::vex::PackageUrl;

/// An image of one platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuiltImage {
    /// The name, such as `dhi/redis`.
    pub name: String,
    /// The most specific tag.
    pub version: Option<String>,
    /// The platform.
    pub platform: Platform,
    /// The digest of the manifest. All identifiers of the documents follow from it.
    pub digest: Digest,
    /// The package URL, if it has a place in a registry: as `SignedName::package_url` writes it.
    pub package_url: Option<String>,
    /// What `os-release` says. `None`: the image has none.
    pub distribution: Option<Distribution>,
    /// The packages, in any order.
    pub packages: Vec<BuiltPackage>,
    /// The files and checkouts that the definition fetches.
    pub fetched: Vec<FetchedFile>,
    /// The images whose files were copied.
    pub artifacts: Vec<BuiltArtifact>,
    /// What the files in `opt/docker/sbom` state.
    pub snippets: Vec<Snippet>,
    /// The files that belong to no package.
    pub files: Vec<BuiltFile>,
    /// The epoch of the build, in seconds since 1970.
    pub created: i64,
    /// The program that built it.
    pub tool: Tool,
}

impl BuiltImage {
    /// The identifier of the document of `format` that this version of the program writes about the image.
    pub(super) fn document_uuid(&self, format: &str) -> String {
        uuid(&["urn:dhi:document", format, &self.digest.to_string(), &self.tool.name, &self.tool.version])
    }
}

/// The program that built an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// What `os-release` says (os-release(5)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Distribution {
    /// `ID`: `debian`.
    pub id: String,
    /// `VERSION_ID`: `13`, `3.22.1`.
    pub version_id: Option<String>,
    /// `VERSION_CODENAME`: `trixie`.
    pub codename: Option<String>,
    /// `PRETTY_NAME`.
    pub name: Option<String>,
}

/// The kind of a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ecosystem {
    /// Debian.
    Deb,
    /// Alpine.
    Apk,
}

/// A package whose files are in the image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuiltPackage {
    /// The kind.
    pub ecosystem: Ecosystem,
    /// The name.
    pub name: String,
    /// The version, as it is written.
    pub version: String,
    /// The architecture in the words of the distribution.
    pub architecture: String,
    /// The source package, if it has another name or version.
    pub source: Option<SourcePackage>,
    /// Who packages it: `NAME <MAIL>`.
    pub maintainer: Option<String>,
    /// What it is, in one line.
    pub summary: Option<String>,
    /// The page of the project.
    pub homepage: Option<String>,
    /// The licence that the package declares.
    pub licence: Licence,
    /// Where its file was fetched.
    pub download: Option<String>,
    /// The digest of its file.
    pub digest: Option<Digest>,
    /// The package URL that the definition gives it (`contents.mappings`).
    pub package_url: Option<PackageUrl>,
    /// Its files in the image, without directories and links.
    pub files: Vec<BuiltFile>,
    /// The packages that meet its dependencies, as positions in [`BuiltImage::packages`]. Others are left out.
    pub depends: Vec<usize>,
}

/// A source package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourcePackage {
    /// The name.
    pub name: String,
    /// The version.
    pub version: String,
}

/// A regular file of the image.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BuiltFile {
    /// The path.
    pub path: TreePath,
    /// SHA-1 of the content: SPDX 2.3 demands it (8.4).
    pub sha1: [u8; 20],
    /// SHA-256 of the content.
    pub sha256: [u8; 32],
}

/// A file or checkout that the definition fetches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchedFile {
    /// Where it was fetched.
    pub url: String,
    /// The digest of a file. A checkout has none.
    pub digest: Option<Digest>,
    /// The commit of a checkout, in full.
    pub commit: Option<String>,
    /// How the definition describes it (`files[].spdx`), with all templates evaluated.
    pub spdx: Option<Snippet>,
    /// The files of the image that came from it.
    pub files: Vec<BuiltFile>,
}

/// An image whose files were copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuiltArtifact {
    /// The reference, as the definition writes it.
    pub reference: String,
    /// The digest of its manifest for the platform.
    pub digest: Digest,
    /// The files of the image that came from it.
    pub files: Vec<BuiltFile>,
}
