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

use crate::diagnostic::IoCause;
use crate::limits::{Exceeded, Limits};
use crate::registry::limits::{ARCHIVE_NAME, LINK_DEPTH};

/// The block size, to which headers and content are padded.
const BLOCK: u64 = 512;
const BLOCK_LENGTH: usize = 512;

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

/// Why an archive cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TarError {
    /// It is not a tar archive, or is damaged or ambiguous.
    Refused(String),
    /// It is compressed. `command` decompresses it.
    Compressed {
        by: &'static str,
        command: &'static str,
    },
    Limit(Exceeded),
}

/// The extended headers before an entry.
#[derive(Debug, Default)]
struct ExtendedHeaders {
    long_name: Option<Vec<u8>>,
    long_link: bool,
    pax: bool,
    path: Option<Vec<u8>>,
    size: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    File,
    Directory,
    Link,
    Device,
}

/// One header, its checksum verified.
struct Header([u8; BLOCK_LENGTH]);

impl From<io::Error> for TarError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => refused("it changed while it was read"),
            _ => Self::Refused(IoCause(&error).to_string()),
        }
    }
}

fn refused(cause: impl Into<String>) -> TarError {
    TarError::Refused(cause.into())
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
                    let name = header.name(known).map_err(|cause| at_byte(&cause, at))?;
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
        let header = Header(block);
        match (header.is_intact(), at) {
            (true, _) => Ok(Some(header)),
            (false, 0) => Err(refused("it is not a tar archive")),
            (false, _) => Err(at_byte("a header's checksum is wrong", at)),
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
        if kind == Kind::Link {
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

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::File => "a file",
            Self::Directory => "a directory",
            Self::Link => "a link",
            Self::Device => "a device",
        }
    }
}

impl Header {
    fn field(&self, from: usize, length: usize) -> &[u8] {
        self.0.get(from..from + length).unwrap_or_default()
    }

    fn flag(&self) -> u8 {
        self.field(156, 1).first().copied().unwrap_or_default()
    }

    /// Whether the checksum is correct. The checksum field itself counts as spaces.
    fn is_intact(&self) -> bool {
        let sum: u64 = self
            .0
            .iter()
            .enumerate()
            .map(|(at, byte)| u64::from(if (148..156).contains(&at) { b' ' } else { *byte }))
            .sum();
        number(self.field(148, 8)).is_ok_and(|written| written == sum)
    }

    /// The number of content bytes. A pax header may have a size that does not fit into the header. If both have a size
    /// and they differ, tar readers disagree, so that is an error.
    fn size(&self, extended: &ExtendedHeaders) -> Result<u64, String> {
        const FITS: u64 = 1 << 33;
        let in_header = number(self.field(124, 12))?;
        match extended.size {
            _ if matches!(self.flag(), b'x' | b'g' | b'L' | b'K') => Ok(in_header),
            Some(size) if size == in_header || size >= FITS && in_header == 0 => Ok(size),
            Some(size) => Err(format!(
                "the entry has two sizes, {in_header} in its header and {size} in its pax header"
            )),
            None => Ok(in_header),
        }
    }

    /// The prefix of the name, which only the POSIX format has. Other formats have other fields at this offset, which
    /// some readers take for a prefix; the prefix of `star` is shorter.
    fn prefix(&self) -> Result<&[u8], String> {
        let field = self.field(345, 155);
        let is_posix = self.field(257, 8) == b"ustar\x0000";
        let is_star = self.field(508, 4) == b"tar\0" && !self.field(345, 131).contains(&0);
        if is_posix && !is_star {
            Ok(until_zero(field))
        } else if is_zero(field) {
            Ok(&[])
        } else {
            Err("the entry has a prefix that tar readers interpret differently".to_owned())
        }
    }

    /// The full name, from an extended header or from this header.
    fn name(&self, extended: ExtendedHeaders) -> Result<Vec<u8>, String> {
        let name = match (extended.path, extended.long_name) {
            (Some(_), Some(_)) => return Err("the entry has a long name twice".to_owned()),
            (Some(name), None) | (None, Some(name)) => name,
            (None, None) => {
                let (prefix, name) = (self.prefix()?, until_zero(self.field(0, 100)));
                if prefix.is_empty() { name.to_vec() } else { [prefix, b"/", name].concat() }
            }
        };
        match name.as_slice() {
            [] => Err("the entry has no name".to_owned()),
            name if name.contains(&0) => Err("the entry has a zero byte in its name".to_owned()),
            _ => Ok(name),
        }
    }

    fn kind(&self, name: &[u8], size: u64) -> Result<Kind, String> {
        let kind = match self.flag() {
            // Before POSIX, a trailing slash marked a directory.
            0 | b'0' | b'7' if name.ends_with(b"/") => Kind::Directory,
            0 | b'0' | b'7' => Kind::File,
            b'5' => Kind::Directory,
            b'1' | b'2' => Kind::Link,
            b'3' | b'4' | b'6' => Kind::Device,
            b'S' => return Err("the entry is sparse, which is not supported".to_owned()),
            other => {
                return Err(format!(
                    "the entry has an unsupported type, `{}`",
                    char::from(other).escape_default()
                ));
            }
        };
        // Some tar readers skip such content, others read it as headers.
        if kind != Kind::File && size != 0 {
            return Err(format!("the entry is {} and has content", kind.as_str()));
        }
        Ok(kind)
    }
}

