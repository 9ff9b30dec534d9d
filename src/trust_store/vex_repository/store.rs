//! The copies of VEX repositories: used while they are fresh, updated when their interval is over.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;

use super::copy::{self, Copy};
use super::error::RepositoryError;
use super::fetched::Fetched;
use super::git::GitFetch;
use super::http::HttpFetch;
use super::list::RepositoryEntry;
use super::pack::{FileError, INDEX, PackReader};
use super::record::Record;
use super::url::Kind;
use crate::diagnostic::IoCause;
use crate::limits::Limits;
use crate::oci::Digest;
use crate::registry::{Credentials, Directory, Lock, NotLocked, Transport, UserDirectory};

/// The directory of copies in the directory of the cache.
const DIRECTORY: &str = "vex";
/// The file that is locked while a copy is updated.
const LOCK: &str = "lock";

/// The copies of VEX repositories, and what updates them.
#[derive(Clone, Debug)]
pub struct VexRepositories {
    /// `None` if nothing may be stored.
    directory: Option<UserDirectory>,
    /// `None` if the network is forbidden.
    transport: Option<Arc<Transport>>,
    credentials: Credentials,
    limits: Limits,
}

/// Whether a copy is updated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refresh {
    /// If its interval is over.
    IfDue,
    /// Always. The host is asked whether the content changed, and the manifest is read again.
    Now,
    /// Always, and whatever the copy has: it is damaged.
    Anew,
}

/// A repository that can be read.
#[derive(Debug)]
pub struct OpenRepository {
    files: PackReader,
    /// When the content was fetched.
    pub updated: Timestamp,
    /// When it was last compared with its origin.
    pub checked: Timestamp,
    /// Whether this run fetched it.
    pub is_new: bool,
    /// Why an older copy is used: the update failed, or the network is forbidden.
    pub not_updated: Option<RepositoryError>,
    /// Why the content of this run is not stored.
    pub not_stored: Option<RepositoryError>,
}

impl OpenRepository {
    /// The index.
    ///
    /// # Errors
    ///
    /// [`FileError`]
    pub fn index(&mut self) -> Result<Bytes, FileError> {
        self.files.read(INDEX)
    }

    /// A file, by its path with slashes.
    ///
    /// # Errors
    ///
    /// [`FileError`]
    pub fn file(&mut self, path: &str) -> Result<Bytes, FileError> {
        self.files.read(path)
    }

    fn of_copy(copy: Copy, not_updated: Option<RepositoryError>) -> Self {
        let Copy { files, record } = copy;
        let Record { updated, checked, .. } = record;
        Self { files, updated, checked, is_new: false, not_updated, not_stored: None }
    }
}

impl VexRepositories {
    /// Copies in the cache directory `cache`, by default that of the user. Without `transport`, only copies are read.
    pub fn new(
        cache: Option<PathBuf>,
        transport: Option<Arc<Transport>>,
        credentials: Credentials,
        limits: Limits,
    ) -> Self {
        use etcetera::BaseStrategy as _;
        let directory = match cache {
            Some(cache) => Some(UserDirectory::new(cache, &[DIRECTORY])),
            None => etcetera::choose_base_strategy()
                .ok()
                .map(|strategy| UserDirectory::new(strategy.cache_dir(), &["dhi", DIRECTORY])),
        };
        Self { directory, transport, credentials, limits }
    }

    /// Stores nothing: every run fetches.
    #[must_use]
    pub fn without_copies(self) -> Self {
        Self { directory: None, ..self }
    }

