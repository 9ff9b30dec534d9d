//! A file of a TUF repository is given out only when every signature, version and date on the way to it holds, from
//! a root that was known before.
//!
//! The rules are The Update Framework's (specification 1.0.31, section 5), as the Sigstore project's own client has
//! them. Here are its transport, which is bounded, and its memory, which keeps a repository from going back.

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
use crate::registry::mutex::lock as held;
use crate::registry::urls::{self, Url};
use crate::registry::{Directory, Transport, is_loopback};

/// The TUF repository of Sigstore's public instance.
pub const SIGSTORE_TUF_URL: &str = "https://tuf-repo-cdn.sigstore.dev";

/// Version 16 of its root, from which all later ones follow. The repository publishes it as `16.root.json`.
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
    /// That of Sigstore's public instance.
    pub fn sigstore() -> Result<Self, Error> {
        Self::new(SIGSTORE_TUF_URL, SIGSTORE_ROOT.to_vec())
    }

    /// The repository at `url`, https or on a loopback address, whose root of trust is `root`.
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

    /// Its URL, without a slash at its end.
    pub fn url(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    /// The trusted root of now. What the repository said before is remembered in `data`; what fails changes nothing but
    /// that memory, which only ever forbids.
    pub async fn trusted_root(
        &self,
        data: &DataDirectory,
        lock: &DataLock,
        transport: &Arc<Transport>,
        limits: &Limits,
        now: Timestamp,
    ) -> Result<Vec<u8>, Error> {
        let directory = data.directory(lock, &format!("tuf/{}", Digest::of(self.url().as_bytes()).hex()))?;
        let is_here = self.base.host_str().is_some_and(is_loopback);
        if !(self.base.scheme() == "https" || self.base.scheme() == "http" && is_here) {
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
        // What the transport or the disk said is plainer than what became of it.
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

/// The first failure that is ours.
#[derive(Clone, Default)]
struct FirstError(Arc<Mutex<Option<Error>>>);

impl FirstError {
    /// Keeps `error`, and says it to the library in its words.
    fn keep(&self, error: Error) -> sigstore_tuf::Error {
        let words = sigstore_tuf::Error::transport(error.to_string());
        held(&self.0).get_or_insert(error);
        words
    }

    fn take(&self) -> Option<Error> {
        held(&self.0).take()
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
            // Names come from metadata: whatever they are, they lead nowhere else.
            let Some(url) = url.filter(|url| url.as_str().starts_with(self.base.as_str())) else {
                let (origin, cause) = (format!("`{}`", self.base), format!("`{path}` is no file of it"));
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

/// What was seen of the repository before. All of it is checked again from the root of trust when it is read; it says
/// what is the oldest that may come.
struct MetadataFiles {
    directory: Directory,
    limits: Limits,
    failed: FirstError,
}

impl MetadataFiles {
    /// Does `work` with the directory of the file `name`, which the library may put into one of its own, and the
    /// file's name in it.
    fn with<T>(
        &self,
        name: &str,
        work: impl FnOnce(&Directory, &str) -> Result<T, Error>,
    ) -> sigstore_tuf::Result<T> {
        let done = match name.rsplit_once('/') {
            None => work(&self.directory, name),
            Some((folder, name)) => {
                data::ensure_directories(&self.directory, folder).and_then(|folder| work(&folder, name))
            }
        };
        done.map_err(|error| self.failed.keep(error))
    }
}

impl MetadataStore for MetadataFiles {
    fn load(&self, name: &str) -> sigstore_tuf::Result<Option<Vec<u8>>> {
        // The library would go on without it, and forget what may not come back.
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
    fn the_root_that_is_embedded_is_signed_by_its_own_keys() {
        let set = sigstore_tuf::TrustedMetadataSet::from_root(SIGSTORE_ROOT).unwrap();
        assert_eq!(set.root().version, 16);
        // It is the bytes that were looked at when it was put here.
        let digest = Digest::of(SIGSTORE_ROOT).hex();
        assert_eq!(digest, "27aea7e372aa7864065174f0661784fcf8b0e28b1dbfebeada31a0f1fb19167f");
        TufRepository::sigstore().unwrap();
    }

    #[test]
    fn a_repository_is_a_directory() {
        let new = |url: &str| TufRepository::new(url, Vec::new());
        assert_eq!(new("https://tuf.example.com/a/").unwrap().url(), "https://tuf.example.com/a");
        for wrong in ["", "a", "mailto:a@b", "https://a?b", "https://a#b"] {
            assert!(new(wrong).is_err(), "{wrong}");
        }
    }
}
