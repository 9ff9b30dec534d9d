//! Policies in Rego that are added to the policy that decides.
//!
//! They are evaluated for each image before the verdict is made, from the same evidence. The result becomes an
//! [`Evaluated`], which only adds checks. Nothing else makes one of evidence.

use std::sync::Arc;

use jiff::Timestamp;

use super::evaluator::{Evaluator, ImageEvaluations};
use crate::evidence::{Evidence, PlatformKey, PolicyIdentity, PolicyInput};
use crate::limits::Limits;
use crate::policy::facts::ImageFacts;
use crate::policy::rego::{Evaluated, Evaluation, RegoPolicy, Settings, Stopped};

/// The added policies of a run, and where they are evaluated.
#[derive(Clone, Debug, Default)]
pub struct RegoPolicies {
    /// The policies. Their names differ.
    pub policies: Vec<Arc<RegoPolicy>>,
    /// Where they are evaluated. `None` only if there are no policies.
    pub evaluator: Option<Evaluator>,
    /// Whether lines that policies print are kept.
    pub prints: bool,
    /// Whether the whole document of each policy is kept.
    pub bindings: bool,
}

impl RegoPolicies {
    /// The name of each policy, and the digest of its source, its configuration and its data.
    pub(super) fn identities(&self) -> Vec<PolicyIdentity> {
        self.policies.iter().map(|policy| policy.identity()).collect()
    }

    /// Evaluates each added policy for each image of `evidence`, in the order of the policies and of the images,
    /// at the time `now`.
    ///
    /// An image that failed itself, or that has a failed attestation, is not evaluated: that failure is a check of
    /// every verdict, and the facts would be incomplete.
    pub(super) async fn evaluate(
        &self,
        evidence: &Evidence,
        needed: &PolicyInput<'_>,
        now: Timestamp,
        limits: &Limits,
    ) -> Vec<Evaluated> {
        let Self { policies, evaluator, prints, bindings } = self;
        let Some(evaluator) = evaluator else { return Vec::new() };
        let settings = Settings { now, prints: *prints, bindings: *bindings };
        let mut results: Vec<Vec<(PlatformKey, Result<Evaluation, Stopped>)>> =
            policies.iter().map(|_| Vec::new()).collect();
        let images = evidence.images().filter(|(_, platform)| !platform.has_failed(evidence.root.digest));
        let mut evaluations = ImageEvaluations::new(evaluator, policies, &settings, limits);
        for (key, platform) in images {
            let Some(facts) = ImageFacts::of(evidence, key, needed) else { continue };
            let facts = facts.with_findings(needed.findings);
            let of_image = evaluations.evaluate(&platform.label(), &facts).await;
            for (of_policy, result) in results.iter_mut().zip(of_image) {
                of_policy.push((key, result));
            }
        }
        let policies = policies.iter().cloned();
        policies.zip(results).map(|(policy, results)| Evaluated::new(policy, results)).collect()
    }
}