    /// Opens a repository. Its copy is updated as `refresh` says. If that fails, the last copy is used, and the result
    /// says why. Content that cannot be stored is used too.
    ///
    /// # Errors
    ///
    /// [`RepositoryError`] if there is neither content nor a copy.
    pub async fn open(
        &self,
        entry: &RepositoryEntry,
        refresh: Refresh,
    ) -> Result<OpenRepository, RepositoryError> {
        let now = Timestamp::now();
        let (directory, mut not_stored) = match self.directory_of(entry) {
            Ok(directory) => (directory, None),
            Err(error) if self.transport.is_some() => (None, Some(error)),
            Err(error) => return Err(error),
        };
        let read = || directory.as_ref().and_then(|directory| copy::read(directory, entry.url.as_str()));
        let known = read();
        let Some(transport) = &self.transport else {
            let offline = RepositoryError::Offline { repository: entry.name.to_string() };
            return match known.filter(|_| refresh != Refresh::Anew) {
                Some(copy) => Ok(OpenRepository::of_copy(copy, Some(offline))),
                None => Err(offline),
            };
        };
        let before = known.as_ref().map(|copy| copy.record.checked);
        if let Some(copy) = known
            && refresh == Refresh::IfDue
            && copy.record.is_fresh(now)
        {
            return Ok(OpenRepository::of_copy(copy, None));
        }
        let lock = match &directory {
            Some(directory) => Some(self.lock(directory).await),
            None => None,
        };
        let mut known = read();
        let _lock = match lock {
            None => None,
            Some(Ok(lock)) => Some(lock),
            Some(Err(error)) => {
                let is_busy = matches!(error, NotLocked::Busy);
                let error = self.lock_error(entry, &error);
                known = match known {
                    Some(copy) if is_busy && refresh != Refresh::Anew => {
                        return Ok(OpenRepository::of_copy(copy, Some(error)));
                    }
                    known => known,
                };
                // Without the lock nothing is written.
                not_stored = Some(error);
                None
            }
        };
        let to = directory.as_ref().filter(|_| not_stored.is_none());
        // Another process may have updated it while this one waited for the lock.
        let is_updated = |copy: &Copy| refresh == Refresh::IfDue && Some(copy.record.checked) != before;
        let known = match known {
            Some(copy) if is_updated(&copy) => return Ok(OpenRepository::of_copy(copy, None)),
            known => known.filter(|_| refresh != Refresh::Anew),
        };
        // Only a host that is asked about content that is there and usable may answer that it is unchanged.
        let name = entry.name.as_str();
        let is_usable = |files: &mut PackReader| files.check().is_ok() && files.check_index(name).is_ok();
        let known = known.and_then(|mut copy| is_usable(&mut copy.files).then_some(copy));
        let fetched = self.fetch(entry, transport, directory.as_ref(), known.as_ref(), refresh, now).await;
        match (fetched, known) {
            (Ok(Fetched::Unchanged { manifest }), Some(copy)) => {
                let record = Record { manifest, checked: now, ..copy.record };
                let written = to.map(|directory| copy::write_record(directory, &record));
                let not_stored = self.not_stored(entry, not_stored, written);
                let copy = Copy { record, files: copy.files };
                Ok(OpenRepository { not_stored, ..OpenRepository::of_copy(copy, None) })
            }
            // It is asked for only with a copy.
            (Ok(Fetched::Unchanged { .. }), None) => Err(self.copy_error(entry, "there is none")),
            (Ok(Fetched::Content { manifest, location, tag, pack }), _) => {
                let record = Record {
                    repository: entry.url.to_string(),
                    pack: pack.name.to_string(),
                    location,
                    tag,
                    updated: now,
                    checked: now,
                    manifest,
                };
                let written = to.map(|directory| copy::write(directory, &record, &pack));
                let not_stored = self.not_stored(entry, not_stored, written);
                let files = PackReader::of_bytes(&pack).map_err(|cause| RepositoryError::Damaged {
                    repository: entry.name.to_string(),
                    cause,
                })?;
                let (updated, checked) = (now, now);
                Ok(OpenRepository { files, updated, checked, is_new: true, not_updated: None, not_stored })
            }
            (Err(error), Some(copy)) => Ok(OpenRepository::of_copy(copy, Some(error))),
            (Err(error), None) => Err(error),
        }
    }

    /// Removes the copy of a repository.
    ///
    /// # Errors
    ///
    /// [`RepositoryError::Copy`]
    pub fn remove_copy(&self, entry: &RepositoryEntry) -> Result<(), RepositoryError> {
        let failed = |error: io::Error| self.copy_error(entry, &IoCause(&error).to_string());
        let Some(location) = &self.directory else { return Ok(()) };
        let Some(parent) = location.open().map_err(failed)? else { return Ok(()) };
        match parent.open_child(directory_name(entry)).map_err(failed)? {
            Some(directory) => copy::remove(&directory).map_err(failed),
            None => Ok(()),
        }
    }

