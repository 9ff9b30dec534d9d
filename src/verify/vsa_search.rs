//! What verifiers said about a reference as a whole. The object is resolved and hashed, and a summary is bound to it,
//! exactly as an attestation is to an image; which of them answers is decided elsewhere.

use std::collections::BTreeMap;

use super::error::Error;
use super::options::{Options, Tagged};
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
    /// The image that they are about, where the question is narrowed to platforms and there is an index.
    pub part: Option<Digest>,
    /// Those that were signed by what is trusted, good and bad; or why they could not be had.
    pub found: Result<Vec<AttestationEvidence>, Failure>,
}

/// Finds the verification summaries of `reference` that `trust` vouches for. Of `options` the place of attestations,
/// the platforms and the bounds count.
///
/// 1. The reference is resolved.
/// 2. Where platforms are asked for, one image of its index stands for all that can be chosen for them: the first whose
///    own entry names such a platform. A summary of the narrowed question is attached to each of them.
/// 3. What hangs on that image, or else on the object itself, is verified.
///
/// An error means that the reference itself could not be resolved.
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
        judge_bundles: true,
        tagged: Tagged::WhenUnanswered,
        limits: options.limits.clone(),
        memory: options.memory.clone(),
        ..Options::of(reference)
    };
    let walk = Walk::new(registry, reference, trust, &options);
    let in_time = |what: &str| {
        Exceeded::new(format!("{what} {reference}"), options.limits.verify_timeout.as_secs(), "seconds")
    };
    let (root, manifest) =
        match tokio::time::timeout(options.limits.verify_timeout, with_byte_budget(walk.root())).await {
            Ok(root) => root?,
            Err(_) => return Err(Error::Limit(in_time("the search for"))),
        };
    let part = match manifest {
        Manifest::Index(index) if !platforms.is_empty() => match one_of(&index, platforms) {
            Some(part) => Some(part),
            None => return Ok(FoundVsas { root, part: None, found: Ok(Vec::new()) }),
        },
        _ => None,
    };
    let subject = part.clone().unwrap_or_else(|| root.descriptor());
    // However long a list takes, it only keeps a summary from answering.
    let found = match tokio::time::timeout(
        options.limits.verify_timeout,
        with_byte_budget(walk.vsas_about(&subject)),
    )
    .await
    {
        Ok(found) => found,
        Err(_) => Err(in_time("the search for summaries of").into()),
    };
    Ok(FoundVsas { root, part: part.map(|part| part.digest), found })
}

/// The first image whose own entry names a platform that can be chosen for one of `platforms`.
fn one_of(index: &ImageIndex, platforms: &[Platform]) -> Option<Descriptor> {
    let is_wanted = |entry: &&Descriptor| {
        let named = entry.platform.as_ref().filter(|platform| platform.is_named());
        media_type::is_manifest(&entry.media_type)
            && named.is_some_and(|named| platforms.iter().any(|asked| named.can_be_chosen_for(asked)))
    };
    let entry = index.manifests.iter().find(is_wanted)?;
    Some(Descriptor { platform: None, annotations: BTreeMap::new(), ..entry.clone() })
}

impl Walk<'_> {
    async fn vsas_about(&self, subject: &Descriptor) -> Result<Vec<AttestationEvidence>, Failure> {
        let repository = self.evidence_repository();
        let referrers = self.referrers(repository, &subject.digest, Freshness::Now).await;
        let referrers = referrers.map_err(|error| Failure::from(error).about("referrers of the image"))?;
        // A failure that is not seen would leave an older pass standing.
        if let Some(withheld) = &referrers.withheld {
            let error = registry::Error::from(withheld.clone());
            return Err(Failure::from(error).about("referrers of the image"));
        }
        let judged = self.attestations(repository, subject, &referrers).await;
        let judged = self.apply_threshold(judged).into_iter().filter_map(|referrer| match referrer {
            Referrer::Judged(judged) => Some(*judged),
            Referrer::Signed(_) | Referrer::Listed(_) | Referrer::BuildRecord(_) => None,
        });
        Ok(judged.filter(|judged| !is_of_others(judged)).collect())
    }
}

/// Whether nobody who is trusted signed it. Hardened images that are a single manifest carry a summary by Docker.
fn is_of_others(attestation: &AttestationEvidence) -> bool {
    let standing = attestation.outcome.as_ref().err().and_then(Failure::standing);
    standing.is_some_and(|standing| standing.is_other_signer() || standing == ErrorMeaning::Absent)
}
