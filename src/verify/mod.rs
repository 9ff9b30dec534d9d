//! The walk from a reference to its evidence: index, platform manifests, attestations, signatures. Every step
//! is bound to the one before by digest, size, media type and subject; what cannot be bound is a failure of
//! that object, and no failure of one object hides another.
//!
//! The longest chain of requests does not grow with the number of platforms and attestations: everything
//! whose digest is known is asked for at once.

mod attestations;
mod base;
mod codes;
mod error;
mod images;
pub mod limits;
mod memory;
mod self_signed;
mod signatures;
mod subject;
mod summaries;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use tokio::sync::Semaphore;

pub use base::{Alias, BaseOptions, base};
pub use codes::CODES;
pub use error::Error;
pub use memory::Memory;
pub use summaries::{Summaries, summaries};

use crate::diagnostic::ToDiagnostic;
use crate::evidence::{Evidence, NameRule, Root, RootSignature, RootSignatureOutcome};
use crate::limits::{Exceeded, Limits};
use crate::oci::{Descriptor, Manifest, Platform, Reference, Repository};
use crate::registry::{FoundBy, Freshness, Referrers, Registry, counted};
use crate::trust::Trust;
use images::Image;
use signatures::Purpose;

/// What is asked, beside the reference.
#[derive(Clone)]
pub struct Options {
    /// Only what an engine can choose for these platforms, each of which must be there. Empty: all.
    pub platforms: Vec<Platform>,
    /// Only attestations of these predicate types. Empty: all.
    pub predicate_types: Vec<String>,
    /// Which signed names count.
    pub names: NameRule,
    /// The only place that attestations and signatures come from, when given.
    pub attestations: Option<Repository>,
    /// Whether attestations that carry their own signature (bundles, envelopes) are judged: only when the caller gave
    /// keys or identities for them.
    pub judge_bundles: bool,
    /// When cosign's tags `sha256-HEX.att` are looked at.
    pub tagged: Tagged,
    /// Whether verified statements are kept whole ([`crate::evidence::Attested::signed`]). A verdict needs only facts
    /// of them.
    pub keep_statements: bool,
    /// Bounds.
    pub limits: Limits,
    /// The room for what is judged at once, which all references of a run share.
    pub memory: Memory,
    /// Told whenever an attestation was found or finished.
    pub progress: Option<Arc<dyn Progress>>,
}

impl Options {
    /// Everything about `reference`: all platforms, all attestations, the names that it accepts by itself.
    pub fn of(reference: &Reference) -> Self {
        Self {
            platforms: Vec::new(),
            predicate_types: Vec::new(),
            names: NameRule::of(reference, Vec::new(), None),
            attestations: None,
            judge_bundles: false,
            tagged: Tagged::WhenUnanswered,
            keep_statements: false,
            limits: Limits::default(),
            memory: Memory::default(),
            progress: None,
        }
    }
}

/// When attestations under cosign's tags are looked for, which costs a request for each platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tagged {
    /// For every platform.
    Always,
    /// For platforms where what else there is does not answer the question.
    WhenUnanswered,
}

/// Hears how far the walk is.
pub trait Progress: Send + Sync {
    /// `count` more attestations are to be verified.
    fn found(&self, count: usize);
    /// One more is done.
    fn done(&self);
}

/// Collects the evidence of `reference`.
///
/// An error means that the reference itself could not be resolved. Everything that is wrong below is part of
/// the evidence; [`crate::evidence::judge`] makes the verdict of it.
pub async fn verify(
    registry: &dyn Registry,
    reference: &Reference,
    trust: &Trust,
    options: &Options,
) -> Result<Evidence, Error> {
    let walk = Walk::new(registry, reference, trust, options);
    match tokio::time::timeout(options.limits.run, counted(walk.run())).await {
        Ok(evidence) => evidence,
        Err(_) => Err(Error::Limit(Exceeded::new(
            format!("verification of {reference}"),
            options.limits.run.as_secs(),
            "seconds",
        ))),
    }
}

/// One walk, with everything that its steps need.
struct Walk<'a> {
    registry: &'a dyn Registry,
    reference: &'a Reference,
    trust: &'a Trust,
    options: &'a Options,
    /// Bytes read so far, wherever they came from: an index can name one large object many times, and what the
    /// cache holds costs no request.
    read: AtomicU64,
    /// Attestations under verification at once, over all platforms.
    places: Semaphore,
}

impl<'a> Walk<'a> {
    fn new(
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
        }
    }
}

