//! The files of the cache.
//!
//! Files are untrusted: content is hashed on every read, a cached answer must contain its key, and a file that does not
//! match is deleted and counts as absent.
//!
//! Several processes may use one directory at once: files are written under a temporary name and renamed, and may
//! disappear at any time.

use std::fs::{File, Metadata};
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::options::CacheOptions;
use crate::diagnostic::IoCause;
use crate::limits::read_whole;
use crate::oci::hex::is_hex;
use crate::oci::{Digest, json};
use crate::registry::directory::{Directory, Entry, UserDirectory, is_temp_name};
use crate::registry::limits::{CACHED_ANSWER, CACHED_CONTENT};

/// The time between two prunings, and the time that temporary files of other processes are kept.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// An empty file. Its modification time is the time of the last pruning.
const PRUNED_MARKER: &str = "pruned";
/// The mode of cache files: access for the owner only.
const PRIVATE: u32 = 0o600;

/// An open cache directory. Its subdirectories are open too, so replacing them on disk has no effect.
pub(super) struct Store {
    path: PathBuf,
    root: Directory,
    sha256: Directory,
    sha512: Directory,
    answers: Directory,
    options: CacheOptions,
    has_notified: AtomicBool,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("path", &self.path).finish_non_exhaustive()
    }
}

/// The number and size of cached or removed files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Manifests, configurations, statements and payloads.
    pub objects: u64,
    /// Their bytes.
    pub object_bytes: u64,
    /// Answers of registries: tags, lists of referrers, challenges.
    pub answers: u64,
    /// Their bytes.
    pub answer_bytes: u64,
}

/// The file format of a cached answer.
#[derive(Serialize, Deserialize)]
struct CachedAnswer<T> {
    key: String,
    /// Seconds since 1970.
    time: u64,
    value: T,
}

impl Store {
    /// Creates the directory with access for this user only, and checks that it is writable.
    pub(super) fn open(location: &UserDirectory, options: CacheOptions) -> io::Result<Self> {
        let root = location.ensure()?;
        root.make_private()?;
        let blobs = root.ensure_private_child("blobs")?;
        let store = Self {
            path: location.path(),
            sha256: blobs.ensure_private_child("sha256")?,
            sha512: blobs.ensure_private_child("sha512")?,
            answers: root.ensure_private_child("hints")?,
            root,
            options,
            has_notified: AtomicBool::new(false),
        };
        store.root.check_writable()?;
        Ok(store)
    }

    /// The bytes with this digest.
    pub(super) fn bytes(&self, digest: &Digest) -> Option<Bytes> {
        let (folder, name) = (self.blobs(digest), digest.hex());
        let bytes = read(folder, &name, CACHED_CONTENT)?;
        if digest.matches(&bytes) {
            Some(bytes.into())
        } else {
            let _ = folder.remove(&name);
            None
        }
    }

    /// Stores bytes that have this digest.
    pub(super) fn store(&self, digest: &Digest, bytes: &[u8]) {
        if bytes.len() as u64 <= CACHED_CONTENT {
            self.write(self.blobs(digest), &digest.hex(), bytes);
        }
    }

    /// The cached answer for `key`, and its age.
    pub(super) fn answer<T: DeserializeOwned>(&self, key: &str) -> Option<(T, Duration)> {
        let name = answer_name(key);
        let bytes = read(&self.answers, &name, CACHED_ANSWER)?;
        match json::parse::<CachedAnswer<T>>(&bytes, "hint") {
            Ok(hint) if hint.key == key => {
                Some((hint.value, Duration::from_secs(now().saturating_sub(hint.time))))
            }
            _ => {
                let _ = self.answers.remove(&name);
                None
            }
        }
    }

    /// Stores `value` for `key`, unless it contains a secret of this run.
    pub(super) fn remember<T: Serialize>(&self, key: &str, value: &T) {
        let hint = CachedAnswer { key: key.to_owned(), time: now(), value };
        if let Ok(bytes) = serde_json::to_vec(&hint)
            && bytes.len() as u64 <= CACHED_ANSWER
            && !self.options.secrets.is_shown_in(&bytes)
        {
            self.write(&self.answers, &answer_name(key), &bytes);
        }
    }

    /// Whether the bytes contain a secret of this run that would be redacted from output.
    pub(super) fn holds_secret(&self, bytes: &[u8]) -> bool {
        self.options.secrets.is_shown_in(bytes)
    }

    /// Whether the text contains no secret of this run, not even a short one.
    pub(super) fn is_free_of_secrets(&self, text: &str) -> bool {
        !self.options.secrets.is_in(text)
    }

    /// Removes the answer for `key`.
    pub(super) fn forget(&self, key: &str) {
        let _ = self.answers.remove(&answer_name(key));
    }

    /// Writes a file. The user is notified of the first failure only; a failed write is not an error of the run.
    fn write(&self, folder: &Directory, name: &str, bytes: &[u8]) {
        if let Err(error) = folder.replace(name, bytes, PRIVATE, false)
            // Another process that prunes may remove the temporary file.
            && error.kind() != io::ErrorKind::NotFound
            && !self.has_notified.swap(true, Ordering::Relaxed)
            && let Some(note) = &self.options.on_write_failure
        {
            note(&format!(
                "not everything is cached: `{}` cannot be written: {}",
                self.path.display(),
                IoCause(&error)
            ));
        }
    }