impl ExtendedHeaders {
    fn is_empty(&self) -> bool {
        !self.pax && !self.long_link && self.long_name.is_none()
    }

    /// Adds an extended header. Each entry can have one of each kind.
    fn add(&mut self, flag: u8, mut bytes: Vec<u8>) -> Result<(), String> {
        match flag {
            b'L' => {
                if bytes.last() == Some(&0) {
                    bytes.pop();
                }
                if self.long_name.replace(bytes).is_some() {
                    return Err("the entry has a long name twice".to_owned());
                }
            }
            b'K' => {
                if std::mem::replace(&mut self.long_link, true) {
                    return Err("the entry has a long link twice".to_owned());
                }
            }
            b'x' => {
                if std::mem::replace(&mut self.pax, true) {
                    return Err("the entry has two pax headers".to_owned());
                }
                for (key, value) in records(&bytes)? {
                    self.record(key, value)?;
                }
            }
            _ => {
                // A global header applies to all later entries. Comments are common; names and sizes would be
                // ambiguous.
                for (key, _) in records(&bytes)? {
                    if matches!(key, b"path" | b"size" | b"linkpath") || key.starts_with(b"GNU.sparse.") {
                        return Err(format!("a global pax header sets `{}` for all entries", escaped(key)));
                    }
                }
            }
        }
        Ok(())
    }

    fn record(&mut self, key: &[u8], value: &[u8]) -> Result<(), String> {
        let check_first = |is_repeated: bool| {
            if is_repeated { Err("a pax header sets a name twice".to_owned()) } else { Ok(()) }
        };
        match key {
            b"path" => check_first(self.path.replace(value.to_vec()).is_some()),
            b"size" => {
                let size = decimal(value).ok_or("the size in a pax header is not a number")?;
                check_first(self.size.replace(size).is_some())
            }
            key if key.starts_with(b"GNU.sparse.") => {
                Err("the entry is sparse, which is not supported".to_owned())
            }
            _ => Ok(()),
        }
    }
}

/// The key and value of a pax record.
type Record<'a> = (&'a [u8], &'a [u8]);

/// Parses the records of a pax header: `LENGTH KEY=VALUE\n`. The length includes itself.
fn records(mut bytes: &[u8]) -> Result<Vec<Record<'_>>, String> {
    let bad = || "a pax header is damaged".to_owned();
    let mut records = Vec::new();
    while !bytes.is_empty() {
        let space = bytes.iter().take(20).position(|byte| *byte == b' ').ok_or_else(bad)?;
        let length = bytes.get(..space).and_then(decimal).ok_or_else(bad)?;
        let length = usize::try_from(length).map_err(|_| bad())?;
        let (record, rest) = bytes.split_at_checked(length).ok_or_else(bad)?;
        let record = record.get(space + 1..).and_then(|record| record.strip_suffix(b"\n")).ok_or_else(bad)?;
        let equals = record.iter().position(|byte| *byte == b'=').ok_or_else(bad)?;
        let (key, value) = record.split_at(equals);
        records.push((key, value.strip_prefix(b"=").ok_or_else(bad)?));
        bytes = rest;
    }
    Ok(records)
}

/// A number in a header: octal, or GNU's base 256, which has the first bit set.
fn number(field: &[u8]) -> Result<u64, String> {
    let bad = || "a number in a header is damaged".to_owned();
    if let [first @ 0x80..=0xff, rest @ ..] = field {
        // The second bit is the sign, so negative numbers overflow here.
        return rest.iter().try_fold(u64::from(first & 0x7f), |sum, byte| {
            sum.checked_mul(256).and_then(|sum| sum.checked_add(u64::from(*byte))).ok_or_else(bad)
        });
    }
    let digits = until_zero(field);
    // Some readers skip zero bytes before the digits.
    let after = field.get(digits.len()..).unwrap_or_default();
    if after.iter().any(|byte| !matches!(byte, 0 | b' ')) {
        return Err(bad());
    }
    let digits = digits.trim_ascii();
    digits.iter().try_fold(0_u64, |sum, byte| match byte {
        b'0'..=b'7' => {
            sum.checked_mul(8).and_then(|sum| sum.checked_add(u64::from(byte - b'0'))).ok_or_else(bad)
        }
        _ => Err(bad()),
    })
}

fn decimal(bytes: &[u8]) -> Option<u64> {
    let digits = bytes.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(bytes).ok().filter(|_| digits)?.parse().ok()
}

/// The bytes before the first zero byte.
fn until_zero(field: &[u8]) -> &[u8] {
    field.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// The beginning of a name, with control characters escaped.
fn escaped(name: &[u8]) -> String {
    String::from_utf8_lossy(name.get(..name.len().min(200)).unwrap_or(name)).escape_debug().to_string()
}

fn is_layout_file(name: &[u8]) -> bool {
    matches!(name, b"oci-layout" | b"index.json")
}

fn is_zero(block: &[u8]) -> bool {
    block.iter().all(|byte| *byte == 0)
}

fn at_byte(cause: &str, at: u64) -> TarError {
    refused(format!("{cause} (at byte {at})"))
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
