//! The package database of Alpine.
//!
//! Source: the files that apk-tools 2.14 writes and apk-tools 2.14 and 3.0 read.

mod entry;
mod scripts;

use super::{DatabaseError, check, origin};
use crate::builder::packages::apk::index::encode_identity;
use crate::builder::rootfs::installed::{Description, Installed};
use crate::builder::rootfs::path::TreePath;
use crate::builder::rootfs::tree::Tree;
use crate::builder::rootfs::tree_writer::{TreeWriter, WriteError};

/// What the package database of Alpine says besides the packages.
#[derive(Clone, Copy, Debug, Default)]
pub struct ApkDatabase<'a> {
    /// What is requested, as apk writes it: `busybox`, `nginx=1.28.0-r3`. In any order.
    pub world: &'a [String],
    /// Alpine's name of the architecture.
    pub architecture: &'a str,
    /// Repositories, for development images. Empty: `/etc/apk/repositories` stays as it is.
    pub repositories: &'a [String],
    /// Keys of the repositories: the file name, the text.
    pub keys: &'a [(String, Vec<u8>)],
}

/// Writes `/lib/apk/db` and `/etc/apk`. To be called after everything that can change files of packages.
///
/// # Errors
///
/// [`DatabaseError`].
pub fn write_apk_database(
    tree: &mut Tree,
    packages: &[Installed],
    database: &ApkDatabase<'_>,
    epoch: i64,
) -> Result<(), DatabaseError> {
    let mut sorted: Vec<&Installed> = packages.iter().collect();
    sorted.sort_by(|one, other| one.name.cmp(&other.name));
    if let Some([package, _]) = sorted.array_windows().find(|[one, other]| one.name == other.name) {
        return Err(DatabaseError::Repeated(package.name.clone()));
    }
    let (mut installed, mut triggers, mut archive) = (String::new(), String::new(), Vec::new());
    for package in sorted {
        let Description::Apk { info, identity, scripts } = &package.description else {
            return Err(DatabaseError::OtherDistribution(package.name.clone()));
        };
        entry::push(&mut installed, tree, package, info, identity)?;
        let identity = encode_identity(identity);
        if !info.triggers.is_empty() {
            info.triggers.iter().try_for_each(|path| check(path, &[' ']))?;
            triggers.push_str(&format!("{identity} {}\n", info.triggers.join(" ")));
        }
        for script in scripts.iter().filter(|script| scripts::is_script(&script.name)) {
            let name = format!("{}-{}.{identity}{}", package.name, package.version, script.name);
            scripts::push(&mut archive, &name, &script.content, epoch);
        }
    }
    scripts::end(&mut archive);

    let path = |text| TreePath::parse(text).map_err(WriteError::from);
    let mut writer = TreeWriter::new(tree, origin(), epoch);
    let directory = path("/lib/apk/db")?;
    let file = |name| directory.join(name).map_err(WriteError::from);
    writer.file(&file("installed")?, 0o644, installed.into())?;
    writer.file(&file("triggers")?, 0o644, triggers.into())?;
    writer.file(&file("scripts.tar")?, 0o644, archive.into())?;
    writer.file(&file("lock")?, 0o600, "".into())?;
    check(database.architecture, &[' '])?;
    writer.file(&path("/etc/apk/arch")?, 0o644, format!("{}\n", database.architecture).into())?;
    let mut world = database.world.to_vec();
    world.sort();
    world.dedup();
    writer.file(&path("/etc/apk/world")?, 0o644, lines(&world)?.into())?;
    if !database.repositories.is_empty() {
        let text = lines(database.repositories)?;
        writer.file(&path("/etc/apk/repositories")?, 0o644, text.into())?;
    }
    let keys = path("/etc/apk/keys")?;
    for (name, text) in database.keys {
        check(name, &['/'])?;
        let at = keys.join(name).map_err(WriteError::from)?;
        writer.file(&at, 0o644, text.clone().into())?;
    }
    Ok(())
}

fn lines(values: &[String]) -> Result<String, DatabaseError> {
    values.iter().try_for_each(|value| check(value, &[]))?;
    Ok(values.iter().map(|value| format!("{value}\n")).collect())
}

#[cfg(test)]
mod tests;
