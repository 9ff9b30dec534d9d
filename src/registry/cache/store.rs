//! The files of the cache. Nothing read from it is believed: bytes are hashed again, a remembered answer must
//! repeat the question that it answers, and what does not fit is deleted and counts as absent.
//!
//! Several processes may use one directory at once: files appear whole (written aside, then renamed) and may
//! vanish at any time.

use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::run::CacheOptions;
use crate::limits::read_whole;
use crate::oci::hex::is_hex;
use crate::oci::{Digest, json};
use crate::registry::directory::{Directory, Entry, UserDirectory, is_temp_name};
use crate::registry::limits::{CACHED_ANSWER, CACHED_CONTENT};

/// What may be lost when a process dies while writing is kept this long.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Its time says when the cache was pruned last.
const PRUNED_MARKER: &str = "pruned";
/// Files of the cache are for its owner alone.
const PRIVATE: u32 = 0o600;

/// An open cache directory. Its parts are open too: whatever is put in their place later is not touched.
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

/// What a cache holds, or what was removed from it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Manifests, configurations, statements, payloads.
    pub objects: u64,
    /// Their bytes.
    pub object_bytes: u64,
    /// Remembered answers: tags, lists of referrers, challenges.
    pub answers: u64,
    /// Their bytes.
    pub answer_bytes: u64,
}

/// A remembered answer.
#[derive(Serialize, Deserialize)]
struct CachedAnswer<T> {
    key: String,
    /// Seconds since 1970.
    time: u64,
    value: T,
}

impl Store {
    /// Makes the directory, for this user alone, and tries whether it can be written.
    pub(super) fn open(place: &UserDirectory, run: CacheOptions) -> io::Result<Self> {
        let root = place.ensure()?;
        root.make_private()?;
        let blobs = root.ensure_private_child("blobs")?;
        let store = Self {
            path: place.path(),
            sha256: blobs.ensure_private_child("sha256")?,
            sha512: blobs.ensure_private_child("sha512")?,
            answers: root.ensure_private_child("hints")?,
            root,
            options: run,
            has_notified: AtomicBool::new(false),
        };
        store.root.check_writable()?;
        Ok(store)
    }

    /// The bytes of `digest`.
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

    /// What was remembered for `key`, and how long ago.
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

    /// Remembers `value` for `key`, unless a registry put a secret of this run into it.
    pub(super) fn remember<T: Serialize>(&self, key: &str, value: &T) {
        let hint = CachedAnswer { key: key.to_owned(), time: now(), value };
        if let Ok(bytes) = serde_json::to_vec(&hint)
            && bytes.len() as u64 <= CACHED_ANSWER
            && !self.options.secrets.is_shown_in(&bytes)
        {
            self.write(&self.answers, &answer_name(key), &bytes);
        }
    }

    /// Whether a secret of this run is in it.
    pub(super) fn holds_secret(&self, bytes: &[u8]) -> bool {
        self.options.secrets.is_shown_in(bytes)
    }

    /// Whether none is in it, not even a short one.
    pub(super) fn is_free_of_secrets(&self, text: &str) -> bool {
        !self.options.secrets.is_in(text)
    }

    /// Remembers nothing more for `key`.
    pub(super) fn forget(&self, key: &str) {
        let _ = self.answers.remove(&answer_name(key));
    }

    /// The run, to which what is not kept is no failure, is told so once.
    fn write(&self, folder: &Directory, name: &str, bytes: &[u8]) {
        if let Err(error) = folder.replace(name, bytes, PRIVATE, false)
            // Who prunes at the same time may remove what is not finished.
            && error.kind() != io::ErrorKind::NotFound
            && !self.has_notified.swap(true, Ordering::Relaxed)
            && let Some(note) = &self.options.on_write_failure
        {
            note(&format!("not everything is cached: `{}` cannot be written: {error}", self.path.display()));
        }
    }

    fn blobs(&self, digest: &Digest) -> &Directory {
        match digest {
            Digest::Sha512(_) => &self.sha512,
            _ => &self.sha256,
        }
    }

    pub(super) fn directory(&self) -> &Path {
        &self.path
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

    /// The directories with files, and of how many digits their names are.
    fn folders(&self) -> [(&Directory, usize); 3] {
        [(&self.sha256, 64), (&self.sha512, 128), (&self.answers, 64)]
    }

    /// The keys of all remembered answers.
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

    /// Prunes, unless that was done within the last day, by whatever process.
    pub(super) fn prune_daily(&self, total: u64, age: Duration) {
        let now = SystemTime::now();
        let last = self
            .root
            .file(PRUNED_MARKER)
            .ok()
            .flatten()
            .and_then(|file| file.metadata().ok()?.modified().ok());
        let due = last.is_none_or(|last| elapsed(now, last) >= DAY || last > now + DAY);
        // The stamp is set first, so that of several processes one does the work.
        if due && self.root.replace(PRUNED_MARKER, b"", PRIVATE, false).is_ok() {
            self.prune(total, age, now);
        }
    }

    /// Removes what is older than `age`, then the oldest until no more than `total` bytes are left. Only files whose
    /// names the cache makes: what else is there belongs to somebody.
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

/// Whether the cache names its files so.
fn is_cache_file_name(name: &str, digits: usize) -> bool {
    digits > 0 && name.len() == digits && is_hex(name)
}

fn entries(folder: &Directory) -> impl Iterator<Item = Entry> {
    folder.entries().unwrap_or_default().into_iter()
}

/// Reads a file of at most `limit` bytes; a larger one is deleted.
fn read(folder: &Directory, name: &str, limit: u64) -> Option<Vec<u8>> {
    let file = folder.file(name).ok()??;
    let seen = file.metadata().ok()?;
    if seen.len() > limit {
        let _ = folder.remove(name);
        return None;
    }
    // What is in use is not among the oldest.
    if has_one_name(&seen) && seen.modified().is_ok_and(|modified| elapsed(SystemTime::now(), modified) > DAY)
    {
        let _ = File::set_modified(&file, SystemTime::now());
    }
    read_whole(file, limit).ok()
}

/// Whether nothing else is changed where the file is: it may be a hard link.
fn has_one_name(seen: &Metadata) -> bool {
    #[cfg(unix)]
    return std::os::unix::fs::MetadataExt::nlink(seen) == 1;
    #[cfg(not(unix))]
    return seen.is_file();
}

fn now() -> u64 {
    elapsed(SystemTime::now(), SystemTime::UNIX_EPOCH).as_secs()
}

/// Time between; nothing where the clock went back.
fn elapsed(now: SystemTime, then: SystemTime) -> Duration {
    now.duration_since(then).unwrap_or_default()
}
