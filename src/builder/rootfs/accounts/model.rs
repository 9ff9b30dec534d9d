//! What accounts are, and what can be wrong with them.

use crate::builder::rootfs::path::TreePath;
use crate::builder::rootfs::tree_writer::WriteError;

/// The accounts that a definition asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountsPlan {
    /// Whether the user `root` exists.
    pub root: bool,
    /// The users, in the order of the definition.
    pub users: Vec<PlannedUser>,
    /// The groups, in the order of the definition.
    pub groups: Vec<Group>,
}

/// A user that a definition asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedUser {
    /// The name.
    pub name: String,
    /// The number.
    pub uid: u32,
    /// The number of the primary group.
    pub gid: u32,
}

/// The accounts of an image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accounts {
    /// The users, in the order of `passwd`.
    pub users: Vec<User>,
    /// The groups, in the order of `group`.
    pub groups: Vec<Group>,
}

/// A user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The name.
    pub name: String,
    /// The number.
    pub uid: u32,
    /// The number of the primary group.
    pub gid: u32,
    /// The full name and more (GECOS).
    pub comment: String,
    /// The home directory.
    pub home: String,
    /// The login shell.
    pub shell: String,
}

/// A group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The name.
    pub name: String,
    /// The number.
    pub gid: u32,
    /// The names of its members.
    pub members: Vec<String>,
}

/// A property of the accounts that is no error.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccountRemark {
    /// A number that no user has runs the image: it has no name, and without a stated group the group 0.
    NoUser {
        /// The number.
        uid: u32,
        /// The group that it gets.
        gid: u32,
    },
    /// The primary group of a user of the definition has no name.
    NoGroup {
        /// The user.
        user: String,
        /// The number of the group.
        gid: u32,
    },
    /// A group of the definition has a member that no user is.
    UnknownMember {
        /// The group.
        group: String,
        /// The member.
        member: String,
    },
}

/// Why the accounts cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AccountsError {
    /// A name that the files cannot hold, or that programs take for a number.
    #[error("`{}` cannot be the name of a user or group", .0.escape_debug())]
    Name(String),
    /// A user twice with different numbers.
    #[error("the definition has the user `{name}` twice, as {first} and as {second}")]
    User {
        /// The name.
        name: String,
        /// `UID:GID` of the first one.
        first: String,
        /// `UID:GID` of the second one.
        second: String,
    },
    /// A group twice with different numbers or members.
    #[error("the definition has the group `{0}` twice, with different numbers or members")]
    Group(String),
    /// `root` with another number than 0.
    #[error("`root` must have the number 0, not {0}")]
    Root(u32),
    /// A line of a file that a package ships.
    #[error("line {line} of `{path}` is not an account")]
    Line {
        /// The file.
        path: TreePath,
        /// The line, from 1.
        line: usize,
    },
    /// The image runs as a user or group that does not exist.
    #[error("the image runs as `{}`, but it has no such user or group", .0.escape_debug())]
    Unknown(String),
    /// A file cannot be read or written.
    #[error(transparent)]
    Write(#[from] WriteError),
}
