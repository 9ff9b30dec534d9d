//! Writes to layout directories.
//!
//! Readers never see a partial change: files are replaced atomically, `index.json` last. Unrelated members and entries
//! of `index.json` stay byte for byte.
//!
//! A list of referrers is an entry with the name of the fallback tag, as other tools write and read it.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

use super::index::{Index, NameQuery, REF_NAME, names};
use super::{Layout, LayoutRegistry, blocking};
use crate::limits::{Exceeded, Limits};
use crate::oci::{Descriptor, Digest, Repository, Tag, Version, media_type};
use crate::registry::file_lock::FileLock;
use crate::registry::index_editor::{IndexEditor, parse_referrers_list};
use crate::registry::mutex::lock;
use crate::registry::push::{check_size, checked_digest};
use crate::registry::{Error, FoundBy, Push, Referrer};

#[async_trait]
impl Push for LayoutRegistry {
    async fn push_blob(&self, repository: &Repository, bytes: Bytes) -> Result<Digest, Error> {
        let layout = self.writable_layout(repository)?;
        self.index(&layout).await?;
        let digest = Digest::of(&bytes);
        let what = format!("blob {}@{digest}", layout.name);
        check_size(bytes.len(), self.limits.max_upload, &what)?;
        blocking(&layout, move |layout| layout.files.store(&digest, &bytes, &what)).await?;
        Ok(digest)
    }

    async fn push_manifest(
        &self,
        repository: &Repository,
        version: &Version,
        media_type: &str,
        bytes: Bytes,
    ) -> Result<Digest, Error> {
        let layout = self.writable_layout(repository)?;
        self.index(&layout).await?;
        let what = format!("manifest {} in {}", Digest::of(&bytes), layout.name);
        check_size(bytes.len(), self.limits.manifest, &what)?;
        let digest = checked_digest(version, &bytes, &what)?;
        let entry = index_entry(media_type, digest, bytes.len());
        let version = version.clone();
        self.change_index(repository, &layout, move |layout, limits| {
            layout.files.store(&digest, &bytes, &what)?;
            let mut change = IndexChange::begin(layout, limits)?;
            change.set_name(entry, &version)?;
            change.commit()
        })
        .await?;
        Ok(digest)
    }

    async fn push_referrer(&self, repository: &Repository, referrer: &Referrer) -> Result<FoundBy, Error> {
        let layout = self.writable_layout(repository)?;
        self.index(&layout).await?;
        let what = format!("manifest {}@{}", layout.name, referrer.descriptor.digest);
        check_size(referrer.bytes.len(), self.limits.manifest, &what)?;
        referrer.check(&what)?;
        let referrer = referrer.clone();
        self.change_index(repository, &layout, move |layout, limits| {
            layout.files.store(&referrer.descriptor.digest, &referrer.bytes, &what)?;
            let mut change = IndexChange::begin(layout, limits)?;
            change.add_referrer(&referrer)?;
            change.commit()
        })
        .await?;
        Ok(FoundBy::Layout)
    }
}

impl LayoutRegistry {
    fn writable_layout(&self, repository: &Repository) -> Result<Arc<Layout>, Error> {
        match repository {
            Repository::Archive(path) => Err(Error::ReadOnly { path: format!("`{}`", path.display()) }),
            Repository::Layout(_) | Repository::Remote(_) | Repository::Local(_) => self.layout(repository),
        }
    }

    /// Changes `index.json` under its lock. The layout is read again afterwards.
    async fn change_index(
        &self,
        repository: &Repository,
        layout: &Arc<Layout>,
        work: impl FnOnce(&Layout, &Limits) -> Result<(), Error> + Send + 'static,
    ) -> Result<(), Error> {
        let _lock = self.lock_index(layout).await?;
        let limits = self.limits.clone();
        let changed = blocking(layout, move |layout| work(layout, &limits)).await;
        lock(&self.layouts).remove(repository);
        changed
    }

    async fn lock_index(&self, layout: &Arc<Layout>) -> Result<FileLock, Error> {
        // The canonical path, so that all paths to the layout share one lock.
        let path = blocking(layout, |layout| layout.files.canonical_path()).await?;
        self.lock_dir.lock(&format!("oci:{}", path.display()), self.limits.lock_wait).await
    }
}

/// A change of `index.json`.
struct IndexChange<'a> {
    layout: &'a Layout,
    limits: &'a Limits,
    index: Index,
    editor: IndexEditor,
}

