//! An archive has one meaning or none: where two readers of tar could see different files under one name, it
//! is refused. Nothing is unpacked, and no size that it claims is believed before it lies within the file.
//!
//! The format is POSIX ustar and pax, and GNU's long names and large numbers. Only headers are read, once;
//! content stays where it is and is read by offset from the file that was opened then.

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io;

use crate::limits::{Exceeded, Limits};
use crate::registry::limits::{ARCHIVE_NAME, LINK_DEPTH};

/// Headers and content are padded to it.
const BLOCK: u64 = 512;
const BLOCK_LENGTH: usize = 512;

/// An archive file, open, and where the files of an image layout lie in it.
#[derive(Debug)]
pub(super) struct Tar {
    file: File,
    length: u64,
    entries: HashMap<String, Entry>,
    /// The names of links, in their one spelling.
    links: HashSet<Vec<u8>>,
    /// Whether it has the `manifest.json` of `docker save`.
    pub(super) has_docker_manifest: bool,
    /// A folder with a layout in it, when the archive has one below its root.
    pub(super) folder: Option<String>,
}

/// The content of one file in the archive, within its bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    offset: u64,
    pub(super) size: u64,
}

/// Why an archive is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TarError {
    /// It is not a tar archive, damaged or ambiguous.
    Refused(String),
    /// It is compressed; the command unpacks it.
    Compressed {
        by: &'static str,
        command: &'static str,
    },
    Limit(Exceeded),
}

/// What the headers before an entry say of it.
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
            _ => Self::Refused(error.to_string()),
        }
    }
}

fn refused(cause: impl Into<String>) -> TarError {
    TarError::Refused(cause.into())
}

