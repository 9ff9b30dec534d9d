//! Finds the verification summaries (VSA) about a reference.
//!
//! The object is resolved and hashed, and a summary is bound to it, as an attestation is to an image.
//! [`crate::evidence::accept_vsa`] decides which of them is accepted.

use std::collections::BTreeMap;

use super::error::Error;
use super::options::{CosignTags, Options};
use super::referrer::Referrer;
use super::walk::Walk;
use crate::attestation::{PredicateSelector, VSA_TYPE};
use crate::evidence::{AttestationEvidence, Failure, Root};
use crate::limits::Exceeded;
use crate::oci::{Descriptor, Digest, ImageIndex, Manifest, Platform, Reference, media_type};
use crate::registry::{self, Freshness, Registry, with_byte_budget};
use crate::trust::{ErrorMeaning, Trust};

/// The summaries of one reference.
#[derive(Clone, Debug)]
pub struct FoundVsas {
    /// What the reference resolved to.
    pub root: Root,
    /// The image that they are about, if the request is narrowed to platforms of an index.
    pub part: Option<Digest>,
    /// The summaries that trusted keys signed, good and bad; or why they could not be fetched.
    pub found: Result<Vec<AttestationEvidence>, Failure>,
}

/// Finds the verification summaries about `reference` that `trust` verifies. Of `options` only the repository of
/// attestations, the platforms and the limits are used.
///
/// 1. The reference is resolved.
/// 2. If platforms are requested, one image of the index represents all that can be chosen for them: the first whose
///    own entry names such a platform. A summary of the narrowed request is attached to each of them.
/// 3. The referrers of that image, or else of the object itself, are verified.
///
/// # Errors
///
/// [`Error`] if the reference itself cannot be resolved.
pub async fn find_vsas(
    registry: &dyn Registry,
    reference: &Reference,
    trust: &Trust,
    options: &Options,
) -> Result<FoundVsas, Error> {
    let platforms = &options.platforms;
    let options = Options {
        predicate_types: vec![PredicateSelector::exact(VSA_TYPE)],
        attestations: options.attestations.clone(),
        judge_enveloped: true,
        cosign_tags: CosignTags::IfNeeded,
        limits: options.limits.clone(),
        memory: options.memory.clone(),
        ..Options::of(reference)
    };
    let walk = Walk::new(registry, reference, trust, &options);
    let timed_out = |what: &str| {
        Exceeded::new(format!("{what} {reference}"), options.limits.verify_timeout.as_secs(), "seconds")
    };
    let (root, manifest) =
        match tokio::time::timeout(options.limits.verify_timeout, with_byte_budget(walk.root())).await {
            Ok(root) => root?,
            Err(_) => return Err(Error::Limit(timed_out("the search for"))),
        };
    let part = match manifest {
        Manifest::Index(index) if !platforms.is_empty() => match first_for_platforms(&index, platforms) {
            Some(part) => Some(part),
            None => return Ok(FoundVsas { root, part: None, found: Ok(Vec::new()) }),
        },
        _ => None,
    };
    let subject = part.clone().unwrap_or_else(|| root.descriptor());
    // A slow list only prevents that a summary is accepted.
    let found = match tokio::time::timeout(
        options.limits.verify_timeout,
        with_byte_budget(walk.vsas_about(&subject)),
    )
    .await
    {
        Ok(found) => found,
        Err(_) => Err(timed_out("the search for summaries of").into()),
    };
    Ok(FoundVsas { root, part: part.map(|part| part.digest), found })
}

/// The first image whose own entry names a platform that can be chosen for one of `platforms`.
fn first_for_platforms(index: &ImageIndex, platforms: &[Platform]) -> Option<Descriptor> {
    let is_for_platforms = |entry: &&Descriptor| {
        let named = entry.platform.as_ref().filter(|platform| platform.is_named());
        media_type::is_manifest(&entry.media_type)
            && named.is_some_and(|named| platforms.iter().any(|asked| named.can_be_chosen_for(asked)))
    };
    let entry = index.manifests.iter().find(is_for_platforms)?;
    Some(Descriptor { platform: None, annotations: BTreeMap::new(), ..entry.clone() })
}

impl Walk<'_> {
    async fn vsas_about(&self, subject: &Descriptor) -> Result<Vec<AttestationEvidence>, Failure> {
        let repository = self.evidence_repository();
        let referrers = self.referrers(repository, &subject.digest, Freshness::Now).await;
        let referrers = referrers.map_err(|error| Failure::from(error).about("referrers of the image"))?;
        // A hidden failed summary could make an older pass count.
        if let Some(withheld) = &referrers.withheld {
            let error = registry::Error::from(withheld.clone());
            return Err(Failure::from(error).about("referrers of the image"));
        }
        let judged = self.attestations(repository, subject, &referrers).await;
        let judged = self.apply_threshold(judged).into_iter().filter_map(|referrer| match referrer {
            Referrer::Judged(judged) => Some(*judged),
            Referrer::Enveloped(_) | Referrer::Listed(_) | Referrer::BuildRecord(_) => None,
        });
        Ok(judged.filter(|judged| !is_not_by_trusted_key(judged)).collect())
    }
}

/// Whether no trusted key signed it. A hardened image that is a single manifest has a summary by Docker attached.
fn is_not_by_trusted_key(attestation: &AttestationEvidence) -> bool {
    let error_meaning = attestation.outcome.as_ref().err().and_then(Failure::error_meaning);
    error_meaning
        .is_some_and(|error_meaning| error_meaning.is_other_signer() || error_meaning == ErrorMeaning::Absent)
}
