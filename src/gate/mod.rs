//! Makes decisions: collects evidence and base proof, applies the policy and the exceptions. No other module makes a
//! verdict.
//!
//! A laptop, a pipeline and a cluster reach the same verdict from the same inputs. [`Verifier`] is the entry point of
//! the library and of the command, [`Gate`] is one run of it.

mod builder;
mod decision;
mod error;
#[cfg(feature = "rego")]
pub mod evaluator;
mod inputs;
pub mod limits;
#[cfg(feature = "rego")]
mod policy_bundle;
#[cfg(feature = "rego")]
mod rego;
mod resource;
mod settings;
mod signers;
#[cfg(test)]
mod tests;
mod verifier;
pub mod vex;
mod vsa_statement;

use std::collections::BTreeSet;

use futures_util::{Stream, StreamExt, stream};
use jiff::{SignedDuration, Timestamp};

pub use builder::{LIBRARY_CODES, VerifierBuilder};
pub use decision::{Decided, Decision, VerifiedStatement};
pub use error::BuildError;
#[cfg(feature = "rego")]
pub use evaluator::{Evaluator, ImageEvaluations};
#[cfg(feature = "rego")]
pub use policy_bundle::{BundleLoadError, BundleRequirements, LoadedBundle, load_bundle};
#[cfg(feature = "rego")]
pub use rego::RegoPolicies;
pub use resource::resource;
pub use verifier::Verifier;
pub use vsa_statement::{NoVsa, VsaStatement};

use crate::diagnostic::Catalogue;
use crate::evidence::{
    AcceptedEvidence, AcceptedVsa, BaseProof, Findings, Policy, PolicyInput, PolicyNeeds, Requirements,
    Verdict, VerdictSource, VsaExpectation, VsaRejection, accept_vsa, judge,
};
use crate::oci::{Digest, Reference, Repository};
use crate::policy::{BuiltIn, Exceptions, enforce_from};
use crate::registry::{Registry, with_byte_budget};
use crate::trust::{Keyring, Threshold, Trust};
use crate::verify::{BaseOptions, Error, FoundVsas, KeepStatements, Options, Scope, base, find_vsas, verify};

/// What must hold for every image of a run.
///
/// Every field that a verdict depends on is in the digest that summaries contain (`inputs.rs`).
pub struct Gate<'a> {
    /// What is trusted.
    pub trust: &'a Trust,
    /// The policy that decides.
    pub policy: BuiltIn,
    /// The policies in Rego that are added to it.
    #[cfg(feature = "rego")]
    pub rego: &'a RegoPolicies,
    /// Findings of scans, for policies that read them.
    pub findings: &'a [Findings],
    /// What is required of signatures beyond the rules that always hold.
    pub requirements: Requirements,
    /// Where base images are searched and what proves them. Used only if the policy needs the base proof.
    pub base: BaseOptions,
    /// The exceptions.
    pub exceptions: &'a Exceptions,
    /// The time from which failures of the policy count. `None`: always.
    pub enforce_from: Option<Timestamp>,
    /// The time that decides when exceptions end, enforcement begins and summaries are too old.
    pub now: Timestamp,
    /// The time for keys and certificates, if the caller set it.
    pub effective_time: Option<Timestamp>,
    /// Whether tags and lists are taken from the cache, without a request.
    pub offline: bool,
    /// Which verification summaries are accepted in place of a verification. `None`: none.
    pub accept: Option<&'a Acceptance>,
}

/// Which verification summaries are accepted.
pub struct Acceptance {
    /// The keys that sign them. They are trusted for nothing else.
    pub keys: Keyring,
    /// The maximum age of a summary.
    pub max_age: SignedDuration,
    /// `verifier.id` of all of them. `None`: each key has its own ([`crate::evidence::verifier_of`]).
    pub verifier: Option<String>,
    /// The codes that a warning in a summary may have.
    pub known: Catalogue,
}

