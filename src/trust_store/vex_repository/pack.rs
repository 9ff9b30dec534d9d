//! The files of a repository in one file: a header with path, position and digest of each, and then their content.
//!
//! Invariant: the name of a pack is the digest of its header, and the header has the digest of each file, so nothing is
//! read from a pack that was not stored under its name.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::diagnostic::IoCause;
use crate::oci::{Digest, json};
use crate::trust_store::limits::{VEX_KEPT, VEX_PACK_HEADER};
use crate::vex::repository::Repository;

/// The index of a repository.
pub(super) const INDEX: &str = "index.json";
/// The length of the header is in the first bytes.
const LENGTH: usize = 8;

/// The files of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pack {
    /// The digest of the header.
    pub(super) name: Digest,
    /// Header and content.
    pub(super) bytes: Bytes,
}

/// Collects the files of a pack.
#[derive(Debug, Default)]
pub(super) struct PackBuilder {
    files: BTreeMap<String, Slot>,
    content: Vec<u8>,
}

/// Where a file is behind the header.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Slot {
    offset: u64,
    size: u64,
    digest: String,
}

/// Reads files of a pack.
#[derive(Debug)]
pub(super) struct PackReader {
    files: HashMap<String, Slot>,
    content: Content,
}

#[derive(Debug)]
enum Content {
    /// The bytes behind the header.
    Memory(Bytes),
    /// A file, and where the header ends.
    File(File, u64),
}

/// Why a file of a repository is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileError {
    /// The repository does not have it.
    Absent,
    /// It is not what was stored.
    Damaged(String),
}

impl PackBuilder {
    /// Adds a file. False if there is one of that path already.
    pub(super) fn add(&mut self, path: &str, bytes: &[u8]) -> bool {
        let slot =
            Slot { offset: self.size(), size: bytes.len() as u64, digest: Digest::of(bytes).to_string() };
        self.content.extend_from_slice(bytes);
        self.files.insert(path.to_owned(), slot).is_none()
    }

    /// Bytes of content.
    pub(super) fn size(&self) -> u64 {
        self.content.len() as u64
    }

    pub(super) fn finish(self) -> Pack {
        let header = serde_json::to_vec(&self.files).unwrap_or_default();
        let mut bytes = Vec::with_capacity(LENGTH + header.len() + self.content.len());
        bytes.extend_from_slice(&(header.len() as u64).to_be_bytes());
        bytes.extend_from_slice(&header);
        bytes.extend_from_slice(&self.content);
        Pack { name: Digest::of(&header), bytes: bytes.into() }
    }
}

impl Pack {
    /// An error unless there is an index that can be read: content without one never takes the place of a copy.
    ///
    /// # Errors
    ///
    /// A text that says what is wrong with it.
    pub(super) fn check_index(&self, repository: &str) -> Result<(), String> {
        PackReader::of_bytes(self)?.check_index(repository)
    }
}

impl PackReader {
    /// Reads a pack in memory.
    ///
    /// # Errors
    ///
    /// A text that says what is wrong with it.
    pub(super) fn of_bytes(pack: &Pack) -> Result<Self, String> {
        let (length, rest) = pack.bytes.split_first_chunk::<LENGTH>().ok_or("it is cut off")?;
        let length = usize::try_from(u64::from_be_bytes(*length)).unwrap_or(usize::MAX);
        let header = rest.get(..length).ok_or("it is cut off")?;
        let files = files(header, &pack.name)?;
        Ok(Self { files, content: Content::Memory(pack.bytes.slice(LENGTH + length..)) })
    }

    /// Opens the pack of this name.
    ///
    /// # Errors
    ///
    /// A text that says what is wrong with it.
    pub(super) fn of_file(mut file: File, name: &Digest) -> Result<Self, String> {
        let failed = |error: &io::Error| match error.kind() {
            io::ErrorKind::UnexpectedEof => "it is cut off".to_owned(),
            _ => IoCause(error).to_string(),
        };
        let mut length = [0; LENGTH];
        file.read_exact(&mut length).map_err(|error| failed(&error))?;
        let length = u64::from_be_bytes(length);
        if length > VEX_PACK_HEADER {
            return Err("its header is too long".to_owned());
        }
        let mut header = Vec::new();
        Read::take(&mut file, length).read_to_end(&mut header).map_err(|error| failed(&error))?;
        let files = files(&header, name)?;
        Ok(Self { files, content: Content::File(file, LENGTH as u64 + length) })
    }

