//! Directories by file descriptor (`openat` and related calls).

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{self, AtFlags, Dir, FileType, Mode, OFlags};
use rustix::io::Errno;

use super::entry::{Entry, PRIVATE, file_name, path_error};

/// Opens only directories.
const DIRECTORY: OFlags = OFlags::DIRECTORY.union(OFlags::CLOEXEC);
/// Does not follow links, and does not block on a named pipe without a writer.
const FILE: OFlags = OFlags::NOFOLLOW.union(OFlags::NONBLOCK).union(OFlags::NOCTTY).union(OFlags::CLOEXEC);
/// The mode bits that let group and others write.
const SHARED: u32 = 0o022;

/// An open directory.
#[derive(Debug)]
pub(crate) struct Directory {
    handle: OwnedFd,
    /// The path when it was opened, for messages.
    path: PathBuf,
}

impl Directory {
    /// Opens a directory by a path that the user chose. Links are followed.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let handle = fs::open(path, DIRECTORY, Mode::empty())?;
        Ok(Self { handle, path: path.to_owned() })
    }

    /// The path when it was opened.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens a subdirectory, without a check of its owner. `None` if it does not exist.
    pub(crate) fn open_child(&self, name: impl AsRef<OsStr>) -> io::Result<Option<Self>> {
        let name = file_name(&name)?;
        let path = self.path.join(name);
        match fs::openat(&self.handle, name, DIRECTORY | OFlags::NOFOLLOW, Mode::empty()) {
            Ok(handle) => Ok(Some(Self { handle, path })),
            Err(Errno::NOENT) => Ok(None),
            // Which error a link causes depends on the operating system.
            Err(Errno::NOTDIR | Errno::LOOP | Errno::MLINK) => {
                let link = self.kind(name)? == Some(FileType::Symlink);
                Err(path_error(&path, if link { "is a symbolic link" } else { "is not a directory" }))
            }
            Err(error) => Err(error.into()),
        }
    }

    pub(super) fn create_child(&self, name: &OsStr, mode: u32) -> io::Result<()> {
        Ok(fs::mkdirat(&self.handle, file_name(name)?, Mode::from_bits_truncate(mode.into_raw()))?)
    }

    /// An error unless the effective user owns it.
    pub(crate) fn check_owner(&self) -> io::Result<()> {
        let (owner, user) = (self.metadata()?.uid(), rustix::process::geteuid().as_raw());
        if owner == user {
            return Ok(());
        }
        Err(path_error(&self.path, &format!("belongs to user {owner}, not to user {user} who runs this")))
    }

    /// Whether the effective user owns the file.
    pub(crate) fn owns(&self, file: &std::fs::Metadata) -> bool {
        file.uid() == rustix::process::geteuid().as_raw()
    }

    /// Whether users other than the owner may write to the directory.
    pub(crate) fn is_shared(&self) -> io::Result<bool> {
        Ok(self.metadata()?.mode() & SHARED != 0)
    }

    /// Removes all permissions of other users.
    pub(crate) fn make_private(&self) -> io::Result<()> {
        if self.metadata()?.mode() & 0o077 != 0 {
            fs::fchmod(&self.handle, Mode::from_bits_truncate(PRIVATE.into_raw()))?;
        }
        Ok(())
    }

    fn metadata(&self) -> io::Result<std::fs::Metadata> {
        File::from(self.handle.try_clone()?).metadata()
    }

    fn kind(&self, name: &OsStr) -> io::Result<Option<FileType>> {
        match fs::statat(&self.handle, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(metadata) => Ok(Some(FileType::from_raw_mode(metadata.st_mode))),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Opens a regular file for reading. `None` if it does not exist. Any other kind of object is an error.
    pub(crate) fn file(&self, name: &str) -> io::Result<Option<File>> {
        let file = file_name(name)?;
        // Opening a device can have side effects.
        match self.kind(file)? {
            None => return Ok(None),
            Some(FileType::RegularFile) => {}
            Some(kind) => return Err(self.not_regular(file, kind == FileType::Symlink)),
        }
        match fs::openat(&self.handle, file, FILE, Mode::empty()) {
            Ok(handle) => self.check_regular(file, handle).map(Some),
            Err(Errno::NOENT) => Ok(None),
            Err(Errno::LOOP | Errno::MLINK) => Err(self.not_regular(file, true)),
            Err(error) => Err(error.into()),
        }
    }

    /// Opens a file to lock it, and creates it if it is missing.
    pub(crate) fn lock_file(&self, name: &str) -> io::Result<File> {
        let file = file_name(name)?;
        let flags = FILE | OFlags::RDWR | OFlags::CREATE;
        match fs::openat(&self.handle, file, flags, Mode::RUSR | Mode::WUSR) {
            Ok(handle) => self.check_regular(file, handle),
            Err(Errno::LOOP | Errno::MLINK) => Err(self.not_regular(file, true)),
            Err(Errno::ISDIR | Errno::NXIO) => Err(self.not_regular(file, false)),
            Err(error) => Err(error.into()),
        }
    }

    /// Checks the opened object itself: the name may have been replaced since the first check.
    fn check_regular(&self, name: &OsStr, handle: OwnedFd) -> io::Result<File> {
        let file = File::from(handle);
        if file.metadata()?.is_file() { Ok(file) } else { Err(self.not_regular(name, false)) }
    }

    fn not_regular(&self, name: &OsStr, link: bool) -> io::Error {
        let what = if link { "is a symbolic link" } else { "is not a regular file" };
        path_error(&self.path.join(name), what)
    }

    /// Creates a file. An existing object of that name is an error.
    pub(super) fn create(&self, name: &str, mode: u32) -> io::Result<File> {
        let flags = FILE | OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL;
        let mode = Mode::from_bits_truncate(mode.into_raw());
        Ok(File::from(fs::openat(&self.handle, file_name(name)?, flags, mode)?))
    }

    /// Renames a file, and replaces an existing object of the new name.
    pub(super) fn rename(&self, from: &str, to: &OsStr) -> io::Result<()> {
        Ok(fs::renameat(&self.handle, file_name(from)?, &self.handle, to)?)
    }

    /// Removes a file or link. The target of a link and directories are not removed.
    pub(crate) fn remove(&self, name: &str) -> io::Result<()> {
        Ok(fs::unlinkat(&self.handle, file_name(name)?, AtFlags::empty())?)
    }

    /// The regular files in the directory, without those whose names are not UTF-8 or that disappear meanwhile.
    pub(crate) fn entries(&self) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for entry in Dir::read_from(&self.handle)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().to_str() else { continue };
            let Ok(Some(file)) = self.file(name) else { continue };
            let metadata = file.metadata()?;
            let modified = metadata.modified()?;
            entries.push(Entry { name: name.to_owned(), length: metadata.len(), modified });
        }
        Ok(entries)
    }
}

/// Converts a mode: its integer type depends on the operating system.
trait IntoRaw {
    fn into_raw(self) -> fs::RawMode;
}

impl IntoRaw for u32 {
    fn into_raw(self) -> fs::RawMode {
        self as fs::RawMode
    }
}
