//! Files appear whole: they are written under a name of their own, and get theirs when they are complete.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Write as _};

use super::Directory;
use super::entry::plain;
use crate::registry::limits::UNFINISHED_NAMES;

/// Files have such names until they are whole. [`is_unfinished`] knows them.
const UNFINISHED: &str = ".tmp-";
/// Random characters after [`UNFINISHED`].
const RANDOM: usize = 6;

/// A new file that is removed when dropped.
#[derive(Debug)]
struct Unfinished<'a> {
    directory: &'a Directory,
    /// None once it has its own name.
    name: Option<String>,
    file: File,
}

impl Directory {
    /// Puts a file with these bytes in the place of whatever has the name, which is never written through. It appears
    /// whole. With `durable` it also outlives a crash of the machine.
    pub(crate) fn replace(&self, name: &str, bytes: &[u8], mode: u32, durable: bool) -> io::Result<()> {
        let name = plain(name)?;
        let mut unfinished = self.unfinished(mode)?;
        unfinished.file.write_all(bytes)?;
        if durable {
            unfinished.file.sync_all()?;
        }
        unfinished.rename(name)
    }

    /// Whether files can be made in it.
    pub(crate) fn try_to_write(&self) -> io::Result<()> {
        self.unfinished(0o600).map(drop)
    }

    /// A new file with a name of its own, which vanishes unless it gets another.
    fn unfinished(&self, mode: u32) -> io::Result<Unfinished<'_>> {
        for _ in 0..UNFINISHED_NAMES {
            let random: String = (0..RANDOM).map(|_| fastrand::alphanumeric()).collect();
            let name = format!("{UNFINISHED}{random}");
            match self.create(&name, mode) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                created => return Ok(Unfinished { directory: self, name: Some(name), file: created? }),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }
}

impl Unfinished<'_> {
    fn rename(mut self, name: &OsStr) -> io::Result<()> {
        if let Some(own) = &self.name {
            self.directory.rename(own, name)?;
        }
        self.name = None;
        Ok(())
    }
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        if let Some(name) = &self.name {
            let _ = self.directory.remove(name);
        }
    }
}

/// Whether a file that was never finished has such a name.
pub(crate) fn is_unfinished(name: &str) -> bool {
    name.strip_prefix(UNFINISHED).is_some_and(|random| {
        random.len() == RANDOM && random.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}
