//! The state of one verification: registry, reference, trust, options, and what was read so far. Its steps are
//! methods in the other files.

use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use tokio::sync::Semaphore;

use super::options::Options;
use super::root_referrers::RootReferrers;
use crate::evidence::RootSignatureRule;
use crate::limits::Exceeded;
use crate::oci::{Descriptor, Digest, Reference, Repository};
use crate::registry::{self, Freshness, Referrers, Registry};
use crate::trust::Trust;

/// One verification of a reference, with everything that its steps need.
pub(super) struct Walk<'a> {
    pub(super) registry: &'a dyn Registry,
    pub(super) reference: &'a Reference,
    pub(super) trust: &'a Trust,
    pub(super) options: &'a Options,
    /// Bytes read so far, from registry or cache: an index can name one large object many times, and cached content
    /// costs no request.
    pub(super) bytes_read: AtomicU64,
    /// Permits for attestations that are verified at once, over all platforms.
    pub(super) permits: Semaphore,
    /// The manifests of the root's referrers, each fetched once.
    pub(super) root_referrers: RootReferrers,
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
            bytes_read: AtomicU64::new(0),
            permits: Semaphore::new(options.limits.attestations_at_once),
            root_referrers: RootReferrers::default(),
        }
    }
}

impl Walk<'_> {
    /// Counts bytes before they are held.
    ///
    /// # Errors
    ///
    /// [`registry::Error::Limit`] if more than `Limits::total` bytes are read for the reference.
    pub(super) fn count(&self, what: impl Fn() -> String, bytes: u64) -> Result<(), registry::Error> {
        let before = self.bytes_read.fetch_add(bytes, Ordering::Relaxed);
        if before.saturating_add(bytes) <= self.options.limits.total {
            return Ok(());
        }
        let exceeded =
            Exceeded::new("all that was bytes_read for the reference", self.options.limits.total, "bytes");
        Err(registry::Error::Limit { what: what(), exceeded })
    }

    /// Fetches a blob, within the limit on all bytes.
    pub(super) async fn blob(
        &self,
        repository: &Repository,
        descriptor: &Descriptor,
        limit: u64,
    ) -> Result<Bytes, registry::Error> {
        // The registry refuses a blob over its own limit without reading it.
        if descriptor.size <= limit {
            self.count(|| format!("blob {repository}@{}", descriptor.digest), descriptor.size)?;
        }
        self.registry.blob(repository, descriptor, limit).await
    }

    /// The repository in which attestations and signatures are searched first.
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

    /// The rule for the signature of the root, if the policy decides by that signature.
    pub(super) fn root_signature_rule(&self) -> RootSignatureRule {
        let Options { names, root_annotations, .. } = self.options;
        RootSignatureRule { names: names.clone(), annotations: root_annotations.clone() }
    }

    pub(super) fn is_requested(&self, predicate_type: &str) -> bool {
        self.options.predicate_types.is_empty()
            || self.options.predicate_types.iter().any(|asked| asked.includes(predicate_type))
    }
}
