//! The accounts of packages and those of the definition, as one list.

use super::model::{AccountRemark, Accounts, AccountsError, AccountsPlan, Group, User};
use crate::builder::rootfs::limits::ACCOUNT_NAME;
use crate::builder::rootfs::path::TreePath;
use crate::builder::rootfs::tree::Tree;
use crate::builder::rootfs::tree_writer::{WriteError, follow};

const ROOT: &str = "root";

/// The login shells that users of an image get.
#[derive(Debug)]
pub(super) struct Shells {
    /// Of users who do not log in.
    pub(super) none: &'static str,
    /// Of `root`: a shell of the image, if there is one.
    root: &'static str,
}

impl Shells {
    pub(super) fn of(tree: &Tree, is_alpine: bool) -> Result<Self, WriteError> {
        let none = if is_alpine { "/sbin/nologin" } else { "/usr/sbin/nologin" };
        for shell in ["/bin/bash", "/bin/sh"] {
            if (shell == "/bin/sh" || !is_alpine) && follow(tree, &TreePath::parse(shell)?)?.is_some() {
                return Ok(Self { none, root: shell });
            }
        }
        Ok(Self { none, root: none })
    }
}

/// Whether it can be a name: no separator of the files, no option, and nothing that is read as a number.
pub(super) fn is_name(name: &str) -> bool {
    let stem = name.strip_suffix('$').unwrap_or(name);
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    !stem.is_empty()
        && name.len() <= ACCOUNT_NAME
        && stem.bytes().all(fits)
        && !stem.starts_with(['-', '.'])
        && !stem.bytes().all(|byte| byte.is_ascii_digit())
}

pub(super) fn merge(
    mut base: Accounts,
    plan: &AccountsPlan,
    shells: &Shells,
) -> Result<Accounts, AccountsError> {
    check_repetitions(plan)?;
    unique(&mut base.users, |user| &user.name);
    unique(&mut base.groups, |group| &group.name);
    if plan.root {
        let comment = match base.users.iter().find(|user| user.name == ROOT) {
            Some(user) => user.comment.clone(),
            None => ROOT.to_owned(),
        };
        base.users.retain(|user| user.name != ROOT);
        let (name, home, shell) = (ROOT.to_owned(), "/root".to_owned(), shells.root.to_owned());
        base.users.insert(0, User { name, uid: 0, gid: 0, comment, home, shell });
    } else {
        base.users.retain(|user| user.name != ROOT);
    }
    if !base.groups.iter().any(|group| group.gid == 0) {
        base.groups.insert(0, Group { name: ROOT.to_owned(), gid: 0, members: Vec::new() });
    }
    for planned in &plan.users {
        match base.users.iter_mut().find(|user| user.name == planned.name) {
            Some(user) => (user.uid, user.gid) = (planned.uid, planned.gid),
            None => {
                let user = User {
                    name: planned.name.clone(),
                    uid: planned.uid,
                    gid: planned.gid,
                    comment: String::new(),
                    home: format!("/home/{}", planned.name),
                    shell: shells.none.to_owned(),
                };
                // The first one with a number gives its name to files.
                let at = base.users.iter().position(|other| {
                    other.uid == user.uid && !plan.users.iter().any(|planned| planned.name == other.name)
                });
                base.users.insert(at.unwrap_or(base.users.len()), user);
            }
        }
    }
    for planned in &plan.groups {
        match base.groups.iter_mut().find(|group| group.name == planned.name) {
            Some(group) => {
                group.gid = planned.gid;
                group.members.extend_from_slice(&planned.members);
                unique(&mut group.members, |member| member);
            }
            None => {
                let at = base.groups.iter().position(|other| {
                    other.gid == planned.gid
                        && other.gid != 0
                        && !plan.groups.iter().any(|planned| planned.name == other.name)
                });
                let mut group = planned.clone();
                unique(&mut group.members, |member| member);
                base.groups.insert(at.unwrap_or(base.groups.len()), group);
            }
        }
    }
    Ok(base)
}

/// Repetitions are accepted where they say the same.
fn check_repetitions(plan: &AccountsPlan) -> Result<(), AccountsError> {
    for (at, user) in plan.users.iter().enumerate() {
        check_name(&user.name)?;
        if user.name == ROOT && user.uid != 0 {
            return Err(AccountsError::Root(user.uid));
        }
        let first = plan.users.iter().take(at).find(|other| other.name == user.name);
        if let Some(first) = first.filter(|first| *first != user) {
            let numbers = |user: &super::PlannedUser| format!("{}:{}", user.uid, user.gid);
            return Err(AccountsError::User {
                name: user.name.clone(),
                first: numbers(first),
                second: numbers(user),
            });
        }
    }
    for (at, group) in plan.groups.iter().enumerate() {
        check_name(&group.name)?;
        group.members.iter().try_for_each(|member| check_name(member))?;
        if group.name == ROOT && group.gid != 0 {
            return Err(AccountsError::Root(group.gid));
        }
        if plan.groups.iter().take(at).any(|other| other.name == group.name && other != group) {
            return Err(AccountsError::Group(group.name.clone()));
        }
    }
    Ok(())
}

fn check_name(name: &str) -> Result<(), AccountsError> {
    if is_name(name) { Ok(()) } else { Err(AccountsError::Name(name.to_owned())) }
}

/// Keeps the first of those with the same name.
fn unique<T>(list: &mut Vec<T>, name: impl Fn(&T) -> &String) {
    let mut seen = std::collections::BTreeSet::new();
    list.retain(|entry| seen.insert(name(entry).clone()));
}

pub(super) fn remarks(accounts: &Accounts, plan: &AccountsPlan) -> Vec<AccountRemark> {
    let mut remarks = Vec::new();
    for user in &plan.users {
        if !accounts.groups.iter().any(|group| group.gid == user.gid) {
            remarks.push(AccountRemark::NoGroup { user: user.name.clone(), gid: user.gid });
        }
    }
    for group in &plan.groups {
        for member in &group.members {
            if !accounts.users.iter().any(|user| user.name == *member) {
                let (group, member) = (group.name.clone(), member.clone());
                remarks.push(AccountRemark::UnknownMember { group, member });
            }
        }
    }
    let mut seen = Vec::new();
    remarks.retain(|remark| {
        let is_new = !seen.contains(remark);
        seen.push(remark.clone());
        is_new
    });
    remarks
}
