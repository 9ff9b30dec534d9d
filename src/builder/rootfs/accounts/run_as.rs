//! The user that runs an image.

use super::model::{AccountRemark, Accounts, AccountsError};

/// The user that runs an image, and what engines make of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunAs {
    /// `User` of the configuration.
    pub user: String,
    /// The number of the user.
    pub uid: u32,
    /// The number of the primary group.
    pub gid: u32,
    /// The numbers of the other groups, sorted.
    pub groups: Vec<u32>,
    /// What a reader of the build should know.
    pub remark: Option<AccountRemark>,
}

/// Finds the user that runs the image by `USER` or `USER:GROUP`, each a name or a number.
///
/// A number with an entry has the groups of the entry, one without has the group 0. A stated group is the
/// only one. Source: what Docker, podman and containerd do with `User` of a configuration.
///
/// # Errors
///
/// [`AccountsError::Unknown`] for a name without entry.
pub fn run_as(accounts: &Accounts, text: &str) -> Result<RunAs, AccountsError> {
    let unknown = || AccountsError::Unknown(text.to_owned());
    let (user, group) = match text.split_once(':') {
        Some((user, group)) => (user, Some(group)),
        None => (text, None),
    };
    let number = number(user);
    let entry = accounts.users.iter().find(|entry| number.map_or(entry.name == user, |uid| entry.uid == uid));
    let uid = entry.map(|entry| entry.uid).or(number).ok_or_else(unknown)?;
    let (gid, groups) = match group {
        Some(group) => {
            let number = self::number(group);
            let by_name = || accounts.groups.iter().find(|entry| entry.name == group).map(|entry| entry.gid);
            (number.or_else(by_name).ok_or_else(unknown)?, Vec::new())
        }
        None => match entry {
            Some(entry) => {
                let has_member = |members: &[String]| members.contains(&entry.name);
                let others = accounts.groups.iter().filter(|group| has_member(&group.members));
                let mut groups: Vec<u32> =
                    others.map(|group| group.gid).filter(|gid| *gid != entry.gid).collect();
                groups.sort_unstable();
                groups.dedup();
                (entry.gid, groups)
            }
            None => (0, Vec::new()),
        },
    };
    let remark = entry.is_none().then_some(AccountRemark::NoUser { uid, gid });
    Ok(RunAs { user: text.to_owned(), uid, gid, groups, remark })
}

/// A number of decimal digits alone. Names are never numbers.
fn number(text: &str) -> Option<u32> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}
