//! The one place where evidence, base proof, policy and exceptions come together: whoever needs a verdict about an
//! image asks here, so that a laptop, a pipeline and a cluster cannot come to different ones.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::evidence::{BaseProof, Evidence, PlatformEvidence, Requirements, Verdict, judge};
use crate::oci::Reference;
use crate::policy::{Exceptions, Policy, dhi_or_dhi_based, enforce_from};
use crate::registry::Registry;
use crate::trust::Trust;
use crate::verify::{BaseOptions, Error, Options, base, verify};

/// What must hold, for every image of a run.
pub struct Gate<'a> {
    /// What is trusted.
    pub trust: &'a Trust,
    /// What is demanded beside signatures.
    pub policy: Policy,
    /// What is demanded of signatures beyond the rules that always hold.
    pub requirements: Requirements,
    /// Where bases are looked for, and what proves them. Asked only by a policy that needs it.
    pub base: BaseOptions,
    /// What is excused.
    pub exceptions: &'a Exceptions,
    /// From when on a "no" of the policy counts. `None`: always.
    pub enforce_from: Option<Timestamp>,
    /// The time by which exceptions end and enforcement begins.
    pub now: Timestamp,
}

/// What came of one image.
pub struct Decision {
    /// What was found.
    pub evidence: Evidence,
    /// What it means.
    pub verdict: Verdict,
    /// Places of the exceptions that were used.
    pub excused: BTreeSet<usize>,
}

impl Gate<'_> {
    /// Decides about `reference`, which `options` narrow the question to.
    ///
    /// A policy looks at all attestations. Where only some types are asked for, the others are fetched for it, and
    /// the asked ones must be there besides.
    pub async fn decide(
        &self,
        registry: &dyn Registry,
        reference: &Reference,
        options: Options,
    ) -> Result<Decision, Error> {
        let asked = options.predicate_types.clone();
        let options = match self.policy {
            Policy::None => options,
            Policy::DhiOrDhiBased => Options { predicate_types: Vec::new(), ..options },
        };
        let mut evidence = verify(registry, reference, self.trust, &options).await?;
        let proof = match self.policy {
            Policy::None => None,
            // Where every image has failed already nobody is asked about bases.
            Policy::DhiOrDhiBased if evidence.platforms.iter().all(PlatformEvidence::has_failed) => {
                Some(BaseProof { platforms: Vec::new(), problems: Vec::new(), registries: Vec::new() })
            }
            Policy::DhiOrDhiBased => Some(base(registry, &evidence, self.trust, &self.base).await),
        };
        evidence.predicate_types = asked;
        let mut verdict = judge(&evidence, &self.requirements);
        if let Some(proof) = proof {
            dhi_or_dhi_based(&evidence, &proof, &mut verdict);
        }
        let excused = self.exceptions.apply(reference, &evidence.root.digest, &mut verdict, self.now);
        if let Some(from) = self.enforce_from {
            enforce_from(from, self.now, &mut verdict);
        }
        Ok(Decision { evidence, verdict, excused })
    }
}
