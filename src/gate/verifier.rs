//! The façade of the library: decides about references as the command `dhi verify` does.
//!
//! The command and the library decide by one [`Verifier`]. It trusts no signer by default, and an option that its
//! policy would ignore is an error.

use std::fmt;

use jiff::Timestamp;

#[cfg(feature = "rego")]
use super::rego::RegoPolicies;
use super::settings::Settings;
use super::{Decision, Gate};
use crate::evidence::{NameRule, PolicyIdentity};
use crate::limits::Limits;
use crate::oci::Reference;
use crate::policy::{BuiltIn, Exceptions};
use crate::registry::{Registry, resolve_layout_path};
use crate::trust::Trust;
use crate::verify::{BaseOptions, CosignTags, Error, Options};

/// Verifies images and charts and decides about them by a policy, as the command `dhi verify` does.
///
/// A verifier holds what is trusted and what is required. It can decide about any number of references, also at the
/// same time, and judges keys and certificates at the time of each decision.
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
    pub(super) settings: Settings,
    /// Whether attestations that hold their own signature are judged.
    pub(super) judge_enveloped: bool,
    pub(super) cosign_tags: CosignTags,
}

impl Verifier {
    /// Decides about `reference`, which `registry` resolves.
    ///
    /// 1. The reference is resolved to an index or a manifest.
    /// 2. Each image of it that an engine can choose is read, with its attestations and their signatures.
    /// 3. Each fact is bound to the previous one: digest, size, subject, predicate type, signature, log entry, key.
    /// 4. If the policy needs it, the base image is searched and verified in the same way.
    /// 5. The policy judges the evidence, and exceptions are applied.
    ///
    /// # Errors
    ///
    /// [`Error`] if the reference itself cannot be resolved: it does not exist, its registry is unreachable, or its
    /// index cannot be read. Every other failure is a check of the [`Verdict`](crate::evidence::Verdict).
    pub async fn verify(&self, registry: &dyn Registry, reference: &Reference) -> Result<Decision, Error> {
        let reference = resolve_layout_path(reference.clone())?;
        let now = Timestamp::now();
        let trust = self.trust_at(now);
        self.gate(&trust, now).decide(registry, &reference, &self.options(&reference)).await
    }

    /// The policy that decides.
    #[cfg_attr(doc, doc(hidden))]
    pub fn policy(&self) -> BuiltIn {
        self.policy
    }

    /// The policies in Rego that are added to it, and where they are evaluated.
    #[cfg(feature = "rego")]
    #[cfg_attr(doc, doc(hidden))]
    pub fn rego(&self) -> &RegoPolicies {
        &self.settings.rego
    }

    /// The identity of each policy in Rego that is added.
    #[cfg_attr(doc, doc(hidden))]
    pub fn added_policies(&self) -> Vec<PolicyIdentity> {
        self.settings.added_identities()
    }

    /// The exceptions.
    #[cfg_attr(doc, doc(hidden))]
    pub fn exceptions(&self) -> &Exceptions {
        &self.settings.exceptions
    }

    /// What a decision at the time `now` trusts.
    pub(crate) fn trust_at(&self, now: Timestamp) -> Trust {
        Trust { effective_time: self.settings.at.unwrap_or(now), ..self.trust.clone() }
    }

    /// The gate for decisions at `now`. `trust` is the result of [`Verifier::trust_at`].
    pub(crate) fn gate<'a>(&'a self, trust: &'a Trust, now: Timestamp) -> Gate<'a> {
        let Settings { requirements, findings, exceptions, enforce_from, at, offline, accept, .. } =
            &self.settings;
        Gate {
            trust,
            policy: self.policy,
            #[cfg(feature = "rego")]
            rego: &self.settings.rego,
            findings,
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

    /// The options for `reference`.
    pub(crate) fn options(&self, reference: &Reference) -> Options {
        let Settings { namespaces, signed_name, .. } = &self.settings;
        Options {
            platforms: self.settings.platforms.clone(),
            predicate_types: self.settings.predicate_types.clone(),
            names: NameRule::of(reference, namespaces.clone(), signed_name.clone()),
            root_annotations: self.settings.annotations.iter().cloned().collect(),
            attestations: self.settings.attestations.clone(),
            judge_enveloped: self.judge_enveloped,
            cosign_tags: self.cosign_tags,
            keep_statements: self.settings.keep_statements.clone(),
            limits: self.settings.limits.clone(),
            memory: self.settings.memory.clone(),
            progress: self.settings.progress.clone(),
            ..Options::of(reference)
        }
    }

    /// The limits of what is read.
    pub(super) fn limits(&self) -> &Limits {
        &self.settings.limits
    }

    /// Where base images are searched and what proves them.
    pub(crate) fn base_options(&self) -> BaseOptions {
        BaseOptions {
            namespaces: self.settings.namespaces.clone(),
            judge_enveloped: self.judge_enveloped,
            cosign_tags: self.cosign_tags,
            limits: self.settings.limits.clone(),
            memory: self.settings.memory.clone(),
            ..self.settings.base.clone()
        }
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").field("policy", &self.policy).finish_non_exhaustive()
    }
}
