//! File contents of a build, outside of memory.
//!
//! Invariant: the file has no name, so that nobody else changes it, and it is gone when the build ends, however it ends.

use std::fs::File;
use std::io::{self, Read, Write as _};
use std::sync::Arc;

use crate::builder::rootfs::{Content, ContentStore, Spool};

/// The size up to which a content stays in memory.
const SMALL: u64 = 512;
/// The size of one copy.
const BUFFER: usize = 1 << 16;

/// Takes file contents one after the other.
pub(super) struct SpoolFile {
    file: Arc<Stored>,
    length: u64,
}

struct Stored(File);

impl SpoolFile {
    /// An empty file.
    ///
    /// # Errors
    ///
    /// If there is no place for it.
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self { file: Arc::new(Stored(tempfile::tempfile()?)), length: 0 })
    }
}

impl Spool for SpoolFile {
    fn store(&mut self, length: u64, content: &mut dyn Read) -> io::Result<Content> {
        if length <= SMALL {
            let mut bytes = vec![0; usize::try_from(length).unwrap_or_default()];
            content.read_exact(&mut bytes)?;
            return Ok(bytes.into());
        }
        let offset = self.length;
        let mut buffer = vec![0; BUFFER];
        let mut left = length;
        while left > 0 {
            let wanted = usize::try_from(left).unwrap_or(BUFFER).min(BUFFER);
            let part = buffer.get_mut(..wanted).unwrap_or_default();
            content.read_exact(part)?;
            (&self.file.0).write_all(part)?;
            self.length += wanted as u64;
            left -= wanted as u64;
        }
        Ok(Content::Stored { store: self.file.clone(), offset, length })
    }
}

impl ContentStore for Stored {
    #[cfg(unix)]
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(&self.0, buffer, offset)
    }

    #[cfg(not(unix))]
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        use std::io::Seek as _;
        // One handle has one position: each read takes its own.
        let mut file = self.0.try_clone()?;
        file.seek(io::SeekFrom::Start(offset))?;
        file.read_exact(buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_come_back_as_they_were_stored() {
        let mut spool = SpoolFile::new().unwrap();
        let contents: Vec<Vec<u8>> =
            [0, 1, 512, 513, 70_000].iter().map(|size| (0..*size).map(|at| at as u8).collect()).collect();
        let stored: Vec<Content> = contents
            .iter()
            .map(|bytes| spool.store(bytes.len() as u64, &mut bytes.as_slice()).unwrap())
            .collect();
        for (content, bytes) in stored.iter().zip(&contents) {
            assert_eq!(content.read_all().unwrap().as_ref(), bytes.as_slice());
        }
    }

    #[test]
    fn a_content_that_is_too_short_is_an_error() {
        for size in [10, 1000] {
            assert!(SpoolFile::new().unwrap().store(size, &mut &b"short"[..]).is_err());
        }
    }
}
