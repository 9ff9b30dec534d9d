//! Atomic replacement of files: a file is written under a temporary name and renamed when it is complete.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Write as _};

use super::Directory;
use super::entry::file_name;
use crate::registry::limits::UNFINISHED_NAMES;

/// The prefix of temporary names, which [`is_temp_name`] recognises.
const TEMP_PREFIX: &str = ".tmp-";
/// The number of random characters after [`TEMP_PREFIX`].
const RANDOM_LENGTH: usize = 6;

/// A temporary file that is removed when dropped, unless it was renamed.
#[derive(Debug)]
pub(crate) struct TempFile<'a> {
    directory: &'a Directory,
    /// `None` after it was renamed.
    name: Option<String>,
    file: File,
}

impl Directory {
    /// Atomically replaces the object `name` by a file with these bytes. A link of that name is replaced, not followed.
    /// With `durable`, the content is synced to disk first.
    pub(crate) fn replace(&self, name: &str, bytes: &[u8], mode: u32, durable: bool) -> io::Result<()> {
        let name = file_name(name)?;
        let mut unfinished = self.temp_file(mode)?;
        unfinished.file.write_all(bytes)?;
        if durable {
            unfinished.file.sync_all()?;
        }
        unfinished.rename(name)
    }

    /// Checks that files can be created in the directory.
    pub(crate) fn check_writable(&self) -> io::Result<()> {
        self.temp_file(0o600).map(drop)
    }

    /// Creates a temporary file with a random name.
    pub(crate) fn temp_file(&self, mode: u32) -> io::Result<TempFile<'_>> {
        for _ in 0..UNFINISHED_NAMES {
            let random: String = (0..RANDOM_LENGTH).map(|_| fastrand::alphanumeric()).collect();
            let name = format!("{TEMP_PREFIX}{random}");
            match self.create(&name, mode) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                created => return Ok(TempFile { directory: self, name: Some(name), file: created? }),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }
}

impl TempFile<'_> {
    /// The open file.
    #[cfg(feature = "builder")]
    pub(crate) fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Gives the file its name, in place of an object of that name.
    pub(crate) fn rename(mut self, name: &OsStr) -> io::Result<()> {
        if let Some(temp_name) = &self.name {
            self.directory.rename(temp_name, name)?;
        }
        self.name = None;
        Ok(())
    }
}

impl Drop for TempFile<'_> {
    fn drop(&mut self) {
        if let Some(name) = &self.name {
            let _ = self.directory.remove(name);
        }
    }
}

/// Whether it is a name of a temporary file.
pub(crate) fn is_temp_name(name: &str) -> bool {
    name.strip_prefix(TEMP_PREFIX).is_some_and(|random| {
        random.len() == RANDOM_LENGTH && random.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}
