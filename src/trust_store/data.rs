//! The data directory of the user, which holds trusted keys and roots.
//!
//! Files are replaced atomically, by one process at a time. A file is not read if other users could have written it, or
//! through a link.

use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;

use super::error::{Error, too_long};
use crate::diagnostic::IoCause;
use crate::limits::{Limits, ReadError, read_whole};
use crate::registry::{Directory, Lock, NotLocked, UserDirectory};

/// The mode of files: access for the owner only.
const PRIVATE: u32 = 0o600;
/// The file that is locked while other files are written.
const LOCK: &str = "lock";

/// The data directory: `dhi` under `$XDG_DATA_HOME` (`~/.local/share`). It and its content must be owned by the
/// effective user, not be writable for others, and not be links. `$XDG_DATA_HOME` itself may be a link.
#[derive(Clone, Debug)]
pub struct DataDirectory {
    directory: UserDirectory,
}

/// A held lock on the data directory. Dropping it releases the lock.
#[derive(Debug)]
pub struct DataLock {
    directory: Directory,
    _lock: Lock,
}

impl DataDirectory {
    /// The directory of this user. `None` without a home directory. It need not exist.
    pub fn of_user() -> Option<Self> {
        let strategy = etcetera::choose_base_strategy().ok()?;
        Some(Self { directory: UserDirectory::new(strategy.data_dir(), &["dhi"]) })
    }

    /// A directory at `path`.
    pub fn at(path: PathBuf) -> Self {
        Self { directory: UserDirectory::at(path) }
    }

    /// The path of a file in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Reads a file of at most [`Limits::trust_file`] bytes. `None` if it does not exist.
    ///
    /// # Errors
    ///
    /// If other users may write to the file or its directory, or it is not a regular file.
    pub fn read(&self, name: &str, limits: &Limits) -> Result<Option<Vec<u8>>, Error> {
        let unsafe_ = |cause: io::Error| self.store_error(&cause);
        let Some(directory) = self.directory.open().map_err(unsafe_)? else { return Ok(None) };
        check_not_shared(&directory).map_err(unsafe_)?;
        read(&directory, name, limits)
    }

    /// Locks the directory for writing, and creates it if it is missing. Waits at most [`Limits::lock_wait`].
    ///
    /// # Errors
    ///
    /// If another process holds the lock until then, or other users may write to the directory.
    pub async fn lock(&self, limits: &Limits) -> Result<DataLock, Error> {
        let directory = self.directory.ensure().map_err(|error| self.store_error(&error))?;
        check_not_shared(&directory).map_err(|error| self.store_error(&error))?;
        let failed = |cause: String| Error::Write { path: self.file(LOCK).display().to_string(), cause };
        let file = directory.lock_file(LOCK).map_err(|error| failed(IoCause(&error).to_string()))?;
        match Lock::take(file, limits.lock_wait).await {
            Ok(lock) => Ok(DataLock { directory, _lock: lock }),
            Err(NotLocked::Busy) => Err(failed(format!(
                "another process has held the lock for more than {} s",
                limits.lock_wait.as_secs()
            ))),
            Err(NotLocked::Failed(error)) => Err(failed(IoCause(&error).to_string())),
        }
    }

    /// Replaces a file atomically, with access for this user only.
    ///
    /// # Errors
    ///
    /// [`Error::Write`] if it cannot be written.
    pub fn write(&self, lock: &DataLock, name: &str, bytes: &[u8]) -> Result<(), Error> {
        write(&lock.directory, name, bytes)
    }

    /// Removes a file, if it exists.
    ///
    /// # Errors
    ///
    /// [`Error::Write`] if it cannot be removed.
    pub fn remove(&self, lock: &DataLock, name: &str) -> Result<(), Error> {
        match lock.directory.remove(name) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(write_error(&lock.directory, name, &error))
            }
            _ => Ok(()),
        }
    }

    /// Opens or creates nested directories, `one/in/the/other`.
    pub(super) fn directory(&self, lock: &DataLock, names: &str) -> Result<Directory, Error> {
        ensure_directories(&lock.directory, names)
    }

    fn store_error(&self, cause: &io::Error) -> Error {
        store_error_at(&self.directory.path(), cause)
    }
}

