//! A registry behind the cache.
//!
//! Content by digest is read from the cache. Tags and lists of referrers are queried each time: a cached answer is used
//! only offline (with its age) or where the caller accepts it, and never in place of an error. Writes go to the
//! registry, and remove the cached lists that they make outdated.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::task::spawn_blocking;

use super::Cache;
use crate::limits::Exceeded;
use crate::oci::{Descriptor, Digest, Repository, Tag, Version};
use crate::registry::limits::CACHED_CONTENT;
use crate::registry::{Content, Error, FoundBy, Freshness, Push, Referrer, Referrers, Registry, Withheld};

/// The target of the cache's log events.
const CACHE: &str = "dhi::cache";

/// A registry with a cache, or the cache alone.
pub struct CachedRegistry<R: Registry> {
    inner: Option<R>,
    cache: Arc<Cache>,
}

impl<R: Registry> CachedRegistry<R> {
    /// `inner` is `None` where the network is forbidden.
    pub fn new(inner: Option<R>, cache: Arc<Cache>) -> Self {
        Self { inner, cache }
    }

    /// Runs file work on a blocking thread. A failed cache counts as empty.
    async fn with_cache<T: Default + Send + 'static>(
        &self,
        work: impl FnOnce(&Cache) -> T + Send + 'static,
    ) -> T {
        let cache = Arc::clone(&self.cache);
        spawn_blocking(move || work(&cache)).await.unwrap_or_default()
    }

    async fn cached_manifest(&self, repository: &Repository, digest: Digest) -> Option<Content> {
        let repository = repository.clone();
        let (bytes, media_type) = self.with_cache(move |cache| cache.manifest(&repository, &digest)).await?;
        Some(Content { bytes, digest, media_type, age: None })
    }

    async fn cached_tag(&self, repository: &Repository, tag: &Tag) -> Option<(Digest, std::time::Duration)> {
        let (repository, tag) = (repository.clone(), tag.clone());
        self.with_cache(move |cache| cache.tag(&repository, &tag)).await
    }

    /// How long ago the registry had no such tag, or withheld it.
    async fn cached_absence(
        &self,
        repository: &Repository,
        tag: &Tag,
    ) -> Option<(Option<Withheld>, std::time::Duration)> {
        let (repository, tag) = (repository.clone(), tag.clone());
        self.with_cache(move |cache| cache.absent(&repository, &tag)).await
    }

    async fn cache_manifest(&self, repository: &Repository, content: &Content) {
        let (repository, content) = (repository.clone(), content.clone());
        self.with_cache(move |cache| {
            cache.remember_manifest(&repository, &content.digest, &content.bytes, content.media_type);
        })
        .await;
    }

    async fn manifest_by_digest(&self, repository: &Repository, digest: Digest) -> Result<Content, Error> {
        if let Some(content) = self.cached_manifest(repository, digest).await {
            tracing::debug!(target: CACHE, "manifest {repository}@{digest} is cached");
            return Ok(content);
        }
        tracing::debug!(target: CACHE, "manifest {repository}@{digest} is not cached");
        let Some(inner) = &self.inner else {
            return Err(Error::Offline { what: format!("manifest {repository}@{digest}") });
        };
        let content = inner.manifest(repository, &Version::Digest(digest)).await?;
        self.cache_manifest(repository, &content).await;
        Ok(content)
    }

    async fn manifest_by_tag(&self, repository: &Repository, tag: &Tag) -> Result<Content, Error> {
        let remembered = self.cached_tag(repository, tag).await;
        let known = match remembered {
            Some((digest, _)) => self.cached_manifest(repository, digest).await,
            None => None,
        };
        let Some(inner) = &self.inner else {
            let what = format!("manifest {repository}:{tag}");
            let age = remembered.map(|(_, age)| age);
            // Offline, the last answer counts, even if it was that the tag does not exist.
            let absent = self.cached_absence(repository, tag).await;
            tracing::debug!(target: CACHE, ?age, ?absent, "using the last answer for {repository}:{tag}");
            return match (known, absent) {
                (Some(_), Some((None, absent))) if age.is_some_and(|age| absent < age) => {
                    Err(Error::NotFound { what })
                }
                (Some(content), _) => Ok(Content { age, ..content }),
                (None, Some((None, _))) => Err(Error::NotFound { what }),
                (None, Some((Some(withheld), _))) => Err(withheld.into()),
                (None, None) => Err(Error::Offline { what }),
            };
        };
        let resolved = match &known {
            Some(_) => inner.resolve(repository, tag).await?,
            // GET returns digest and bytes in one request.
            None => None,
        };
        let saved = match (resolved, known) {
            (Some(digest), Some(known)) if known.digest == digest => {
                tracing::debug!(target: CACHE, "{repository}:{tag} is still {digest}");
                Some(known)
            }
            (Some(digest), _) => match self.manifest_by_digest(repository, digest).await {
                // The digest from HEAD does not exist: fetch the tag.
                Err(error) if error.is_answer() => None,
                content => Some(content?),
            },
            (None, _) => None,
        };
        let content = match saved {
            Some(content) => content,
            None => match inner.manifest(repository, &Version::Tag(tag.clone())).await {
                Ok(content) => {
                    self.cache_manifest(repository, &content).await;
                    content
                }
                Err(error) => {
                    let withheld = Withheld::from_error(error.clone()).ok();
                    if error.is_not_found() || withheld.is_some() {
                        let (repository, tag) = (repository.clone(), tag.clone());
                        let remember = move |cache: &Cache| {
                            cache.remember_absent(&repository, &tag, withheld.as_ref());
                        };
                        self.with_cache(remember).await;
                    }
                    return Err(error);
                }
            },
        };
        let (repository, tag, digest) = (repository.clone(), tag.clone(), content.digest);
        self.with_cache(move |cache| cache.remember_tag(&repository, &tag, &digest)).await;
        Ok(content)
    }
}

