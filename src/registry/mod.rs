//! Access to OCI registries, image layouts, archives and the local engine, with the cache and the HTTP transport.
//!
//! Invariants:
//!
//! * Content that is requested by digest is hashed before it is returned.
//! * Only [`Error::NotFound`] means that an object does not exist. A refusal, an outage or a truncated list is an
//!   error,
//!   or a list with [`Referrers::withheld`] set, never an empty list.

use async_trait::async_trait;
use bytes::Bytes;

use crate::oci::{Descriptor, Digest, Reference, Repository, Tag, Version};

mod budget;
mod cache;
mod codes;
mod directory;
mod engine;
mod error;
mod file_lock;
mod index_editor;
mod layout;
pub mod limits;
pub(crate) mod mutex;
mod open;
mod proxy_logins;
mod push;
mod remote;
mod router;
mod secret;
mod secrets;
mod site;
pub(crate) mod subprocess;
pub(crate) mod transport;
pub(crate) mod urls;
mod withheld;

pub(crate) use budget::with_byte_budget;
#[cfg(feature = "builder")]
pub(crate) use cache::Incoming;
pub use cache::{Cache, CacheOptions, CachedRegistry, NotifyUser, Usage};
pub use codes::CODES;
pub(crate) use directory::{Directory, Lock, NotLocked, UserDirectory, write_remedy};
pub use engine::{Engine, EngineError, EngineImage};
pub use error::Error;
pub(crate) use file_lock::FileLock;
pub use file_lock::LockDir;
pub use layout::{LayoutRegistry, create_layout, resolve_layout_path};
pub(crate) use open::open_nonblocking;
#[cfg(feature = "cli")]
pub(crate) use open::open_settings;
pub use push::{Push, Referrer};
pub(crate) use remote::SiteLogin;
#[cfg(feature = "cli")]
pub(crate) use remote::parse_registry_host;
pub use remote::{Credentials, Login, Mirror, Options, RemoteRegistry};
pub use router::Router;
pub use secret::Secret;
pub use secrets::Secrets;
pub(crate) use transport::hosts::is_loopback;
pub use transport::tls::{CaCertificates, ClientCertificate, Tls};
pub use transport::{ConnectionFailure, Sink, Transport, Waits};
pub use withheld::Withheld;

/// A hashed manifest or index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// The bytes exactly as stored.
    pub bytes: Bytes,
    /// The digest of `bytes`.
    pub digest: Digest,
    /// The media type that the registry or layout gives, if any.
    pub media_type: Option<String>,
    /// Offline: the age of the cached answer that resolved the tag.
    pub age: Option<std::time::Duration>,
}

/// A list of referrers. All of it is an unverified claim of the registry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Referrers {
    /// The entries of all pages, in order.
    pub descriptors: Vec<Descriptor>,
    /// Where the list was found.
    pub found_by: FoundBy,
    /// The age of a list from the cache.
    pub age: Option<std::time::Duration>,
    /// A source that the registry withholds. There may then be more referrers than `descriptors`, and an empty list
    /// does not mean that there are none.
    pub withheld: Option<Withheld>,
}

/// Where a list of referrers was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum FoundBy {
    /// The referrers API.
    #[default]
    Api,
    /// The fallback tag `sha256-HEX`.
    FallbackTag,
    /// The manifests of a layout directory or archive.
    Layout,
}

/// Whether a cached list of referrers is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Freshness {
    /// Query the registry (unless offline).
    Now,
    /// Accept a cached list, if there is one. For uses where an old list can only lack entries.
    Cached,
}

/// Read access to manifests, blobs and referrers.
#[async_trait]
pub trait Registry: Send + Sync {
    /// Fetches the manifest or index that `version` names. If `version` is a digest, the bytes have that digest.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] where it does not exist, [`Error::Digest`] where the bytes have another digest.
    async fn manifest(&self, repository: &Repository, version: &Version) -> Result<Content, Error>;

    /// Resolves `tag` to a digest, where that is cheaper than fetching the manifest (HTTP HEAD).
    ///
    /// The digest is a claim: nothing was hashed. `None` where the registry sends no digest or responds with an error:
    /// only [`Registry::manifest`] decides whether a tag exists.
    ///
    /// # Errors
    ///
    /// Where no response was received.
    async fn resolve(&self, _repository: &Repository, _tag: &Tag) -> Result<Option<Digest>, Error> {
        Ok(None)
    }

    /// Fetches the blob of `descriptor`. The bytes have its digest and size. `limit`, in bytes, is checked before and
    /// while reading.
    ///
    /// # Errors
    ///
    /// [`Error::Digest`], [`Error::Size`] or [`Error::Limit`] where the bytes do not match or are too many.
    async fn blob(
        &self,
        repository: &Repository,
        descriptor: &Descriptor,
        limit: u64,
    ) -> Result<Bytes, Error>;

    /// Describes an image of the local engine. Only the registries of the command implement it, and it is called only
    /// for references that the user gave.
    ///
    /// # Errors
    ///
    /// [`EngineError::Forbidden`] unless an engine is configured.
    async fn engine_image(&self, reference: &Reference) -> Result<EngineImage, Error> {
        Err(EngineError::Forbidden { image: reference.to_string() }.into())
    }

    /// Lists all referrers of `subject`. The list is empty and `withheld` is unset only where the registry has none.
    ///
    /// # Errors
    ///
    /// Where a list cannot be read or is truncated.
    async fn referrers(
        &self,
        repository: &Repository,
        subject: &Digest,
        freshness: Freshness,
    ) -> Result<Referrers, Error>;
}

/// Keeps the authentication challenges of registries between runs, to save a round trip. It holds no secrets.
pub trait ChallengeCache: Send + Sync {
    /// The last `WWW-Authenticate` value of a registry host.
    fn challenge(&self, host: &str) -> Option<String>;

    /// Stores the value.
    fn remember_challenge(&self, host: &str, challenge: &str);
}

/// Stores nothing.
impl ChallengeCache for () {
    fn challenge(&self, _: &str) -> Option<String> {
        None
    }

    fn remember_challenge(&self, _: &str, _: &str) {}
}
