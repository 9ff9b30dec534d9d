//! One walk: what it asks, whom it trusts, and what it has read so far. Its steps are in the other files.

use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use tokio::sync::Semaphore;

use super::options::Options;
use super::shared::RootReferrers;
use crate::evidence::RootDemand;
use crate::limits::Exceeded;
use crate::oci::{Descriptor, Digest, Reference, Repository};
use crate::registry::{self, Freshness, Referrers, Registry};
use crate::trust::Trust;

/// One walk, with everything that its steps need.
pub(super) struct Walk<'a> {
    pub(super) registry: &'a dyn Registry,
    pub(super) reference: &'a Reference,
    pub(super) trust: &'a Trust,
    pub(super) options: &'a Options,
    /// Bytes read so far, wherever they came from: an index can name one large object many times, and what the
    /// cache holds costs no request.
    pub(super) read: AtomicU64,
    /// Attestations under verification at once, over all platforms.
    pub(super) places: Semaphore,
    /// What hangs on the root.
    pub(super) of_root: RootReferrers,
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        registry: &'a dyn Registry,
        reference: &'a Reference,
        trust: &'a Trust,
        options: &'a Options,
    ) -> Self {
        Self {
            registry,
            reference,
            trust,
            options,
            read: AtomicU64::new(0),
            places: Semaphore::new(options.limits.attestations_at_once),
            of_root: RootReferrers::default(),
        }
    }
}

impl Walk<'_> {
    /// Counts bytes before they are held.
    pub(super) fn count(&self, what: impl Fn() -> String, bytes: u64) -> Result<(), registry::Error> {
        let before = self.read.fetch_add(bytes, Ordering::Relaxed);
        if before.saturating_add(bytes) <= self.options.limits.total {
            return Ok(());
        }
        let exceeded =
            Exceeded::new("all that was read for the reference", self.options.limits.total, "bytes");
        Err(registry::Error::Limit { what: what(), exceeded })
    }

    /// A blob, within the bound on all bytes.
    pub(super) async fn blob(
        &self,
        repository: &Repository,
        descriptor: &Descriptor,
        limit: u64,
    ) -> Result<Bytes, registry::Error> {
        // What is larger than its own bound is refused without being read.
        if descriptor.size <= limit {
            self.count(|| format!("blob {repository}@{}", descriptor.digest), descriptor.size)?;
        }
        self.registry.blob(repository, descriptor, limit).await
    }

    /// Where attestations and signatures are looked for first.
    pub(super) fn evidence_repository(&self) -> &Repository {
        self.options.attestations.as_ref().unwrap_or(&self.reference.repository)
    }

    /// The referrers of `subject`. A repository that does not exist holds none. That is normal for
    /// `Options::attestations` and for the Scout registry.
    pub(super) async fn referrers(
        &self,
        repository: &Repository,
        subject: &Digest,
        freshness: Freshness,
    ) -> Result<Referrers, registry::Error> {
        let referrers = match self.registry.referrers(repository, subject, freshness).await {
            Err(error) if error.is_not_found() => Referrers::default(),
            other => other?,
        };
        if referrers.descriptors.len() > self.options.limits.referrers {
            let what = format!("list of {} referrers", referrers.descriptors.len());
            let exceeded = Exceeded::new(what, self.options.limits.referrers, "referrers");
            return Err(registry::Error::Limit { what: format!("referrers of {subject}"), exceeded });
        }
        Ok(referrers)
    }

    /// What the signature of the root must say where it is what answers.
    pub(super) fn root_demand(&self) -> RootDemand {
        let Options { names, root_annotations, .. } = self.options;
        RootDemand { names: names.clone(), annotations: root_annotations.clone() }
    }

    pub(super) fn asked_for(&self, predicate_type: &str) -> bool {
        self.options.predicate_types.is_empty()
            || self.options.predicate_types.iter().any(|asked| asked.includes(predicate_type))
    }
}