impl Gate<'_> {
    /// Decides about many references, `at_once` at a time, and returns the decisions in the order of `requests`. Each
    /// request is made only when it starts, so that the memory does not grow with their number.
    pub fn decide_all(
        &self,
        registry: &dyn Registry,
        requests: impl Iterator<Item = (Reference, Options)>,
        at_once: usize,
    ) -> impl Stream<Item = Decided> {
        let decide = move |(reference, options): (Reference, Options)| async move {
            let result = self.decide(registry, &reference, &options).await;
            Decided { reference, options, result }
        };
        stream::iter(requests).map(decide).buffered(at_once)
    }

    /// Decides about `reference` within `options`.
    ///
    /// 1. If summaries are accepted, one that matches replaces the steps below.
    /// 2. The evidence is collected. If the policy needs the base proof, all predicate types are verified, and the
    ///    requested ones must exist in addition.
    /// 3. The base is searched, unless every image has failed already.
    /// 4. The added policies are evaluated, for each image that has not failed.
    /// 5. The policies and the rules that always hold make the verdict.
    /// 6. Exceptions are applied.
    ///
    /// # Errors
    ///
    /// [`Error`] if the reference itself cannot be resolved.
    pub async fn decide(
        &self,
        registry: &dyn Registry,
        reference: &Reference,
        options: &Options,
    ) -> Result<Decision, Error> {
        // One budget of bytes covers summaries, evidence and bases of a reference.
        with_byte_budget(Box::pin(self.decide_within_budget(registry, reference, options))).await
    }

    async fn decide_within_budget(
        &self,
        registry: &dyn Registry,
        reference: &Reference,
        options: &Options,
    ) -> Result<Decision, Error> {
        let refused = match self.accept {
            // A summary has no digests of images, so it cannot show that one is the engine's.
            Some(_) if matches!(reference.repository, Repository::Local(_)) => Some(VsaRejection::LocalImage),
            Some(acceptance) => match self.accepted_vsa(registry, reference, options, acceptance).await? {
                Ok(accepted) => {
                    let mut verdict = accepted.verdict();
                    let excused = self.apply_exceptions(reference, &accepted.root.digest, &mut verdict);
                    let basis = VerdictSource::Summary(Box::new(accepted));
                    return Ok(Decision {
                        source: basis,
                        verdict,
                        base: None,
                        #[cfg(feature = "rego")]
                        evaluated: Vec::new(),
                        used_exceptions: excused,
                        vsa_rejection: None,
                    });
                }
                Err(refused) => Some(refused),
            },
            None => None,
        };
        let mut decision = self.collect_and_judge(registry, reference, options).await?;
        decision.vsa_rejection = refused;
        Ok(decision)
    }

    /// Applies the exceptions and the date of enforcement. Returns the indexes of the exceptions that were used.
    ///
    /// What a summary recorded as excused must be excused again: its inputs are the same, and a failure that nothing
    /// excuses now counts.
    fn apply_exceptions(
        &self,
        reference: &Reference,
        root: &Digest,
        verdict: &mut Verdict,
    ) -> BTreeSet<usize> {
        let excused = self.exceptions.apply(reference, root, verdict, self.now);
        if let Some(from) = self.enforce_from {
            enforce_from(from, self.now, verdict);
        }
        excused
    }

    /// What the policies need together.
    fn needs(&self) -> PolicyNeeds {
        let needs = self.policy.needs();
        #[cfg(feature = "rego")]
        let needs = self.rego.policies.iter().fold(needs, |needs, policy| needs.and(policy.needs()));
        needs
    }

    /// Whether policies are added to the one that decides. They read all attestations of an image.
    fn has_added_policies(&self) -> bool {
        #[cfg(feature = "rego")]
        let has_added = !self.rego.policies.is_empty();
        #[cfg(not(feature = "rego"))]
        let has_added = false;
        has_added
    }

    /// Collects the evidence and the base proof, evaluates the added policies, judges, and applies exceptions.
    async fn collect_and_judge(
        &self,
        registry: &dyn Registry,
        reference: &Reference,
        options: &Options,
    ) -> Result<Decision, Error> {
        let (needs, has_added) = (self.needs(), self.has_added_policies());
        let mut all = options.clone();
        all.scope = match needs.accepts {
            AcceptedEvidence::RootSignature if has_added => Scope::ImagesAndIndex { counts: false },
            AcceptedEvidence::RootSignature => Scope::Root,
            AcceptedEvidence::ImagesOrIndex => Scope::ImagesAndIndex { counts: true },
            AcceptedEvidence::Images => Scope::ImagesAndIndex { counts: !options.predicate_types.is_empty() },
        };
        // Requested types hide no attestation from the base search and from added policies.
        if needs.base || has_added {
            all.predicate_types.clear();
        }
        if needs.documents {
            all.keep_statements = KeepStatements::All;
            all.keep_documents = true;
        }
        // Each step is on the heap: a caller may have a small stack.
        let mut evidence = Box::pin(verify(registry, reference, self.trust, &all)).await?;
        let base = if !needs.base {
            None
        } else if evidence.platforms.iter().all(|platform| platform.has_failed(evidence.root.digest)) {
            // If every image has failed already, no base is searched.
            Some(BaseProof { platforms: Vec::new(), failures: Vec::new(), registries: Vec::new() })
        } else {
            Some(Box::pin(base(registry, &evidence, self.trust, &self.base)).await)
        };
        evidence.predicate_types.clone_from(&options.predicate_types);
        let needed = PolicyInput { base: base.as_ref(), findings: self.findings };
        #[cfg(feature = "rego")]
        let at = self.effective_time.unwrap_or(self.now);
        #[cfg(feature = "rego")]
        let evaluated = Box::pin(self.rego.evaluate(&evidence, &needed, at, &options.limits)).await;
        #[cfg(feature = "rego")]
        let added: Vec<&dyn Policy> = evaluated.iter().map(|evaluated| evaluated as &dyn Policy).collect();
        #[cfg(not(feature = "rego"))]
        let added: Vec<&dyn Policy> = Vec::new();
        let mut verdict = judge(&evidence, &self.requirements, &self.policy, &added, &needed);
        // For an image of a local engine, exceptions match the reference that it was pulled by.
        let used_exceptions = self.apply_exceptions(&evidence.reference, &evidence.root.digest, &mut verdict);
        Ok(Decision {
            source: VerdictSource::Evidence(Box::new(evidence)),
            verdict,
            base,
            #[cfg(feature = "rego")]
            evaluated,
            used_exceptions,
            vsa_rejection: None,
        })
    }

    /// The summary that is accepted, or why none is.
    async fn accepted_vsa(
        &self,
        registry: &dyn Registry,
        reference: &Reference,
        options: &Options,
        acceptance: &Acceptance,
    ) -> Result<Result<AcceptedVsa, VsaRejection>, Error> {
        let trust = Trust {
            keys: acceptance.keys.clone(),
            identities: Vec::new(),
            attestors: Keyring::default(),
            threshold: Threshold::ONE,
            ..self.trust.clone()
        };
        let FoundVsas { root, part, found } =
            Box::pin(find_vsas(registry, reference, &trust, options)).await?;
        let inputs = self.inputs(reference, &root.digest, options);
        let expected = VsaExpectation {
            verifier: acceptance.verifier.clone(),
            resource: resource(&reference.repository),
            part,
            policy: inputs.digest,
            inputs: inputs.value,
            log: self.trust.log,
            skipped: self.skipped_checks().collect(),
            max_age: acceptance.max_age,
            known: acceptance.known,
            now: self.now,
        };
        Ok(found
            .map_err(|failure| VsaRejection::NotFetched(Box::new(failure)))
            .and_then(|found| accept_vsa(&root, &found, &expected)))
    }
}
