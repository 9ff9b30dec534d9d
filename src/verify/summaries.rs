//! What verifiers said about a reference as a whole. The object is resolved and hashed, and a summary is bound to it,
//! exactly as an attestation is to an image; which of them answers is decided elsewhere.

use super::attestations::Referrer;
use super::{Error, Options, Tagged, Walk, about};
use crate::attestation::VSA;
use crate::error::{Explain, Id, Problem};
use crate::evidence::{AttestationEvidence, Root};
use crate::limits::Exceeded;
use crate::oci::Reference;
use crate::registry::{Freshness, Registry, counted};
use crate::trust::Trust;

/// The summaries of one reference.
#[derive(Clone, Debug)]
pub struct Summaries {
    /// What the reference resolved to.
    pub root: Root,
    /// Those that were signed by what is trusted, good and bad; or why they could not be had.
    pub found: Result<Vec<AttestationEvidence>, Problem>,
}

/// Finds the verification summaries of `reference` that `trust` vouches for. Of `options` the place of attestations and
/// the bounds count.
///
/// An error means that the reference itself could not be resolved.
pub async fn summaries(
    registry: &dyn Registry,
    reference: &Reference,
    trust: &Trust,
    options: &Options,
) -> Result<Summaries, Error> {
    let options = Options {
        predicate_types: vec![VSA.to_owned()],
        attestations: options.attestations.clone(),
        judge_bundles: true,
        tagged: Tagged::WhenUnanswered,
        limits: options.limits.clone(),
        memory: options.memory.clone(),
        ..Options::of(reference)
    };
    let walk = Walk::new(registry, reference, trust, &options);
    let in_time =
        |what: &str| Exceeded::new(format!("{what} {reference}"), options.limits.run.as_secs(), "seconds");
    let root = match tokio::time::timeout(options.limits.run, counted(walk.root())).await {
        Ok(root) => root?.0,
        Err(_) => return Err(Error::Limit(in_time("the search for"))),
    };
    // However long a list takes, it only keeps a summary from answering.
    let found = match tokio::time::timeout(options.limits.run, counted(walk.summaries(&root))).await {
        Ok(found) => found,
        Err(_) => Err(in_time("the search for summaries of").problem()),
    };
    Ok(Summaries { root, found })
}

impl Walk<'_> {
    async fn summaries(&self, root: &Root) -> Result<Vec<AttestationEvidence>, Problem> {
        let repository = self.evidence_repository();
        let referrers = self.referrers(repository, &root.digest, Freshness::Now).await;
        let referrers = referrers.map_err(|error| about("referrers of the image", &error))?;
        let judged = self.attestations(repository, &root.descriptor(), &referrers).await;
        let judged = self.settle(judged).into_iter().filter_map(|referrer| match referrer {
            Referrer::Judged(judged) => Some(*judged),
            Referrer::Signed(_) | Referrer::Listed(_) => None,
        });
        Ok(judged.filter(|judged| !is_of_others(judged)).collect())
    }
}

/// Whether nobody who is trusted signed it. Hardened images that are a single manifest carry a summary by Docker.
fn is_of_others(attestation: &AttestationEvidence) -> bool {
    let of_others = [Id::TrustWrongKey, Id::TrustWrongIdentity, Id::TrustUnsigned];
    attestation.outcome.as_ref().is_err_and(|problem| of_others.contains(&problem.id))
}
