//! The package database of Debian.
//!
//! Source: deb-control(5), dpkg(1), and what `dpkg` 1.21 and 1.22 write and read.

mod conffiles;
mod names;
mod stanza;
mod triggers;

pub use conffiles::Conffiles;
pub use names::Waived;
use names::{is_multi_arch_same, stem};

use super::{DatabaseError, check, origin};
use crate::builder::packages::deb::container::ControlFiles;
use crate::builder::rootfs::installed::{Description, Installed};
use crate::builder::rootfs::path::TreePath;
use crate::builder::rootfs::tree::Tree;
use crate::builder::rootfs::tree_writer::{TreeWriter, WriteError};

/// The form of the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DebDatabase {
    /// `/var/lib/dpkg/status.d`: for scanners only.
    Distroless,
    /// `/var/lib/dpkg/status` and `info`: for `dpkg` and scanners.
    Status,
}

/// The package that provides waived ones to `apt`.
const WAIVED: &str = "dhi-waived";
/// Directories that `dpkg` needs.
const DIRECTORIES: &[&str] = &["info", "updates", "triggers", "alternatives", "parts"];
/// Control files that are executed.
const SCRIPTS: &[&str] = &["preinst", "postinst", "prerm", "postrm", "config"];

impl DebDatabase {
    /// The form for these packages: [`Status`](Self::Status) for a development variant and for every image
    /// that contains `dpkg`.
    pub fn of(packages: &[Installed], dev: bool) -> Self {
        let has_dpkg = packages.iter().any(|package| package.name == "dpkg");
        if dev || has_dpkg { Self::Status } else { Self::Distroless }
    }
}

/// Writes the database in the form of [`DebDatabase::of`]. `architecture` is Debian's name of that of the
/// image. `conffiles` is taken before anything but packages is in the tree.
///
/// In an image with `apt`, one more entry provides the `waived` packages: `apt` refuses to install anything
/// while a dependency is unmet.
///
/// # Errors
///
/// [`DatabaseError`].
pub fn write_deb_database(
    tree: &mut Tree,
    packages: &[Installed],
    conffiles: &Conffiles,
    waived: &[Waived],
    architecture: &str,
    dev: bool,
    epoch: i64,
) -> Result<(), DatabaseError> {
    let mut sorted: Vec<(&Installed, &ControlFiles)> = Vec::new();
    for package in packages {
        let Description::Deb(files) = &package.description else {
            return Err(DatabaseError::OtherDistribution(package.name.clone()));
        };
        check(&package.name, &['/', ' '])?;
        check(&package.architecture, &['/', ' '])?;
        sorted.push((package, files));
    }
    sorted.sort_by(|(one, _), (other, _)| {
        (&one.name, &one.architecture).cmp(&(&other.name, &other.architecture))
    });
    let same = |one: &Installed, other: &Installed| {
        one.name == other.name && (one.architecture == other.architecture || !is_multi_arch_same(one))
    };
    if let Some(pair) = sorted
        .windows(2)
        .find(|pair| pair.first().zip(pair.get(1)).is_some_and(|((one, _), (other, _))| same(one, other)))
    {
        let name = pair.first().map(|(package, _)| package.name.clone()).unwrap_or_default();
        return Err(DatabaseError::Repeated(name));
    }

    let directory = TreePath::parse("/var/lib/dpkg").map_err(WriteError::from)?;
    let mut writer = TreeWriter::new(tree, origin(), epoch);
    writer.directory(&directory, 0o755)?;
    match DebDatabase::of(packages, dev) {
        DebDatabase::Distroless => {
            let directory = directory.join("status.d").map_err(WriteError::from)?;
            writer.directory(&directory, 0o755)?;
            for (package, files) in sorted {
                let path = directory.join(&package.name).map_err(WriteError::from)?;
                writer.file(&path, 0o644, stanza::installed(&package.name, files, &[])?.into())?;
                if let Some(sums) = files.get("md5sums") {
                    let path = directory.join(&format!("{}.md5sums", package.name));
                    writer.file(&path.map_err(WriteError::from)?, 0o644, sums.to_vec().into())?;
                }
            }
        }
        DebDatabase::Status => {
            let mut status = Vec::new();
            for (package, files) in &sorted {
                status.extend(stanza::installed(&package.name, files, conffiles.of_package(&package.name))?);
                status.push(b'\n');
            }
            let has_apt = packages.iter().any(|package| package.name == "apt");
            let provided =
                if has_apt { stanza::waived(WAIVED, waived, packages, architecture)? } else { None };
            status.extend(provided.iter().flat_map(|stanza| stanza.bytes()));
            write_status(&mut writer, &directory, &sorted, status, provided.is_some())?;
        }
    }
    Ok(())
}

fn write_status(
    writer: &mut TreeWriter<'_>,
    directory: &TreePath,
    packages: &[(&Installed, &ControlFiles)],
    status: Vec<u8>,
    has_waived: bool,
) -> Result<(), WriteError> {
    for name in DIRECTORIES {
        writer.directory(&directory.join(name)?, 0o755)?;
    }
    writer.file(&directory.join("status")?, 0o644, status.into())?;
    writer.file(&directory.join("available")?, 0o644, "".into())?;
    let info = directory.join("info")?;
    // Names of packages in file names have an architecture where they need it.
    writer.file(&info.join("format")?, 0o644, "1\n".into())?;
    for (package, files) in packages {
        let stem = stem(package);
        writer.file(&info.join(&format!("{stem}.list"))?, 0o644, list(package).into())?;
        for name in files.names().filter(|name| *name != "control" && *name != "list") {
            let mode = if SCRIPTS.contains(&name) { 0o755 } else { 0o644 };
            let content = files.get(name).unwrap_or_default().to_vec();
            writer.file(&info.join(&format!("{stem}.{name}"))?, mode, content.into())?;
        }
    }
    if has_waived {
        writer.file(&info.join(&format!("{WAIVED}.list"))?, 0o644, "/.\n".into())?;
        // Without it, the audit of `dpkg` complains.
        writer.file(&info.join(&format!("{WAIVED}.md5sums"))?, 0o644, "".into())?;
    }
    triggers::write(writer, &directory.join("triggers")?, packages)
}

/// The paths as the package has them, not where they went: `dpkg` follows links itself.
fn list(package: &Installed) -> String {
    let paths =
        package.shipped.iter().filter(|shipped| shipped.replaced_by.is_none() && !shipped.path.is_root());
    let mut list = String::from("/.\n");
    for shipped in paths {
        list.push_str(&shipped.path.to_string());
        list.push('\n');
    }
    list
}

#[cfg(test)]
mod tests;
