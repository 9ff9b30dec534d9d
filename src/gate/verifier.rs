//! The façade: references in, decisions out, as the command `dhi verify` decides.
//!
//! Invariant: the command and the library decide by one [`Verifier`]. It has no signer by default, and a demand that its
//! policy would ignore is an error.

use std::fmt;

use jiff::Timestamp;

use super::builder::{Demands, VerifierBuilder};
use super::{Decision, Gate};
use crate::evidence::NameRule;
use crate::oci::Reference;
use crate::policy::{BuiltIn, Exceptions};
use crate::registry::{Registry, resolve_layout_path};
use crate::trust::Trust;
use crate::verify::{BaseOptions, Error, Options, Tagged};

/// Verifies images and charts and decides about them by a policy, as the command `dhi verify` does.
///
/// A verifier holds what is trusted and what is required. It can decide about any number of references, also at the
/// same time, and judges keys and certificates by the clock of each decision.
///
/// # Examples
///
/// A Docker Hardened Image:
///
/// ```no_run
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let registry = dhi::Registries::open(dhi::Limits::default())?;
/// let verifier = dhi::Verifier::builder().docker_keys()?.build()?;
/// let decision = verifier.verify(&registry, &"dhi.io/python:3.13".parse()?).await?;
/// assert!(decision.verdict().passed());
/// # Ok(())
/// # }
/// ```
///
/// An image that a team signs with its own key:
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use dhi::{BuiltIn, Limits, PublicKey, Registries, Verifier};
///
/// let pem = std::fs::read_to_string("fixtures/keys/fixture.pub")?;
/// let verifier = Verifier::builder()
///     .key("team", PublicKey::from_pem(&pem, "fixture.pub")?)
///     .policy(BuiltIn::Attested)
///     .build()?;
/// let registry = Registries::open(Limits::default())?;
/// let decision = verifier.verify(&registry, &"oci:fixtures/bundles:1.4".parse()?).await?;
/// assert!(decision.verdict().passed());
/// for statement in decision.statements() {
///     println!("{}: {}", statement.scope(), statement.predicate_type());
/// }
/// # Ok(())
/// # }
/// ```
pub struct Verifier {
    /// Its time is replaced in each decision.
    pub(super) trust: Trust,
    pub(super) policy: BuiltIn,
    pub(super) demands: Demands,
    /// Whether attestations that carry their own signature are judged.
    pub(super) judge_enveloped: bool,
    pub(super) tagged: Tagged,
}

impl Verifier {
    /// A builder that trusts nobody yet.
    pub fn builder() -> VerifierBuilder {
        VerifierBuilder::new()
    }

    /// Decides about `reference`, which `registry` resolves.
    ///
    /// 1. The reference is resolved to an index or a manifest.
    /// 2. Each image of it that an engine can choose is read, with its attestations and their signatures.
    /// 3. Each fact is bound to the one before: digest, size, subject, predicate type, signature, log entry, key.
    /// 4. Where the policy needs it, the base image is looked for and verified in the same way.
    /// 5. The policy judges the evidence, and exceptions are applied.
    ///
    /// # Errors
    ///
    /// Only where the reference itself cannot be resolved: it does not exist, its registry does not answer, or its
    /// index cannot be read. Every other failure is a check of the [`Verdict`](crate::evidence::Verdict).
    pub async fn verify(&self, registry: &dyn Registry, reference: &Reference) -> Result<Decision, Error> {
        let reference = resolve_layout_path(reference.clone())?;
        let now = Timestamp::now();
        let trust = self.trust_at(now);
        self.gate(&trust, now).decide(registry, &reference, &self.options(&reference)).await
    }

    /// The policy that decides.
    pub(crate) fn policy(&self) -> BuiltIn {
        self.policy
    }

    /// What is excused.
    pub(crate) fn exceptions(&self) -> &Exceptions {
        &self.demands.exceptions
    }

    /// What a decision at `now` trusts.
    pub(crate) fn trust_at(&self, now: Timestamp) -> Trust {
        Trust { effective_time: self.demands.at.unwrap_or(now), ..self.trust.clone() }
    }

    /// What decides at `now`. `trust` is that of [`Verifier::trust_at`].
    pub(crate) fn gate<'a>(&'a self, trust: &'a Trust, now: Timestamp) -> Gate<'a> {
        let Demands { requirements, exceptions, enforce_from, at, offline, accept, .. } = &self.demands;
        Gate {
            trust,
            policy: self.policy,
            requirements: requirements.clone(),
            base: self.base_options(),
            exceptions,
            enforce_from: *enforce_from,
            now,
            effective_time: *at,
            offline: *offline,
            accept: accept.as_ref(),
        }
    }

    /// What is asked about `reference`.
    pub(crate) fn options(&self, reference: &Reference) -> Options {
        let Demands { namespaces, signed_name, .. } = &self.demands;
        Options {
            platforms: self.demands.platforms.clone(),
            predicate_types: self.demands.predicate_types.clone(),
            names: NameRule::of(reference, namespaces.clone(), signed_name.clone()),
            root_annotations: self.demands.annotations.iter().cloned().collect(),
            attestations: self.demands.attestations.clone(),
            judge_bundles: self.judge_enveloped,
            tagged: self.tagged,
            keep_statements: self.demands.keep_statements,
            limits: self.demands.limits.clone(),
            memory: self.demands.memory.clone(),
            progress: self.demands.progress.clone(),
            ..Options::of(reference)
        }
    }

    /// Where base images are looked for, and what proves them.
    pub(crate) fn base_options(&self) -> BaseOptions {
        BaseOptions {
            namespaces: self.demands.namespaces.clone(),
            judge_bundles: self.judge_enveloped,
            tagged: self.tagged,
            limits: self.demands.limits.clone(),
            memory: self.demands.memory.clone(),
            ..self.demands.base.clone()
        }
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").field("policy", &self.policy).finish_non_exhaustive()
    }
}
