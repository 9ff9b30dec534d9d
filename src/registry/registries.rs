//! A reference to a directory never reaches the network, and one to a registry never the directory reader.

use async_trait::async_trait;
use bytes::Bytes;

use super::{Content, Error, Freshness, LayoutRegistry, Referrers, Registry};
use crate::oci::{Descriptor, Digest, Repository, Tag, Version};

/// Everything that a reference can name.
pub struct Registries {
    remote: Box<dyn Registry>,
    layout: LayoutRegistry,
}

impl Registries {
    /// `remote` answers for registries, `layout` for directories.
    pub fn new(remote: Box<dyn Registry>, layout: LayoutRegistry) -> Self {
        Self { remote, layout }
    }

    fn of(&self, repository: &Repository) -> &dyn Registry {
        match repository {
            Repository::Remote(_) => &*self.remote,
            Repository::Layout(_) => &self.layout,
        }
    }
}

#[async_trait]
impl Registry for Registries {
    async fn manifest(&self, repository: &Repository, version: &Version) -> Result<Content, Error> {
        self.of(repository).manifest(repository, version).await
    }

    async fn resolve(&self, repository: &Repository, tag: &Tag) -> Result<Option<Digest>, Error> {
        self.of(repository).resolve(repository, tag).await
    }

    async fn blob(
        &self,
        repository: &Repository,
        descriptor: &Descriptor,
        limit: u64,
    ) -> Result<Bytes, Error> {
        self.of(repository).blob(repository, descriptor, limit).await
    }

    async fn referrers(
        &self,
        repository: &Repository,
        subject: &Digest,
        freshness: Freshness,
    ) -> Result<Referrers, Error> {
        self.of(repository).referrers(repository, subject, freshness).await
    }
}
