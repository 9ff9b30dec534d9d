//! The text of the files, as passwd(5), group(5), shadow(5) and gshadow(5) describe it.

use super::merge::{Shells, is_name};
use super::model::{Accounts, AccountsError, Group, User};
use crate::builder::rootfs::limits::ACCOUNT_FILE;
use crate::builder::rootfs::path::TreePath;
use crate::builder::rootfs::tree::Tree;
use crate::builder::rootfs::tree_writer::{WriteError, read};

pub(super) const PASSWD: &str = "/etc/passwd";
pub(super) const GROUP: &str = "/etc/group";
/// The group `shadow`, which has this number in Debian and in Alpine.
pub(super) const SHADOW_GROUP: u32 = 42;
/// The number of `nobody` and of its group.
const NOBODY: u32 = 65_534;

/// The accounts that packages bring.
pub(super) fn base(tree: &Tree, shells: &Shells) -> Result<Accounts, AccountsError> {
    for (passwd, group) in
        [("/usr/share/base-passwd/passwd.master", "/usr/share/base-passwd/group.master"), (PASSWD, GROUP)]
    {
        let users = lines(tree, passwd, parse_user)?;
        let groups = lines(tree, group, parse_group)?;
        if let (Some(users), Some(groups)) = (users, groups) {
            return Ok(Accounts { users, groups });
        }
    }
    let nobody = User {
        name: "nobody".to_owned(),
        uid: NOBODY,
        gid: NOBODY,
        comment: "nobody".to_owned(),
        home: "/nonexistent".to_owned(),
        shell: shells.none.to_owned(),
    };
    let nogroup = Group { name: "nogroup".to_owned(), gid: NOBODY, members: Vec::new() };
    Ok(Accounts { users: vec![nobody], groups: vec![nogroup] })
}

/// The accounts of a file. `None` if it is not there.
fn lines<T>(
    tree: &Tree,
    path: &str,
    parse: impl Fn(&[&str]) -> Option<T>,
) -> Result<Option<Vec<T>>, AccountsError> {
    let path = TreePath::parse(path).map_err(WriteError::from)?;
    let Some(bytes) = read(tree, &path, ACCOUNT_FILE, "accounts in the file")? else { return Ok(None) };
    let mut found = Vec::new();
    for (number, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        if line.is_empty() {
            continue;
        }
        let text = str::from_utf8(line).ok().filter(|text| !text.chars().any(char::is_control));
        let account = text.and_then(|text| parse(&text.split(':').collect::<Vec<_>>()));
        let invalid = || AccountsError::Line { path: path.clone(), line: number + 1 };
        found.push(account.ok_or_else(invalid)?);
    }
    Ok(Some(found))
}

fn parse_user(fields: &[&str]) -> Option<User> {
    let [name, _, uid, gid, comment, home, shell] = fields else { return None };
    is_name(name).then_some(())?;
    Some(User {
        name: (*name).to_owned(),
        uid: uid.parse().ok()?,
        gid: gid.parse().ok()?,
        comment: (*comment).to_owned(),
        home: (*home).to_owned(),
        shell: (*shell).to_owned(),
    })
}

fn parse_group(fields: &[&str]) -> Option<Group> {
    let [name, _, gid, members] = fields else { return None };
    is_name(name).then_some(())?;
    let members = members.split(',').filter(|member| !member.is_empty()).map(str::to_owned);
    Some(Group { name: (*name).to_owned(), gid: gid.parse().ok()?, members: members.collect() })
}

pub(super) fn passwd(accounts: &Accounts) -> String {
    let line = |user: &User| {
        let User { name, uid, gid, comment, home, shell } = user;
        format!("{name}:x:{uid}:{gid}:{comment}:{home}:{shell}\n")
    };
    accounts.users.iter().map(line).collect()
}

pub(super) fn group(accounts: &Accounts) -> String {
    let line = |group: &Group| format!("{}:x:{}:{}\n", group.name, group.gid, group.members.join(","));
    accounts.groups.iter().map(line).collect()
}

/// No password fits `*`. The day of the last change is empty, which switches ageing off.
pub(super) fn shadow(accounts: &Accounts) -> String {
    accounts.users.iter().map(|user| format!("{}:*::0:99999:7:::\n", user.name)).collect()
}

pub(super) fn gshadow(accounts: &Accounts) -> String {
    accounts.groups.iter().map(|group| format!("{}:*::{}\n", group.name, group.members.join(","))).collect()
}
