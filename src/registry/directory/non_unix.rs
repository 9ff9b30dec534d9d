//! Directories by path, for systems without directory handles. Each operation checks for links before.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::entry::{Entry, file_name, path_error};

/// A directory that existed when it was opened.
#[derive(Debug)]
pub(crate) struct Directory {
    path: PathBuf,
}

impl Directory {
    /// Opens a directory by a path that the user chose. Links are followed.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        if fs::metadata(path)?.is_dir() {
            Ok(Self { path: path.to_owned() })
        } else {
            Err(path_error(path, "is not a directory"))
        }
    }

    /// Its path.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens a subdirectory. `None` if it does not exist.
    pub(crate) fn open_child(&self, name: impl AsRef<OsStr>) -> io::Result<Option<Self>> {
        let path = self.path.join(file_name(&name)?);
        match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
            Ok(metadata) if metadata.is_dir() => Ok(Some(Self { path })),
            Ok(metadata) if metadata.is_symlink() => Err(path_error(&path, "is a symbolic link")),
            Ok(_) => Err(path_error(&path, "is not a directory")),
        }
    }

    pub(super) fn create_child(&self, name: &OsStr, _mode: u32) -> io::Result<()> {
        fs::create_dir(self.path.join(file_name(name)?))
    }

    /// Always succeeds: owners are not available here.
    pub(crate) fn check_owner(&self) -> io::Result<()> {
        Ok(())
    }

    /// Always true: owners are not available here.
    pub(crate) fn owns(&self, _: &fs::Metadata) -> bool {
        true
    }

    /// Always false: modes are not available here.
    pub(crate) fn is_shared(&self) -> io::Result<bool> {
        Ok(false)
    }

    /// Does nothing: modes are not available here.
    pub(crate) fn make_private(&self) -> io::Result<()> {
        Ok(())
    }

    /// Opens a regular file for reading. `None` if it does not exist. Any other kind of object is an error.
    pub(crate) fn file(&self, name: &str) -> io::Result<Option<File>> {
        let path = self.path.join(file_name(name)?);
        match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
            Ok(metadata) if metadata.is_file() => File::open(path).map(Some),
            Ok(metadata) if metadata.is_symlink() => Err(path_error(&path, "is a symbolic link")),
            Ok(_) => Err(path_error(&path, "is not a regular file")),
        }
    }

    /// Opens a file to lock it, and creates it if it is missing.
    pub(crate) fn lock_file(&self, name: &str) -> io::Result<File> {
        self.file(name)?;
        File::options().create(true).append(true).open(self.path.join(name))
    }

    /// Creates a file. An existing object of that name is an error.
    pub(super) fn create(&self, name: &str, _mode: u32) -> io::Result<File> {
        File::options().write(true).create_new(true).open(self.path.join(file_name(name)?))
    }

    /// Renames a file, and replaces an existing object of the new name.
    pub(super) fn rename(&self, from: &str, to: &OsStr) -> io::Result<()> {
        fs::rename(self.path.join(file_name(from)?), self.path.join(to))
    }

    /// Removes a file.
    pub(crate) fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path.join(file_name(name)?))
    }

    /// The regular files in the directory.
    pub(crate) fn entries(&self) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            let (Ok(metadata), Ok(name)) = (entry.metadata(), entry.file_name().into_string()) else {
                continue;
            };
            if metadata.is_file() {
                entries.push(Entry { name, length: metadata.len(), modified: metadata.modified()? });
            }
        }
        Ok(entries)
    }
}
