//! What a lock states.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::encoding::{ApkChecksum, as_text, base64_bytes};
use crate::oci::{Digest, Platform};

/// The lock of a definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lock {
    /// SHA-256 of everything that decides what is locked: the definition with what it includes.
    pub definition: Digest,
    /// What replaces repositories and packages that cannot be reached.
    pub substitutions: Vec<Substitution>,
    /// The keys of repositories.
    pub keys: Vec<Key>,
    /// Images that the definition uses.
    pub artifacts: Vec<Artifact>,
    /// Files that the definition fetches.
    pub files: Vec<LockedFile>,
    /// The packages, resolved for each platform alone.
    pub platforms: Vec<PlatformLock>,
}

/// A replacement of a gated repository or package.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Substitution {
    /// A repository by another one.
    Repository {
        /// The line of the definition.
        from: String,
        /// The line in its place.
        to: String,
    },
    /// A repository that is left out.
    DroppedRepository {
        /// The line of the definition.
        from: String,
    },
    /// A package by another one.
    Package {
        /// The name in the definition.
        from: String,
        /// The name in its place.
        to: String,
    },
    /// A package that is left out.
    Dropped {
        /// The name in the definition.
        from: String,
    },
}

/// The key of a repository. If its bytes change, somebody must look: only an update accepts it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Key {
    /// Where it comes from, as the definition writes it.
    pub url: String,
    /// SHA-256 of `bytes`.
    pub digest: Digest,
    /// The fingerprints of its OpenPGP certificates, in upper-case hexadecimal. None for keys of other kinds.
    pub fingerprints: Vec<String>,
    /// The file.
    #[serde(with = "base64_bytes")]
    pub bytes: Vec<u8>,
}

/// An image that the definition uses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Artifact {
    /// The reference, as the definition writes it.
    pub reference: String,
    /// Its manifest for each platform.
    pub digests: Vec<ArtifactDigest>,
}

/// The manifest of an image for a platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ArtifactDigest {
    /// The platform.
    #[serde(with = "as_text")]
    pub platform: Platform,
    /// The digest of the manifest.
    pub digest: Digest,
}

/// A file that the definition fetches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LockedFile {
    /// Where it comes from, as the definition writes it.
    pub url: String,
    /// What it must be.
    pub pin: FilePin,
}

/// What a fetched file must be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum FilePin {
    /// SHA-256 of its content.
    Digest(Digest),
    /// The commit of a Git repository, in full.
    Commit(String),
}

/// The packages of a platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlatformLock {
    /// The platform.
    #[serde(with = "as_text")]
    pub platform: Platform,
    /// The repositories, in the order that decides between them.
    pub repositories: Vec<Repository>,
    /// The packages.
    pub packages: Vec<Package>,
    /// Dependencies that exclusions leave unmet.
    pub waived: Vec<Waived>,
    /// Dependencies that more than one package could meet.
    pub choices: Vec<Choice>,
    /// Sentences for the reader.
    pub warnings: Vec<String>,
}

/// A repository, as it was when the lock was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Repository {
    /// The line, as the definition writes it.
    pub line: String,
    /// Its kind.
    pub kind: RepositoryKind,
    /// What its signed `Release` says (Debian).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suite: Option<Suite>,
    /// The index of packages for this platform. Its signature covers it (Alpine), or covers the file that lists it.
    pub index: IndexFile,
}

/// The kind of a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RepositoryKind {
    /// Debian.
    Deb,
    /// Alpine.
    Apk,
}

/// What the signed `Release` of a suite says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Suite {
    /// The field `Suite`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suite: Option<String>,
    /// The field `Codename`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub codename: Option<String>,
    /// The component that is used. `None` for a flat repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component: Option<String>,
    /// The field `Date`. An older one than this is a rollback.
    pub date: Timestamp,
    /// SHA-256 of `InRelease`, or of `Release`.
    pub release: Digest,
}

/// An index of packages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IndexFile {
    /// Its path, relative to the repository.
    pub path: String,
    /// SHA-256 of the file.
    pub digest: Digest,
    /// Its size in bytes.
    pub size: u64,
}

/// A package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Package {
    /// The name.
    pub name: String,
    /// The version, as it is written.
    pub version: String,
    /// The architecture in the words of the distribution.
    pub architecture: String,
    /// The position in [`PlatformLock::repositories`], from 0.
    pub repository: usize,
    /// The path of its file, relative to the repository.
    pub path: String,
    /// The size of its file in bytes.
    pub size: u64,
    /// What the file must be.
    pub identity: Identity,
    /// The source package, if it has another name or version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// Why it is here.
    pub reason: Reason,
}

/// What a package file must be, as the signed index says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Identity {
    /// SHA-256 of the file (Debian).
    Deb(Digest),
    /// The checksum of a part, from which the rest follows (Alpine).
    Apk {
        /// The checksum in the index.
        checksum: ApkChecksum,
        /// SHA-256 of the file, once it was fetched.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        digest: Option<Digest>,
    },
}

/// A source package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Source {
    /// The name.
    pub name: String,
    /// The version.
    pub version: String,
}

/// Why a package is in the lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Reason {
    /// An entry of the definition asks for it.
    Requested(String),
    /// Another package needs it.
    Needed(Dependency),
    /// The distribution demands it: it is essential, or follows another package of its source.
    Implied,
    /// All packages of its condition are there (`install_if` of Alpine).
    Condition {
        /// The package whose arrival met it.
        by: String,
        /// The terms.
        terms: Vec<String>,
    },
}

/// A relation of a package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Dependency {
    /// The package that has it.
    pub by: String,
    /// The field, such as `Pre-Depends`.
    pub field: String,
    /// The relation, all alternatives included.
    pub relation: String,
}

/// A dependency that exclusions leave unmet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Waived {
    /// The relation.
    pub dependency: Dependency,
    /// What would meet it.
    pub excluded: Vec<Excluded>,
}

/// A package that is excluded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Excluded {
    /// The name.
    pub name: String,
    /// The version that it would have had. An image with a package manager states it in its place.
    pub version: String,
}

/// A dependency, or a name in the definition, that more than one package could meet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Choice {
    /// The name that was looked for.
    pub name: String,
    /// Whose dependency. `None` if the definition asks for the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dependency: Option<Dependency>,
    /// The package taken.
    pub taken: String,
    /// The packages that could be taken, the best one first.
    pub candidates: Vec<Candidate>,
}

/// A package that could be taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Candidate {
    /// The name.
    pub name: String,
    /// The version.
    pub version: String,
    /// What ranks it, in the words of the distribution.
    pub priority: String,
}

impl Lock {
    /// The packages of a platform.
    #[must_use]
    pub fn platform(&self, platform: &Platform) -> Option<&PlatformLock> {
        self.platforms.iter().find(|one| one.platform.normalized() == platform.normalized())
    }

    /// The locked key of this URL. Compare its digest with that of the bytes that are fetched.
    #[must_use]
    pub fn key(&self, url: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.url == url)
    }
}

impl PlatformLock {
    /// The package of this name.
    #[must_use]
    pub fn package(&self, name: &str) -> Option<&Package> {
        self.packages.iter().find(|package| package.name == name)
    }
}
