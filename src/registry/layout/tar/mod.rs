//! Reads image layouts in tar archives without unpacking them.
//!
//! An archive that two tar readers could interpret differently is refused. Every size is checked against the length of
//! the file before it is used. Only headers are read, once; content is read by offset from the same open file.
//!
//! Source: POSIX ustar and pax, GNU's long names and base-256 numbers.

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io;

use crate::archive::{
    BLOCK, BLOCK_LENGTH, ExtendedHeaders, Header, Kind, TarError, at_byte, escaped, is_zero, refused,
};
use crate::limits::{Exceeded, Limits};
use crate::registry::limits::{ARCHIVE_NAME, LINK_DEPTH};

/// An open archive, with the offsets of the layout's files.
#[derive(Debug)]
pub(super) struct Tar {
    file: File,
    length: u64,
    entries: HashMap<String, Entry>,
    /// The normalized names of links.
    links: HashSet<Vec<u8>>,
    /// Whether it has the `manifest.json` of `docker save`.
    pub(super) has_docker_manifest: bool,
    /// The folder of a layout below the root of the archive, if there is one.
    pub(super) folder: Option<String>,
}

/// The position of a file's content in the archive. It is within the archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    offset: u64,
    pub(super) size: u64,
}

impl Tar {
    /// Reads the headers of `file`, which has `length` bytes.
    pub(super) fn open(file: File, length: u64, limits: &Limits) -> Result<Self, TarError> {
        let mut tar = Self {
            file,
            length,
            entries: HashMap::new(),
            links: HashSet::new(),
            has_docker_manifest: false,
            folder: None,
        };
        tar.check_format()?;
        let (mut at, mut count) = (0_u64, 0_usize);
        let mut extended = ExtendedHeaders::default();
        while let Some(header) = tar.header(at)? {
            count += 1;
            if count > limits.archive_entries {
                return Err(TarError::Limit(Exceeded::new(
                    "the number of its entries",
                    limits.archive_entries,
                    "entries",
                )));
            }
            let content = at + BLOCK;
            let size = header.size(&extended).map_err(|cause| at_byte(&cause, at))?;
            let end = content.checked_add(size).filter(|end| *end <= tar.length).ok_or_else(|| {
                at_byte(&format!("the entry claims {size} bytes, which is more than there are"), at)
            })?;
            match header.flag() {
                flag @ (b'x' | b'g' | b'L' | b'K') => {
                    if size > limits.archive_header {
                        let what = format!("an extended header of {size} bytes");
                        return Err(TarError::Limit(Exceeded::new(what, limits.archive_header, "bytes")));
                    }
                    if flag == b'g' && !extended.is_empty() {
                        let cause = "a global pax header is between another extended header and its entry";
                        return Err(at_byte(cause, at));
                    }
                    let bytes = tar.read(Entry { offset: content, size })?;
                    extended.add(flag, bytes).map_err(|cause| at_byte(&cause, at))?;
                }
                _ => {
                    let known = std::mem::take(&mut extended);
                    let name = header.name(&known).map_err(|cause| at_byte(&cause, at))?;
                    let kind = header.kind(&name, size).map_err(|cause| at_byte(&cause, at))?;
                    tar.record_entry(&name, kind, Entry { offset: content, size })?;
                }
            }
            // Only the last entry can lack its padding, and then the end mark is missing too.
            at = end.checked_next_multiple_of(BLOCK).unwrap_or(u64::MAX);
        }
        if extended.is_empty() { Ok(tar) } else { Err(refused("it ends after an extended header")) }
    }

    /// The entry with this name.
    pub(super) fn find(&self, name: &str) -> Option<Entry> {
        self.entries.get(name).copied()
    }

    /// Reads the content of an entry. The caller has checked its size against a limit.
    pub(super) fn read(&self, entry: Entry) -> Result<Vec<u8>, TarError> {
        let mut bytes = vec![0; usize::try_from(entry.size).map_err(|_| refused("an entry is too large"))?];
        read_at(&self.file, &mut bytes, entry.offset)?;
        Ok(bytes)
    }

    /// Refuses files that are not tar archives: empty, too short, or compressed.
    fn check_format(&self) -> Result<(), TarError> {
        if self.length == 0 {
            return Err(refused("it is empty"));
        }
        let mut magic = [0; 6];
        let magic = magic.get_mut(..usize::try_from(self.length).unwrap_or(6).min(6)).unwrap_or_default();
        read_at(&self.file, magic, 0)?;
        let compressed = |by, command| Err(TarError::Compressed { by, command });
        match magic {
            [0x1f, 0x8b, ..] => compressed("gzip", "gunzip"),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => compressed("zstd", "zstd -d"),
            [0xfd, b'7', b'z', b'X', b'Z', 0] => compressed("xz", "unxz"),
            [b'B', b'Z', b'h', ..] => compressed("bzip2", "bunzip2"),
            _ if self.length < BLOCK => Err(refused("it is not a tar archive")),
            _ => Ok(()),
        }
    }

