//! Resolves a reference and collects its evidence: the object that it names, the signature of that object, and the
//! images in it.

use futures_util::future::join;

use super::error::Error;
use super::images::{EntryOutcome, Image};
use super::local::{has_image_id, resolve_local};
use super::options::{Options, Scope};
use super::signatures::{Purpose, SignatureSearch, SignedObjectSearch};
use super::walk::Walk;
use crate::evidence::{Evidence, IndexEvidence, Root, RootSignature, RootSignatureOutcome};
use crate::limits::Exceeded;
use crate::oci::{Descriptor, Manifest, Reference, Repository};
use crate::registry::{self, Freshness, Referrers, Registry, with_byte_budget};
use crate::trust::{ErrorMeaning, Trust};

/// Collects the evidence about `reference`.
///
/// 1. An image of a local engine is resolved to the object that it was pulled as.
/// 2. The reference is resolved to its root: an index or a manifest.
/// 3. The signature of the root and the attestations about it are verified, at the same time as all images.
/// 4. A chart without attestations of its own gets those about its index.
///
/// [`crate::evidence::judge`] makes the verdict. For an image of a local engine [`Evidence::identified`] tells
/// whether it is the image that was verified.
///
/// # Errors
///
/// [`Error`] if the reference itself cannot be resolved: it, its index or a nested index cannot be read, or a limit
/// was reached. Everything else that is wrong is part of the evidence.
pub async fn verify(
    registry: &dyn Registry,
    reference: &Reference,
    trust: &Trust,
    options: &Options,
) -> Result<Evidence, Error> {
    if !matches!(reference.repository, Repository::Local(_)) {
        return collect(registry, reference, trust, options).await;
    }
    let pulled = with_timeout(reference, options, resolve_local(registry, reference)).await;
    let (pulled, mut local) = pulled?;
    if options.scope == Scope::Root {
        let limits = &options.limits;
        local.is_named =
            with_timeout(reference, options, has_image_id(registry, &pulled, local.id, limits)).await?;
    }
    let options = Options { names: options.names.pulled_as(&pulled), ..options.clone() };
    let evidence = collect(registry, &pulled, trust, &options).await?;
    Ok(Evidence { local_image: Some(local), ..evidence })
}

/// Collects the evidence about `reference`, which is in a registry or a layout. No engine is asked.
pub(super) async fn collect(
    registry: &dyn Registry,
    reference: &Reference,
    trust: &Trust,
    options: &Options,
) -> Result<Evidence, Error> {
    let walk = Walk::new(registry, reference, trust, options);
    with_timeout(reference, options, walk.collect()).await
}

/// Runs a part of a verification within `Limits::verify_timeout`.
async fn with_timeout<T>(
    reference: &Reference,
    options: &Options,
    part: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let timeout = options.limits.verify_timeout;
    tokio::time::timeout(timeout, with_byte_budget(part)).await.unwrap_or_else(|_| {
        let what = format!("verification of {reference}");
        Err(Error::Limit(Exceeded::new(what, timeout.as_secs(), "seconds")))
    })
}

