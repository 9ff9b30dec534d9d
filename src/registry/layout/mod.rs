//! OCI image layouts as registries: directories and uncompressed tar archives.
//!
//! Invariants: content by digest is hashed, nothing outside the layout is opened, and a file that cannot be read is an
//! error, never "not found". The `index.json` of a layout is read once, so that a run uses one state of it until the
//! run itself changes it.
//!
//! Source: OCI image specification, `image-layout.md`, version 1. Archives are read in place, and never written.

mod create;
mod files;
mod index;
mod layout_path;
mod scan;
mod tar;
#[cfg(test)]
mod tests;
mod write;

pub use self::create::create_layout;
pub use self::layout_path::resolve_layout_path;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::OnceCell;
use tokio::task::spawn_blocking;

use self::files::Files;
use self::index::{Index, NameQuery, is_about_other_object};
use self::scan::ReferrersScan;
use super::budget::{Budget, in_budget};
use super::mutex::lock;
use super::{Content, Error, FoundBy, Freshness, LockDir, Referrers, Registry};
use crate::limits::{Exceeded, Limits};
use crate::oci::{Descriptor, Digest, Repository, Tag, Version};

/// Access to OCI image layouts: directories ([`Repository::Layout`]) and archives ([`Repository::Archive`], read-only).
pub struct LayoutRegistry {
    limits: Limits,
    lock_dir: LockDir,
    layouts: Mutex<HashMap<Repository, Arc<Layout>>>,
}

/// One layout. Its parts are read when they are needed.
struct Layout {
    /// The name in references: `oci:DIR`, `archive:FILE`.
    name: String,
    files: Files,
    index: OnceCell<Arc<Index>>,
    scan: OnceCell<Arc<ReferrersScan>>,
}

impl LayoutRegistry {
    /// Opens nothing yet.
    pub fn new(limits: Limits) -> Self {
        Self { limits, lock_dir: LockDir::default(), layouts: Mutex::default() }
    }

    /// Sets the directory of the locks for writes.
    #[must_use]
    pub fn with_lock_dir(self, lock_dir: LockDir) -> Self {
        Self { lock_dir, ..self }
    }

    fn layout(&self, repository: &Repository) -> Result<Arc<Layout>, Error> {
        let mut layouts = lock(&self.layouts);
        if let Some(layout) = layouts.get(repository) {
            return Ok(Arc::clone(layout));
        }
        let layout = Arc::new(Layout {
            name: repository.to_string(),
            files: Files::new(repository, &self.limits).ok_or_else(|| Error::Layout {
                path: repository.to_string(),
                cause: "it is a repository of a registry".to_owned(),
            })?,
            index: OnceCell::new(),
            scan: OnceCell::new(),
        });
        layouts.insert(repository.clone(), Arc::clone(&layout));
        Ok(layout)
    }

    async fn index(&self, layout: &Arc<Layout>) -> Result<Arc<Index>, Error> {
        let read = || {
            let limits = self.limits.clone();
            blocking(layout, move |layout| Index::read(&layout.files, &limits).map(Arc::new))
        };
        layout.index.get_or_try_init(read).await.cloned()
    }

    async fn scan(&self, layout: &Arc<Layout>) -> Result<Arc<ReferrersScan>, Error> {
        let read = || async {
            let (index, limits) = (self.index(layout).await?, self.limits.clone());
            blocking(layout, move |layout| {
                ReferrersScan::read(&layout.files, &index, &layout.name, &limits).map(Arc::new)
            })
            .await
        };
        layout.scan.get_or_try_init(read).await.cloned()
    }

    /// The digest of the image that matches `query`.
    fn find_digest(layout: &Layout, index: &Index, query: &NameQuery<'_>) -> Result<Option<Digest>, Error> {
        index.find(query).map(|entry| entry.map(|entry| entry.digest)).map_err(|images| {
            let layout = layout.name.clone();
            Error::AmbiguousName { layout, name: query.to_string(), images }
        })
    }

