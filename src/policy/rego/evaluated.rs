//! A policy with its evaluations: an implementation of [`Policy`].

use std::sync::Arc;

use super::checks::{check, not_evaluated};
use super::evaluation::{Evaluation, Stopped};
use super::module::RegoPolicy;
use crate::evidence::{Check, Evidence, PlatformKey, Policy, PolicyIdentity, PolicyInput, PolicyNeeds};

/// A policy, and the result of its evaluation for each image of one reference.
#[derive(Debug)]
pub struct Evaluated {
    policy: Arc<RegoPolicy>,
    results: Vec<(PlatformKey, Result<Evaluation, Stopped>)>,
}

impl Evaluated {
    /// The results of `policy` for images of one reference.
    pub fn new(policy: Arc<RegoPolicy>, results: Vec<(PlatformKey, Result<Evaluation, Stopped>)>) -> Self {
        Self { policy, results }
    }

    /// The policy.
    pub fn policy(&self) -> &RegoPolicy {
        &self.policy
    }

    /// The result for each image.
    pub fn results(&self) -> &[(PlatformKey, Result<Evaluation, Stopped>)] {
        &self.results
    }
}

impl Policy for Evaluated {
    fn identity(&self) -> PolicyIdentity {
        self.policy.identity()
    }

    fn needs(&self) -> PolicyNeeds {
        self.policy.needs()
    }

    fn decide(&self, evidence: &Evidence, _: &PolicyInput<'_>) -> Vec<Check> {
        let images = evidence.images().map(|(key, platform)| {
            // The failure has its own check, which nothing excuses.
            if platform.has_failed(evidence.root.digest) {
                return not_evaluated(&self.policy, key, &platform.label());
            }
            let result = self.results.iter().find(|(known, _)| *known == key).map(|(_, result)| result);
            check(&self.policy, key, &platform.label(), result)
        });
        images.collect()
    }
}
