//! From a reference to its evidence: the object that it names, the signature of that, and the images in it.

use super::error::Error;
use super::images::{Image, Judged};
use super::options::Options;
use super::signatures::{Purpose, Searched};
use super::walk::Walk;
use crate::evidence::{Evidence, Root, RootSignature, RootSignatureOutcome};
use crate::limits::Exceeded;
use crate::oci::{Manifest, Reference};
use crate::registry::{self, Freshness, Referrers, Registry, counted};
use crate::trust::{Standing, Trust};

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

impl Walk<'_> {
    /// What the reference names.
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
                unknown_list: None,
                beside: Vec::new(),
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
                evidence.root_signature = signature;
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
                evidence.root_signature = signature;
                match platform {
                    Judged::Image(mut platform) => {
                        // Signatures of the manifest are judged as those of the root.
                        platform.listed.retain(|listed| !listed.is_signature());
                        evidence.platforms.push(*platform);
                    }
                    Judged::SetAside(entry) => evidence.set_aside.push(entry),
                    Judged::PassedOver(entry) => evidence.passed_over.push(entry),
                }
            }
        }
        Ok(evidence)
    }

    async fn root_signature(
        &self,
        root: &Root,
        referrers: Option<Result<Referrers, registry::Error>>,
    ) -> RootSignature {
        let repository = self.evidence_repository();
        let descriptor = root.descriptor();
        let referrers = match referrers {
            Some(referrers) => referrers,
            None => self.referrers(repository, &descriptor.digest, Freshness::Now).await,
        };
        let Searched { signed, unknown_list, beside } = match referrers {
            Ok(referrers) => self.signature_among(repository, &descriptor, Purpose::Root, &referrers).await,
            Err(error) => Searched { signed: Err(error.into()), unknown_list: None, beside: Vec::new() },
        };
        let outcome = match signed {
            Ok(signed) => RootSignatureOutcome::Good(Box::new(signed)),
            Err(failure) => match failure.standing() {
                Some(Standing::Absent) => RootSignatureOutcome::Absent,
                // Nothing speaks against the object: there are only signatures that no given key made.
                Some(Standing::OtherKey | Standing::OtherIdentity | Standing::Unreadable) => {
                    RootSignatureOutcome::Unknown(failure)
                }
                _ => RootSignatureOutcome::Failed(failure),
            },
        };
        RootSignature { found_in: repository.clone(), outcome, unknown_list, beside }
    }
}
