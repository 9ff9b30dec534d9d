//! The one way to a verdict. Evidence, base proof, policy and exceptions come together here alone.
//!
//! Invariant: a laptop, a pipeline and a cluster reach the same verdict from the same inputs. [`Verifier`] is the entry
//! point of the library and of the command, [`Gate`] one run of it.

mod builder;
mod decision;
mod error;
mod inputs;
mod resource;
mod signers;
#[cfg(test)]
mod tests;
mod verifier;
mod vsa_statement;

use std::collections::BTreeSet;

use futures_util::{Stream, StreamExt, stream};
use jiff::{SignedDuration, Timestamp};

pub use builder::VerifierBuilder;
pub use decision::{Decided, Decision, VerifiedStatement};
pub use error::BuildError;
pub use resource::resource;
pub use verifier::Verifier;
pub use vsa_statement::{NoVsa, VsaStatement};

use crate::diagnostic::Catalogue;
use crate::evidence::{
    Accepted, AnsweredBy, BaseProof, Evidence, Expected, Needed, Policy as _, Requirements, Verdict,
    VerdictSource, VsaRejection, accept, judge,
};
use crate::oci::{Digest, Reference, Repository};
use crate::policy::{BuiltIn, Exceptions, enforce_from};
use crate::registry::{Registry, with_byte_budget};
use crate::trust::{Keyring, Threshold, Trust};
use crate::verify::{BaseOptions, Error, FoundVsas, Options, Scope, base, find_vsas, verify};

/// What must hold, for every image of a run.
///
/// Everything in it that a verdict rests on is in the digest that summaries carry (`inputs.rs`).
pub struct Gate<'a> {
    /// What is trusted.
    pub trust: &'a Trust,
    /// What is demanded beside signatures.
    pub policy: BuiltIn,
    /// What is demanded of signatures beyond the rules that always hold.
    pub requirements: Requirements,
    /// Where bases are looked for, and what proves them. Asked only by a policy that needs it.
    pub base: BaseOptions,
    /// What is excused.
    pub exceptions: &'a Exceptions,
    /// From when on a "no" of the policy counts. `None`: always.
    pub enforce_from: Option<Timestamp>,
    /// The time by which exceptions end, enforcement begins and summaries age.
    pub now: Timestamp,
    /// The time for keys, where the caller set it.
    pub effective_time: Option<Timestamp>,
    /// Whether tags and lists are taken as they were last seen.
    pub offline: bool,
    /// Whose summaries answer in place of a verification. `None`: nobody's.
    pub accept: Option<&'a Acceptance>,
}

/// Whose summaries answer.
pub struct Acceptance {
    /// The keys that sign them. They vouch for nothing else.
    pub keys: Keyring,
    /// How old a summary may be.
    pub max_age: SignedDuration,
    /// `verifier.id` of all of them. `None`: each key has its own ([`crate::evidence::verifier_of`]).
    pub verifier: Option<String>,
    /// The codes that a warning of a summary may have.
    pub known: Catalogue,
}

