//! Users and groups.

use std::ops::Range;

use super::{OctalMode, Spanned, Text, Typed, has_template};

/// The highest number of a user or group. The one above means "none" for the system.
pub const HIGHEST_ID: u32 = u32::MAX - 1;

/// The key `accounts` of a definition or of a stage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accounts {
    /// The bytes of the mapping.
    pub range: Range<usize>,
    /// Whether the user `root` exists.
    pub root: Option<Spanned<bool>>,
    /// The user that runs the image: a name or a number.
    pub run_as: Option<Text>,
    /// Users besides `root`.
    pub users: Vec<User>,
    /// Groups besides that of `root`.
    pub groups: Vec<Group>,
}

/// A user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The bytes of the mapping.
    pub range: Range<usize>,
    /// The name.
    pub name: Text,
    /// The number.
    pub uid: Spanned<u32>,
    /// The number of the primary group.
    pub gid: Spanned<u32>,
    /// The permissions of the home directory.
    pub mode: Option<Typed<OctalMode>>,
}

/// A group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The bytes of the mapping.
    pub range: Range<usize>,
    /// The name.
    pub name: Text,
    /// The number.
    pub gid: Spanned<u32>,
    /// The names of its members.
    pub members: Vec<Text>,
}

impl Accounts {
    /// Whether `root` runs the image: by its name, by its number or as a user with that number, and where no user is
    /// named. A user that is known only after templates are evaluated counts as another.
    pub fn runs_as_root(&self) -> bool {
        let run_as = self.run_as.as_ref().map(|text| text.value.as_str()).unwrap_or_default();
        if has_template(run_as) {
            return false;
        }
        // A group can follow.
        let user = run_as.split(':').next().unwrap_or_default();
        let is_named = |entry: &User| entry.name.value == user;
        user == "root"
            || user.bytes().all(|digit| digit == b'0')
            || self.users.iter().any(|entry| is_named(entry) && entry.uid.value == 0)
    }
}

impl User {
    /// Whether two entries describe the same user in the same way.
    pub fn equals(&self, other: &Self) -> bool {
        let mode = |user: &Self| user.mode.as_ref().map(|mode| mode.text.value.clone());
        self.name.value == other.name.value
            && self.uid.value == other.uid.value
            && self.gid.value == other.gid.value
            && mode(self) == mode(other)
    }
}

impl Group {
    /// Whether two entries describe the same group in the same way.
    pub fn equals(&self, other: &Self) -> bool {
        let members =
            |group: &Self| group.members.iter().map(|member| member.value.clone()).collect::<Vec<_>>();
        self.name.value == other.name.value
            && self.gid.value == other.gid.value
            && members(self) == members(other)
    }
}
