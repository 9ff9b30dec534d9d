//! What is compared of one image.

use crate::diagnostic::Diagnostic;
use crate::evidence::PlatformBase;
use crate::oci::Digest;

/// What is known about one image of a comparison. What could not be read is an error, never an empty list.
#[derive(Clone, Debug)]
pub struct ComparedImage {
    /// The image, as the user named it.
    pub reference: String,
    /// The verified digest of its manifest.
    pub digest: Digest,
    /// Its platform.
    pub platform: String,
    /// What it is proven to be. `None`: it was not examined.
    pub base: Option<PlatformBase>,
    /// Whether it has attestations.
    pub attested: Attested,
    /// Its layers, base first.
    pub layers: Vec<ComparedLayer>,
    /// How it runs, or why its configuration cannot be read.
    pub runtime: Result<Runtime, Diagnostic>,
    /// Its files, or why they are unknown.
    pub files: Result<Files, Diagnostic>,
    /// The packages of its verified SBOM: `None` if it has none, or why that is unknown.
    pub sbom: Result<Option<Vec<Package>>, Diagnostic>,
}

/// Whether an image has attestations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attested {
    /// Those of the requested types that trusted signers made verify.
    Verified,
    /// It has some, and none of those that were judged verifies.
    Unverified,
    /// It has none.
    None,
    /// They could not be listed.
    Unknown,
}

/// One layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ComparedLayer {
    /// Its digest as stored.
    pub digest: Digest,
    /// Its size as stored.
    pub size: u64,
    /// The digest of its content, as the configuration declares it.
    pub diff_id: Option<Digest>,
}

/// How an image runs, by its configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Runtime {
    /// `User` as written. Empty: root.
    pub user: String,
    /// The entrypoint.
    pub entrypoint: Vec<String>,
    /// The default arguments.
    pub command: Vec<String>,
    /// Exposed ports, sorted: `8080/tcp`.
    pub ports: Vec<String>,
}

/// What the files of an image show.
#[derive(Clone, Debug)]
pub struct Files {
    /// The number of regular files.
    pub count: u64,
    /// The size of all regular files in all layers, in bytes.
    pub unpacked: u64,
    /// The user that runs the image, or why it is unknown.
    pub user: Result<ImageUser, Diagnostic>,
    /// Shells, by their file names.
    pub shells: Vec<Program>,
    /// Package managers, by their file names.
    pub package_managers: Vec<Program>,
    /// Files that give privileges to the user who runs them.
    pub privileged: Vec<PrivilegedFile>,
    /// What the user may write. `None`: the user is unknown.
    pub writable: Option<Writable>,
    /// The package databases.
    pub databases: Databases,
}

/// The user that runs an image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageUser {
    /// Its name, if `/etc/passwd` has one.
    pub name: Option<String>,
    /// Its ID.
    pub id: u64,
    /// Its group.
    pub group: u64,
    /// Its other groups.
    pub other_groups: Vec<u64>,
}

/// A program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// Its file, links followed.
    pub path: String,
    /// The names under which it is found, sorted.
    pub names: Vec<String>,
}

/// A file that gives privileges to the user who runs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrivilegedFile {
    /// Its path.
    pub path: String,
    /// Whether it runs as its owner (set-user-ID).
    pub set_user: bool,
    /// Whether it runs with its group (set-group-ID).
    pub set_group: bool,
    /// Whether it has capabilities.
    pub capabilities: bool,
}

/// What the user of an image may write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Writable {
    /// Everything: it is root.
    Everything,
    /// These paths. What is below a writable directory is not listed.
    Paths {
        /// The paths, sorted.
        paths: Vec<WritablePath>,
        /// Directories for temporary files, such as `/tmp`.
        temporary: Vec<String>,
    },
}

/// A path that the user of an image may write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WritablePath {
    /// The path.
    pub path: String,
    /// Why.
    pub by: WritableBy,
    /// Whether it is a directory.
    pub is_directory: bool,
}

/// Why a path is writable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WritableBy {
    /// The user owns it.
    Owner,
    /// A group of the user may write it.
    Group,
    /// Everybody may write it.
    World,
}

impl WritableBy {
    /// The word in documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Group => "group",
            Self::World => "world",
        }
    }
}

/// The package databases in the files of an image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Databases {
    /// Paths of the databases that were read.
    pub read: Vec<String>,
    /// Paths of those that could not be read.
    pub unread: Vec<String>,
    /// Their packages.
    pub packages: Vec<Package>,
}

/// A package.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Package {
    /// Its ecosystem, as a package URL type.
    pub kind: String,
    /// Its namespace: a distribution, a scope.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}