impl Tar {
    /// Reads the headers of `file`, which is `length` bytes long.
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
                        let cause =
                            "a global pax header stands between another extended header and its entry";
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
            // Padding may be missing after the last content only, and then the end mark is missing too.
            at = end.checked_next_multiple_of(BLOCK).unwrap_or(u64::MAX);
        }
        if extended.is_empty() { Ok(tar) } else { Err(refused("it ends after an extended header")) }
    }

    /// The content that `name` has in the archive.
    pub(super) fn find(&self, name: &str) -> Option<Entry> {
        self.entries.get(name).copied()
    }

    /// The bytes of an entry. Its size is within the file, and the caller's bound is checked before.
    pub(super) fn read(&self, entry: Entry) -> Result<Vec<u8>, TarError> {
        let mut bytes = vec![0; usize::try_from(entry.size).map_err(|_| refused("an entry is too large"))?];
        read_at(&self.file, &mut bytes, entry.offset)?;
        Ok(bytes)
    }

    /// Refuses what is no tar archive at all, by what it is instead.
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

    /// The header at `at`, or nothing at the end mark. A file that ends without one is cut off.
    fn header(&self, at: u64) -> Result<Option<Header>, TarError> {
        let left = self.length.saturating_sub(at);
        if left < BLOCK {
            return Err(refused("it is cut off: the mark at its end is missing"));
        }
        let mut block = [0; BLOCK_LENGTH];
        read_at(&self.file, &mut block, at)?;
        if is_zero(&block) {
            // The mark is two blocks of zeros; some writers leave the second one out.
            if left >= 2 * BLOCK {
                read_at(&self.file, &mut block, at + BLOCK)?;
                if !is_zero(&block) {
                    return Err(at_byte("a block of zeros lies between entries", at));
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

    /// Notes an entry, if its name is one of an image layout.
    fn record_entry(&mut self, name: &[u8], kind: Kind, entry: Entry) -> Result<(), TarError> {
        let parts: Vec<&[u8]> =
            name.split(|byte| *byte == b'/').filter(|part| !matches!(*part, b"" | b".")).collect();
        if name.starts_with(b"/") || parts.contains(&b"..".as_slice()) {
            return Err(refused(format!("its entry `{}` leads out of it", escaped(name))));
        }
        self.check_links(name, &parts, kind)?;
        let wanted = match parts.as_slice() {
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
        if kind != wanted {
            let (is, wanted) = (kind.as_str(), wanted.as_str());
            return Err(refused(format!(
                "its entry `{}` is {is}, where a layout has {wanted}",
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

    /// Whoever unpacks the archive writes through its links: what lies at or below one may become a file of
    /// another name.
    fn check_links(&mut self, name: &[u8], parts: &[&[u8]], kind: Kind) -> Result<(), TarError> {
        let mut path = Vec::new();
        if !self.links.is_empty() {
            for part in parts.iter().take(LINK_DEPTH) {
                path.extend_from_slice(part);
                if self.links.contains(&path) {
                    return Err(refused(format!("its entry `{}` lies at or below a link", escaped(name))));
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

    /// Whether the checksum, which counts itself as spaces, is that of the header.
    fn is_intact(&self) -> bool {
        let sum: u64 = self
            .0
            .iter()
            .enumerate()
            .map(|(at, byte)| u64::from(if (148..156).contains(&at) { b' ' } else { *byte }))
            .sum();
        number(self.field(148, 8)).is_ok_and(|written| written == sum)
    }

    /// How many bytes of content follow. A pax header may name a size that does not fit into the header; one that
    /// contradicts it is where readers of tar fall apart.
    fn size(&self, extended: &ExtendedHeaders) -> Result<u64, String> {
        const FITS: u64 = 1 << 33;
        let own = number(self.field(124, 12))?;
        match extended.size {
            _ if matches!(self.flag(), b'x' | b'g' | b'L' | b'K') => Ok(own),
            Some(size) if size == own || size >= FITS && own == 0 => Ok(size),
            Some(size) => {
                Err(format!("the entry has two sizes, {own} in its header and {size} in its pax header"))
            }
            None => Ok(own),
        }
    }

    /// What stands before the name. Only POSIX has it; where other formats have other things some readers take
    /// those for it, and that of `star` is shorter.
    fn prefix(&self) -> Result<&[u8], String> {
        let field = self.field(345, 155);
        let is_posix = self.field(257, 8) == b"ustar\x0000";
        let is_star = self.field(508, 4) == b"tar\0" && !self.field(345, 131).contains(&0);
        if is_posix && !is_star {
            Ok(until_zero(field))
        } else if is_zero(field) {
            Ok(&[])
        } else {
            Err("the entry has a prefix that readers of tar see differently".to_owned())
        }
    }

    /// The name, from where it is whole.
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
            // Before POSIX a slash at the end was what made a directory.
            0 | b'0' | b'7' if name.ends_with(b"/") => Kind::Directory,
            0 | b'0' | b'7' => Kind::File,
            b'5' => Kind::Directory,
            b'1' | b'2' => Kind::Link,
            b'3' | b'4' | b'6' => Kind::Device,
            b'S' => return Err("the entry is sparse, which is not read".to_owned()),
            other => {
                return Err(format!(
                    "the entry is of a kind that is not read, `{}`",
                    char::from(other).escape_default()
                ));
            }
        };
        // Some readers skip such content, others read it as headers.
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

    /// Takes an extended header in. Of each kind there is one at most for an entry.
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
                // For all entries that follow. Comments are usual, names and sizes only confuse.
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
        let twice =
            |there: bool| if there { Err("a pax header sets a name twice".to_owned()) } else { Ok(()) };
        match key {
            b"path" => twice(self.path.replace(value.to_vec()).is_some()),
            b"size" => {
                let size = decimal(value).ok_or("the size in a pax header is not a number")?;
                twice(self.size.replace(size).is_some())
            }
            key if key.starts_with(b"GNU.sparse.") => {
                Err("the entry is sparse, which is not read".to_owned())
            }
            _ => Ok(()),
        }
    }
}

/// Key and value.
type Record<'a> = (&'a [u8], &'a [u8]);

/// The records of a pax header: `LENGTH KEY=VALUE\n`, where the length counts itself.
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

/// A number of a header: octal, or where it does not fit GNU's base 256, which has the first bit set.
fn number(field: &[u8]) -> Result<u64, String> {
    let bad = || "a number in a header is damaged".to_owned();
    if let [first @ 0x80..=0xff, rest @ ..] = field {
        // The second bit would be the sign.
        return rest.iter().try_fold(u64::from(first & 0x7f), |sum, byte| {
            sum.checked_mul(256).and_then(|sum| sum.checked_add(u64::from(*byte))).ok_or_else(bad)
        });
    }
    let digits = until_zero(field);
    // Some readers pass over zero bytes before the digits.
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

/// What stands before the first zero byte.
fn until_zero(field: &[u8]) -> &[u8] {
    field.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// The beginning of a name, without what a terminal would act on.
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
