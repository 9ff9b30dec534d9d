//! Where the bytes of files go while an archive is read.

use std::io::{self, Read};

use super::content::Content;

/// Takes the bytes of files, one file after the other.
pub trait Spool {
    /// Stores `length` bytes of `content`, and says where they are.
    ///
    /// # Errors
    ///
    /// An error of `content`, as it is, and an error of the store.
    fn store(&mut self, length: u64, content: &mut dyn Read) -> io::Result<Content>;
}

/// Keeps the bytes in memory.
#[derive(Clone, Copy, Debug, Default)]
pub struct MemorySpool;

impl Spool for MemorySpool {
    fn store(&mut self, _length: u64, content: &mut dyn Read) -> io::Result<Content> {
        // The length is what a header claims, so nothing is reserved for it.
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes)?;
        Ok(bytes.into())
    }
}