impl Walk<'_> {
    /// Counts bytes before they are held.
    fn count(&self, what: impl Fn() -> String, bytes: u64) -> Result<(), crate::registry::Error> {
        let before = self.read.fetch_add(bytes, Ordering::Relaxed);
        if before.saturating_add(bytes) <= self.options.limits.total {
            return Ok(());
        }
        let exceeded =
            Exceeded::new("all that was read for the reference", self.options.limits.total, "bytes");
        Err(crate::registry::Error::Limit { what: what(), exceeded })
    }

    /// A blob, within the bound on all bytes.
    async fn blob(
        &self,
        repository: &Repository,
        descriptor: &Descriptor,
        limit: u64,
    ) -> Result<Bytes, crate::registry::Error> {
        // What is larger than its own bound is refused without being read.
        if descriptor.size <= limit {
            self.count(|| format!("blob {repository}@{}", descriptor.digest), descriptor.size)?;
        }
        self.registry.blob(repository, descriptor, limit).await
    }

    /// What the reference names.
    async fn root(&self) -> Result<(Root, Manifest), Error> {
        let repository = &self.reference.repository;
        let content = self.registry.manifest(repository, &self.reference.version()).await?;
        let manifest = Manifest::parse(&content.bytes, content.media_type.as_deref())
            .map_err(|error| Error::Content { what: self.reference.to_string(), error })?;
        let root = Root {
            digest: content.digest,
            media_type: manifest.media_type().to_owned(),
            size: content.bytes.len() as u64,
            is_index: matches!(manifest, Manifest::Index(_)),
            annotations: match &manifest {
                Manifest::Index(index) => index.annotations.clone(),
                Manifest::Image(manifest) => manifest.annotations.clone(),
            },
            age: content.age,
        };
        Ok((root, manifest))
    }

    async fn run(&self) -> Result<Evidence, Error> {
        let (root, manifest) = self.root().await?;
        tracing::debug!(target: "dhi::verify", "{} is {}", self.reference, root.digest);
        let mut evidence = Evidence {
            reference: self.reference.clone(),
            root_signature: RootSignature {
                found_in: self.evidence_repository().clone(),
                outcome: RootSignatureOutcome::Absent,
            },
            platforms: Vec::new(),
            set_aside: Vec::new(),
            passed_over: Vec::new(),
            asked_platforms: self.options.platforms.clone(),
            predicate_types: self.options.predicate_types.clone(),
            root,
        };
        match manifest {
            Manifest::Index(index) => {
                let root = evidence.root.descriptor();
                let (signature, entries) = futures_util::future::join(
                    self.root_signature(&evidence.root, None),
                    self.index(&root, &index),
                )
                .await;
                evidence.root_signature.outcome = signature;
                let entries = entries?;
                evidence.platforms = entries.platforms;
                evidence.set_aside = entries.set_aside;
                evidence.passed_over = entries.passed_over;
            }
            Manifest::Image(manifest) => {
                // The image's referrers hold both its own signature and its attestations: one list serves both.
                let referrers =
                    self.referrers(self.evidence_repository(), &evidence.root.digest, Freshness::Now).await;
                let image = Image {
                    descriptor: evidence.root.descriptor(),
                    declared: None,
                    within: Vec::new(),
                    manifest: Ok(manifest),
                    referrers: Some(referrers.clone()),
                    root: None,
                };
                let (signature, platform) = futures_util::future::join(
                    self.root_signature(&evidence.root, Some(referrers)),
                    self.image(image),
                )
                .await;
                evidence.root_signature.outcome = signature;
                match platform {
                    images::Judged::Image(mut platform) => {
                        // Signatures of the manifest are judged as those of the root.
                        platform.listed.retain(|listed| !listed.is_signature());
                        evidence.platforms.push(*platform);
                    }
                    images::Judged::SetAside(entry) => evidence.set_aside.push(entry),
                    images::Judged::PassedOver(entry) => evidence.passed_over.push(entry),
                }
            }
        }
        Ok(evidence)
    }

    /// Where attestations and signatures are looked for first.
    fn evidence_repository(&self) -> &Repository {
        self.options.attestations.as_ref().unwrap_or(&self.reference.repository)
    }

    /// The referrers of `subject`. A repository that does not exist holds none: with `--attestations` and for the
    /// Scout registry that is a normal answer.
    async fn referrers(
        &self,
        repository: &Repository,
        subject: &crate::oci::Digest,
        freshness: Freshness,
    ) -> Result<Referrers, crate::registry::Error> {
        let referrers = match self.registry.referrers(repository, subject, freshness).await {
            Err(error) if error.is_not_found() => {
                Referrers { descriptors: Vec::new(), found_by: FoundBy::Api, age: None }
            }
            other => other?,
        };
        if referrers.descriptors.len() > self.options.limits.referrers {
            let what = format!("list of {} referrers", referrers.descriptors.len());
            let exceeded = Exceeded::new(what, self.options.limits.referrers, "referrers");
            return Err(crate::registry::Error::Limit { what: format!("referrers of {subject}"), exceeded });
        }
        Ok(referrers)
    }

    async fn root_signature(
        &self,
        root: &Root,
        referrers: Option<Result<Referrers, crate::registry::Error>>,
    ) -> RootSignatureOutcome {
        let repository = self.evidence_repository();
        let descriptor = root.descriptor();
        let found = match referrers {
            Some(Ok(referrers)) => {
                self.signature_among(repository, &descriptor, Purpose::Root, &referrers).await
            }
            Some(Err(error)) => Err(signatures::Failure::Registry(error)),
            None => self.signature(repository, &descriptor, Purpose::Root, Freshness::Now).await,
        };
        match found {
            Ok(signed) => RootSignatureOutcome::Good(Box::new(signed.into_signatures())),
            Err(signatures::Failure::Trust(crate::trust::Error::Unsigned)) => RootSignatureOutcome::Absent,
            Err(failure) if failure.is_of_others() => RootSignatureOutcome::Unknown(failure.to_diagnostic()),
            Err(failure) => RootSignatureOutcome::Failed(failure.to_diagnostic()),
        }
    }
}

/// Puts what it is about before a room's error.
fn about(what: &str, error: &dyn ToDiagnostic) -> crate::diagnostic::Diagnostic {
    let problem = error.to_diagnostic();
    crate::diagnostic::Diagnostic { what: format!("{what}: {}", problem.what), ..problem }
}
