//! Files appear whole: they are written under a name of their own, and get theirs when they are complete.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Write as _};

use super::Directory;
use super::entry::file_name;
use crate::registry::limits::UNFINISHED_NAMES;

/// Files have such names until they are whole. [`is_unfinished`] knows them.
const TEMP_PREFIX: &str = ".tmp-";
/// Random characters after [`UNFINISHED`].
const RANDOM_LENGTH: usize = 6;

/// A new file that is removed when dropped.
#[derive(Debug)]
struct TempFile<'a> {
    directory: &'a Directory,
    /// None once it has its own name.
    name: Option<String>,
    file: File,
}

impl Directory {
    /// Puts a file with these bytes in the place of whatever has the name, which is never written through. It appears
    /// whole. With `durable` it also outlives a crash of the machine.
    pub(crate) fn replace(&self, name: &str, bytes: &[u8], mode: u32, durable: bool) -> io::Result<()> {
        let name = file_name(name)?;
        let mut unfinished = self.temp_file(mode)?;
        unfinished.file.write_all(bytes)?;
        if durable {
            unfinished.file.sync_all()?;
        }
        unfinished.rename(name)
    }

    /// Whether files can be made in it.
    pub(crate) fn check_writable(&self) -> io::Result<()> {
        self.temp_file(0o600).map(drop)
    }

    /// A new file with a name of its own, which vanishes unless it gets another.
    fn temp_file(&self, mode: u32) -> io::Result<TempFile<'_>> {
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
    fn rename(mut self, name: &OsStr) -> io::Result<()> {
        if let Some(own) = &self.name {
            self.directory.rename(own, name)?;
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

/// Whether a file that was never finished has such a name.
pub(crate) fn is_temp_name(name: &str) -> bool {
    name.strip_prefix(TEMP_PREFIX).is_some_and(|random| {
        random.len() == RANDOM_LENGTH && random.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}
