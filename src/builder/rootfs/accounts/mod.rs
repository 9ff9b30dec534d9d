//! Users and groups of an image: `passwd`, `group`, `shadow` and `gshadow`.
//!
//! Invariant: a name of the definition has the number of the definition, no name is there twice, and no user
//! can log in by a password.

mod files;
mod merge;
mod model;
mod run_as;

use files::{GROUP, PASSWD};
pub use model::{AccountRemark, Accounts, AccountsError, AccountsPlan, Group, PlannedUser, User};
pub use run_as::{RunAs, run_as};

use super::installed::{Description, Installed};
use super::node::{Node, Origin};
use super::path::TreePath;
use super::tree::Tree;
use super::tree_writer::{TreeWriter, WriteError};

/// Writes `/etc/passwd`, `/etc/group`, `/etc/shadow` and `/etc/gshadow`: the accounts of `base-passwd`, else
/// those that a package of the tree ships, else `nobody`, and those of the definition.
///
/// 1. A user or group of the definition has its number, whatever a package says about the name.
/// 2. `root` is a user only if the definition says so. The group `root` is always there.
/// 3. No home directory is made.
///
/// # Errors
///
/// [`AccountsError`], except [`AccountsError::Unknown`].
pub fn write_accounts(
    tree: &mut Tree,
    packages: &[Installed],
    plan: &AccountsPlan,
    epoch: i64,
) -> Result<(Accounts, Vec<AccountRemark>), AccountsError> {
    let is_alpine = packages.iter().any(|package| matches!(package.description, Description::Apk { .. }));
    let shells = merge::Shells::of(tree, is_alpine)?;
    let base = files::base(tree, &shells)?;
    let accounts = merge::merge(base, plan, &shells)?;
    let path = |text| TreePath::parse(text).map_err(WriteError::from);
    let mut writer = TreeWriter::new(tree, Origin::Accounts, epoch);
    writer.file(&path(PASSWD)?, 0o644, files::passwd(&accounts).into())?;
    writer.file(&path(GROUP)?, 0o644, files::group(&accounts).into())?;
    writer.file_of(&path("/etc/shadow")?, 0o640, files::SHADOW_GROUP, files::shadow(&accounts).into())?;
    writer.file_of(&path("/etc/gshadow")?, 0o640, files::SHADOW_GROUP, files::gshadow(&accounts).into())?;
    let remarks = merge::remarks(&accounts, plan);
    Ok((accounts, remarks))
}

/// Gives home directories that exist only because something is in them to the users of the definition. To be
/// called after everything that makes directories.
///
/// # Errors
///
/// [`WriteError`] for a home directory that no path can be, or links that lead to each other.
pub fn own_homes(tree: &mut Tree, accounts: &Accounts, plan: &AccountsPlan) -> Result<(), WriteError> {
    for planned in &plan.users {
        let Some(user) = accounts.users.iter().find(|user| user.name == planned.name) else { continue };
        let home = tree.resolve(&TreePath::parse(&user.home)?)?;
        let is_implied = |node: &Node| node.is_directory() && *node.origin == Origin::Implied;
        if !home.is_root() && tree.get(&home).is_some_and(is_implied) {
            tree.change(&home, |metadata| (metadata.uid, metadata.gid) = (user.uid, user.gid));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
