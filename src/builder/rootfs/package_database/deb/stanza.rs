//! Entries of `status` and `status.d`.

use std::collections::BTreeMap;

use super::super::{DatabaseError, check};
use super::names::Waived;
use crate::builder::packages::deb::container::ControlFiles;
use crate::builder::packages::deb::control::Stanzas;
use crate::builder::rootfs::installed::Installed;
use crate::builder::rootfs::path::TreePath;

/// Fields that only `dpkg` writes. A package that has them could hide itself from scanners.
const OF_DPKG: &[&str] = &["Status", "Conffiles", "Config-Version", "Triggers-Pending", "Triggers-Awaited"];

/// The entry of an installed package: its control file with `Status` and `Conffiles`.
pub(super) fn installed(
    name: &str,
    files: &ControlFiles,
    conffiles: &[(TreePath, String)],
) -> Result<Vec<u8>, DatabaseError> {
    let invalid = || DatabaseError::Control(name.to_owned());
    let mut stanzas = Stanzas::new(files.control());
    let (Some(stanza), None) = (stanzas.next(), stanzas.next()) else { return Err(invalid()) };
    // The field names are checked before any text is copied.
    let fields: Vec<_> = stanza.fields().collect::<Result<_, _>>().map_err(|_| invalid())?;
    let mut entry = Vec::new();
    for field in fields {
        if OF_DPKG.iter().any(|name| field.name.eq_ignore_ascii_case(name)) {
            continue;
        }
        entry.extend(field.name.bytes());
        entry.extend(b": ");
        entry.extend(field.value);
        entry.push(b'\n');
        if field.name.eq_ignore_ascii_case("Package") {
            entry.extend(b"Status: install ok installed\n");
        }
    }
    if !conffiles.is_empty() {
        entry.extend(b"Conffiles:\n");
        for (path, md5) in conffiles {
            check(path.as_str(), &[])?;
            entry.extend(format!(" {path} {md5}\n").into_bytes());
        }
    }
    Ok(entry)
}

/// The entry that provides waived packages. `None` if there are none.
pub(super) fn waived(
    name: &str,
    waived: &[Waived],
    packages: &[Installed],
    architecture: &str,
) -> Result<Option<String>, DatabaseError> {
    check(architecture, &[' '])?;
    let mut provides: BTreeMap<&str, Option<&str>> = BTreeMap::new();
    for package in waived {
        check(&package.name, &[' ', ',', '(', ')', ':', '|'])?;
        if let Some(version) = &package.version {
            check(version, &[' ', ',', '(', ')', '|'])?;
        }
        if !packages.iter().any(|installed| installed.name == package.name) {
            provides.insert(&package.name, package.version.as_deref());
        }
    }
    if provides.is_empty() {
        return Ok(None);
    }
    let provides: Vec<String> = provides
        .iter()
        .map(|(name, version)| match version {
            Some(version) => format!("{name} (= {version})"),
            None => (*name).to_owned(),
        })
        .collect();
    Ok(Some(format!(
        "Package: {name}\nStatus: install ok installed\nPriority: optional\nSection: metapackages\n\
         Maintainer: dhi <dhi@localhost>\nArchitecture: {architecture}\nMulti-Arch: allowed\nVersion: 1\n\
         Provides: {}\nDescription: packages that this image leaves out\n \
         Dependencies on these packages are waived by the definition of the image.\n\n",
        provides.join(", ")
    )))
}
