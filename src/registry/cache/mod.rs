//! The cache on disk: content by digest, and the last answers of registries.
//!
//! It only saves requests: content is hashed on every read, verdicts and secrets are never stored, and an error of the
//! registry is never replaced by a cached answer.

mod cached;
#[cfg(feature = "builder")]
mod incoming;
mod options;
mod store;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use etcetera::BaseStrategy as _;
use serde::{Deserialize, Serialize};

pub use self::cached::CachedRegistry;
#[cfg(feature = "builder")]
pub(crate) use self::incoming::Incoming;
pub use self::options::{CacheOptions, NotifyUser};
use self::store::Store;
pub use self::store::Usage;
use super::directory::UserDirectory;
use super::limits::{CACHE_AGE, CACHE_SIZE, CHALLENGE};
use super::{ChallengeCache, FoundBy, Referrers, Withheld};
use crate::diagnostic::IoCause;
use crate::oci::{Descriptor, Digest, Reference, Repository, Tag};

/// The directory of the current file format. A new format gets a new directory.
const FORMAT_VERSION: &str = "v1";
/// The directory of this program under the user's cache directory.
const PROGRAM: &str = "dhi";

/// Content by digest and the last answers of registries, on disk.
///
/// All methods block on file access. What cannot be read counts as absent, what cannot be written is not cached.
#[derive(Debug)]
pub struct Cache {
    /// `None` if nothing is cached.
    directory: Option<PathBuf>,
    store: Option<Store>,
    warning: Option<String>,
}

