//! The files of the cache. Nothing read from it is believed: bytes are hashed again, a remembered answer must
//! repeat the question that it answers, and what does not fit is deleted and counts as absent.
//!
//! Several processes may use one directory at once: files appear whole (written aside, then renamed) and may
//! vanish at any time.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{BLOB, HINT, Usage};
use crate::oci::{Digest, json};

/// Files are named here before they are whole.
const UNFINISHED: &str = ".tmp-";
/// What may be lost when a process dies while writing is kept this long.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Its time says when the cache was pruned last.
const STAMP: &str = "pruned";

/// An open cache directory.
#[derive(Debug)]
pub(super) struct Store {
    root: PathBuf,
}

/// A remembered answer.
#[derive(Serialize, Deserialize)]
struct Hint<T> {
    key: String,
    /// Seconds since 1970.
    time: u64,
    value: T,
}

impl Store {
    /// Makes the directory, for this user alone, and tries whether it can be written.
    pub(super) fn open(root: PathBuf) -> io::Result<Self> {
        private_directory(&root)?;
        // Only the owner may change the mode: a directory that somebody else laid out is refused here.
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            fs::set_permissions(&root, fs::Permissions::from_mode(0o700))?;
        }
        for folder in ["blobs/sha256", "blobs/sha512", "hints"] {
            private_directory(&root.join(folder))?;
        }
        unfinished(&root)?;
        Ok(Self { root })
    }

    /// The bytes of `digest`.
    pub(super) fn bytes(&self, digest: &Digest) -> Option<Bytes> {
        let path = self.blob(digest);
        let bytes = read(&path, BLOB)?;
        if digest.matches(&bytes) {
            Some(bytes.into())
        } else {
            let _ = fs::remove_file(path);
            None
        }
    }

    /// Stores bytes that have this digest.
    pub(super) fn store(&self, digest: &Digest, bytes: &[u8]) {
        if bytes.len() as u64 <= BLOB {
            let _ = write(&self.blob(digest), bytes);
        }
    }

    /// What was remembered for `key`, and how long ago.
    pub(super) fn hint<T: DeserializeOwned>(&self, key: &str) -> Option<(T, Duration)> {
        let path = self.hint_file(key);
        let bytes = read(&path, HINT)?;
        match json::parse::<Hint<T>>(&bytes, "hint") {
            Ok(hint) if hint.key == key => {
                Some((hint.value, Duration::from_secs(now().saturating_sub(hint.time))))
            }
            _ => {
                let _ = fs::remove_file(path);
                None
            }
        }
    }

    /// Remembers `value` for `key`.
    pub(super) fn remember<T: Serialize>(&self, key: &str, value: &T) {
        let hint = Hint { key: key.to_owned(), time: now(), value };
        if let Ok(bytes) = serde_json::to_vec(&hint)
            && bytes.len() as u64 <= HINT
        {
            let _ = write(&self.hint_file(key), &bytes);
        }
    }

    /// Remembers nothing more for `key`.
    pub(super) fn forget(&self, key: &str) {
        let _ = fs::remove_file(self.hint_file(key));
    }

    fn blob(&self, digest: &Digest) -> PathBuf {
        self.root.join("blobs").join(digest.algorithm()).join(digest.hex())
    }

    fn hint_file(&self, key: &str) -> PathBuf {
        self.root.join("hints").join(Digest::of(key.as_bytes()).hex())
    }

    pub(super) fn directory(&self) -> &Path {
        &self.root
    }

    pub(super) fn usage(&self) -> Usage {
        let mut usage = Usage::default();
        for folder in ["blobs/sha256", "blobs/sha512", "hints"] {
            let Ok(entries) = fs::read_dir(self.root.join(folder)) else { continue };
            let files =
                entries.flatten().filter_map(|entry| entry.metadata().ok()).filter(fs::Metadata::is_file);
            for seen in files {
                let (count, bytes) = if folder == "hints" {
                    (&mut usage.answers, &mut usage.answer_bytes)
                } else {
                    (&mut usage.objects, &mut usage.object_bytes)
                };
                *count += 1;
                *bytes += seen.len();
            }
        }
        usage
    }

    /// The keys of all remembered answers.
    pub(super) fn keys(&self) -> Vec<String> {
        #[derive(Deserialize)]
        struct Key {
            key: String,
        }
        let Ok(entries) = fs::read_dir(self.root.join("hints")) else { return Vec::new() };
        entries
            .flatten()
            .filter_map(|entry| read(&entry.path(), HINT))
            .filter_map(|bytes| json::parse::<Key>(&bytes, "hint").ok())
            .map(|hint| hint.key)
            .collect()
    }

    /// Prunes, unless that was done within the last day, by whatever process.
    pub(super) fn prune_daily(&self, total: u64, age: Duration) {
        let stamp = self.root.join(STAMP);
        let now = SystemTime::now();
        let due = fs::metadata(&stamp)
            .and_then(|seen| seen.modified())
            .map_or(true, |last| since(now, last) >= DAY || last > now + DAY);
        // The stamp is set first, so that of several processes one does the work.
        if due && write(&stamp, b"").is_ok() {
            self.prune(total, age, now);
        }
    }

    /// Removes what is older than `age`, then the oldest until no more than `total` bytes are left.
    pub(super) fn prune(&self, total: u64, age: Duration, now: SystemTime) {
        let mut files: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
        for folder in ["", "blobs/sha256", "blobs/sha512", "hints"] {
            let Ok(entries) = fs::read_dir(self.root.join(folder)) else { continue };
            for entry in entries.flatten() {
                let Ok(seen) = entry.metadata() else { continue };
                let (Ok(modified), true) = (seen.modified(), seen.is_file()) else { continue };
                let name = entry.file_name();
                let unfinished = name.to_string_lossy().starts_with(UNFINISHED);
                let old = since(now, modified);
                // The directory itself may hold what others put there.
                if folder.is_empty() && !unfinished {
                    continue;
                }
                if old > age || unfinished && old > DAY {
                    let _ = fs::remove_file(entry.path());
                } else if !unfinished {
                    files.push((modified, seen.len(), entry.path()));
                }
            }
        }
        files.sort_unstable();
        let mut left: u64 = files.iter().map(|(_, length, _)| length).sum();
        for (_, length, path) in files {
            if left <= total {
                break;
            }
            let _ = fs::remove_file(path);
            left -= length;
        }
    }
}

/// Reads a regular file of at most `limit` bytes; a larger one is deleted.
fn read(path: &Path, limit: u64) -> Option<Vec<u8>> {
    let seen = fs::symlink_metadata(path).ok()?;
    if !seen.is_file() || seen.len() > limit {
        let _ = fs::remove_file(path);
        return None;
    }
    let file = File::open(path).ok()?;
    // What is in use is not among the oldest.
    if seen.modified().is_ok_and(|modified| since(SystemTime::now(), modified) > DAY) {
        let _ = file.set_modified(SystemTime::now());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(seen.len()).unwrap_or_default());
    file.take(limit).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().ok_or(ErrorKind::InvalidInput)?;
    let mut file = unfinished(folder)?;
    file.write_all(bytes)?;
    file.persist(path)?;
    Ok(())
}

/// A file with mode 0600 that vanishes unless it is renamed.
fn unfinished(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(folder)
}

fn private_directory(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

fn now() -> u64 {
    since(SystemTime::now(), SystemTime::UNIX_EPOCH).as_secs()
}

/// Time between; nothing where the clock went back.
fn since(now: SystemTime, then: SystemTime) -> Duration {
    now.duration_since(then).unwrap_or_default()
}