impl Walk<'_> {
    /// Resolves the reference to the object that it names.
    pub(super) async fn root(&self) -> Result<(Root, Manifest), Error> {
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
            document: self.kept(content.bytes.clone()),
            age: content.age,
        };
        Ok((root, manifest))
    }

    async fn collect(&self) -> Result<Evidence, Error> {
        let (root, manifest) = self.root().await?;
        tracing::debug!(target: "dhi::verify", "{} is {}", self.reference, root.digest);
        let mut evidence = Evidence {
            reference: self.reference.clone(),
            root_signature: RootSignature {
                found_in: self.evidence_repository().clone(),
                outcome: RootSignatureOutcome::Absent,
                unknown_list: None,
                other_failures: Vec::new(),
            },
            root_signature_rule: self.root_signature_rule(),
            about_index: IndexEvidence::default(),
            platforms: Vec::new(),
            set_aside: Vec::new(),
            passed_over: Vec::new(),
            requested_platforms: self.options.platforms.clone(),
            predicate_types: self.options.predicate_types.clone(),
            tried_dhi_keys: self.trust.dhi_keys().collect(),
            local_image: None,
            root,
        };
        let descriptor = evidence.root.descriptor();
        // The referrers of the root include both its signature and its attestations, so one list serves both.
        let list = async {
            let referrers =
                self.referrers(self.evidence_repository(), &descriptor.digest, Freshness::Now).await;
            referrers.iter().for_each(|referrers| self.root_referrers.share(referrers));
            referrers
        };
        match manifest {
            _ if self.options.scope == Scope::Root => {
                let referrers = list.await;
                evidence.root_signature = self.root_signature(&descriptor, referrers.as_ref()).await;
            }
            Manifest::Index(index) => {
                let root_referrers = async {
                    let referrers = list.await;
                    let about = async {
                        match self.options.scope {
                            Scope::ImagesAndIndex { .. } => {
                                self.about_index(&descriptor, referrers.as_ref()).await
                            }
                            Scope::Images | Scope::Root => IndexEvidence::default(),
                        }
                    };
                    let (signature, about) =
                        join(self.root_signature(&descriptor, referrers.as_ref()), about).await;
                    (signature, about, referrers)
                };
                let ((signature, about, referrers), entries) = join(root_referrers, self.index(&index)).await;
                evidence.root_signature = signature;
                evidence.about_index = about;
                let entries = entries?;
                evidence.platforms = entries.platforms;
                evidence.set_aside = entries.set_aside;
                evidence.passed_over = entries.passed_over;
                self.complete_index(&mut evidence, referrers.as_ref()).await;
            }
            Manifest::Image(manifest) => {
                let referrers = list.await;
                let image = Image {
                    descriptor: descriptor.clone(),
                    declared: None,
                    outer_platforms: Vec::new(),
                    manifest: Ok(manifest),
                    manifest_bytes: evidence.root.document.clone(),
                    referrers: Some(referrers.clone()),
                    is_entry: false,
                };
                let (signature, platform) =
                    join(self.root_signature(&descriptor, referrers.as_ref()), self.image(image)).await;
                evidence.root_signature = signature;
                match platform {
                    EntryOutcome::Image(mut platform) => {
                        // Signatures of the manifest are judged as those of the root.
                        platform.listed.retain(|listed| !listed.is_signature());
                        evidence.platforms.push(*platform);
                    }
                    EntryOutcome::SetAside(entry) => evidence.set_aside.push(entry),
                    EntryOutcome::PassedOver(entry) => evidence.passed_over.push(entry),
                }
            }
        }
        Ok(evidence)
    }

    async fn root_signature(
        &self,
        root: &Descriptor,
        referrers: Result<&Referrers, &registry::Error>,
    ) -> RootSignature {
        let repository = self.evidence_repository();
        let SignatureSearch { signed, unknown_list, other_failures } = match referrers {
            Ok(referrers) => {
                let search =
                    SignedObjectSearch { repository, object: root, purpose: Purpose::Root, claims: None };
                self.signature_among(search, referrers).await
            }
            Err(error) => SignatureSearch {
                signed: Err(error.clone().into()),
                unknown_list: None,
                other_failures: Vec::new(),
            },
        };
        let outcome = match signed {
            Ok(signed) => RootSignatureOutcome::Good(Box::new(signed)),
            Err(failure) => match failure.error_meaning() {
                Some(ErrorMeaning::Absent) => RootSignatureOutcome::Absent,
                // No signature is bad: none is by a trusted key or identity.
                Some(ErrorMeaning::OtherKey | ErrorMeaning::OtherIdentity | ErrorMeaning::Unreadable) => {
                    RootSignatureOutcome::Unknown(failure)
                }
                _ => RootSignatureOutcome::Failed(failure),
            },
        };
        RootSignature { found_in: repository.clone(), outcome, unknown_list, other_failures }
    }
}