/// What is cached of a manifest besides its bytes. Its presence means that the repository had the manifest.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CachedManifest {
    media_type: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CachedReferrers {
    descriptors: Vec<Descriptor>,
    found_by: CachedFoundBy,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    withheld: Option<Withheld>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum CachedFoundBy {
    Api,
    FallbackTag,
    Layout,
}

impl Cache {
    /// Opens the cache with default options; see [`Cache::open_with`].
    pub fn open(directory: Option<PathBuf>) -> Self {
        Self::open_with(directory, CacheOptions::default())
    }

    /// Opens the cache in `directory`, or in `dhi` under `$XDG_CACHE_HOME` (`~/.cache`). If the directory cannot be
    /// created or written, nothing is cached, and [`Cache::warning`] returns the cause.
    ///
    /// The path of `directory` or `$XDG_CACHE_HOME` may contain links, since the user chose it. The directories that
    /// the cache creates below it (`dhi`, `v1`, `blobs`, `hints`) must be owned by the effective user and not be links.
    pub fn open_with(directory: Option<PathBuf>, options: CacheOptions) -> Self {
        match location(directory) {
            Ok(location) => Self::at(&location, options),
            Err(warning) => Self::without_store(Some(warning)),
        }
    }

    /// As [`Cache::open`], but a cache that does not exist is empty and is not created.
    pub fn open_existing(directory: Option<PathBuf>) -> Self {
        match location(directory) {
            Ok(location) if matches!(location.open(), Ok(None)) => {
                Self { directory: Some(location.path()), ..Self::without_store(None) }
            }
            Ok(location) => Self::at(&location, CacheOptions::default()),
            Err(warning) => Self::without_store(Some(warning)),
        }
    }

    fn at(location: &UserDirectory, options: CacheOptions) -> Self {
        match Store::open(location, options) {
            Ok(store) => {
                store.prune_daily(CACHE_SIZE, CACHE_AGE);
                Self { directory: Some(location.path()), store: Some(store), warning: None }
            }
            Err(error) => Self::without_store(Some(format!(
                "nothing is cached: the directory `{}` cannot be used: {}",
                location.path().display(),
                IoCause(&error)
            ))),
        }
    }

    /// A cache that stores nothing.
    pub fn disabled() -> Self {
        Self::without_store(None)
    }

    fn without_store(warning: Option<String>) -> Self {
        Self { directory: None, store: None, warning }
    }

    /// Why nothing is cached, although the cache is enabled.
    pub fn warning(&self) -> Option<&str> {
        self.warning.as_deref()
    }

    fn bytes(&self, digest: &Digest) -> Option<Bytes> {
        self.store.as_ref()?.bytes(digest)
    }

    fn store(&self, digest: &Digest, bytes: &[u8]) {
        if let Some(store) = &self.store {
            store.store(digest, bytes);
        }
    }

    /// Content that was kept under its digest. It is hashed again.
    #[cfg(feature = "builder")]
    pub(crate) fn content(&self, digest: &Digest) -> Option<Bytes> {
        self.bytes(digest)
    }

    /// Keeps content, whose digest it returns.
    #[cfg(feature = "builder")]
    pub(crate) fn keep(&self, bytes: &[u8]) -> Digest {
        let digest = Digest::of(bytes);
        self.store(&digest, bytes);
        digest
    }

    /// The last answer to a question that is not one to a registry. `key` begins with the area of the question.
    #[cfg(feature = "builder")]
    pub(crate) fn last<T: serde::de::DeserializeOwned>(&self, key: &str) -> Option<(T, Duration)> {
        self.store.as_ref()?.answer(key)
    }

    /// Keeps the answer to a question that is not one to a registry.
    #[cfg(feature = "builder")]
    pub(crate) fn keep_last<T: Serialize>(&self, key: &str, value: &T) {
        self.remember(key, value);
    }

    fn remember<T: Serialize>(&self, key: &str, value: &T) {
        if let Some(store) = &self.store {
            store.remember(key, value);
        }
    }

    /// The last known digest of `tag`, and its age.
    fn tag(&self, repository: &Repository, tag: &Tag) -> Option<(Digest, Duration)> {
        self.store.as_ref()?.answer(&key("tag", &repository.to_string(), tag.as_str()))
    }

    fn remember_tag(&self, repository: &Repository, tag: &Tag, digest: &Digest) {
        self.remember(&key("tag", &repository.to_string(), tag.as_str()), digest);
    }

    /// How long ago the registry had no such tag, or withheld it.
    fn absent(&self, repository: &Repository, tag: &Tag) -> Option<(Option<Withheld>, Duration)> {
        self.store.as_ref()?.answer(&key("absent", &repository.to_string(), tag.as_str()))
    }

    fn remember_absent(&self, repository: &Repository, tag: &Tag, withheld: Option<&Withheld>) {
        self.remember(&key("absent", &repository.to_string(), tag.as_str()), &withheld);
    }

    /// A manifest that this repository had, with its media type.
    fn manifest(&self, repository: &Repository, digest: &Digest) -> Option<(Bytes, Option<String>)> {
        let key = key("manifest", &repository.to_string(), &digest.to_string());
        let (known, _) = self.store.as_ref()?.answer::<CachedManifest>(&key)?;
        Some((self.bytes(digest)?, known.media_type))
    }

    fn remember_manifest(
        &self,
        repository: &Repository,
        digest: &Digest,
        bytes: &[u8],
        media_type: Option<String>,
    ) {
        // The bytes may be an error page that quotes the request.
        if self.store.as_ref().is_some_and(|store| store.holds_secret(bytes)) {
            return;
        }
        self.store(digest, bytes);
        let key = key("manifest", &repository.to_string(), &digest.to_string());
        self.remember(&key, &CachedManifest { media_type });
    }

    /// The last known referrers of `subject`, with `age` set.
    fn referrers(&self, repository: &Repository, subject: &Digest) -> Option<Referrers> {
        let key = key("referrers", &repository.to_string(), &subject.to_string());
        let (list, age) = self.store.as_ref()?.answer::<CachedReferrers>(&key)?;
        let found_by = match list.found_by {
            CachedFoundBy::Api => FoundBy::Api,
            CachedFoundBy::FallbackTag => FoundBy::FallbackTag,
            CachedFoundBy::Layout => FoundBy::Layout,
        };
        let CachedReferrers { descriptors, withheld, .. } = list;
        Some(Referrers { descriptors, found_by, age: Some(age), withheld })
    }

    fn remember_referrers(&self, repository: &Repository, subject: &Digest, list: &Referrers) {
        let found_by = match list.found_by {
            FoundBy::Api => CachedFoundBy::Api,
            FoundBy::FallbackTag => CachedFoundBy::FallbackTag,
            FoundBy::Layout => CachedFoundBy::Layout,
        };
        let key = key("referrers", &repository.to_string(), &subject.to_string());
        let (descriptors, withheld) = (list.descriptors.clone(), list.withheld.clone());
        self.remember(&key, &CachedReferrers { descriptors, found_by, withheld });
    }

    fn forget_referrers(&self, repository: &Repository, subject: &Digest) {
        if let Some(store) = &self.store {
            store.forget(&key("referrers", &repository.to_string(), &subject.to_string()));
        }
    }
}

impl Cache {
    /// The directory of the cache, unless nothing is cached.
    pub fn directory(&self) -> Option<&Path> {
        self.directory.as_deref()
    }

    /// The number and size of the cached files.
    pub fn usage(&self) -> Usage {
        self.store.as_ref().map(Store::usage).unwrap_or_default()
    }

    /// Removes files that were not used for longer than `age`, then the least recently used until at most `total` bytes
    /// are left. Returns the number and size of the removed files.
    pub fn prune(&self, total: u64, age: Duration) -> Usage {
        let Some(store) = &self.store else { return Usage::default() };
        let before = store.usage();
        store.prune(total, age, SystemTime::now());
        let after = store.usage();
        Usage {
            objects: before.objects.saturating_sub(after.objects),
            object_bytes: before.object_bytes.saturating_sub(after.object_bytes),
            answers: before.answers.saturating_sub(after.answers),
            answer_bytes: before.answer_bytes.saturating_sub(after.answer_bytes),
        }
    }

    /// The references that were resolved before, such as `dhi.io/python:3.13`, sorted.
    pub fn known_references(&self) -> Vec<String> {
        let Some(store) = &self.store else { return Vec::new() };
        let mut known: Vec<String> = store
            .keys()
            .iter()
            .filter_map(|key| {
                let mut parts = key.strip_prefix("tag\0")?.split('\0');
                Some(format!("{}:{}", parts.next()?, parts.next()?))
            })
            // Shells display them, so the text of a manipulated cache file must be a reference.
            .filter(|text| text.parse::<Reference>().is_ok())
            // The tags of cosign's signatures and attestations are not useful for completion.
            .filter(|text| !text.ends_with(".sig") && !text.ends_with(".att"))
            .collect();
        known.sort();
        known.dedup();
        known
    }
}

/// The directory of the cache in `directory`, or that of the user.
fn location(directory: Option<PathBuf>) -> Result<UserDirectory, String> {
    match (directory, etcetera::choose_base_strategy()) {
        (Some(directory), _) => Ok(UserDirectory::new(directory, &[FORMAT_VERSION])),
        (None, Ok(strategy)) => Ok(UserDirectory::new(strategy.cache_dir(), &[PROGRAM, FORMAT_VERSION])),
        (None, Err(error)) => Err(format!("nothing is cached: no cache directory is known: {error}")),
    }
}

/// The key of a cached answer. None of the parts can contain the separator.
fn key(kind: &str, repository: &str, subject: &str) -> String {
    format!("{kind}\0{repository}\0{subject}")
}

impl ChallengeCache for Cache {
    fn challenge(&self, host: &str) -> Option<String> {
        let (challenge, _) = self.store.as_ref()?.answer::<String>(&key("challenge", host, ""))?;
        Some(challenge).filter(|challenge| challenge.len() <= CHALLENGE)
    }

    fn remember_challenge(&self, host: &str, challenge: &str) {
        if challenge.len() <= CHALLENGE
            && self.store.as_ref().is_some_and(|store| store.is_free_of_secrets(challenge))
        {
            self.remember(&key("challenge", host, ""), &challenge);
        }
    }
}