    /// Reads all files.
    ///
    /// # Errors
    ///
    /// [`FileError`] of one that is not what was stored.
    pub(super) fn check(&mut self) -> Result<(), FileError> {
        let paths: Vec<String> = self.files.keys().cloned().collect();
        paths.iter().try_for_each(|path| self.read(path).map(drop))
    }

    /// An error unless there is an index that can be read.
    ///
    /// # Errors
    ///
    /// A text that says what is wrong with it.
    pub(super) fn check_index(&mut self, repository: &str) -> Result<(), String> {
        let index = self.read(INDEX).map_err(|error| match error {
            FileError::Absent => format!("it has no `{INDEX}`"),
            FileError::Damaged(cause) => cause,
        })?;
        Repository::read(repository, &index).map(drop).map_err(|error| error.to_string())
    }

    /// Reads a file, and compares it with its digest.
    ///
    /// # Errors
    ///
    /// [`FileError`]
    pub(super) fn read(&mut self, path: &str) -> Result<Bytes, FileError> {
        let Some(slot) = self.files.get(path) else { return Err(FileError::Absent) };
        let damaged = |cause: &str| FileError::Damaged(format!("`{}`: {cause}", path.escape_debug()));
        let bytes = match &mut self.content {
            Content::Memory(content) => {
                let range = usize::try_from(slot.offset).ok().zip(usize::try_from(slot.size).ok());
                let range = range.and_then(|(start, size)| Some(start..start.checked_add(size)?));
                let range = range.filter(|range| range.end <= content.len());
                content.slice(range.ok_or_else(|| damaged("it is cut off"))?)
            }
            Content::File(file, start) => {
                if slot.size > VEX_KEPT {
                    return Err(damaged("it is too long"));
                }
                let mut bytes = Vec::new();
                file.seek(SeekFrom::Start(start.saturating_add(slot.offset)))
                    .and_then(|_| Read::take(file, slot.size).read_to_end(&mut bytes))
                    .map_err(|error| damaged(&IoCause(&error).to_string()))?;
                bytes.into()
            }
        };
        let digest = slot.digest.parse::<Digest>().map_err(|_| damaged("it has no digest"))?;
        if digest.matches(&bytes) { Ok(bytes) } else { Err(damaged("its digest is another one")) }
    }
}

fn files(header: &[u8], name: &Digest) -> Result<HashMap<String, Slot>, String> {
    if !name.matches(header) {
        return Err("its header is not the one that was stored".to_owned());
    }
    json::parse(header, "its header").map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pack() -> Pack {
        let mut builder = PackBuilder::default();
        assert!(builder.add("a.json", b"first"));
        assert!(builder.add("b.json", b"second"));
        assert!(!builder.add("a.json", b"again"));
        let mut builder = PackBuilder::default();
        builder.add("a.json", b"first");
        builder.add("b.json", b"second");
        builder.finish()
    }

    fn stored(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        io::Write::write_all(&mut file, bytes).unwrap();
        file.rewind().unwrap();
        file
    }

    #[test]
    fn files_are_read_from_memory_and_from_disk() {
        let pack = pack();
        let of_file = PackReader::of_file(stored(&pack.bytes), &pack.name).unwrap();
        for mut reader in [PackReader::of_bytes(&pack).unwrap(), of_file] {
            assert_eq!(reader.read("b.json").unwrap(), "second");
            assert_eq!(reader.read("a.json").unwrap(), "first");
            assert_eq!(reader.read("c.json"), Err(FileError::Absent));
        }
    }

    #[test]
    fn each_change_of_a_byte_is_found() {
        let pack = pack();
        for at in 0..pack.bytes.len() {
            let mut bytes = pack.bytes.to_vec();
            bytes[at] ^= 1;
            let Ok(mut reader) = PackReader::of_file(stored(&bytes), &pack.name) else { continue };
            assert!(matches!(reader.check(), Err(FileError::Damaged(_))), "byte {at}");
            let read = [reader.read("a.json"), reader.read("b.json")];
            assert!(read.iter().any(|file| matches!(file, Err(FileError::Damaged(_)))), "byte {at}");
        }
    }

    #[test]
    fn each_truncation_is_found() {
        let pack = pack();
        for length in 0..pack.bytes.len() {
            let Ok(mut reader) = PackReader::of_file(stored(&pack.bytes[..length]), &pack.name) else {
                continue;
            };
            assert!(matches!(reader.read("b.json"), Err(FileError::Damaged(_))), "length {length}");
        }
    }
}
