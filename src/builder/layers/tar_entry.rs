//! The header blocks of one entry of a tar archive.
//!
//! Invariant: an entry has one form. It is that of POSIX ustar, with a pax header before it for what ustar cannot hold,
//! and has neither names of users nor times of access.
//!
//! Source: POSIX.1-2017, `pax`, "ustar Interchange Format" and "pax Header Block"; the key of extended attributes is
//! that of `star`.

use crate::archive::{BLOCK, BLOCK_LENGTH, CAPABILITY};

/// One entry.
#[derive(Clone, Copy, Debug)]
pub(in crate::builder) struct TarEntry<'a> {
    /// The name, without a trailing slash.
    pub(in crate::builder) name: &'a str,
    /// What it is.
    pub(in crate::builder) kind: EntryKind<'a>,
    /// The permission bits.
    pub(in crate::builder) mode: u16,
    /// The owner.
    pub(in crate::builder) uid: u32,
    /// The group.
    pub(in crate::builder) gid: u32,
    /// The time of the last change, in seconds since 1970.
    pub(in crate::builder) mtime: i64,
    /// The extended attribute `security.capability`.
    pub(in crate::builder) capability: Option<&'a [u8]>,
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::builder) enum EntryKind<'a> {
    /// A regular file with this number of bytes.
    File(u64),
    /// Another name of the entry with this name.
    HardLink(&'a str),
    /// A symbolic link to this target.
    Symlink(&'a str),
    /// A character device.
    Character {
        /// The major number.
        major: u32,
        /// The minor number.
        minor: u32,
    },
    /// A block device.
    Block {
        /// The major number.
        major: u32,
        /// The minor number.
        minor: u32,
    },
    /// A directory.
    Directory,
    /// A named pipe.
    Pipe,
}

/// The highest number of seven octal digits.
pub(super) const SEVEN_DIGITS: u64 = 0o777_7777;
/// The highest number of eleven octal digits.
const ELEVEN_DIGITS: u64 = 0o777_7777_7777;
/// The name of the entries that are pax headers. Readers that do not know them make a file of it.
const PAX_NAME: &str = "././@PaxHeader";

impl TarEntry<'_> {
    /// The blocks before the content.
    pub(in crate::builder) fn header(&self) -> Vec<u8> {
        let name = match self.kind {
            EntryKind::Directory => format!("{}/", self.name),
            _ => self.name.to_owned(),
        };
        let mut pax = Records::default();
        let (prefix, short) = split(&name).unwrap_or_else(|| {
            pax.add(b"path", name.as_bytes());
            ("", "")
        });
        let short = if short.is_empty() { substitute(&name) } else { short.to_owned() };
        let target = match self.kind {
            EntryKind::HardLink(target) | EntryKind::Symlink(target) => target,
            _ => "",
        };
        let short_target = if is_short(target, 100) {
            target.to_owned()
        } else {
            pax.add(b"linkpath", target.as_bytes());
            substitute(target)
        };
        let size = match self.kind {
            EntryKind::File(size) => size,
            _ => 0,
        };
        let (major, minor) = match self.kind {
            EntryKind::Character { major, minor } | EntryKind::Block { major, minor } => (major, minor),
            _ => (0, 0),
        };
        if let Some(value) = self.capability {
            pax.add(CAPABILITY, value);
        }
        let mut block = Block::new(&short, self.kind.flag());
        block.octal(100, 8, u64::from(self.mode));
        block.octal(108, 8, pax.number(b"uid", u64::from(self.uid), SEVEN_DIGITS));
        block.octal(116, 8, pax.number(b"gid", u64::from(self.gid), SEVEN_DIGITS));
        block.octal(124, 12, pax.number(b"size", size, ELEVEN_DIGITS));
        block.octal(136, 12, pax.time(self.mtime));
        block.text(157, 100, &short_target);
        block.octal(329, 8, u64::from(major));
        block.octal(337, 8, u64::from(minor));
        block.text(345, 155, prefix);
        let mut header = pax.blocks();
        header.extend_from_slice(&block.finish());
        header
    }
}

impl EntryKind<'_> {
    fn flag(self) -> u8 {
        match self {
            Self::File(_) => b'0',
            Self::HardLink(_) => b'1',
            Self::Symlink(_) => b'2',
            Self::Character { .. } => b'3',
            Self::Block { .. } => b'4',
            Self::Directory => b'5',
            Self::Pipe => b'6',
        }
    }
}

/// Whether a field of this length can hold a text.
fn is_short(text: &str, length: usize) -> bool {
    text.len() <= length && text.is_ascii()
}