#[async_trait]
impl<R: Registry> Registry for CachedRegistry<R> {
    async fn manifest(&self, repository: &Repository, version: &Version) -> Result<Content, Error> {
        match version {
            Version::Digest(digest) => self.manifest_by_digest(repository, *digest).await,
            Version::Tag(tag) => self.manifest_by_tag(repository, tag).await,
            Version::Unnamed => self.manifest_by_tag(repository, &Tag::latest()).await,
            // Layouts are not cached.
            Version::Name(_) => match &self.inner {
                Some(inner) => inner.manifest(repository, version).await,
                None => Err(Error::Offline { what: format!("manifest {repository}:{version}") }),
            },
        }
    }

    async fn resolve(&self, repository: &Repository, tag: &Tag) -> Result<Option<Digest>, Error> {
        match &self.inner {
            Some(inner) => inner.resolve(repository, tag).await,
            // The age of a cached digest could not be returned here.
            None => Ok(None),
        }
    }

    async fn blob(
        &self,
        repository: &Repository,
        descriptor: &Descriptor,
        limit: u64,
    ) -> Result<Bytes, Error> {
        let (digest, expected) = (descriptor.digest, descriptor.size);
        let what = || format!("blob {repository}@{digest}");
        if expected > limit {
            let exceeded = Exceeded::new(format!("its size of {expected} bytes"), limit, "bytes");
            return Err(Error::Limit { what: what(), exceeded });
        }
        if let Some(bytes) = self.with_cache(move |cache| cache.bytes(&digest)).await {
            tracing::debug!(target: CACHE, "{} is cached", what());
            let found = bytes.len() as u64;
            return if found == expected {
                Ok(bytes)
            } else {
                Err(Error::Size { what: what(), expected, found })
            };
        }
        let Some(inner) = &self.inner else { return Err(Error::Offline { what: what() }) };
        let bytes = inner.blob(repository, descriptor, limit).await?;
        if bytes.len() as u64 <= CACHED_CONTENT {
            let copy = bytes.clone();
            self.with_cache(move |cache| cache.store(&digest, &copy)).await;
        }
        Ok(bytes)
    }

    async fn referrers(
        &self,
        repository: &Repository,
        subject: &Digest,
        freshness: Freshness,
    ) -> Result<Referrers, Error> {
        let (owned, of) = (repository.clone(), *subject);
        if self.inner.is_none() || freshness == Freshness::Cached {
            let known = self.with_cache(move |cache| cache.referrers(&owned, &of)).await;
            // An empty cached list is used only offline, since referrers may have been added.
            if let Some(list) = known.filter(|list| self.inner.is_none() || !list.descriptors.is_empty()) {
                tracing::debug!(target: CACHE, age = ?list.age, "the list of referrers of {subject} is cached");
                return Ok(list);
            }
        }
        let Some(inner) = &self.inner else {
            return Err(Error::Offline { what: format!("referrers of {repository}@{subject}") });
        };
        let list = inner.referrers(repository, subject, freshness).await?;
        let (owned, copy) = (repository.clone(), list.clone());
        self.with_cache(move |cache| cache.remember_referrers(&owned, &of, &copy)).await;
        Ok(list)
    }
}

#[async_trait]
impl<R: Push> Push for CachedRegistry<R> {
    async fn push_blob(&self, repository: &Repository, bytes: Bytes) -> Result<Digest, Error> {
        let Some(inner) = &self.inner else {
            return Err(Error::OfflinePush { what: format!("a blob in {repository}") });
        };
        inner.push_blob(repository, bytes).await
    }

    async fn push_manifest(
        &self,
        repository: &Repository,
        version: &Version,
        media_type: &str,
        bytes: Bytes,
    ) -> Result<Digest, Error> {
        let Some(inner) = &self.inner else {
            return Err(Error::OfflinePush { what: format!("a manifest in {repository}") });
        };
        inner.push_manifest(repository, version, media_type, bytes).await
    }

    async fn push_referrer(&self, repository: &Repository, referrer: &Referrer) -> Result<FoundBy, Error> {
        let Some(inner) = &self.inner else {
            return Err(Error::OfflinePush {
                what: format!("a referrer of {repository}@{}", referrer.subject),
            });
        };
        let pushed = inner.push_referrer(repository, referrer).await;
        // Also after a failure: the list may have been changed.
        let (owned, subject) = (repository.clone(), referrer.subject);
        self.with_cache(move |cache| cache.forget_referrers(&owned, &subject)).await;
        pushed
    }
}
