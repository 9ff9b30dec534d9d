//! Users and groups of an image: `passwd`, `group`, `shadow` and `gshadow`.
//!
//! Invariant: a name and a number of the definition mean one thing, and no user can log in by a password.

use super::installed::Installed;
use super::path::TreePath;
use super::tree::Tree;
use super::tree_writer::WriteError;

/// The accounts that a definition asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountsPlan {
    /// Whether the user `root` exists.
    pub root: bool,
    /// The users, in the order of the definition.
    pub users: Vec<PlannedUser>,
    /// The groups, in the order of the definition.
    pub groups: Vec<PlannedGroup>,
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

/// A group that a definition asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedGroup {
    /// The name.
    pub name: String,
    /// The number.
    pub gid: u32,
    /// The names of its members.
    pub members: Vec<String>,
}

/// The accounts of an image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accounts {
    /// The users, in the order of `passwd`.
    pub users: Vec<User>,
    /// The groups, in the order of `group`.
    pub groups: Vec<Group>,
}

/// A line of `passwd`.
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

/// A line of `group`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The name.
    pub name: String,
    /// The number.
    pub gid: u32,
    /// The names of its members.
    pub members: Vec<String>,
}

/// The user that runs an image, as its configuration names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunAs {
    /// `User` of the configuration.
    pub user: String,
    /// The number that the user gets.
    pub uid: u32,
    /// The number of the primary group that the user gets.
    pub gid: u32,
    /// The numbers of the other groups, sorted.
    pub groups: Vec<u32>,
    /// What a reader of the build should know.
    pub remark: Option<AccountRemark>,
}

/// A property of the accounts that is no error.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccountRemark {
    /// A number that no user has runs the image: it gets the group 0 and no name.
    NoEntry {
        /// The number.
        uid: u32,
    },
    /// The primary group of a user has no name.
    NoGroup {
        /// The user.
        user: String,
        /// The number of the group.
        gid: u32,
    },
    /// A group has a member that no user is.
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
    /// A name with characters that the files or programs do not accept.
    #[error("`{}` cannot be the name of a user or group", .0.escape_debug())]
    Name(String),
    /// A user that is there in another way.
    #[error("the user `{name}` is defined twice: {one} and {other}")]
    User {
        /// The name.
        name: String,
        /// The numbers of the one: `UID:GID`.
        one: String,
        /// The numbers of the other.
        other: String,
    },
    /// A group that is there with another number.
    #[error("the group `{name}` is defined twice, with the numbers {one} and {other}")]
    Group {
        /// The name.
        name: String,
        /// The number of the one.
        one: u32,
        /// The number of the other.
        other: u32,
    },
    /// A line of a file that a package ships.
    #[error("line {line} of `{path}` is not an account")]
    Line {
        /// The file.
        path: TreePath,
        /// The line, from 1.
        line: usize,
    },
    /// The image runs as a user that does not exist.
    #[error("the image runs as `{0}`, but it has no such user or group")]
    UnknownUser(String),
    /// A file cannot be read or written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// Writes `/etc/passwd`, `/etc/group`, `/etc/shadow` and `/etc/gshadow`.
///
/// # Errors
///
/// [`AccountsError`].
pub fn write_accounts(
    tree: &mut Tree,
    packages: &[Installed],
    plan: &AccountsPlan,
    epoch: i64,
) -> Result<(Accounts, Vec<AccountRemark>), AccountsError> {
    let _ = (tree, packages, plan, epoch);
    Ok(Default::default())
}

/// Gives home directories that exist only because something is in them to their users. To be called after everything
/// that makes directories.
pub fn own_homes(tree: &mut Tree, plan: &AccountsPlan) {
    let _ = (tree, plan);
}

/// The user that runs the image: `NAME`, `UID`, each with or without `:GROUP`.
///
/// # Errors
///
/// [`AccountsError::UnknownUser`].
pub fn run_as(accounts: &Accounts, text: &str) -> Result<RunAs, AccountsError> {
    let _ = accounts;
    Err(AccountsError::UnknownUser(text.to_owned()))
}
