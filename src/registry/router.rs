//! Routes each reference to the backend that its scheme names: registry, layout or local engine.
//!
//! A reference to a directory or archive never causes a request, and one to a registry never reads a layout. Manifests
//! are never read from the local engine.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

use super::{
    Content, Credentials, Engine, EngineError, EngineImage, Error, FoundBy, Freshness, LayoutRegistry,
    Options, Push, Referrer, Referrers, Registry, RemoteRegistry,
};
use crate::limits::Limits;
use crate::oci::{Descriptor, Digest, Reference, Repository, Tag, Version};

/// All backends that a reference can name.
pub struct Router {
    remote: Box<dyn Push>,
    layout: LayoutRegistry,
    engine: Option<Engine>,
}

impl Router {
    /// All backends except the local engine: registries with the user's credentials ([`Credentials::load`]), layout
    /// directories and archives. Nothing is cached, and no connection is made yet.
    ///
    /// # Errors
    ///
    /// [`Error::LoginFile`] if the credentials cannot be read.
    ///
    /// # Examples
    ///
    /// ```
    /// let registry = dhi::Registries::open(dhi::Limits::default())?;
    /// # Ok::<(), dhi::RegistryError>(())
    /// ```
    pub fn open(limits: Limits) -> Result<Self, Error> {
        Self::with(Options { limits, credentials: Credentials::load()?, ..Options::default() })
    }

    /// Registries with `options`, layout directories and archives. Nothing is cached.
    ///
    /// # Errors
    ///
    /// Those of [`RemoteRegistry::new`].
    pub fn with(options: Options) -> Result<Self, Error> {
        let layout = LayoutRegistry::new(options.limits.clone());
        Ok(Self::new(Box::new(RemoteRegistry::new(options, Arc::new(()))?), layout))
    }

    /// Uses `remote` for registries, `layout` for directories and archives.
    pub fn new(remote: Box<dyn Push>, layout: LayoutRegistry) -> Self {
        Self { remote, layout, engine: None }
    }

    /// Sets the local engine. Without it, references to engine images are errors.
    #[must_use]
    pub fn with_engine(self, engine: Option<Engine>) -> Self {
        Self { engine, ..self }
    }

    fn backend(&self, repository: &Repository) -> Result<&dyn Push, Error> {
        match repository {
            Repository::Remote(_) => Ok(&*self.remote),
            Repository::Layout(_) | Repository::Archive(_) => Ok(&self.layout),
            Repository::Local(_) => Err(EngineError::NoRepository { image: repository.to_string() }.into()),
        }
    }
}

#[async_trait]
impl Registry for Router {
    async fn manifest(&self, repository: &Repository, version: &Version) -> Result<Content, Error> {
        self.backend(repository)?.manifest(repository, version).await
    }

    async fn resolve(&self, repository: &Repository, tag: &Tag) -> Result<Option<Digest>, Error> {
        self.backend(repository)?.resolve(repository, tag).await
    }

    async fn engine_image(&self, reference: &Reference) -> Result<EngineImage, Error> {
        match &self.engine {
            Some(engine) => engine.image(reference).await,
            None => Err(EngineError::Forbidden { image: reference.to_string() }.into()),
        }
    }

    async fn blob(
        &self,
        repository: &Repository,
        descriptor: &Descriptor,
        limit: u64,
    ) -> Result<Bytes, Error> {
        self.backend(repository)?.blob(repository, descriptor, limit).await
    }

    async fn referrers(
        &self,
        repository: &Repository,
        subject: &Digest,
        freshness: Freshness,
    ) -> Result<Referrers, Error> {
        self.backend(repository)?.referrers(repository, subject, freshness).await
    }
}

#[async_trait]
impl Push for Router {
    async fn push_blob(&self, repository: &Repository, bytes: Bytes) -> Result<Digest, Error> {
        self.backend(repository)?.push_blob(repository, bytes).await
    }

    async fn push_manifest(
        &self,
        repository: &Repository,
        version: &Version,
        media_type: &str,
        bytes: Bytes,
    ) -> Result<Digest, Error> {
        self.backend(repository)?.push_manifest(repository, version, media_type, bytes).await
    }

    async fn push_referrer(&self, repository: &Repository, referrer: &Referrer) -> Result<FoundBy, Error> {
        self.backend(repository)?.push_referrer(repository, referrer).await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::limits::Limits;
    use crate::registry::{Cache, CachedRegistry};

    #[tokio::test]
    async fn each_reference_uses_the_backend_of_its_scheme() {
        // An empty cache without network returns `Offline` for everything.
        let remote = CachedRegistry::<LayoutRegistry>::new(None, Arc::new(Cache::disabled()));
        let all = Router::new(Box::new(remote), LayoutRegistry::new(Limits::default()));
        for (text, is_remote) in [
            ("dhi.io/python:1", true),
            ("oci:/no/such/directory:1", false),
            ("archive:/no/such/file:1", false),
        ] {
            let reference: Reference = text.parse().unwrap();
            let (repository, digest) = (&reference.repository, Digest::of(b""));
            let descriptor = Descriptor {
                media_type: String::new(),
                digest,
                size: 0,
                artifact_type: None,
                platform: None,
                annotations: std::collections::BTreeMap::new(),
            };
            for error in [
                all.manifest(repository, &reference.version()).await.unwrap_err(),
                all.blob(repository, &descriptor, 0).await.unwrap_err(),
                all.referrers(repository, &digest, Freshness::Now).await.unwrap_err(),
            ] {
                assert_eq!(matches!(error, Error::Offline { .. }), is_remote, "{error}");
                let is_of_files = matches!(error, Error::Layout { .. } | Error::Archive { .. });
                assert_eq!(is_of_files, !is_remote, "{error}");
            }
            let referrer = Referrer { descriptor, subject: digest, bytes: Bytes::new() };
            for error in [
                all.push_blob(repository, Bytes::new()).await.unwrap_err(),
                all.push_manifest(repository, &reference.version(), "", Bytes::new()).await.unwrap_err(),
                all.push_referrer(repository, &referrer).await.unwrap_err(),
            ] {
                assert_eq!(matches!(error, Error::OfflinePush { .. }), is_remote, "{error}");
                let is_of_files = matches!(error, Error::Layout { .. } | Error::ReadOnly { .. });
                assert_eq!(is_of_files, !is_remote, "{error}");
            }
        }
    }
}
