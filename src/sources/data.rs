//! What the user trusts is in files of the user alone: written whole, one process at a time, and not read where
//! others could have written it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use etcetera::BaseStrategy as _;

use super::{Error, read_file};
use crate::limits::{Exceeded, Limits};

/// The wait between two looks at a lock.
const LOOK: Duration = Duration::from_millis(50);

/// The directory of what a user has and would miss: `dhi` under `$XDG_DATA_HOME` (`~/.local/share`).
#[derive(Clone, Debug)]
pub struct DataDirectory {
    path: PathBuf,
}

/// The right to change the directory. It ends when dropped.
#[derive(Debug)]
pub struct DataLock {
    _locked: File,
}

impl DataDirectory {
    /// That of this user, where one is known. It need not exist.
    pub fn of_user() -> Option<Self> {
        etcetera::choose_base_strategy().ok().map(|strategy| Self::at(strategy.data_dir().join("dhi")))
    }

    /// A directory.
    pub fn at(path: PathBuf) -> Self {
        Self { path }
    }

    /// The path of a file in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The file, if it is there, at most [`Limits::trust_file`] bytes of it. One that others may write to is an error.
    pub fn read(&self, name: &str, limits: &Limits) -> Result<Option<Vec<u8>>, Error> {
        let path = self.file(name);
        let origin = format!("`{}`", path.display());
        let failed = |cause: String| Error::Read { origin: origin.clone(), cause };
        match fs::metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error.to_string())),
            Ok(metadata) if is_shared(&metadata) => {
                return Err(failed("users other than its owner may write to it".to_owned()));
            }
            Ok(_) => {}
        }
        let bytes = read_file(&path, limits.trust_file).map_err(|error| failed(error.to_string()))?;
        if bytes.len() as u64 > limits.trust_file {
            let what = format!("{} or more bytes", bytes.len());
            return Err(Error::Limit { origin, exceeded: Exceeded::new(what, limits.trust_file, "bytes") });
        }
        Ok(Some(bytes))
    }

    /// Waits for the right to change the directory, at most for [`Limits::turn`], and makes it where it is missing.
    pub async fn lock(&self, limits: &Limits) -> Result<DataLock, Error> {
        let path = self.file("lock");
        let failed = |cause: String| self.unwritable("lock", cause);
        self.make(&self.path).map_err(|error| failed(error.to_string()))?;
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(|error| failed(error.to_string()))?;
        let until = Instant::now() + limits.turn;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(DataLock { _locked: file }),
                Err(TryLockError::WouldBlock) if Instant::now() < until => tokio::time::sleep(LOOK).await,
                Err(TryLockError::WouldBlock) => {
                    let waited = limits.turn.as_secs();
                    return Err(failed(format!("another process holds it for longer than {waited} s")));
                }
                Err(TryLockError::Error(error)) => return Err(failed(error.to_string())),
            }
        }
    }

    /// Writes a file whole, for this user alone.
    pub fn write(&self, _lock: &DataLock, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let write = || -> io::Result<()> {
            // Its mode is 0600.
            let mut file = tempfile::NamedTempFile::new_in(&self.path)?;
            file.write_all(bytes)?;
            file.as_file().sync_all()?;
            file.persist(self.file(name)).map(|_| ()).map_err(|error| error.error)
        };
        write().map_err(|error| self.unwritable(name, error.to_string()))
    }

    /// Removes a file, if it is there.
    pub fn remove(&self, _lock: &DataLock, name: &str) -> Result<(), Error> {
        match fs::remove_file(self.file(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(self.unwritable(name, error.to_string()))
            }
            _ => Ok(()),
        }
    }

    /// Makes a directory in it.
    pub(super) fn directory(&self, _lock: &DataLock, name: &str) -> Result<PathBuf, Error> {
        let path = self.file(name);
        self.make(&path).map_err(|error| self.unwritable(name, error.to_string()))?;
        Ok(path)
    }

    fn make(&self, path: &Path) -> io::Result<()> {
        let mut directory = fs::DirBuilder::new();
        directory.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut directory, 0o700);
        directory.create(path)
    }

    fn unwritable(&self, name: &str, cause: String) -> Error {
        Error::Write { path: self.file(name).display().to_string(), cause }
    }
}

#[cfg(unix)]
fn is_shared(metadata: &fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::mode(metadata) & 0o022 != 0
}

#[cfg(not(unix))]
fn is_shared(_: &fs::Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
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
        let limits = Limits { turn: Duration::from_millis(100), ..Limits::default() };
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
