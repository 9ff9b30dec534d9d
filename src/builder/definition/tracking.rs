//! How variables follow new versions (`track`). Nothing is built from it.

use std::ops::Range;

use super::keyword::keywords;
use super::{Spanned, Text, Tree};

/// One entry of `track`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tracker {
    /// The bytes of the mapping.
    pub range: Range<usize>,
    /// What is followed.
    pub kind: Spanned<TrackerKind>,
    /// The owner of a GitHub repository.
    pub owner: Option<Text>,
    /// The name of a GitHub repository.
    pub repo: Option<Text>,
    /// The branch.
    pub branch: Option<Text>,
    /// Whether releases or tags count.
    pub use_of: Option<Text>,
    /// A regular expression that selects versions.
    pub pattern: Option<Text>,
    /// The package URL of a package.
    pub package: Option<Text>,
    /// The name of an artifact or a file.
    pub name: Option<Text>,
    /// The address of a file.
    pub url: Option<Text>,
    /// The variables that are set: a name, a list or a mapping.
    pub set: Option<Tree>,
    /// The variables whose change increments.
    pub increment: Vec<Text>,
    /// The variables whose change resets.
    pub reset: Vec<Text>,
}

keywords! {
    /// What a tracker follows.
    TrackerKind {
        /// Releases on GitHub.
        GithubRelease = "github_release",
        /// Tags on GitHub.
        GithubTag = "github_tag",
        /// The commits of a branch on GitHub.
        GithubRepository = "github_repository",
        /// A package of Alpine.
        AlpinePackage = "alpine_package",
        /// A package of Debian.
        DebianPackage = "debian_package",
        /// A number that is incremented.
        VarIncrement = "var_increment",
        /// An artifact in a registry.
        OciArtifact = "oci_artifact",
        /// A file.
        File = "file",
        /// A JSON file.
        JsonFile = "json_file",
    }
}