impl<'a> IndexChange<'a> {
    fn begin(layout: &'a Layout, limits: &'a Limits) -> Result<Self, Error> {
        let (index, bytes) = Index::read_with_text(&layout.files, limits)?;
        let text =
            IndexEditor::parse(&bytes).map_err(|error| layout.files.file_error("index.json", error))?;
        Ok(Self { layout, limits, index, editor: text })
    }

    /// Sets the tag or name to `entry`, and removes it from other entries. For a digest, the entry is only added.
    fn set_name(&mut self, mut entry: Descriptor, version: &Version) -> Result<(), Error> {
        let latest = Tag::latest();
        let query = match version {
            Version::Digest(_) => {
                return if self.editor.contains(&entry.digest) { Ok(()) } else { self.push(&entry) };
            }
            Version::Tag(tag) => NameQuery::Tag(tag.as_str()),
            Version::Name(name) => NameQuery::name(name),
            Version::Unnamed => NameQuery::Tag(latest.as_str()),
        };
        let tag = query.to_string();
        let is_named = |entry: &Descriptor| query.matches(entry);
        let before: Vec<&Descriptor> = self.editor.iter().filter(|entry| is_named(entry)).collect();
        if !before.is_empty() && before.iter().all(|before| before.digest == entry.digest) {
            return Ok(());
        }
        if let Some(other) = before.iter().copied().flat_map(names).find(|name| !query.matches_name(name)) {
            let cause =
                format!("the entry of tag `{tag}` has the name `{other}` too, so it cannot be replaced");
            return Err(self.layout.files.file_error("index.json", cause));
        }
        self.editor.retain(|entry| !is_named(entry));
        entry.annotations.insert(REF_NAME.to_owned(), tag);
        self.push(&entry)
    }

    /// Adds a referrer to the list of its subject.
    fn add_referrer(&mut self, referrer: &Referrer) -> Result<(), Error> {
        let tag = Tag::from(&referrer.subject);
        let files = &self.layout.files;
        let listed = self.index.find(&NameQuery::Tag(tag.as_str())).map_err(|images| {
            let (layout, name) = (self.layout.name.clone(), tag.to_string());
            Error::AmbiguousName { layout, name, images }
        })?;
        let what = format!("manifest {}:{tag}", self.layout.name);
        let mut list = match listed {
            Some(entry) => {
                let bytes = files.blob(&entry.digest, &what, self.limits.manifest, Some(entry.size));
                let bytes = bytes.map_err(|error| match error {
                    // A new list would lose the entries of the missing one.
                    Error::NotFound { what } => {
                        Error::BadContent { what, cause: "the list of referrers is missing".to_owned() }
                    }
                    other => other,
                })?;
                parse_referrers_list(&bytes, Some(&entry.media_type), &what)?;
                IndexEditor::parse(&bytes)
            }
            None => IndexEditor::empty(),
        }
        .map_err(|error| Error::bad(&what, &error))?;
        if list.contains(&referrer.descriptor.digest) {
            return Ok(());
        }
        list.push(&referrer.descriptor).map_err(|error| files.file_error("index.json", error))?;
        self.check_count(&list, self.limits.referrers, "referrers", &what)?;
        let bytes = list.to_bytes().map_err(|error| files.file_error("index.json", error))?;
        check_size(bytes.len(), self.limits.manifest, &what)?;
        let digest = Digest::of(&bytes);
        files.store(&digest, &bytes, &what)?;
        self.set_name(index_entry(media_type::OCI_INDEX, digest, bytes.len()), &Version::Tag(tag))
    }

    fn push(&mut self, entry: &Descriptor) -> Result<(), Error> {
        self.editor.push(entry).map_err(|error| self.layout.files.file_error("index.json", error))
    }

    fn check_count(&self, entries: &IndexEditor, limit: usize, unit: &str, what: &str) -> Result<(), Error> {
        let count = entries.iter().count();
        if count <= limit {
            return Ok(());
        }
        let exceeded = Exceeded::new(format!("their number of {count}"), limit, unit);
        Err(Error::Limit { what: what.to_owned(), exceeded })
    }

    fn commit(self) -> Result<(), Error> {
        let files = &self.layout.files;
        let label = files.file_label("index.json");
        self.check_count(&self.editor, self.limits.layout_entries, "entries", &label)?;
        let bytes = self.editor.to_bytes().map_err(|error| files.file_error("index.json", error))?;
        check_size(bytes.len(), self.limits.manifest, &label)?;
        files.replace("index.json", &bytes)
    }
}

fn index_entry(media_type: &str, digest: Digest, size: usize) -> Descriptor {
    Descriptor {
        media_type: media_type.to_owned(),
        digest,
        size: size as u64,
        artifact_type: None,
        platform: None,
        annotations: BTreeMap::new(),
    }
}
