//! Puts the files of packages into a tree.
//!
//! 1. Find the place of every entry: links are followed inside the tree, and on Debian `/bin`, `/lib` and the like are
//!    links into `/usr`.
//! 2. Decide which package owns each path.
//! 3. Build the tree.
//!
//! Invariant: a path that two packages ship is in the tree only if both have a directory there or a rule of the
//! distribution says whose it is. The order of the packages decides nothing but the metadata of directories that several
//! packages ship: those of the first one count, of `base-files` before all others.
//!
//! Source: Debian Policy 7.6, dpkg and apk-tools where it is silent.

mod build;
mod bytecode;
mod error;
mod files;
mod ownership;
mod package;
mod placement;
#[cfg(test)]
mod tests;

use build::Built;
use package::{BASE_FILES, Package};

pub use error::{MergeError, PackageVersion, Remark};

use super::archive_entries::{ArchiveEntry, EntryKind};
use super::installed::{Description, Installed};
use super::limits::PACKAGES_ENTRIES;
use super::tree::Tree;
use crate::builder::packages::apk::container::Entry;
use crate::builder::packages::apk::pkginfo::PackageInfo;
use crate::builder::packages::deb::container::ControlFiles;
use crate::builder::packages::deb::control::Stanzas;
use crate::limits::Exceeded;

/// Packages on their way into a tree.
#[derive(Debug)]
pub struct PackageTree {
    epoch: i64,
    packages: Vec<Package>,
}

/// The files of packages in a tree.
#[derive(Clone, Debug, PartialEq)]
pub struct Merged {
    /// The tree.
    pub tree: Tree,
    /// The packages, `base-files` first, the others as they were added.
    pub installed: Vec<Installed>,
    /// Remarks, sorted.
    pub remarks: Vec<Remark>,
}

impl PackageTree {
    /// No packages. Directories that no package ships get the time `epoch`, in seconds since 1970.
    pub fn new(epoch: i64) -> Self {
        Self { epoch, packages: Vec::new() }
    }

    /// Adds a Debian package: its control files, and the entries of its `data.tar`.
    ///
    /// # Errors
    ///
    /// [`MergeError`] if its control file cannot be read, or it is added twice.
    pub fn add_deb(&mut self, control: ControlFiles, entries: Vec<ArchiveEntry>) -> Result<(), MergeError> {
        let stanza = Stanzas::new(control.control()).next().ok_or(MergeError::Field("Package"))?;
        let field = |name: &'static str| -> Result<String, MergeError> {
            Ok(stanza.get(name)?.ok_or(MergeError::Field(name))?.to_owned())
        };
        let (name, version, architecture) = (field("Package")?, field("Version")?, field("Architecture")?);
        let description = Description::Deb(control);
        self.add(Installed { name, version, architecture, description, shipped: Vec::new() }, entries)
    }

    /// Adds an Alpine package: its `.PKGINFO`, the SHA-1 and the other files of its control member, and the entries of its
    /// data member. Entries whose name begins with `.` are left out, as apk does.
    ///
    /// # Errors
    ///
    /// [`MergeError`] if its `replaces` cannot be read, or it is added twice.
    pub fn add_apk(
        &mut self,
        info: PackageInfo,
        identity: [u8; 20],
        scripts: Vec<Entry>,
        mut entries: Vec<ArchiveEntry>,
    ) -> Result<(), MergeError> {
        entries.retain(|entry| !entry.begins_with_dot);
        let installed = Installed {
            name: info.name.clone(),
            version: info.version.clone(),
            architecture: info.architecture.clone(),
            description: Description::Apk { info: Box::new(info), identity, scripts },
            shipped: Vec::new(),
        };
        self.add(installed, entries)
    }

    fn add(&mut self, installed: Installed, entries: Vec<ArchiveEntry>) -> Result<(), MergeError> {
        let package = Package { installed, entries };
        if self.packages.iter().any(|other| other.installed.name == package.installed.name) {
            return Err(MergeError::Repeated(package.id()));
        }
        ownership::check(&package)?;
        let count: usize = self.packages.iter().chain([&package]).map(|package| package.entries.len()).sum();
        if count > PACKAGES_ENTRIES {
            return Err(Exceeded::new("packages of one image", PACKAGES_ENTRIES, "files").into());
        }
        if let Some(entry) = package.entries.iter().find(|entry| matches!(entry.kind, EntryKind::Special(_)))
        {
            return Err(MergeError::Special { path: entry.path.clone(), package: package.id() });
        }
        let at = if package.installed.name == BASE_FILES { 0 } else { self.packages.len() };
        self.packages.insert(at, package);
        Ok(())
    }

    /// Builds the tree.
    ///
    /// # Errors
    ///
    /// [`MergeError`] if packages conflict, or a path leads to no directory.
    pub fn finish(self) -> Result<Merged, MergeError> {
        let placement = placement::place(&self.packages)?;
        let files = files::files(&self.packages, &placement)?;
        let Built { tree, shipped, mut remarks } =
            build::build(&self.packages, &placement, &files, self.epoch)?;
        remarks.extend(bytecode::stale(&tree)?);
        remarks.sort();
        let installed = self
            .packages
            .into_iter()
            .zip(shipped)
            .map(|(package, shipped)| Installed { shipped, ..package.installed })
            .collect();
        Ok(Merged { tree, installed, remarks })
    }
}
