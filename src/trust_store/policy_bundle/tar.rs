//! Bundles as tar archives.
//!
//! What is written depends on the content alone: names are sorted, and there are no times, owners and modes of files.

use std::io::{self, Write as _};

use flate2::{Compression, GzBuilder};

use super::content::{ContentBuilder, PolicyBundle};
use super::error::ContentError;
use crate::archive::{BLOCK_LENGTH, StreamBounds, TarError};
use crate::trust_store::archive::read_archive;
use crate::trust_store::limits::{
    POLICY_BUNDLE_ENTRIES, POLICY_BUNDLE_HEADER, POLICY_BUNDLE_PATH_PARTS, POLICY_BUNDLE_UNPACKED,
};

const BOUNDS: StreamBounds = StreamBounds {
    bytes: POLICY_BUNDLE_UNPACKED,
    entries: POLICY_BUNDLE_ENTRIES,
    header: POLICY_BUNDLE_HEADER,
    parts: POLICY_BUNDLE_PATH_PARTS,
    refuses_names: true,
    // `opa build` writes such names.
    accepts_rooted: true,
};
/// The length of the name in a header, and of its prefix.
const NAME: usize = 100;
const PREFIX: usize = 155;

/// Adds the files of a tar archive, compressed by gzip or not.
///
/// # Errors
///
/// [`ContentError`]. An archive with one unusable entry is refused whole.
pub(super) fn read(archive: &[u8], content: &mut ContentBuilder) -> Result<(), ContentError> {
    // The reader has errors of its own; the first of ours is kept beside it.
    let mut failed = None;
    let read = read_archive(archive, &BOUNDS, |path, size, file| {
        if path.rsplit('/').next().is_some_and(|name| name.starts_with(".wh.")) {
            return Err(TarError::Refused(format!(
                "its entry `{}` deletes files of other layers",
                path.escape_debug()
            )));
        }
        let mut keep = |error| {
            failed = Some(error);
            TarError::Refused(String::new())
        };
        if !content.announce(path, size).map_err(&mut keep)? {
            return Ok(());
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(|error| TarError::in_stream(&error))?;
        content.add(path, bytes).map_err(keep)
    });
    match failed {
        Some(error) => Err(error),
        None => Ok(read?),
    }
}

impl PolicyBundle {
    /// The bundle as `tar.gz`, as OPA reads it. The same content gives the same bytes.
    ///
    /// # Errors
    ///
    /// If a path is too long for a tar header.
    pub fn to_tar_gz(&self) -> io::Result<Vec<u8>> {
        let mut out = GzBuilder::new().mtime(0).operating_system(255).write(Vec::new(), Compression::best());
        for file in self.files() {
            out.write_all(&header(file.path, file.text.len())?)?;
            out.write_all(file.text.as_bytes())?;
            let padding = file.text.len().next_multiple_of(BLOCK_LENGTH) - file.text.len();
            out.write_all(&vec![0; padding])?;
        }
        out.write_all(&[0; 2 * BLOCK_LENGTH])?;
        out.finish()
    }
}

/// A POSIX header of a regular file.
fn header(path: &str, size: usize) -> io::Result<Vec<u8>> {
    let (prefix, name) = split(path).ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("the path `{path}` is too long for a tar archive"),
        )
    })?;
    let mut header = Vec::with_capacity(BLOCK_LENGTH);
    let mut field = |text: &[u8], length: usize| {
        header.extend_from_slice(text);
        header.resize(header.len() + length.saturating_sub(text.len()), 0);
    };
    field(name.as_bytes(), NAME);
    field(b"0000644\0", 8);
    field(b"0000000\0", 8);
    field(b"0000000\0", 8);
    field(format!("{size:011o}\0").as_bytes(), 12);
    field(b"00000000000\0", 12);
    // The checksum counts as spaces in itself.
    field(b"        ", 8);
    field(b"0", 1);
    field(b"", NAME);
    field(b"ustar\x0000", 8);
    field(b"", 32 + 32);
    field(b"0000000\x000000000\0", 16);
    field(prefix.as_bytes(), PREFIX);
    field(b"", 12);
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    let checksum = format!("{sum:06o}\0 ");
    for (to, byte) in header.iter_mut().skip(148).zip(checksum.bytes()) {
        *to = byte;
    }
    Ok(header)
}

/// Splits a path at a slash into prefix and name.
fn split(path: &str) -> Option<(&str, &str)> {
    if path.len() <= NAME {
        return Some(("", path));
    }
    let splits = path.match_indices('/').filter_map(|(at, _)| Some((path.get(..at)?, path.get(at + 1..)?)));
    splits.into_iter().find(|(prefix, name)| prefix.len() <= PREFIX && name.len() <= NAME)
}
