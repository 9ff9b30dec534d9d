//! The links of the applets of `busybox`.
//!
//! Source: Alpine's packages list them in `/etc/busybox-paths.d`, one file for each program.

use crate::builder::rootfs::installed::Installed;
use crate::builder::rootfs::limits::SCRIPT_DATA;
use crate::builder::rootfs::path::TreePath;
use crate::builder::rootfs::tree::Tree;
use crate::builder::rootfs::tree_writer::{TreeWriter, WriteError, follow, read};

pub(super) fn make(tree: &mut Tree, packages: &[Installed], epoch: i64) -> Result<(), WriteError> {
    let lists = TreePath::parse("/etc/busybox-paths.d")?;
    let names: Vec<TreePath> = tree.below(&lists).map(|(path, _)| path.clone()).collect();
    for list in names {
        let program = [format!("/bin/{}", list.name()), format!("/usr/bin/{}", list.name())];
        let mut found = None;
        for candidate in program {
            if found.is_none() && follow(tree, &TreePath::parse(&candidate)?)?.is_some() {
                found = Some(candidate);
            }
        }
        let Some(program) = found else { continue };
        let Some(text) = read(tree, &list, SCRIPT_DATA, "list")? else { continue };
        let owner = packages.iter().find(|package| package.shipped.iter().any(|shipped| shipped.at == list));
        let owner = owner.map_or_else(|| list.name().to_owned(), |package| package.name.clone());
        let mut writer = TreeWriter::synthesized(tree, &owner, epoch);
        for line in text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii) {
            let applet = TreePath::of_bytes(line)?;
            // What a package ships stays: the full program instead of the applet.
            if !applet.is_root() && !writer.exists(&applet)? {
                writer.link(&applet, &program)?;
            }
        }
    }
    Ok(())
}
