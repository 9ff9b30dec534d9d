//! Finds the referrers in a layout by reading all its manifests: a layout has no referrers API, and a referrer may be
//! missing from the fallback tag.
//!
//! An entry that cannot be read is never omitted silently. If a fallback tag lists it, it stays in the list of that
//! subject. If nothing attributes it (no tag, no platform), every list is an error, since it may be a referrer of any
//! subject. A manifest that is in `blobs` and in no index cannot be found.

use std::collections::{HashMap, HashSet, VecDeque};

use super::files::Files;
use super::index::{Index, is_referrers_list, names, tag_of};
use crate::limits::{Exceeded, Limits};
use crate::oci::{Descriptor, Digest, Manifest, media_type};
use crate::registry::Error;

/// All referrers of a layout.
#[derive(Debug, Default)]
pub(super) struct ReferrersScan {
    /// By the `subject` of their manifests, in the order of reading.
    by_subject: HashMap<Digest, Vec<Descriptor>>,
    /// By fallback tag.
    by_fallback_tag: HashMap<String, Result<Vec<Descriptor>, Error>>,
    /// All manifests with a subject.
    referrers: HashSet<Digest>,
    /// The error of the first entry that could be neither read nor attributed.
    unattributed: Option<Error>,
}

struct Scanner<'a> {
    files: &'a Files,
    limits: &'a Limits,
    /// The name of the layout in errors.
    layout: &'a str,
    scan: ReferrersScan,
    queue: VecDeque<(Descriptor, usize)>,
    queued: usize,
    seen: HashSet<Digest>,
    attributed: HashSet<Digest>,
}

impl ReferrersScan {
    /// Reads every manifest that `index.json` or a nested index lists.
    pub(super) fn read(files: &Files, index: &Index, layout: &str, limits: &Limits) -> Result<Self, Error> {
        let mut scanner = Scanner {
            files,
            limits,
            layout,
            scan: Self::default(),
            queue: VecDeque::new(),
            queued: 0,
            seen: HashSet::new(),
            attributed: HashSet::new(),
        };
        let (fallbacks, others): (Vec<_>, Vec<_>) =
            index.entries.iter().partition(|entry| is_referrers_list(entry));
        for entry in fallbacks {
            scanner.read_referrers_list(entry)?;
        }
        scanner.push(others.into_iter().cloned(), 0)?;
        while let Some((entry, depth)) = scanner.queue.pop_front() {
            scanner.visit(&entry, depth)?;
        }
        Ok(scanner.scan)
    }

    /// The referrers of `subject`, without duplicates, those of the fallback tag first.
    pub(super) fn referrers_of(&self, subject: &Digest) -> Result<Vec<Descriptor>, Error> {
        if let Some(error) = &self.unattributed {
            return Err(error.clone());
        }
        let found = self.by_subject.get(subject).map(Vec::as_slice).unwrap_or_default();
        let mut all = Vec::new();
        let mut seen = HashSet::new();
        if let Some(listed) = self.by_fallback_tag.get(&subject.fallback_tag()) {
            for entry in listed.as_ref().map_err(Clone::clone)? {
                if seen.insert(entry.digest) {
                    // Prefer the facts of the manifest itself to those in the list.
                    all.push(
                        found.iter().find(|found| found.digest == entry.digest).unwrap_or(entry).clone(),
                    );
                }
            }
        }
        all.extend(found.iter().filter(|entry| seen.insert(entry.digest)).cloned());
        Ok(all)
    }

    /// Whether `digest` has a subject.
    pub(super) fn is_referrer(&self, digest: &Digest) -> bool {
        self.referrers.contains(digest)
    }
}