    /// The digest of the image with the tag `latest`, else of the only image of the layout.
    async fn default_image(&self, layout: &Arc<Layout>, index: &Index) -> Result<Option<Digest>, Error> {
        if let Some(digest) = Self::find_digest(layout, index, &NameQuery::Tag(Tag::latest().as_str()))? {
            return Ok(Some(digest));
        }
        let mut images: Vec<Digest> = Vec::new();
        for entry in index.entries.iter().filter(|entry| !is_about_other_object(entry)) {
            if !images.contains(&entry.digest) {
                images.push(entry.digest);
            }
        }
        let scan = self.scan(layout).await?;
        images.retain(|digest| !scan.is_referrer(digest));
        Ok(match images.as_slice() {
            [only] => Some(*only),
            _ => None,
        })
    }

    /// Resolves a tag, name or digest.
    async fn resolve_version(
        &self,
        layout: &Arc<Layout>,
        index: &Index,
        version: &Version,
    ) -> Result<Digest, Error> {
        let found = match version {
            Version::Tag(tag) => Self::find_digest(layout, index, &NameQuery::Tag(tag.as_str()))?,
            Version::Name(name) => Self::find_digest(layout, index, &NameQuery::name(name))?,
            Version::Unnamed => self.default_image(layout, index).await?,
            Version::Digest(digest) => Some(*digest),
        };
        found.ok_or_else(|| {
            let names = index.image_names();
            let has = if names.is_empty() { String::new() } else { format!(" (the layout has {names})") };
            Error::NotFound { what: format!("manifest {}:{version}{has}", layout.name) }
        })
    }
}

/// Runs file work on a blocking thread, with the byte budget of the current task.
async fn blocking<T: Send + 'static>(
    layout: &Arc<Layout>,
    work: impl FnOnce(&Layout) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let owned = Arc::clone(layout);
    let count = Budget::of_task();
    match spawn_blocking(move || in_budget(count, || work(&owned))).await {
        Ok(result) => result,
        Err(error) => Err(layout.files.layout_error(error)),
    }
}

#[async_trait]
impl Registry for LayoutRegistry {
    async fn manifest(&self, repository: &Repository, version: &Version) -> Result<Content, Error> {
        let layout = self.layout(repository)?;
        let index = self.index(&layout).await?;
        let digest = self.resolve_version(&layout, &index, version).await?;
        let entry = index.entry(&digest);
        let media_type = entry.map(|entry| entry.media_type.clone()).filter(|kind| !kind.is_empty());
        let size = entry.map(|entry| entry.size);
        let limit = self.limits.manifest;
        let bytes = blocking(&layout, move |layout| {
            layout.files.blob(&digest, &format!("manifest {}@{digest}", layout.name), limit, size)
        })
        .await?;
        Ok(Content { bytes, digest, media_type, age: None })
    }

    async fn blob(
        &self,
        repository: &Repository,
        descriptor: &Descriptor,
        limit: u64,
    ) -> Result<Bytes, Error> {
        let layout = self.layout(repository)?;
        self.index(&layout).await?;
        let (digest, size) = (descriptor.digest, descriptor.size);
        let what = format!("blob {}@{digest}", layout.name);
        if size > limit {
            let exceeded = Exceeded::new(format!("its size of {size} bytes"), limit, "bytes");
            return Err(Error::Limit { what, exceeded });
        }
        blocking(&layout, move |layout| layout.files.blob(&digest, &what, limit, Some(size))).await
    }

    async fn referrers(
        &self,
        repository: &Repository,
        subject: &Digest,
        _: Freshness,
    ) -> Result<Referrers, Error> {
        let layout = self.layout(repository)?;
        let descriptors = self.scan(&layout).await?.referrers_of(subject)?;
        if descriptors.len() > self.limits.referrers {
            return Err(Error::Limit {
                what: format!("referrers of {}@{subject}", layout.name),
                exceeded: Exceeded::new(
                    format!("their number of {}", descriptors.len()),
                    self.limits.referrers,
                    "referrers",
                ),
            });
        }
        Ok(Referrers { descriptors, found_by: FoundBy::Layout, ..Referrers::default() })
    }
}
