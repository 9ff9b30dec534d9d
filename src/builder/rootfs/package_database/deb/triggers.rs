//! The packages that are interested in triggers, as `dpkg` records them when it unpacks a package.
//!
//! Source: deb-triggers(5); the files have the format that `dpkg` 1.21 writes.

use std::collections::{BTreeMap, BTreeSet};

use crate::builder::packages::deb::container::ControlFiles;
use crate::builder::rootfs::installed::Installed;
use crate::builder::rootfs::path::TreePath;
use crate::builder::rootfs::tree_writer::{TreeWriter, WriteError};

/// Writes `File` (interests in paths), and one file for each trigger with a name.
pub(super) fn write(
    writer: &mut TreeWriter<'_>,
    directory: &TreePath,
    packages: &[(&Installed, &ControlFiles)],
) -> Result<(), WriteError> {
    let mut paths = String::new();
    let mut named: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (package, files) in packages {
        let text = String::from_utf8_lossy(files.get("triggers").unwrap_or_default()).into_owned();
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or_default();
            let mut words = line.split_ascii_whitespace();
            let (Some(directive), Some(trigger), None) = (words.next(), words.next(), words.next()) else {
                continue;
            };
            let await_word = match directive {
                "interest" | "interest-await" => "",
                "interest-noawait" => "/noawait",
                _ => continue,
            };
            let interest = format!("{}{await_word}", super::stem(package));
            if trigger.starts_with('/') {
                paths.push_str(&format!("{trigger} {interest}\n"));
            } else if !trigger.contains('/') && trigger != "File" && trigger != "Unincorp" {
                named.entry(trigger.to_owned()).or_default().insert(interest);
            }
        }
    }
    writer.file(&directory.join("File")?, 0o644, paths.into())?;
    writer.file(&directory.join("Unincorp")?, 0o644, "".into())?;
    for (trigger, interests) in named {
        let text: String = interests.iter().map(|interest| format!("{interest}\n")).collect();
        writer.file(&directory.join(&trigger)?, 0o644, text.into())?;
    }
    Ok(())
}
