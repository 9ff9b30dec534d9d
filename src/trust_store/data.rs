//! What the user trusts is in files of the user alone: written whole, one process at a time, and not read where
//! others could have written it, nor through a link.

use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;

use super::error::{Error, too_long};
use crate::limits::{Limits, ReadError, read_whole};
use crate::registry::{Directory, Lock, NotLocked, UserDirectory};

/// Files of it are for its owner alone.
const PRIVATE: u32 = 0o600;
/// The file that is locked while others are written.
const LOCK: &str = "lock";

/// The directory of what a user has and would miss: `dhi` under `$XDG_DATA_HOME` (`~/.local/share`). It and what is in
/// it are real directories and files of the effective user, to which nobody else may write; `$XDG_DATA_HOME` itself may
/// be a link.
#[derive(Clone, Debug)]
pub struct DataDirectory {
    directory: UserDirectory,
}

/// The right to change the directory. It ends when dropped.
#[derive(Debug)]
pub struct DataLock {
    directory: Directory,
    _lock: Lock,
}

impl DataDirectory {
    /// That of this user, where one is known. It need not exist.
    pub fn of_user() -> Option<Self> {
        let strategy = etcetera::choose_base_strategy().ok()?;
        Some(Self { directory: UserDirectory::new(strategy.data_dir(), &["dhi"]) })
    }

    /// A directory.
    pub fn at(path: PathBuf) -> Self {
        Self { directory: UserDirectory::at(path) }
    }

    /// The path of a file in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The file, if it is there, at most [`Limits::trust_file`] bytes of it. One that others may write to, by its mode
    /// or that of the directory, is an error, and so is whatever is no file.
    pub fn read(&self, name: &str, limits: &Limits) -> Result<Option<Vec<u8>>, Error> {
        let unsafe_ = |cause: io::Error| self.store_error(&cause);
        let Some(directory) = self.directory.open().map_err(unsafe_)? else { return Ok(None) };
        check_not_shared(&directory).map_err(unsafe_)?;
        read(&directory, name, limits)
    }

    /// Waits for the right to change the directory, at most for [`Limits::turn`], and makes it where it is missing.
    pub async fn lock(&self, limits: &Limits) -> Result<DataLock, Error> {
        let directory = self.directory.ensure().map_err(|error| self.store_error(&error))?;
        check_not_shared(&directory).map_err(|error| self.store_error(&error))?;
        let failed = |cause: String| Error::Write { path: self.file(LOCK).display().to_string(), cause };
        let file = directory.lock_file(LOCK).map_err(|error| failed(error.to_string()))?;
        match Lock::take(file, limits.lock_wait).await {
            Ok(lock) => Ok(DataLock { directory, _lock: lock }),
            Err(NotLocked::Busy) => Err(failed(format!(
                "another process holds it for longer than {} s",
                limits.lock_wait.as_secs()
            ))),
            Err(NotLocked::Failed(error)) => Err(failed(error.to_string())),
        }
    }

    /// Writes a file whole, for this user alone.
    pub fn write(&self, lock: &DataLock, name: &str, bytes: &[u8]) -> Result<(), Error> {
        write(&lock.directory, name, bytes)
    }

    /// Removes a file, if it is there.
    pub fn remove(&self, lock: &DataLock, name: &str) -> Result<(), Error> {
        match lock.directory.remove(name) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(write_error(&lock.directory, name, &error))
            }
            _ => Ok(()),
        }
    }

    /// Makes a directory in it, and in that, and so on.
    pub(super) fn directory(&self, lock: &DataLock, names: &str) -> Result<Directory, Error> {
        ensure_directories(&lock.directory, names)
    }

    fn store_error(&self, cause: &io::Error) -> Error {
        store_error_at(&self.directory.path(), cause)
    }
}

/// Opens or makes directories, `one/in/the/other`.
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
    Error::TrustStore { path: path.display().to_string(), cause: cause.to_string() }
}

/// An error where others may put files into the directory.
fn check_not_shared(directory: &Directory) -> io::Result<()> {
    if directory.is_shared()? {
        let path = directory.path().display();
        return Err(io::Error::other(format!("users other than its owner may write to `{path}`")));
    }
    Ok(())
}

/// A file of a directory that was checked, and the file too.
pub(super) fn read(directory: &Directory, name: &str, limits: &Limits) -> Result<Option<Vec<u8>>, Error> {
    let origin = format!("`{}`", directory.path().join(name).display());
    let failed = |cause: String| Error::Read { origin: origin.clone(), cause };
    let file = match directory.file(name) {
        Ok(Some(file)) => file,
        Ok(None) => return Ok(None),
        Err(error) => return Err(failed(error.to_string())),
    };
    let seen = file.metadata().map_err(|error| failed(error.to_string()))?;
    if is_shared(&seen) {
        return Err(failed("users other than its owner may write to it".to_owned()));
    }
    if !directory.owns(&seen) {
        return Err(failed("it belongs to another user".to_owned()));
    }
    match read_whole(file, limits.trust_file) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(ReadError::TooLong(limit)) => Err(too_long(origin, limit)),
        Err(ReadError::Failed(error)) => Err(failed(error.to_string())),
    }
}

/// Puts a file whole into a directory.
pub(super) fn write(directory: &Directory, name: &str, bytes: &[u8]) -> Result<(), Error> {
    directory.replace(name, bytes, PRIVATE, true).map_err(|error| write_error(directory, name, &error))
}

fn write_error(directory: &Directory, name: &str, cause: &io::Error) -> Error {
    Error::Write { path: directory.path().join(name).display().to_string(), cause: cause.to_string() }
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
    async fn files_are_for_the_user_alone_and_appear_whole() {
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
    async fn one_process_at_a_time_changes_them() {
        let scratch = tempfile::tempdir().unwrap();
        let data = DataDirectory::at(scratch.path().to_owned());
        let limits = Limits { lock_wait: Duration::from_millis(100), ..Limits::default() };
        let lock = data.lock(&limits).await.unwrap();
        assert!(matches!(data.lock(&limits).await, Err(Error::Write { .. })));
        drop(lock);
        data.lock(&limits).await.unwrap();
    }

    #[test]
    fn what_cannot_be_read_is_not_nothing() {
        let scratch = tempfile::tempdir().unwrap();
        let data = DataDirectory::at(scratch.path().to_owned());
        let limits = Limits { trust_file: 3, ..Limits::default() };
        fs::create_dir(data.file("a")).unwrap();
        fs::write(data.file("b"), "four").unwrap();
        assert!(matches!(data.read("a", &limits), Err(Error::Read { .. })));
        assert!(matches!(data.read("b", &limits), Err(Error::Limit { .. })));
    }
}
