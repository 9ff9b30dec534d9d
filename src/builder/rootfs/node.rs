//! What stands at a path of an image.

use std::fmt;
use std::sync::Arc;

use super::content::Content;

/// What stands at a path.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Owner, permissions and time.
    pub metadata: Metadata,
    /// What it is.
    pub kind: NodeKind,
    /// Where it comes from.
    pub origin: Arc<Origin>,
}

/// Owner, permissions and time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// The permission bits with set-user-ID, set-group-ID and sticky: at most `0o7777`.
    pub mode: u16,
    /// The number of the owner.
    pub uid: u32,
    /// The number of the group.
    pub gid: u32,
    /// The time of the last change, in seconds since 1970.
    pub mtime: i64,
    /// The extended attribute `security.capability`.
    pub capability: Option<Arc<[u8]>>,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeKind {
    /// A directory.
    Directory,
    /// A regular file.
    File {
        /// The bytes.
        content: Content,
        /// Other nodes with the same number are the same file under other names (hard links).
        link: Option<LinkGroup>,
    },
    /// A symbolic link.
    Symlink {
        /// The target, as it is written.
        target: String,
    },
    /// A device or named pipe. Only base images have them: every other source of files is refused with one.
    Special(SpecialKind),
}

/// A device or named pipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpecialKind {
    /// A character device.
    Character {
        /// The major number.
        major: u32,
        /// The minor number.
        minor: u32,
    },
    /// A block device.
    Block {
        /// The major number.
        major: u32,
        /// The minor number.
        minor: u32,
    },
    /// A named pipe.
    Pipe,
}

/// The files that share their content and metadata under several names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkGroup(pub u32);

/// Where a node comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// A layer of the image that is extended, by its position from 0.
    Base(usize),
    /// A package.
    Package {
        /// The name.
        name: String,
        /// The version.
        version: String,
    },
    /// What a maintainer script of this package would have made, or a file that describes the packages.
    Synthesized {
        /// The package, or what is described: `package database`, `certificates`.
        by: String,
    },
    /// An image, by its reference.
    Artifact(String),
    /// A file that is fetched, by its URL.
    Fetched(String),
    /// The accounts of the definition.
    Accounts,
    /// The `os-release` of the definition.
    OsRelease,
    /// An entry of `paths` of the definition, by its position from 0.
    Path(usize),
    /// The output of a stage, by its name.
    Stage(String),
    /// A directory that nothing describes and something needs.
    Implied,
}

impl Node {
    /// Whether it is a directory.
    pub fn is_directory(&self) -> bool {
        matches!(self.kind, NodeKind::Directory)
    }

    /// The target, if it is a symbolic link.
    pub fn link_target(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::Symlink { target } => Some(target),
            _ => None,
        }
    }

    /// The group of names that it belongs to, if it is a file with several.
    pub fn link_group(&self) -> Option<LinkGroup> {
        match &self.kind {
            NodeKind::File { link, .. } => *link,
            _ => None,
        }
    }

    /// The bytes, if it is a regular file.
    pub fn content(&self) -> Option<&Content> {
        match &self.kind {
            NodeKind::File { content, .. } => Some(content),
            _ => None,
        }
    }
}

impl Metadata {
    /// Metadata of what `root` owns.
    pub fn of_root(mode: u16, mtime: i64) -> Self {
        Self { mode, uid: 0, gid: 0, mtime, capability: None }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Base(layer) => write!(f, "layer {} of the base image", layer + 1),
            Self::Package { name, version } => write!(f, "package `{name}` {version}"),
            Self::Synthesized { by } => write!(f, "`{by}`"),
            Self::Artifact(reference) => write!(f, "artifact `{reference}`"),
            Self::Fetched(url) => write!(f, "file `{url}`"),
            Self::Accounts => f.write_str("`accounts`"),
            Self::OsRelease => f.write_str("`os-release`"),
            Self::Path(position) => write!(f, "entry {} of `paths`", position + 1),
            Self::Stage(name) => write!(f, "stage `{name}`"),
            Self::Implied => f.write_str("a path below it"),
        }
    }
}