    /// The header at `at`; `None` at the end mark. A file without an end mark is truncated, which is an error.
    fn header(&self, at: u64) -> Result<Option<Header>, TarError> {
        let left = self.length.saturating_sub(at);
        if left < BLOCK {
            return Err(refused("it is cut off: the mark at its end is missing"));
        }
        let mut block = [0; BLOCK_LENGTH];
        read_at(&self.file, &mut block, at)?;
        if is_zero(&block) {
            // The end mark is two blocks of zeros. Some writers omit the second.
            if left >= 2 * BLOCK {
                read_at(&self.file, &mut block, at + BLOCK)?;
                if !is_zero(&block) {
                    return Err(at_byte("a block of zeros is between entries", at));
                }
            }
            return Ok(None);
        }
        match (Header::new(block), at) {
            (Some(header), _) => Ok(Some(header)),
            (None, 0) => Err(refused("it is not a tar archive")),
            (None, _) => Err(at_byte("a header's checksum is wrong", at)),
        }
    }

    /// Records an entry, if it is a file of an image layout, and checks its name and kind.
    fn record_entry(&mut self, name: &[u8], kind: Kind, entry: Entry) -> Result<(), TarError> {
        let parts: Vec<&[u8]> =
            name.split(|byte| *byte == b'/').filter(|part| !matches!(*part, b"" | b".")).collect();
        if name.starts_with(b"/") || parts.contains(&b"..".as_slice()) {
            return Err(refused(format!("its entry `{}` leads out of it", escaped(name))));
        }
        self.check_links(name, &parts, kind)?;
        let expected = match parts.as_slice() {
            [b"blobs", _, _] => Kind::File,
            [file] if is_layout_file(file) => Kind::File,
            [b"blobs"] | [b"blobs", _] => Kind::Directory,
            [file] if is_layout_file(&file.to_ascii_lowercase()) => {
                let cause = "differs from a layout's file only in case";
                return Err(refused(format!("its entry `{}` {cause}", escaped(name))));
            }
            [b"manifest.json"] => {
                self.has_docker_manifest |= kind == Kind::File;
                return Ok(());
            }
            [folder, b"oci-layout"] => {
                self.folder.get_or_insert_with(|| escaped(folder));
                return Ok(());
            }
            _ => return Ok(()),
        };
        if kind != expected {
            let (is, expected) = (kind.as_str(), expected.as_str());
            return Err(refused(format!(
                "its entry `{}` is {is}, where a layout has {expected}",
                escaped(name)
            )));
        }
        let Ok(path) = std::str::from_utf8(&parts.join(&b'/')).map(str::to_owned) else { return Ok(()) };
        if kind != Kind::File || path.len() > ARCHIVE_NAME {
            return Ok(());
        }
        match self.entries.get(&path).copied() {
            None => {
                self.entries.insert(path, entry);
                Ok(())
            }
            Some(known) if self.has_same_content(known, entry)? => Ok(()),
            Some(_) => Err(refused(format!("it has two entries `{path}` with different content"))),
        }
    }

    /// Refuses an entry at or below a link: a program that unpacks the archive would write it through the link, to a
    /// file with another name.
    fn check_links(&mut self, name: &[u8], parts: &[&[u8]], kind: Kind) -> Result<(), TarError> {
        let mut path = Vec::new();
        if !self.links.is_empty() {
            for part in parts.iter().take(LINK_DEPTH) {
                path.extend_from_slice(part);
                if self.links.contains(&path) {
                    return Err(refused(format!("its entry `{}` is at or below a link", escaped(name))));
                }
                path.push(b'/');
            }
        }
        if kind.is_link() {
            if parts.len() > LINK_DEPTH {
                return Err(refused(format!("its entry `{}` is a link too deep in folders", escaped(name))));
            }
            self.links.insert(parts.join(&b'/'));
        }
        Ok(())
    }

    fn has_same_content(&self, one: Entry, other: Entry) -> Result<bool, TarError> {
        const PIECE: u64 = 64 * 1024;
        if one.size != other.size {
            return Ok(false);
        }
        for start in (0..one.size).step_by(PIECE as usize) {
            let size = PIECE.min(one.size - start);
            let piece = |entry: Entry| self.read(Entry { offset: entry.offset + start, size });
            if piece(one)? != piece(other)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn is_layout_file(name: &[u8]) -> bool {
    matches!(name, b"oci-layout" | b"index.json")
}

#[cfg(unix)]
fn read_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, offset)
}

#[cfg(windows)]
fn read_at(file: &File, mut bytes: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        let count = std::os::windows::fs::FileExt::seek_read(file, bytes, offset)?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        offset += count as u64;
        bytes = bytes.get_mut(count..).unwrap_or_default();
    }
    Ok(())
}
