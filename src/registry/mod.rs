//! What is asked for by digest is hashed before anyone sees it, and only a real "not found" means "none":
//! a refusal, an outage or a cut-off list is an error, or a list that says what was withheld, never an empty answer.

use async_trait::async_trait;
use bytes::Bytes;

use crate::oci::{Descriptor, Digest, Reference, Repository, Tag, Version};

mod budget;
mod cache;
pub(crate) mod child;
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
pub(crate) mod transport;
pub(crate) mod urls;
mod withheld;

pub(crate) use budget::with_byte_budget;
pub use cache::{Cache, CacheOptions, CachedRegistry, NotifyUser, Usage};
pub use codes::CODES;
pub(crate) use directory::{Directory, Lock, NotLocked, UserDirectory, write_remedy};
pub use engine::{Engine, EngineError, EngineImage};
pub use error::Error;
pub use file_lock::LockDir;
pub use layout::{LayoutRegistry, resolve_layout_path};
pub(crate) use open::open_nonblocking;
#[cfg(feature = "cli")]
pub(crate) use open::open_settings;
pub use push::{Push, Referrer};
#[cfg(feature = "cli")]
pub(crate) use remote::parse_registry_host;
pub use remote::{Credentials, Login, Mirror, Options, RemoteRegistry};
pub use router::Router;
pub use secret::Secret;
pub use secrets::Secrets;
pub(crate) use transport::hosts::is_loopback;
pub use transport::tls::{CaCertificates, ClientCertificate, Tls};
pub use transport::{ConnectionFailure, Transport};
pub use withheld::Withheld;

/// A manifest or index, hashed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// Exactly as stored.
    pub bytes: Bytes,
    /// The digest of `bytes`.
    pub digest: Digest,
    /// What the registry or layout calls it, where it does.
    pub media_type: Option<String>,
    /// How old the answer is that bound the tag to the digest, when it came from the cache while offline.
    pub age: Option<std::time::Duration>,
}

/// The objects whose `subject` a registry says is the one asked about. Everything in it is only the list's claim.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Referrers {
    /// All pages, in order.
    pub descriptors: Vec<Descriptor>,
    /// How the list was found.
    pub found_by: FoundBy,
    /// How old the list is, when it came from the cache.
    pub age: Option<std::time::Duration>,
    /// A source that the registry withholds: there may be more than `descriptors`, and none is no absence.
    pub withheld: Option<Withheld>,
}

/// How a list of referrers was found.
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

/// Whether a list of referrers that the cache holds will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Freshness {
    /// Ask the registry (unless offline).
    Now,
    /// The cached list will do, if there is one: for lists that can only lose by being old.
    Cached,
}

/// Read access to manifests, blobs and referrers.
#[async_trait]
pub trait Registry: Send + Sync {
    /// The manifest or index that `version` names. For a digest the bytes have that digest.
    async fn manifest(&self, repository: &Repository, version: &Version) -> Result<Content, Error>;

    /// The digest that `tag` names, where asking for it alone is cheaper than the manifest (HTTP HEAD). `None`
    /// where the registry does not say, or answers with an error: only [`Registry::manifest`] decides. It is a claim:
    /// nothing was hashed.
    async fn resolve(&self, _repository: &Repository, _tag: &Tag) -> Result<Option<Digest>, Error> {
        Ok(None)
    }

    /// The blob of `descriptor`: the bytes have its digest and size. `limit` in bytes is checked before and
    /// while reading.
    async fn blob(
        &self,
        repository: &Repository,
        descriptor: &Descriptor,
        limit: u64,
    ) -> Result<Bytes, Error>;

    /// What the engine of this machine says of an image that `reference` names in it. Only the command's registries ask
    /// one, and only for what the user names.
    async fn engine_image(&self, reference: &Reference) -> Result<EngineImage, Error> {
        Err(EngineError::Forbidden { image: reference.to_string() }.into())
    }

    /// All referrers of `subject`; none only where the registry says so and withholds no source.
    async fn referrers(
        &self,
        repository: &Repository,
        subject: &Digest,
        freshness: Freshness,
    ) -> Result<Referrers, Error>;
}

/// What a run may remember for the next one, to save round trips. Never a verdict, never a secret.
pub trait ChallengeCache: Send + Sync {
    /// The last `WWW-Authenticate` value of a registry host.
    fn challenge(&self, host: &str) -> Option<String>;

    /// Remembers it.
    fn remember_challenge(&self, host: &str, challenge: &str);
}

/// Remembers nothing.
impl ChallengeCache for () {
    fn challenge(&self, _: &str) -> Option<String> {
        None
    }

    fn remember_challenge(&self, _: &str, _: &str) {}
}
