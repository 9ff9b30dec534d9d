//! A policy with its evaluations: an implementation of [`Policy`].

use std::sync::Arc;

use super::evaluation::{Evaluation, Stopped, Verdict};
use super::module::RegoPolicy;
use crate::diagnostic::{Code, Diagnostic, ToDiagnostic as _};
use crate::evidence::{
    Check, CheckKind, CheckSubject, Evidence, Outcome, PlatformKey, Policy, PolicyIdentity, PolicyInput,
    PolicyNeeds,
};

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
        let name = &self.policy.metadata().name;
        let check = |(key, platform): (PlatformKey, &crate::evidence::PlatformEvidence)| {
            let subject = CheckSubject::Policy { platform: key, policy: name.clone() };
            let scope = format!("{name} of {}", platform.label());
            let kind = CheckKind::Policy;
            // The failure has its own check, which nothing excuses.
            if platform.has_failed(evidence.root.digest) {
                let reason = "not evaluated: the image or its attestations failed";
                return Check::skipped(kind, subject, &scope, reason);
            }
            let result = self.results.iter().find(|(known, _)| *known == key).map(|(_, result)| result);
            let unknown = |cause: String| {
                let diagnostic = Diagnostic::new(Code::POLICY_UNKNOWN, cause);
                Check::noted(kind, subject.clone(), &scope, Outcome::Unknown, diagnostic)
            };
            match result {
                None => unknown(format!("the policy `{name}` was not evaluated")),
                Some(Err(Stopped::Limit(exceeded))) => {
                    Check::noted(kind, subject, &scope, Outcome::Unknown, exceeded.to_diagnostic())
                }
                Some(Err(Stopped::Process(cause))) => unknown(cause.clone()),
                Some(Ok(evaluation)) => match &evaluation.verdict {
                    Verdict::Pass => Check::pass(kind, subject, &scope, "holds"),
                    Verdict::Fail => {
                        let message =
                            evaluation.violations.first().map_or("it does not hold", |first| &first.message);
                        let diagnostic = Diagnostic::new(Code::POLICY_VIOLATION, message);
                        Check::noted(kind, subject, &scope, Outcome::Fail, diagnostic)
                    }
                    Verdict::Unknown(reason) => unknown(format!("{reason:?}")),
                },
            }
        };
        evidence.images().map(check).collect()
    }
}
