//! What an image or a stage is filled with.

use std::ops::Range;

use super::{
    Checksum, ImageSource, OctalMode, PackageRequest, RepositoryLine, SourceUrl, Spanned, TargetPlatform,
    Text, TextMap, Typed, WebUrl,
};

/// The key `contents` of a definition or of a stage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// The bytes of the mapping.
    pub range: Range<usize>,
    /// Package repositories; the first one has the highest priority.
    pub repositories: Vec<Typed<RepositoryLine>>,
    /// URLs of the keys that sign the repositories.
    pub keyring: Vec<Typed<WebUrl>>,
    /// Packages that are installed, or excluded (`!name`).
    pub packages: Vec<Typed<PackageRequest>>,
    /// Package URLs of packages, by package name.
    pub mappings: TextMap,
    /// Files from URLs and Git repositories.
    pub files: Vec<FileSource>,
    /// Files from images.
    pub artifacts: Vec<Artifact>,
}

/// A file or a Git checkout.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileSource {
    /// The bytes of the mapping.
    pub range: Range<usize>,
    /// Where it is fetched.
    pub url: Option<Typed<SourceUrl>>,
    /// The condition under which it is used (`if`).
    pub condition: Option<Text>,
    /// What the fetched bytes must have.
    pub checksum: Option<Typed<Checksum>>,
    /// Where it is stored.
    pub path: Option<Text>,
    /// The parts of an archive or checkout that are used.
    pub includes: Vec<Text>,
    /// The parts that are not used.
    pub excludes: Vec<Text>,
    /// The platforms for which it is used. Absent: all.
    pub platforms: Vec<Spanned<TargetPlatform>>,
    /// How the SBOM describes it.
    pub spdx: Option<Spdx>,
    /// The owner.
    pub uid: Option<Spanned<u32>>,
    /// The group.
    pub gid: Option<Spanned<u32>>,
    /// The permissions.
    pub mode: Option<Typed<OctalMode>>,
    /// The secret with the login for the URL.
    pub secret_id: Option<Text>,
}

/// How the SBOM describes a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spdx {
    /// The bytes of the mapping.
    pub range: Range<usize>,
    /// The name.
    pub name: Option<Text>,
    /// The version.
    pub version: Option<Text>,
    /// The packages in it.
    pub packages: Vec<SpdxPackage>,
}

/// A package in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpdxPackage {
    /// The bytes of the mapping.
    pub range: Range<usize>,
    /// The name.
    pub name: Option<Text>,
    /// The package URL.
    pub purl: Option<Text>,
    /// The license expression.
    pub license: Option<Text>,
    /// The path in the file.
    pub path: Option<Text>,
}

/// Files of an image that are copied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Artifact {
    /// The bytes of the mapping.
    pub range: Range<usize>,
    /// The image.
    pub name: Option<Typed<ImageSource>>,
    /// The condition under which it is used (`if`).
    pub condition: Option<Text>,
    /// The paths that are copied. Absent: all.
    pub includes: Vec<Text>,
    /// The paths that are not copied.
    pub excludes: Vec<Text>,
    /// The owner.
    pub uid: Option<Spanned<u32>>,
    /// The group.
    pub gid: Option<Spanned<u32>>,
}