    /// When the copy of a repository was fetched, and when it was last compared with its origin. `None` if there is no
    /// usable copy.
    pub fn times(&self, entry: &RepositoryEntry) -> Option<(Timestamp, Timestamp)> {
        let parent = self.directory.as_ref()?.open().ok()??;
        let directory = parent.open_child(directory_name(entry)).ok()??;
        let record = copy::read(&directory, entry.url.as_str())?.record;
        Some((record.updated, record.checked))
    }

    async fn fetch(
        &self,
        entry: &RepositoryEntry,
        transport: &Transport,
        directory: Option<&Directory>,
        known: Option<&Copy>,
        refresh: Refresh,
        now: Timestamp,
    ) -> Result<Fetched, RepositoryError> {
        let (repository, credentials) = (entry, &self.credentials);
        match &entry.url.kind {
            Kind::Http { site, manifest } => {
                let fetch = HttpFetch { repository, site, transport, credentials, now };
                let record = directory.and_then(|directory| copy::read_record(directory, entry.url.as_str()));
                let read = record.map(|record| record.manifest).filter(|_| refresh != Refresh::Now);
                fetch.fetch(manifest, read, known).await
            }
            Kind::Git { remote } => {
                let temporary = std::env::temp_dir();
                let scratch = directory.map_or(temporary.as_path(), Directory::path);
                GitFetch { repository, remote, transport, credentials, scratch, now }.fetch(known).await
            }
        }
    }

    /// Why content is not stored: the reason that is known, or that of a failed write.
    fn not_stored(
        &self,
        entry: &RepositoryEntry,
        known: Option<RepositoryError>,
        written: Option<io::Result<()>>,
    ) -> Option<RepositoryError> {
        let failed = written.and_then(Result::err);
        known.or_else(|| failed.map(|error| self.copy_error(entry, &IoCause(&error).to_string())))
    }

    /// The directory of a copy. Without the network it is not created.
    fn directory_of(&self, entry: &RepositoryEntry) -> Result<Option<Directory>, RepositoryError> {
        let failed = |error: io::Error| self.copy_error(entry, &IoCause(&error).to_string());
        let Some(location) = &self.directory else { return Ok(None) };
        let name = directory_name(entry);
        if self.transport.is_none() {
            return match location.open().map_err(failed)? {
                Some(parent) => parent.open_child(name).map_err(failed),
                None => Ok(None),
            };
        }
        let parent = location.ensure().map_err(failed)?;
        parent.make_private().map_err(failed)?;
        parent.ensure_private_child(name).map(Some).map_err(failed)
    }

    async fn lock(&self, directory: &Directory) -> Result<Lock, NotLocked> {
        let file = directory.lock_file(LOCK).map_err(NotLocked::Failed)?;
        Lock::take(file, self.limits.lock_wait).await
    }

    fn lock_error(&self, entry: &RepositoryEntry, error: &NotLocked) -> RepositoryError {
        let seconds = self.limits.lock_wait.as_secs();
        self.copy_error(
            entry,
            &match error {
                NotLocked::Busy => format!("another process has been updating it for more than {seconds} s"),
                NotLocked::Failed(error) => IoCause(error).to_string(),
            },
        )
    }

    fn copy_error(&self, entry: &RepositoryEntry, cause: &str) -> RepositoryError {
        let path = self.directory.as_ref().map(UserDirectory::path).unwrap_or_default();
        RepositoryError::Copy {
            repository: entry.name.to_string(),
            path: path.display().to_string(),
            cause: cause.to_owned(),
        }
    }
}

/// The name of the directory of a copy: names may have slashes, and another address is another repository.
fn directory_name(entry: &RepositoryEntry) -> String {
    Digest::of(format!("{}\n{}", entry.name, entry.url).as_bytes())
        .hex()
        .get(..32)
        .unwrap_or_default()
        .to_owned()
}
