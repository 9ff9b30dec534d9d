//! Reads the entries of a layer from its tar archive.

use std::io::Read;

use super::super::archive_entries::{self, ArchiveError, EntryKind, EntryRules};
use super::super::limits::{ARCHIVE_HEADER, BASE_FILES, LAYER_BYTES};
use super::super::path::TreePath;
use super::super::spool::Spool;
use super::entry::{LayerEntry, LayerEntryKind};
use crate::archive::{MemberBounds, escaped, read_members};

/// The beginning of the name of a whiteout.
const WHITEOUT: &[u8] = b".wh.";
/// The beginning of names that only AUFS used, which no engine unpacks.
const WHITEOUT_METADATA: &[u8] = b".wh..wh.";
/// The whiteout of everything in a directory.
const OPAQUE: &[u8] = b".wh..wh..opq";

/// What a layer may have: names from the root, and devices.
const RULES: EntryRules =
    EntryRules { bytes: LAYER_BYTES, entries: BASE_FILES, accepts_rooted: true, accepts_special: true };

/// Reads an uncompressed layer, in its order. The bytes of files go to `spool`.
///
/// # Errors
///
/// [`ArchiveError`]. What is in the spool then is of no use.
pub fn read_layer(layer: impl Read, spool: &mut dyn Spool) -> Result<Vec<LayerEntry>, ArchiveError> {
    let bounds = MemberBounds { bytes: RULES.bytes, entries: RULES.entries, header: ARCHIVE_HEADER };
    let mut entries = Vec::new();
    read_members(layer, bounds, |member, content| -> Result<(), ArchiveError> {
        let (directory, name) = split(&member.name);
        if name.starts_with(WHITEOUT) {
            entries.extend(whiteout(directory, name)?);
            return Ok(());
        }
        let entry = archive_entries::entry(member, content, &RULES, spool)?;
        let kind = match entry.kind {
            EntryKind::Directory => LayerEntryKind::Directory,
            EntryKind::File(content) => LayerEntryKind::File(content),
            EntryKind::HardLink(target) => LayerEntryKind::HardLink(target),
            EntryKind::Symlink(target) => LayerEntryKind::Symlink(target),
            EntryKind::Special(kind) => LayerEntryKind::Special(kind),
        };
        entries.push(LayerEntry::Node { path: entry.path, metadata: entry.metadata, kind });
        Ok(())
    })?;
    Ok(entries)
}

/// The directory of a path and its last part.
fn split(path: &[u8]) -> (&[u8], &[u8]) {
    let end = path.iter().rposition(|byte| *byte != b'/').map_or(0, |last| last + 1);
    let path = path.get(..end).unwrap_or_default();
    let start = path.iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1);
    path.split_at_checked(start).unwrap_or((path, &[]))
}

/// What a whiteout removes. `None` for metadata of AUFS.
fn whiteout(directory: &[u8], name: &[u8]) -> Result<Option<LayerEntry>, ArchiveError> {
    let directory = TreePath::of_bytes(directory)?;
    if name == OPAQUE {
        return Ok(Some(LayerEntry::Opaque(directory)));
    }
    if name.starts_with(WHITEOUT_METADATA) {
        return Ok(None);
    }
    match name.strip_prefix(WHITEOUT).and_then(|name| str::from_utf8(name).ok()) {
        Some("" | "." | "..") | None => {
            Err(ArchiveError::Tar(format!("its entry `{}` is no whiteout", escaped(name))))
        }
        Some(name) => Ok(Some(LayerEntry::Whiteout(directory.join(name)?))),
    }
}