impl Scanner<'_> {
    fn read_referrers_list(&mut self, entry: &Descriptor) -> Result<(), Error> {
        self.seen.insert(entry.digest);
        let list = match self.manifest(entry) {
            Ok(Manifest::Index(index)) => {
                self.attributed.extend(index.manifests.iter().map(|entry| entry.digest));
                self.push(index.manifests.iter().cloned(), 1)?;
                Ok(index.manifests)
            }
            Ok(Manifest::Image(_)) => Err(Error::BadContent {
                what: self.label(entry),
                cause: "a list of referrers that is not an index".to_owned(),
            }),
            // Not "not found": the list exists, but its content is missing.
            Err(Error::NotFound { what }) => {
                Err(Error::BadContent { what, cause: "the list of referrers is missing".to_owned() })
            }
            Err(error) => Err(error),
        };
        for tag in names(entry).filter_map(tag_of) {
            // Two repositories in one layout can both have a list for the digest: merge them.
            match (self.scan.by_fallback_tag.get_mut(tag), &list) {
                (Some(Ok(known)), Ok(more)) => known.extend(more.iter().cloned()),
                (Some(Err(_)), _) => {}
                _ => {
                    self.scan.by_fallback_tag.insert(tag.to_owned(), list.clone());
                }
            }
        }
        Ok(())
    }

    fn push(&mut self, entries: impl Iterator<Item = Descriptor>, depth: usize) -> Result<(), Error> {
        for entry in entries {
            self.queued += 1;
            if self.queued > self.limits.layout_entries {
                return Err(self.limit_error(
                    "the number of index entries",
                    self.limits.layout_entries,
                    "entries",
                ));
            }
            self.queue.push_back((entry, depth));
        }
        Ok(())
    }

    fn visit(&mut self, entry: &Descriptor, depth: usize) -> Result<(), Error> {
        let kind = entry.media_type.as_str();
        let may_refer = kind.is_empty() || media_type::is_index(kind) || media_type::is_manifest(kind);
        if !may_refer || !self.seen.insert(entry.digest) {
            return Ok(());
        }
        match self.manifest(entry) {
            Ok(Manifest::Index(index)) => {
                // The limit counts indexes inside an index. `index.json` itself is not a level.
                if depth > self.limits.nesting {
                    return Err(self.limit_error("the nesting of indexes", self.limits.nesting, "levels"));
                }
                let found = Descriptor {
                    media_type: index.media_type,
                    artifact_type: None,
                    platform: None,
                    annotations: index.annotations,
                    ..entry.clone()
                };
                self.record_subject(found, index.subject.as_ref());
                self.push(index.manifests.into_iter(), depth + 1)?;
            }
            Ok(Manifest::Image(image)) => {
                let artifact_type = Some(image.artifact_type().to_owned());
                let found = Descriptor {
                    media_type: image.media_type,
                    artifact_type,
                    platform: None,
                    annotations: image.annotations,
                    ..entry.clone()
                };
                self.record_subject(found, image.subject.as_ref());
            }
            // A layout may hold only some platforms of an index.
            Err(Error::NotFound { .. }) => {}
            Err(error @ Error::Limit { .. }) if self.files.is_budget_spent() => return Err(error),
            Err(error) => {
                let is_image = entry.platform.as_ref().is_some_and(|platform| !platform.is_unknown())
                    || names(entry).next().is_some();
                if !is_image && !self.attributed.contains(&entry.digest) {
                    self.scan.unattributed.get_or_insert(error);
                }
            }
        }
        Ok(())
    }

    fn record_subject(&mut self, found: Descriptor, subject: Option<&Descriptor>) {
        if let Some(subject) = subject {
            self.scan.referrers.insert(found.digest);
            self.scan.by_subject.entry(subject.digest).or_default().push(found);
        }
    }

    fn manifest(&self, entry: &Descriptor) -> Result<Manifest, Error> {
        let what = self.label(entry);
        let bytes = self.files.blob(&entry.digest, &what, self.limits.manifest, Some(entry.size))?;
        Manifest::parse(&bytes, Some(&entry.media_type)).map_err(|error| Error::bad(what, &error))
    }

    fn label(&self, entry: &Descriptor) -> String {
        format!("manifest {}@{}", self.layout, entry.digest)
    }

    fn limit_error(&self, what: &str, limit: usize, unit: &str) -> Error {
        Error::Limit { what: self.layout.to_owned(), exceeded: Exceeded::new(what, limit, unit) }
    }
}
