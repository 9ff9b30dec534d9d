//! Compiled Python that does not match its source.
//!
//! Source: PEP 552 and PEP 3147.

use std::io::{self, Read};

use super::error::{MergeError, Remark};
use crate::builder::rootfs::content::Content;
use crate::builder::rootfs::path::TreePath;
use crate::builder::rootfs::tree::Tree;
use crate::diagnostic::IoCause;

/// The directory of compiled files beside their sources.
const CACHE: &str = "__pycache__";
/// The first format number with a header of PEP 552, of Python 3.7, and the first one of Python 1 and 2, which count from
/// 20121 upwards.
const FORMATS: std::ops::Range<u16> = 3390..20_000;

/// The compiled files in a tree that record another time or size of their source.
pub(super) fn stale(tree: &Tree) -> Result<Vec<Remark>, MergeError> {
    let mut remarks = Vec::new();
    for (path, node) in tree.iter() {
        let (Some(content), Some(source)) = (node.content(), source(path)) else { continue };
        let Some(source_node) = tree.get(&source) else { continue };
        let Some(source_content) = source_node.content() else { continue };
        let recorded = recorded(content)
            .map_err(|error| MergeError::Read { path: path.clone(), cause: IoCause(&error).to_string() })?;
        let Some(recorded) = recorded else { continue };
        // Both are recorded modulo 2^32.
        let mtime = source_node.metadata.mtime.rem_euclid(1 << 32);
        if recorded != (mtime.unsigned_abs(), source_content.len() & 0xffff_ffff) {
            remarks.push(Remark::StaleBytecode { path: path.clone(), source });
        }
    }
    Ok(remarks)
}

/// The source of a compiled file: `a/__pycache__/m.cpython-313.opt-1.pyc` and `a/m.pyc` are compiled from `a/m.py`.
fn source(path: &TreePath) -> Option<TreePath> {
    let stem = path.name().strip_suffix(".pyc")?;
    let directory = path.parent()?;
    if directory.name() != CACHE {
        return directory.join(&format!("{stem}.py")).ok();
    }
    let stem = stem.strip_suffix(".opt-1").or_else(|| stem.strip_suffix(".opt-2")).unwrap_or(stem);
    let (module, _interpreter) = stem.rsplit_once('.')?;
    directory.parent()?.join(&format!("{module}.py")).ok()
}

/// The time and size that a compiled file records. `None` if it is not compiled Python, or is matched by hash.
fn recorded(content: &Content) -> io::Result<Option<(u64, u64)>> {
    let mut header = Vec::new();
    content.reader().take(16).read_to_end(&mut header)?;
    let Some((header, [])) = header.split_first_chunk::<16>() else { return Ok(None) };
    let [format, more, b'\r', b'\n', flags @ .., m0, m1, m2, m3, s0, s1, s2, s3] = *header else {
        return Ok(None);
    };
    if !FORMATS.contains(&u16::from_le_bytes([format, more])) || flags != [0; 4] {
        return Ok(None);
    }
    let number = |bytes| u64::from(u32::from_le_bytes(bytes));
    Ok(Some((number([m0, m1, m2, m3]), number([s0, s1, s2, s3]))))
}