/// Opens or creates nested directories, `one/in/the/other`, in `directory`.
pub(super) fn ensure_directories(directory: &Directory, names: &str) -> Result<Directory, Error> {
    let mut path = directory.path().to_owned();
    let mut inner: Option<Directory> = None;
    for name in names.split('/') {
        path.push(name);
        let next = inner.as_ref().unwrap_or(directory).ensure_private_child(name);
        let next = next.and_then(|next| check_not_shared(&next).map(|()| next));
        inner = Some(next.map_err(|error| store_error_at(&path, &error))?);
    }
    inner.ok_or_else(|| store_error_at(&path, &io::ErrorKind::InvalidInput.into()))
}

fn store_error_at(path: &Path, cause: &io::Error) -> Error {
    Error::TrustStore { path: path.display().to_string(), cause: IoCause(cause).to_string() }
}

/// An error if other users may write to the directory.
fn check_not_shared(directory: &Directory) -> io::Result<()> {
    if directory.is_shared()? {
        let path = directory.path().display();
        return Err(io::Error::other(format!("users other than its owner may write to `{path}`")));
    }
    Ok(())
}

/// Reads a file in a checked directory, and checks the file's owner and mode.
pub(super) fn read(directory: &Directory, name: &str, limits: &Limits) -> Result<Option<Vec<u8>>, Error> {
    let origin = format!("`{}`", directory.path().join(name).display());
    let failed = |cause: String| Error::Read { origin: origin.clone(), cause };
    let file = match directory.file(name) {
        Ok(Some(file)) => file,
        Ok(None) => return Ok(None),
        Err(error) => return Err(failed(IoCause(&error).to_string())),
    };
    let metadata = file.metadata().map_err(|error| failed(IoCause(&error).to_string()))?;
    if is_shared(&metadata) {
        return Err(failed("users other than its owner may write to it".to_owned()));
    }
    if !directory.owns(&metadata) {
        return Err(failed("it belongs to another user".to_owned()));
    }
    match read_whole(file, limits.trust_file) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(ReadError::TooLong(limit)) => Err(too_long(origin, limit)),
        Err(ReadError::Failed(error)) => Err(failed(IoCause(&error).to_string())),
    }
}

/// Replaces a file in the directory atomically.
pub(super) fn write(directory: &Directory, name: &str, bytes: &[u8]) -> Result<(), Error> {
    directory.replace(name, bytes, PRIVATE, true).map_err(|error| write_error(directory, name, &error))
}

fn write_error(directory: &Directory, name: &str, cause: &io::Error) -> Error {
    Error::Write {
        path: directory.path().join(name).display().to_string(),
        cause: IoCause(cause).to_string(),
    }
}

#[cfg(unix)]
fn is_shared(metadata: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::mode(metadata) & 0o022 != 0
}

#[cfg(not(unix))]
fn is_shared(_: &Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn files_are_private_and_replaced_atomically() {
        let scratch = tempfile::tempdir().unwrap();
        let data = DataDirectory::at(scratch.path().join("new/dhi"));
        let limits = Limits::default();
        assert_eq!(data.read("a", &limits), Ok(None));
        let lock = data.lock(&limits).await.unwrap();
        data.write(&lock, "a", b"one").unwrap();
        data.write(&lock, "a", b"two").unwrap();
        assert_eq!(data.read("a", &limits), Ok(Some(b"two".to_vec())));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!((mode(&data.file("a")), mode(&data.file(""))), (0o600, 0o700));
            fs::set_permissions(data.file("a"), fs::Permissions::from_mode(0o620)).unwrap();
            assert!(matches!(data.read("a", &limits), Err(Error::Read { .. })));
        }
        data.remove(&lock, "a").unwrap();
        data.remove(&lock, "a").unwrap();
        assert_eq!(data.read("a", &limits), Ok(None));
    }

    #[tokio::test]
    async fn one_process_at_a_time_holds_the_lock() {
        let scratch = tempfile::tempdir().unwrap();
        let data = DataDirectory::at(scratch.path().to_owned());
        let limits = Limits { lock_wait: Duration::from_millis(100), ..Limits::default() };
        let lock = data.lock(&limits).await.unwrap();
        assert!(matches!(data.lock(&limits).await, Err(Error::Write { .. })));
        drop(lock);
        data.lock(&limits).await.unwrap();
    }

    #[test]
    fn an_unreadable_file_is_not_absent() {
        let scratch = tempfile::tempdir().unwrap();
        let data = DataDirectory::at(scratch.path().to_owned());
        let limits = Limits { trust_file: 3, ..Limits::default() };
        fs::create_dir(data.file("a")).unwrap();
        fs::write(data.file("b"), "four").unwrap();
        assert!(matches!(data.read("a", &limits), Err(Error::Read { .. })));
        assert!(matches!(data.read("b", &limits), Err(Error::Limit { .. })));
    }
}
