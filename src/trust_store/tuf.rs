//! Updates a Sigstore trusted root from a TUF repository.
//!
//! A file is returned only if all signatures, versions and expiry dates verify, starting at a known root.
//!
//! Source: The Update Framework specification 1.0.31, section 5, by the Sigstore project's client library. This module
//! adds the transport, with limits, and the storage of metadata, which prevents rollbacks.

use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use sigstore_tuf::transport::FetchFuture;
use sigstore_tuf::{MetadataStore, Repository, Updater, UpdaterConfig};

use super::error::{Error, url_label};
use super::limits::{TUF_ROLES, TUF_ROOTS};
use super::{DataDirectory, DataLock, data, fetch};
use crate::diagnostic::Causes;
use crate::limits::{Exceeded, Limits};
use crate::oci::Digest;
use crate::registry::mutex::lock as lock_mutex;
use crate::registry::urls::{self, Url};
use crate::registry::{Directory, Transport, is_loopback};

/// The TUF repository of Sigstore's public instance.
pub const SIGSTORE_TUF_URL: &str = "https://tuf-repo-cdn.sigstore.dev";

/// Version 16 of its root, the initial trust for all later versions. The repository publishes it as `16.root.json`.
const SIGSTORE_ROOT: &[u8] = include_bytes!("tuf_root.json");

/// The name of the trusted root in every Sigstore repository.
const TRUSTED_ROOT: &str = "trusted_root.json";

/// A TUF repository.
#[derive(Clone, Debug)]
pub struct TufRepository {
    base: Url,
    root: Vec<u8>,
}

impl TufRepository {
    /// The repository of Sigstore's public instance.
    ///
    /// # Errors
    ///
    /// Does not fail for the built-in URL.
    pub fn sigstore() -> Result<Self, Error> {
        Self::new(SIGSTORE_TUF_URL, SIGSTORE_ROOT.to_vec())
    }

    /// The repository at `url` (https, or on a loopback address) with the initial root `root`.
    ///
    /// # Errors
    ///
    /// If `url` has a login or is not the URL of a directory.
    pub fn new(url: &str, root: Vec<u8>) -> Result<Self, Error> {
        if urls::has_login(url) {
            return Err(Error::UrlLogin { origin: url_label(url) });
        }
        let wrong = |cause: String| Error::Fetch { origin: url_label(url), cause };
        let base = Url::parse(&format!("{}/", url.trim_end_matches('/')))
            .map_err(|error| wrong(error.to_string()))?;
        if base.cannot_be_a_base() || base.query().is_some() || base.fragment().is_some() {
            return Err(wrong("it is not the URL of a directory".to_owned()));
        }
        Ok(Self { base, root })
    }

    /// The URL without a trailing slash.
    pub fn url(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    /// Fetches and verifies the current trusted root.
    ///
    /// Verified metadata is stored in `data`, also if a later step fails. Stored metadata only restricts later updates:
    /// it prevents rollbacks.
    ///
    /// # Errors
    ///
    /// [`Error::Tuf`] if something does not verify, [`Error::Fetch`] without a usable response, [`Error::Limit`] after
    /// [`Limits::update`].
    pub async fn trusted_root(
        &self,
        data: &DataDirectory,
        lock: &DataLock,
        transport: &Arc<Transport>,
        limits: &Limits,
        now: Timestamp,
    ) -> Result<Vec<u8>, Error> {
        let directory = data.directory(lock, &format!("tuf/{}", Digest::of(self.url().as_bytes()).hex()))?;
        let is_local = self.base.host_str().is_some_and(is_loopback);
        if !(self.base.scheme() == "https" || self.base.scheme() == "http" && is_local) {
            return Err(Error::Insecure { origin: url_label(self.base.as_str()) });
        }
        let failed = FirstError::default();
        let remote = HttpRepository {
            base: self.base.clone(),
            transport: Arc::clone(transport),
            limits: limits.clone(),
            failed: failed.clone(),
        };
        let update = self.update(
            remote,
            MetadataFiles { directory, limits: limits.clone(), failed: failed.clone() },
            limits,
            now,
        );
        let result = tokio::time::timeout(limits.update, update).await;
        // The original error of the transport or disk is clearer than the library's.
        if let Some(error) = failed.take() {
            return Err(error);
        }
        let origin = format!("`{}`", self.url());
        match result {
            Ok(Ok(bytes)) => Ok(bytes),
            Ok(Err(error @ sigstore_tuf::Error::Transport { .. })) => {
                Err(Error::Fetch { origin, cause: Causes::from_error(&error).innermost().to_owned() })
            }
            Ok(Err(error)) => Err(Error::Tuf { origin, cause: Causes::from_error(&error).to_string() }),
            Err(_) => {
                let what = format!("an update of {} or more seconds", limits.update.as_secs());
                let exceeded = Exceeded::new(what, limits.update.as_secs(), "s");
                Err(Error::Limit { origin, exceeded })
            }
        }
    }

    async fn update(
        &self,
        remote: HttpRepository,
        memory: MetadataFiles,
        limits: &Limits,
        now: Timestamp,
    ) -> sigstore_tuf::Result<Vec<u8>> {
        let mut config = UpdaterConfig::default();
        config.root_max_length = limits.trust_file;
        config.timestamp_max_length = limits.trust_file;
        config.snapshot_max_length = limits.trust_file;
        config.targets_max_length = limits.trust_file;
        config.target_max_length = limits.trust_file;
        config.max_root_rotations = TUF_ROOTS;
        config.max_delegations = TUF_ROLES;
        let mut updater = Updater::new(remote, &self.root)?.with_config(config).with_store(memory);
        updater.refresh(now).await?;
        updater.get_target(TRUSTED_ROOT, now).await
    }
}

/// The first error of this module's transport or storage.
#[derive(Clone, Default)]
struct FirstError(Arc<Mutex<Option<Error>>>);

impl FirstError {
    /// Keeps `error`, and converts it to an error of the library.
    fn keep(&self, error: Error) -> sigstore_tuf::Error {
        let converted = sigstore_tuf::Error::transport(error.to_string());
        lock_mutex(&self.0).get_or_insert(error);
        converted
    }

