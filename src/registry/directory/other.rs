//! Directories by path, where the system has no handles for them: links are looked for before each step.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::entry::{Entry, in_the_way, plain};

/// A directory that was there when it was opened.
#[derive(Debug)]
pub(crate) struct Directory {
    path: PathBuf,
}

impl Directory {
    /// Opens a directory by the user's own path, links included.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        if fs::metadata(path)?.is_dir() {
            Ok(Self { path: path.to_owned() })
        } else {
            Err(in_the_way(path, "is not a directory"))
        }
    }

    /// Its path.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens a directory in this one; `None` where there is none.
    pub(crate) fn existing(&self, name: impl AsRef<OsStr>) -> io::Result<Option<Self>> {
        let path = self.path.join(plain(&name)?);
        match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
            Ok(seen) if seen.is_dir() => Ok(Some(Self { path })),
            Ok(seen) if seen.is_symlink() => Err(in_the_way(&path, "is a symbolic link")),
            Ok(_) => Err(in_the_way(&path, "is not a directory")),
        }
    }

    pub(super) fn make(&self, name: &OsStr, _mode: u32) -> io::Result<()> {
        fs::create_dir(self.path.join(plain(name)?))
    }

    /// Owners are not known here.
    pub(crate) fn check_owner(&self) -> io::Result<()> {
        Ok(())
    }

    /// Owners are not known here.
    pub(crate) fn owns(&self, _: &fs::Metadata) -> bool {
        true
    }

    /// Modes are not known here.
    pub(crate) fn is_shared(&self) -> io::Result<bool> {
        Ok(false)
    }

    /// Modes are not known here.
    pub(crate) fn make_private(&self) -> io::Result<()> {
        Ok(())
    }

    /// Opens a regular file to read it; `None` where there is none. Anything else of that name is an error.
    pub(crate) fn file(&self, name: &str) -> io::Result<Option<File>> {
        let path = self.path.join(plain(name)?);
        match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
            Ok(seen) if seen.is_file() => File::open(path).map(Some),
            Ok(seen) if seen.is_symlink() => Err(in_the_way(&path, "is a symbolic link")),
            Ok(_) => Err(in_the_way(&path, "is not a regular file")),
        }
    }

    /// Opens an empty file to lock it, and makes it where it is missing.
    pub(crate) fn lock_file(&self, name: &str) -> io::Result<File> {
        self.file(name)?;
        File::options().create(true).append(true).open(self.path.join(name))
    }

    /// A new file; whatever has the name already is an error.
    pub(super) fn create(&self, name: &str, _mode: u32) -> io::Result<File> {
        File::options().write(true).create_new(true).open(self.path.join(plain(name)?))
    }

    /// Gives a file another name, in the place of whatever has it.
    pub(super) fn rename(&self, from: &str, to: &OsStr) -> io::Result<()> {
        fs::rename(self.path.join(plain(from)?), self.path.join(to))
    }

    /// Removes a file.
    pub(crate) fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path.join(plain(name)?))
    }

    /// Its regular files.
    pub(crate) fn entries(&self) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            let (Ok(seen), Ok(name)) = (entry.metadata(), entry.file_name().into_string()) else { continue };
            if seen.is_file() {
                entries.push(Entry { name, length: seen.len(), modified: seen.modified()? });
            }
        }
        Ok(entries)
    }
}
