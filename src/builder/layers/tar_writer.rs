//! Writes a planned layer as a tar archive.
//!
//! Invariant: the bytes depend on the nodes of the tree alone. A hard link comes after the name that it leads to, and
//! repeats its metadata.

use std::collections::BTreeMap;
use std::io::{Read, Write};

use super::error::LayerError;
use super::plan::PlannedLayer;
use super::tar_entry::{EntryKind, SEVEN_DIGITS, TarEntry, padding};
use crate::archive::BLOCK_LENGTH;
use crate::builder::rootfs::{LinkGroup, Node, NodeKind, SpecialKind, Tree, TreePath};

/// What ends an archive.
pub(in crate::builder) const END_MARK: [u8; 2 * BLOCK_LENGTH] = [0; 2 * BLOCK_LENGTH];
/// How many bytes of a file are in memory at once.
const BUFFER: usize = 128 * 1024;

/// Writes the entries of `layer` and the end mark. The root is the entry `./`.
///
/// # Errors
///
/// [`LayerError`] for content that cannot be read, what an archive cannot hold, and errors of `to`.
pub fn write_tar(tree: &Tree, layer: &PlannedLayer, to: &mut impl Write) -> Result<(), LayerError> {
    write_with_buffer(tree, layer, &mut vec![0; BUFFER], to)
}

fn write_with_buffer(
    tree: &Tree,
    layer: &PlannedLayer,
    buffer: &mut [u8],
    to: &mut impl Write,
) -> Result<(), LayerError> {
    let mut names: BTreeMap<LinkGroup, &TreePath> = BTreeMap::new();
    for path in &layer.paths {
        let node = tree.get(path).ok_or_else(|| LayerError::Absent(path.clone()))?;
        let first = match &node.kind {
            NodeKind::File { link: Some(link), .. } => names.get(link).copied(),
            _ => None,
        };
        if let (NodeKind::File { link: Some(link), .. }, None) = (&node.kind, first) {
            names.insert(*link, path);
        }
        write_node(path, node, first.and_then(|first| Some((first, tree.get(first)?))), buffer, to)?;
    }
    to.write_all(&END_MARK).map_err(|error| LayerError::write(&error))
}

/// Writes the entry of a node. `first` is the entry that it is a hard link to.
fn write_node(
    path: &TreePath,
    node: &Node,
    first: Option<(&TreePath, &Node)>,
    buffer: &mut [u8],
    to: &mut impl Write,
) -> Result<(), LayerError> {
    let kind = match first {
        Some((first, _)) => EntryKind::HardLink(first.as_str()),
        None => kind(path, node)?,
    };
    // All names of a file share its metadata. Engines apply that of a link too, and a change of owner drops capabilities.
    let metadata = &first.map_or(node, |(_, node)| node).metadata;
    let entry = TarEntry {
        name: if path.is_root() { "." } else { path.as_str() },
        kind,
        mode: metadata.mode,
        uid: metadata.uid,
        gid: metadata.gid,
        mtime: metadata.mtime,
        capability: metadata.capability.as_deref(),
    };
    to.write_all(&entry.header()).map_err(|error| LayerError::write(&error))?;
    match (node.content(), kind) {
        (Some(content), EntryKind::File(size)) => {
            write_content(content.reader(), size, buffer, to, |fault| match fault {
                ContentFault::Read(cause) => LayerError::Content { path: path.clone(), cause },
                ContentFault::Write(cause) => LayerError::Write(cause),
            })
        }
        _ => Ok(()),
    }
}

fn kind<'a>(path: &TreePath, node: &'a Node) -> Result<EntryKind<'a>, LayerError> {
    Ok(match &node.kind {
        NodeKind::Directory => EntryKind::Directory,
        NodeKind::File { content, .. } => EntryKind::File(content.len()),
        NodeKind::Symlink { target } if target.is_empty() || target.contains('\0') => {
            return Err(LayerError::Target(path.clone()));
        }
        NodeKind::Symlink { target } => EntryKind::Symlink(target),
        NodeKind::Special(SpecialKind::Pipe) => EntryKind::Pipe,
        NodeKind::Special(SpecialKind::Character { major, minor } | SpecialKind::Block { major, minor })
            if u64::from(*major.max(minor)) > SEVEN_DIGITS =>
        {
            return Err(LayerError::Device { path: path.clone(), major: *major, minor: *minor });
        }
        NodeKind::Special(SpecialKind::Character { major, minor }) => {
            EntryKind::Character { major: *major, minor: *minor }
        }
        NodeKind::Special(SpecialKind::Block { major, minor }) => {
            EntryKind::Block { major: *major, minor: *minor }
        }
    })
}

/// Why content was not copied.
pub(in crate::builder) enum ContentFault {
    /// It cannot be read, or has another size.
    Read(String),
    /// The archive cannot be written.
    Write(String),
}

/// Copies the content of an entry, of exactly `size` bytes, with its padding.
pub(in crate::builder) fn write_content<E>(
    mut content: impl Read,
    size: u64,
    buffer: &mut [u8],
    to: &mut impl Write,
    error: impl Fn(ContentFault) -> E,
) -> Result<(), E> {
    let mut rest = size;
    while rest > 0 {
        let length = usize::try_from(rest).unwrap_or(usize::MAX).min(buffer.len());
        let part = buffer.get_mut(..length).unwrap_or_default();
        content.read_exact(part).map_err(|cause| error(ContentFault::Read(cause.to_string())))?;
        to.write_all(part).map_err(|cause| error(ContentFault::Write(cause.to_string())))?;
        rest -= length as u64;
    }
    let zeros = [0; BLOCK_LENGTH];
    let zeros = zeros.get(..padding(size)).unwrap_or_default();
    to.write_all(zeros).map_err(|cause| error(ContentFault::Write(cause.to_string())))
}

#[cfg(test)]
mod tests;
