//! The copy of a repository on disk: a record and the pack that it names.
//!
//! A process that writes holds the lock of the directory. Readers need none: files are replaced by renaming, and a pack
//! has its digest as its name. A pack that is removed meanwhile is looked up again.

use std::io;

use super::pack::{Pack, PackReader};
use super::record::Record;
use crate::limits::read_whole;
use crate::oci::Digest;
use crate::registry::Directory;
use crate::trust_store::limits::VEX_RECORD;

/// The file with the record.
const RECORD: &str = "record.json";
/// The end of the name of a pack.
const PACK: &str = ".pack";
/// The mode of files: access for the owner only.
const PRIVATE: u32 = 0o600;

/// A copy.
#[derive(Debug)]
pub(super) struct Copy {
    pub(super) record: Record,
    pub(super) files: PackReader,
}

/// Reads the copy in a directory. `None` if there is none of the repository at `url`, or if it is damaged.
pub(super) fn read(directory: &Directory, url: &str) -> Option<Copy> {
    const ATTEMPTS: usize = 3;
    (0..ATTEMPTS).find_map(|_| {
        let record = read_record(directory, url)?;
        let name = record.pack.parse::<Digest>().ok()?;
        let file = directory.file(&pack_name(&name)).ok()??;
        let files = PackReader::of_file(file, &name).ok()?;
        Some(Copy { record, files })
    })
}

/// Reads the record in a directory, whether or not there is content. `None` if there is none of the repository at `url`.
pub(super) fn read_record(directory: &Directory, url: &str) -> Option<Record> {
    let record = read_whole(directory.file(RECORD).ok()??, VEX_RECORD).ok()?;
    Record::read(&record).filter(|record| record.repository == url)
}

/// Stores a pack with its record, and removes others.
pub(super) fn write(directory: &Directory, record: &Record, pack: &Pack) -> io::Result<()> {
    let name = pack_name(&pack.name);
    directory.replace(&name, &pack.bytes, PRIVATE, false)?;
    write_record(directory, record)?;
    for entry in directory.entries()? {
        if entry.name.ends_with(PACK) && entry.name != name {
            // Another run may read it. Then it goes when that ends, or stays where files in use cannot be removed.
            let _ = directory.remove(&entry.name);
        }
    }
    Ok(())
}

/// Replaces the record.
pub(super) fn write_record(directory: &Directory, record: &Record) -> io::Result<()> {
    directory.replace(RECORD, &record.to_json(), PRIVATE, false)
}

/// Removes the copy.
pub(super) fn remove(directory: &Directory) -> io::Result<()> {
    for entry in directory.entries()? {
        if entry.name == RECORD || entry.name.ends_with(PACK) {
            directory.remove(&entry.name)?;
        }
    }
    Ok(())
}

fn pack_name(name: &Digest) -> String {
    format!("{}{PACK}", name.hex())
}