    /// The folder and the name of a file.
    #[cfg(feature = "builder")]
    pub(super) fn place(&self, digest: &Digest) -> (&Directory, String) {
        (self.blobs(digest), digest.hex())
    }

    /// The folder of files that SHA-256 names.
    #[cfg(feature = "builder")]
    pub(super) fn sha256(&self) -> &Directory {
        &self.sha256
    }

    fn blobs(&self, digest: &Digest) -> &Directory {
        match digest {
            Digest::Sha512(_) => &self.sha512,
            _ => &self.sha256,
        }
    }

    pub(super) fn usage(&self) -> Usage {
        let mut usage = Usage::default();
        for (folder, digits) in self.folders() {
            for entry in entries(folder).filter(|entry| is_cache_file_name(&entry.name, digits)) {
                let (count, bytes) = if std::ptr::eq(folder, &self.answers) {
                    (&mut usage.answers, &mut usage.answer_bytes)
                } else {
                    (&mut usage.objects, &mut usage.object_bytes)
                };
                *count += 1;
                *bytes += entry.length;
            }
        }
        usage
    }

    /// The directories with files, and the number of hex digits in their names.
    fn folders(&self) -> [(&Directory, usize); 3] {
        [(&self.sha256, 64), (&self.sha512, 128), (&self.answers, 64)]
    }

    /// The keys of all cached answers.
    pub(super) fn keys(&self) -> Vec<String> {
        #[derive(Deserialize)]
        struct Key {
            key: String,
        }
        entries(&self.answers)
            .filter(|entry| is_cache_file_name(&entry.name, 64))
            .filter_map(|entry| read(&self.answers, &entry.name, CACHED_ANSWER))
            .filter_map(|bytes| json::parse::<Key>(&bytes, "hint").ok())
            .map(|hint| hint.key)
            .collect()
    }

    /// Prunes, unless any process did so within the last day.
    pub(super) fn prune_daily(&self, total: u64, age: Duration) {
        let now = SystemTime::now();
        let last = self
            .root
            .file(PRUNED_MARKER)
            .ok()
            .flatten()
            .and_then(|file| file.metadata().ok()?.modified().ok());
        let due = last.is_none_or(|last| elapsed(now, last) >= DAY || last > now + DAY);
        // The marker is written first, so that only one of several processes prunes.
        if due && self.root.replace(PRUNED_MARKER, b"", PRIVATE, false).is_ok() {
            self.prune(total, age, now);
        }
    }

    /// Removes files older than `age`, then the oldest until at most `total` bytes are left. Files whose names the
    /// cache does not use are kept: other programs or users may own them.
    pub(super) fn prune(&self, total: u64, age: Duration, now: SystemTime) {
        let mut files: Vec<(SystemTime, u64, &Directory, String)> = Vec::new();
        for (folder, digits) in [(&self.root, 0)].into_iter().chain(self.folders()) {
            for Entry { name, length, modified } in entries(folder) {
                let old = elapsed(now, modified);
                if is_temp_name(&name) {
                    if old > age.min(DAY) {
                        let _ = folder.remove(&name);
                    }
                } else if is_cache_file_name(&name, digits) {
                    if old > age {
                        let _ = folder.remove(&name);
                    } else {
                        files.push((modified, length, folder, name));
                    }
                }
            }
        }
        files.sort_unstable_by(|one, other| (one.0, one.1, &one.3).cmp(&(other.0, other.1, &other.3)));
        let mut remaining: u64 = files.iter().map(|(_, length, ..)| length).sum();
        for (_, length, folder, name) in files {
            if remaining <= total {
                break;
            }
            let _ = folder.remove(&name);
            remaining -= length;
        }
    }
}

fn answer_name(key: &str) -> String {
    Digest::of(key.as_bytes()).hex()
}

/// Whether the cache uses such a name for its files.
fn is_cache_file_name(name: &str, digits: usize) -> bool {
    digits > 0 && name.len() == digits && is_hex(name)
}

fn entries(folder: &Directory) -> impl Iterator<Item = Entry> {
    folder.entries().unwrap_or_default().into_iter()
}

/// Reads a file of at most `limit` bytes; a larger one is deleted.
fn read(folder: &Directory, name: &str, limit: u64) -> Option<Vec<u8>> {
    let file = folder.file(name).ok()??;
    let metadata = file.metadata().ok()?;
    if metadata.len() > limit {
        let _ = folder.remove(name);
        return None;
    }
    mark_used(&file, &metadata);
    read_whole(file, limit).ok()
}

/// Makes a file recently used. Its time is that of its last use, to the day.
pub(super) fn mark_used(file: &File, metadata: &Metadata) {
    if has_one_name(metadata)
        && metadata.modified().is_ok_and(|modified| elapsed(SystemTime::now(), modified) > DAY)
    {
        let _ = File::set_modified(file, SystemTime::now());
    }
}

/// Whether the file has only one hard link, so that changing its time does not affect another file.
fn has_one_name(metadata: &Metadata) -> bool {
    #[cfg(unix)]
    return std::os::unix::fs::MetadataExt::nlink(metadata) == 1;
    #[cfg(not(unix))]
    return metadata.is_file();
}

fn now() -> u64 {
    elapsed(SystemTime::now(), SystemTime::UNIX_EPOCH).as_secs()
}

/// The time from `then` to `now`; zero if the clock was set back.
fn elapsed(now: SystemTime, then: SystemTime) -> Duration {
    now.duration_since(then).unwrap_or_default()
}