    fn take(&self) -> Option<Error> {
        lock_mutex(&self.0).take()
    }
}

/// The repository over HTTP.
struct HttpRepository {
    base: Url,
    transport: Arc<Transport>,
    limits: Limits,
    failed: FirstError,
}

impl HttpRepository {
    fn fetch<'a>(&'a self, path: String, limit: u64) -> FetchFuture<'a> {
        Box::pin(async move {
            let url = self.base.join(&path).ok();
            // Names come from metadata, and must not lead out of the repository.
            let Some(url) = url.filter(|url| url.as_str().starts_with(self.base.as_str())) else {
                let (origin, cause) =
                    (format!("`{}`", self.base), format!("`{path}` is not a file of the repository"));
                return Err(self.failed.keep(Error::Tuf { origin, cause }));
            };
            let found =
                fetch::fetch(&self.transport, &url, url_label(url.as_str()), limit, &self.limits).await;
            found.map(|bytes| bytes.map(Into::into)).map_err(|error| self.failed.keep(error))
        })
    }
}

impl Repository for HttpRepository {
    fn fetch_metadata<'a>(&'a self, name: &'a str, max_length: u64) -> FetchFuture<'a> {
        self.fetch(format!("./{name}"), max_length)
    }

    fn fetch_target<'a>(&'a self, path: &'a str, max_length: u64) -> FetchFuture<'a> {
        self.fetch(format!("./targets/{path}"), max_length)
    }
}

/// The stored metadata of the repository. It is verified again from the initial root when it is read, and sets the
/// lowest versions that an update may have.
struct MetadataFiles {
    directory: Directory,
    limits: Limits,
    failed: FirstError,
}

impl MetadataFiles {
    /// Calls `work` with the directory of the file `name` and its name there. The library uses subdirectories for some
    /// files.
    fn with<T>(
        &self,
        name: &str,
        work: impl FnOnce(&Directory, &str) -> Result<T, Error>,
    ) -> sigstore_tuf::Result<T> {
        let result = match name.rsplit_once('/') {
            None => work(&self.directory, name),
            Some((folder, name)) => {
                data::ensure_directories(&self.directory, folder).and_then(|folder| work(&folder, name))
            }
        };
        result.map_err(|error| self.failed.keep(error))
    }
}

impl MetadataStore for MetadataFiles {
    fn load(&self, name: &str) -> sigstore_tuf::Result<Option<Vec<u8>>> {
        // The library ignores this error, which would allow a rollback, so the error is kept and returned at the end.
        self.with(name, |directory, name| data::read(directory, name, &self.limits))
    }

    fn store(&self, name: &str, bytes: &[u8]) -> sigstore_tuf::Result<()> {
        self.with(name, |directory, name| data::write(directory, name, bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_root_is_signed_by_its_own_keys() {
        let set = sigstore_tuf::TrustedMetadataSet::from_root(SIGSTORE_ROOT).unwrap();
        assert_eq!(set.root().version, 16);
        // The digest of the file that was reviewed when it was added.
        let digest = Digest::of(SIGSTORE_ROOT).hex();
        assert_eq!(digest, "27aea7e372aa7864065174f0661784fcf8b0e28b1dbfebeada31a0f1fb19167f");
        TufRepository::sigstore().unwrap();
    }

    #[test]
    fn a_repository_url_must_be_a_directory() {
        let new = |url: &str| TufRepository::new(url, Vec::new());
        assert_eq!(new("https://tuf.example.com/a/").unwrap().url(), "https://tuf.example.com/a");
        for wrong in ["", "a", "mailto:a@b", "https://a?b", "https://a#b"] {
            assert!(new(wrong).is_err(), "{wrong}");
        }
    }
}
