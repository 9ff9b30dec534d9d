//! The `ar` container, as far as packages use it.
//!
//! Source: ar(5), the common format. Long names of the GNU and BSD variants are not names that a package has.

use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;

use super::error::ContainerError;
use super::limits::MEMBERS;
use crate::limits::Exceeded;

const MAGIC: &[u8; 8] = b"!<arch>\n";
/// The size of a header.
const HEADER: u64 = 60;

/// A member: its name, and the place of its content, which is within the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Member {
    /// Without the `/` that some writers end a name with.
    pub(super) name: String,
    pub(super) offset: u64,
    pub(super) size: u64,
}

/// The members of an archive, in order.
#[derive(Debug)]
pub(super) struct Ar<'a, F> {
    file: &'a mut F,
    length: u64,
    at: u64,
    count: usize,
}

impl<'a, F: Read + Seek> Ar<'a, F> {
    pub(super) fn new(file: &'a mut F) -> Result<Self, ContainerError> {
        let length = file.seek(SeekFrom::End(0)).map_err(|error| ContainerError::read(&error))?;
        let mut archive = Self { file, length, at: MAGIC.len() as u64, count: 0 };
        if archive.bytes(0, MAGIC.len() as u64)? != MAGIC {
            return Err(ContainerError::NotAPackage);
        }
        Ok(archive)
    }

    /// The next member. `None` at the end of the file.
    pub(super) fn next_member(&mut self) -> Result<Option<Member>, ContainerError> {
        let start = self.at;
        if start >= self.length {
            return Ok(None);
        }
        self.count += 1;
        if self.count > MEMBERS {
            return Err(Exceeded::new("the package file", MEMBERS, "members").into());
        }
        let header = self.bytes(start, HEADER)?;
        if header.len() as u64 != HEADER {
            return Err(ContainerError::CutOff);
        }
        let damaged = || ContainerError::Header { at: start };
        if header.get(58..) != Some(b"`\n") {
            return Err(damaged());
        }
        let field = |range: Range<usize>| header.get(range).map(<[u8]>::trim_ascii_end).unwrap_or_default();
        let name = field(0..16);
        let name = name.strip_suffix(b"/").unwrap_or(name);
        if name.is_empty() || !name.iter().all(u8::is_ascii_graphic) {
            return Err(damaged());
        }
        let name = String::from_utf8_lossy(name).into_owned();
        let size = decimal(field(48..58)).ok_or_else(damaged)?;
        let offset = start + HEADER;
        // A size has ten digits, so nothing here overflows.
        let end = offset + size;
        if end > self.length {
            return Err(ContainerError::CutOff);
        }
        // Members begin at even positions. The last one may lack its padding.
        self.at = end + size % 2;
        if size % 2 == 1 && !matches!(self.bytes(end, 1)?.as_slice(), [] | [b'\n']) {
            return Err(ContainerError::Padding { member: name });
        }
        Ok(Some(Member { name, offset, size }))
    }

    /// The first bytes of a member, at most `most`.
    pub(super) fn beginning(&mut self, member: &Member, most: u64) -> Result<Vec<u8>, ContainerError> {
        self.bytes(member.offset, member.size.min(most))
    }

    /// The bytes at `offset`, fewer than `count` at the end of the file.
    fn bytes(&mut self, offset: u64, count: u64) -> Result<Vec<u8>, ContainerError> {
        let mut bytes = Vec::new();
        self.file
            .seek(SeekFrom::Start(offset))
            .and_then(|_| self.file.by_ref().take(count).read_to_end(&mut bytes))
            .map_err(|error| ContainerError::read(&error))?;
        Ok(bytes)
    }
}

/// A number of decimal digits alone, so that a sign is none.
fn decimal(digits: &[u8]) -> Option<u64> {
    let all_digits = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(digits).ok().filter(|_| all_digits)?.parse().ok()
}
