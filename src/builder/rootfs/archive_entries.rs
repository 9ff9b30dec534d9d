//! Entries of archives.

use std::io::{self, Read};

use super::content::Content;

/// Keeps the bytes of files.
pub trait Spool {
    /// Keeps `length` bytes of `content`.
    ///
    /// # Errors
    ///
    /// An error of the spool or of `content`.
    fn store(&mut self, length: u64, content: &mut dyn Read) -> io::Result<Content>;
}