impl Gate<'_> {
    /// Decides about many references, `at_once` at a time, and gives each in its place in the order of `questions`. Each
    /// question is made when its turn comes, so that any number takes no more memory than a few.
    pub fn decide_all(
        &self,
        registry: &dyn Registry,
        questions: impl Iterator<Item = (Reference, Options)>,
        at_once: usize,
    ) -> impl Stream<Item = Decided> {
        let decide = move |(reference, options): (Reference, Options)| async move {
            let result = self.decide(registry, &reference, &options).await;
            Decided { reference, options, result }
        };
        stream::iter(questions).map(decide).buffered(at_once)
    }

    /// Decides about `reference`, which `options` narrow the question to.
    ///
    /// A policy looks at all attestations. Where only some types are asked for, the others are fetched for it, and
    /// the asked ones must be there besides.
    pub async fn decide(
        &self,
        registry: &dyn Registry,
        reference: &Reference,
        options: &Options,
    ) -> Result<Decision, Error> {
        // Summaries, evidence and bases are read for one reference, within one bound.
        with_byte_budget(self.decide_counted(registry, reference, options)).await
    }

    async fn decide_counted(
        &self,
        registry: &dyn Registry,
        reference: &Reference,
        options: &Options,
    ) -> Result<Decision, Error> {
        let refused = match self.accept {
            // A summary tells no digests of images, so it cannot say whether one is the engine's.
            Some(_) if matches!(reference.repository, Repository::Local(_)) => Some(VsaRejection::LocalImage),
            Some(acceptance) => match self.accepted(registry, reference, options, acceptance).await? {
                Ok(accepted) => {
                    let mut verdict = accepted.verdict();
                    let excused = self.excuse(reference, &accepted.root.digest, &mut verdict);
                    let basis = VerdictSource::Summary(Box::new(accepted));
                    return Ok(Decision { basis, verdict, base: None, excused, refused: None });
                }
                Err(refused) => Some(refused),
            },
            None => None,
        };
        let (evidence, base, mut verdict) = self.judged(registry, reference, options).await?;
        // An image of a local engine is what it was pulled as.
        let excused = self.excuse(&evidence.reference, &evidence.root.digest, &mut verdict);
        Ok(Decision { basis: VerdictSource::Evidence(Box::new(evidence)), verdict, base, excused, refused })
    }

    /// Marks what is excused, and gives the places of the exceptions that were used. What a summary recorded as excused
    /// is excused anew: it has the same inputs, and what nothing excuses now counts.
    fn excuse(&self, reference: &Reference, root: &Digest, verdict: &mut Verdict) -> BTreeSet<usize> {
        let excused = self.exceptions.apply(reference, root, verdict, self.now);
        if let Some(from) = self.enforce_from {
            enforce_from(from, self.now, verdict);
        }
        excused
    }

    /// The evidence, and what the policy makes of it before anything is excused.
    async fn judged(
        &self,
        registry: &dyn Registry,
        reference: &Reference,
        options: &Options,
    ) -> Result<(Evidence, Option<BaseProof>, Verdict), Error> {
        let needs = self.policy.needs();
        let mut all = options.clone();
        all.scope = match needs.answered_by {
            AnsweredBy::RootSignature => Scope::Root,
            AnsweredBy::ImagesOrIndex => Scope::ImagesAndIndex { answers: true },
            AnsweredBy::Images => Scope::ImagesAndIndex { answers: !options.predicate_types.is_empty() },
        };
        if needs.base {
            all.predicate_types.clear();
        }
        let mut evidence = verify(registry, reference, self.trust, &all).await?;
        let proof = if !needs.base {
            None
        } else if evidence.platforms.iter().all(|platform| platform.has_failed(evidence.root.digest)) {
            // Where every image has failed already nobody is asked about bases.
            Some(BaseProof { platforms: Vec::new(), failures: Vec::new(), registries: Vec::new() })
        } else {
            Some(base(registry, &evidence, self.trust, &self.base).await)
        };
        evidence.predicate_types.clone_from(&options.predicate_types);
        let needed = Needed { base: proof.as_ref() };
        let verdict = judge(&evidence, &self.requirements, &self.policy, &needed);
        Ok((evidence, proof, verdict))
    }

    /// The summary that answers, or why none does.
    async fn accepted(
        &self,
        registry: &dyn Registry,
        reference: &Reference,
        options: &Options,
        acceptance: &Acceptance,
    ) -> Result<Result<Accepted, VsaRejection>, Error> {
        let trust = Trust {
            keys: acceptance.keys.clone(),
            identities: Vec::new(),
            attestors: Keyring::default(),
            threshold: Threshold::ONE,
            ..self.trust.clone()
        };
        let FoundVsas { root, part, found } = find_vsas(registry, reference, &trust, options).await?;
        let inputs = self.inputs(reference, &root.digest, options);
        let expected = Expected {
            verifier: acceptance.verifier.clone(),
            resource: resource(&reference.repository),
            part,
            policy: inputs.digest,
            inputs: inputs.value,
            log: self.trust.log,
            skipped: self.left_out().collect(),
            max_age: acceptance.max_age,
            known: acceptance.known,
            now: self.now,
        };
        Ok(found
            .map_err(|failure| VsaRejection::NotHad(Box::new(failure)))
            .and_then(|found| accept(&root, &found, &expected)))
    }
}
