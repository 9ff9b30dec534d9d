//! The tar archives in the small members of a container.
//!
//! Signature and control members end without the two blocks of zeros that end other archives. Only regular
//! files are expected; a header that two tar readers could interpret differently is refused.

use super::super::limits::KEY_NAME;
use crate::archive::{BLOCK_LENGTH, ExtendedHeaders, Header, Kind, is_zero};

/// A file in a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Its content.
    pub content: Vec<u8>,
}

/// What is wrong with an archive.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveFault {
    /// It ends within an entry.
    #[error("its tar archive ends early")]
    EndsEarly,
    /// The checksum of a header is wrong.
    #[error("a tar header in it is damaged")]
    Checksum,
    /// A header that tar readers interpret differently, or that is damaged.
    #[error("{0}")]
    Header(String),
    /// An entry that is not a file.
    #[error("{0:?} in it is not a file")]
    NotAFile(String),
    /// A name that no file in this member has.
    #[error("no file in it can have the name {0:?}")]
    Name(String),
    /// Something follows the end of the archive.
    #[error("something follows the end of its tar archive")]
    Trailing,
    /// More files than any real member has.
    #[error("it has more than {0} files")]
    TooMany(usize),
}

/// The files of an archive, in its order.
pub(super) fn entries(archive: &[u8], limit: usize) -> Result<Vec<Entry>, ArchiveFault> {
    let mut entries = Vec::new();
    let mut extended = ExtendedHeaders::default();
    let mut rest = archive;
    while !rest.is_empty() {
        let (block, after) = rest.split_first_chunk::<BLOCK_LENGTH>().ok_or(ArchiveFault::EndsEarly)?;
        if is_zero(block) {
            if !is_zero(after) {
                return Err(ArchiveFault::Trailing);
            }
            break;
        }
        let header = Header::new(*block).ok_or(ArchiveFault::Checksum)?;
        let size = header.size(&extended).map_err(ArchiveFault::Header)?;
        let size = usize::try_from(size).map_err(|_| ArchiveFault::EndsEarly)?;
        let (content, after) = after.split_at_checked(size).ok_or(ArchiveFault::EndsEarly)?;
        // The last entry of a member may lack its padding.
        let padding = size.next_multiple_of(BLOCK_LENGTH) - size;
        rest = after.get(padding..).unwrap_or_default();
        if matches!(header.flag(), b'x' | b'g' | b'L' | b'K') {
            extended.add(header.flag(), content.to_vec()).map_err(ArchiveFault::Header)?;
            continue;
        }
        let name = header.name(&extended).map_err(ArchiveFault::Header)?;
        let kind = header.kind(&name, header.size(&extended).map_err(ArchiveFault::Header)?);
        let name = String::from_utf8_lossy(&name).into_owned();
        if kind.map_err(ArchiveFault::Header)? != Kind::File {
            return Err(ArchiveFault::NotAFile(name));
        }
        if name.len() > KEY_NAME + 32 || name.chars().any(char::is_control) {
            return Err(ArchiveFault::Name(name.chars().take(64).collect()));
        }
        if entries.len() >= limit {
            return Err(ArchiveFault::TooMany(limit));
        }
        entries.push(Entry { name, content: content.to_vec() });
        extended = ExtendedHeaders::default();
    }
    if extended.is_empty() { Ok(entries) } else { Err(ArchiveFault::EndsEarly) }
}