/// Prefix and name. `None` if the two fields cannot hold the name.
fn split(name: &str) -> Option<(&str, &str)> {
    if is_short(name, 100) {
        return Some(("", name));
    }
    // The slash between the fields is not written. The one at the end of a directory cannot be it.
    let body = name.strip_suffix('/').unwrap_or(name);
    let within = body.get(..body.len().min(156))?;
    let (prefix, _) = within.rsplit_once('/')?;
    let short = name.get(prefix.len() + 1..)?;
    (is_short(prefix, 155) && !prefix.is_empty() && is_short(short, 100)).then_some((prefix, short))
}

/// What stands in the header beside a pax header: readers that know it do not look at this.
fn substitute(text: &str) -> String {
    text.chars().map(|char| if char.is_ascii() { char } else { '_' }).take(100).collect()
}

/// The number of zero bytes after content of this size.
pub(super) fn padding(size: u64) -> usize {
    usize::try_from((BLOCK - size % BLOCK) % BLOCK).unwrap_or_default()
}

/// One header block.
struct Block([u8; BLOCK_LENGTH]);

impl Block {
    fn new(name: &str, flag: u8) -> Self {
        let mut block = Self([0; BLOCK_LENGTH]);
        block.text(0, 100, name);
        block.bytes(156, &[flag]);
        block.bytes(257, b"ustar\x0000");
        block
    }

    fn bytes(&mut self, at: usize, bytes: &[u8]) {
        if let Some(field) = self.0.get_mut(at..at + bytes.len()) {
            field.copy_from_slice(bytes);
        }
    }

    fn text(&mut self, at: usize, length: usize, text: &str) {
        let bytes = text.as_bytes();
        self.bytes(at, bytes.get(..length).unwrap_or(bytes));
    }

    /// Digits up to the last byte of the field, which stays zero.
    fn octal(&mut self, at: usize, length: usize, number: u64) {
        self.bytes(at, format!("{number:0width$o}", width = length - 1).as_bytes());
    }

    /// The block with its checksum, in which the checksum itself counts as spaces.
    fn finish(mut self) -> [u8; BLOCK_LENGTH] {
        self.bytes(148, b"        ");
        let sum: u64 = self.0.iter().map(|byte| u64::from(*byte)).sum();
        self.bytes(148, format!("{sum:06o}\0 ").as_bytes());
        self.0
    }
}

/// The records of a pax header.
#[derive(Default)]
struct Records(Vec<(&'static [u8], Vec<u8>)>);

impl Records {
    fn add(&mut self, key: &'static [u8], value: &[u8]) {
        self.0.push((key, value.to_vec()));
    }

    /// What the header says: the number, or 0 beside a record.
    fn number(&mut self, key: &'static [u8], number: u64, highest: u64) -> u64 {
        if number <= highest {
            return number;
        }
        self.add(key, number.to_string().as_bytes());
        0
    }

    /// The same for a time, which may be before 1970.
    fn time(&mut self, seconds: i64) -> u64 {
        match u64::try_from(seconds) {
            Ok(seconds) => self.number(b"mtime", seconds, ELEVEN_DIGITS),
            Err(_) => {
                self.add(b"mtime", seconds.to_string().as_bytes());
                0
            }
        }
    }

    /// The header with the records by key. Nothing without records.
    fn blocks(mut self) -> Vec<u8> {
        if self.0.is_empty() {
            return Vec::new();
        }
        self.0.sort();
        let content: Vec<u8> = self.0.iter().flat_map(|(key, value)| record(key, value)).collect();
        let mut block = Block::new(PAX_NAME, b'x');
        for (at, length, number) in
            [(100, 8, 0o644), (108, 8, 0), (116, 8, 0), (136, 12, 0), (329, 8, 0), (337, 8, 0)]
        {
            block.octal(at, length, number);
        }
        block.octal(124, 12, content.len() as u64);
        let mut blocks = block.finish().to_vec();
        let padding = padding(content.len() as u64);
        blocks.extend(content);
        blocks.resize(blocks.len() + padding, 0);
        blocks
    }
}

/// `LENGTH KEY=VALUE\n`, where the length includes its own digits.
fn record(key: &[u8], value: &[u8]) -> Vec<u8> {
    let rest = key.len() + value.len() + 3;
    let digits = |length: usize| length.to_string().len();
    let mut length = rest + digits(rest);
    length = rest + digits(length);
    [length.to_string().as_bytes(), b" ", key, b"=", value, b"\n"].concat()
}

#[cfg(test)]
mod tests;
