//! The options of a [`Verifier`]. Options that contradict each other are a [`BuildError`].

#[cfg(feature = "rego")]
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use super::Acceptance;
use super::error::BuildError;
#[cfg(feature = "rego")]
use super::evaluator::Evaluator;
#[cfg(feature = "rego")]
use super::rego::RegoPolicies;
use super::settings::Settings;
use super::signers::Signers;
use super::verifier::Verifier;
use crate::attestation::PredicateSelector;
use crate::diagnostic::Catalogue;
use crate::evidence::{Findings, Requirements};
#[cfg(feature = "rego")]
use crate::limits::Exceeded;
use crate::limits::Limits;
use crate::oci::{Platform, Reference, Repository};
#[cfg(feature = "rego")]
use crate::policy::SetError;
#[cfg(feature = "rego")]
use crate::policy::rego::RegoPolicy;
use crate::policy::{BuiltIn, Exceptions};
use crate::trust::{
    IdentityRule, Keyring, LogPolicy, PublicKey, SctPolicy, Threshold, TrustedKey, TrustedRoot,
};
use crate::verify::{Alias, BaseOptions, KeepStatements, Memory, Progress};

/// The codes of the modules that the library uses. Exceptions may name those that a policy reports.
pub const LIBRARY_CODES: Catalogue = Catalogue::new(&[
    crate::diagnostic::CODES,
    crate::limits::CODES,
    crate::oci::CODES,
    crate::yaml::CODES,
    crate::trust::CODES,
    crate::evidence::CODES,
    crate::registry::CODES,
    crate::trust_store::CODES,
    crate::policy::CODES,
    crate::sign::CODES,
]);

/// Builds a [`Verifier`]. At least one key or certificate identity must be given.
///
/// ```
/// use dhi::{BuildError, Verifier};
///
/// assert_eq!(Verifier::builder().build().unwrap_err(), BuildError::NoSigner);
/// ```
#[must_use]
pub struct VerifierBuilder {
    signers: Signers,
    settings: Settings,
}

impl Verifier {
    /// A builder that trusts no signer yet.
    pub fn builder() -> VerifierBuilder {
        VerifierBuilder::new()
    }
}

/// The trusted signers.
impl VerifierBuilder {
    pub(super) fn new() -> Self {
        let settings = Settings {
            policy: None,
            #[cfg(feature = "rego")]
            rego: RegoPolicies::default(),
            findings: Vec::new(),
            requirements: Requirements::default(),
            platforms: Vec::new(),
            predicate_types: Vec::new(),
            namespaces: Vec::new(),
            signed_name: None,
            attestations: None,
            annotations: Vec::new(),
            base: BaseOptions::default(),
            exceptions: Exceptions::default(),
            enforce_from: None,
            at: None,
            offline: false,
            accept: None,
            keep_statements: KeepStatements::None,
            limits: Limits::default(),
            memory: Memory::default(),
            progress: None,
        };
        Self { signers: Signers::none(), settings }
    }

    /// Trusts the keys of Docker Hardened Images, as the command does if no key and no identity is given. Only the
    /// keys that are part of this version are used: the library reads no stored keys.
    ///
    /// # Errors
    ///
    /// [`BuildError::Trust`] if an embedded key cannot be read.
    pub fn docker_keys(mut self) -> Result<Self, BuildError> {
        if self.signers.docker.is_none() {
            self.signers.docker = Some(Keyring::dhi()?);
        }
        self.signers.docker_counts = true;
        Ok(self)
    }

    /// Trusts `key`, with the name `name` in reports. A key of Docker keeps its name and dates.
    ///
    /// If a key or identity is given here, attestations that hold their own signature are judged too.
    pub fn key(self, name: impl Into<String>, key: PublicKey) -> Self {
        self.trusted_key(named(name, key))
    }

    /// Trusts the keys of `keyring`, each within its dates there.
    pub fn keyring(mut self, keyring: Keyring) -> Self {
        self.signers.rings.extend((!keyring.is_empty()).then_some(keyring));
        self
    }

    /// Accepts attestations that are signed with `key`. It never proves that an image is a Docker Hardened Image.
    pub fn attestor_key(self, name: impl Into<String>, key: PublicKey) -> Self {
        self.trusted_attestor(named(name, key))
    }

    /// Trusts certificates that `identity` accepts.
    pub fn identity(mut self, identity: IdentityRule) -> Self {
        self.signers.identities.push(identity);
        self
    }

    /// The transparency logs, certificate authorities and timestamp authorities that count, instead of those of
    /// Sigstore's public instance.
    pub fn trusted_root(mut self, root: TrustedRoot) -> Self {
        self.signers.root = Some(root);
        self
    }

    /// How many different keys or identities must have signed each object. Default: one.
    pub fn threshold(mut self, threshold: Threshold) -> Self {
        self.signers.threshold = threshold;
        self
    }

    /// Whether signatures need a proof of a transparency log. Default: [`LogPolicy::VerifyIfPresent`].
    pub fn log(mut self, log: LogPolicy) -> Self {
        self.signers.log = log;
        self
    }

    /// Accepts certificates that are in no certificate transparency log, such as those of private instances without
    /// one.
    pub fn skip_sct(mut self) -> Self {
        self.signers.sct = SctPolicy::Skip;
        self
    }

    /// The time at which keys and certificates must be valid, if no log and no timestamp proves the time of a
    /// signature. Default: the time of each decision.
    pub fn at(mut self, time: Timestamp) -> Self {
        self.settings.at = Some(time);
        self
    }

    /// Docker's keys, if `keys update` added some to the embedded ones.
    #[cfg_attr(doc, doc(hidden))]
    pub fn docker_keyring(mut self, keyring: Keyring) -> Self {
        self.signers.docker = Some(keyring);
        self
    }

    pub(crate) fn trusted_key(mut self, key: TrustedKey) -> Self {
        self.signers.keys.push(key);
        self
    }

    pub(crate) fn trusted_attestor(mut self, key: TrustedKey) -> Self {
        self.signers.attestors.push(key);
        self
    }
}

/// What is required of images.
impl VerifierBuilder {
    /// The policy that decides. Default: [`BuiltIn::DhiOrDhiBased`], or [`BuiltIn::Attested`] if predicate types are
    /// given.
    pub fn policy(mut self, policy: BuiltIn) -> Self {
        self.settings.policy = Some(policy);
        self
    }

    /// Adds a policy in Rego to the policy that decides: both must hold. Can be called several times.
    ///
    /// An evaluator must be given: see [`VerifierBuilder::evaluator`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::sync::Arc;
    ///
    /// use dhi::{BuiltIn, Evaluator, Limits, PublicKey, Registries, RegoPolicy, Verifier};
    ///
    /// let source = r#"
    /// ## METADATA
    /// ## title: Default non-root user
    /// ## custom:
    /// ##   name: has-user
    /// package docker.scout
    ///
    /// import rego.v1
    ///
    /// default pass := false
    ///
    /// pass if count(violation) == 0
    ///
    /// violation contains {"message": "the image has no user", "detail": {}} if {
    ///     not input.source.image.config.config.User
    /// }
    /// "#;
    /// let pem = std::fs::read_to_string("fixtures/keys/fixture.pub")?;
    /// let verifier = Verifier::builder()
    ///     .key("team", PublicKey::from_pem(&pem, "fixture.pub")?)
    ///     .policy(BuiltIn::Attested)
    ///     .rego(Arc::new(RegoPolicy::parse("has-user.rego", source)?))
    ///     // The program wrote this policy itself. Policies of others need `Evaluator::program`.
    ///     .evaluator(Evaluator::in_process())
    ///     .build()?;
    /// let registry = Registries::open(Limits::default())?;
    /// let decision = verifier.verify(&registry, &"oci:fixtures/bundles:1.4".parse()?).await?;
    /// for check in &decision.verdict().checks {
    ///     println!("{}: {}", check.scope, check.message);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "rego")]
    pub fn rego(mut self, policy: Arc<RegoPolicy>) -> Self {
        self.settings.rego.policies.push(policy);
        self
    }

    /// Where policies in Rego are evaluated. There is no default: a policy from others needs
    /// [`Evaluator::program`], which the library cannot find by itself.
    #[cfg(feature = "rego")]
    pub fn evaluator(mut self, evaluator: Evaluator) -> Self {
        self.settings.rego.evaluator = Some(evaluator);
        self
    }

    /// Keeps the lines that policies in Rego print ([`Decision::evaluated`](super::Decision::evaluated)).
    #[cfg(feature = "rego")]
    #[cfg_attr(doc, doc(hidden))]
    pub fn prints(mut self, prints: bool) -> Self {
        self.settings.rego.prints = prints;
        self
    }

    /// Keeps the whole document of each policy in Rego ([`Decision::evaluated`](super::Decision::evaluated)).
    #[cfg(feature = "rego")]
    #[cfg_attr(doc, doc(hidden))]
    pub fn bindings(mut self, bindings: bool) -> Self {
        self.settings.rego.bindings = bindings;
        self
    }

    /// Gives policies the findings of a scan. They count only for the image whose digest they name. Those of several
    /// scans of one image all count.
    #[cfg_attr(doc, doc(hidden))]
    pub fn findings(mut self, findings: Findings) -> Self {
        self.settings.findings.push(findings);
        self
    }

    /// Requires a signature of the index itself.
    pub fn require_index_signature(mut self) -> Self {
        self.settings.requirements.require_root_signature = true;
        self
    }

    /// Requires that the signature of the root has the annotation `key` with this value. Only for
    /// [`BuiltIn::Signed`].
    pub fn require_annotation(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.annotations.push((key.into(), value.into()));
        self
    }

    /// Judges only the images that an engine can choose for `platform`, which must exist. Can be given several times.
    pub fn platform(mut self, platform: Platform) -> Self {
        self.settings.platforms.push(platform);
        self
    }

    /// Requires attestations of this predicate type, and judges no others. Can be given several times.
    pub fn predicate_type(mut self, predicate_type: PredicateSelector) -> Self {
        self.settings.predicate_types.push(predicate_type);
        self
    }

    /// Accepts the customizations of this organization as hardened images.
    pub fn namespace(mut self, organization: impl Into<String>) -> Self {
        self.settings.namespaces.push(organization.into());
        self
    }

    /// Requires this name in signed payloads, such as `dhi/python`.
    pub fn signed_name(mut self, name: impl Into<String>) -> Self {
        self.settings.signed_name = Some(name.into());
        self
    }

    /// Reads attestations and signatures only from this repository.
    pub fn attestations(mut self, repository: Repository) -> Self {
        self.settings.attestations = Some(repository);
        self
    }

    /// Adds a candidate for the base image, besides those that the image names. Can be given several times.
    pub fn base(mut self, base: Reference) -> Self {
        self.settings.base.bases.push(base);
        self
    }

    /// Adds a registry, `HOST[:PORT]`, that may be contacted for base images, besides Docker's and that of the image.
    pub fn base_registry(mut self, host: impl Into<String>) -> Self {
        self.settings.base.registries.push(host.into());
        self
    }

    /// Declares that the repository `copy` holds copies of the base images of `original`.
    pub fn alias(mut self, copy: Repository, original: Repository) -> Self {
        self.settings.base.aliases.push(Alias { copy, original });
        self
    }

    /// Downloads and hashes layers that are stored differently than in the base image.
    pub fn verify_layers(mut self) -> Self {
        self.settings.base.verify_layers = true;
        self
    }

    /// Accepts layers that only the image's configuration declares to be those of its base, if they are stored
    /// differently there.
    pub fn accept_declared_layers(mut self) -> Self {
        self.settings.base.accept_declared_layers = true;
        self
    }

    /// Excuses findings of the policy: a YAML list of `{image, check, reason, expires}`. `origin` names the file in
    /// errors.
    ///
    /// # Errors
    ///
    /// [`BuildError::Exceptions`] if the list is not valid.
    pub fn exceptions(self, yaml: &[u8], origin: &str) -> Result<Self, BuildError> {
        Ok(self.read_exceptions(Exceptions::from_yaml(yaml, origin, LIBRARY_CODES)?))
    }

    /// Makes findings of the policy only warnings until this time.
    pub fn enforce_from(mut self, time: Timestamp) -> Self {
        self.settings.enforce_from = Some(time);
        self
    }

    /// Keeps the statements of verified attestations. They are large, and no verdict needs them.
    pub fn keep_statements(mut self) -> Self {
        self.settings.keep_statements = KeepStatements::All;
        self
    }

    /// The limits of what is read for one reference.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.settings.limits = limits;
        self
    }

    /// Sets the exceptions that the command read with its larger catalogue of codes.
    pub(crate) fn read_exceptions(mut self, exceptions: Exceptions) -> Self {
        self.settings.exceptions = exceptions;
        self
    }

    /// Takes tags and lists from the cache. Reports list this as a skipped check.
    #[cfg_attr(doc, doc(hidden))]
    pub fn offline(mut self, offline: bool) -> Self {
        self.settings.offline = offline;
        self
    }

    /// Accepts verification summaries in place of a verification.
    #[cfg_attr(doc, doc(hidden))]
    pub fn accept(mut self, accept: Option<Acceptance>) -> Self {
        self.settings.accept = accept;
        self
    }

    /// What is notified of the progress of a verification.
    #[cfg_attr(doc, doc(hidden))]
    pub fn progress(mut self, progress: Arc<dyn Progress>) -> Self {
        self.settings.progress = Some(progress);
        self
    }
}

impl VerifierBuilder {
    /// Checks that the options agree.
    ///
    /// # Errors
    ///
    /// [`BuildError`], with a variant for each contradiction: no key and no identity is given, the threshold cannot be
    /// met, or the policy would ignore an option.
    pub fn build(self) -> Result<Verifier, BuildError> {
        self.check()?;
        let policy = self.chosen_policy();
        let Self { signers, settings } = self;
        let (judge_enveloped, cosign_tags) = (signers.judge_enveloped(), signers.cosign_tags());
        let at = settings.at.unwrap_or_else(Timestamp::now);
        Ok(Verifier { trust: signers.trust(at)?, policy, settings, judge_enveloped, cosign_tags })
    }

    /// Checks that the policy ignores none of the options given so far. The command calls it before it reads a file.
    pub(crate) fn check(&self) -> Result<(), BuildError> {
        let Settings { platforms, predicate_types, annotations, exceptions, enforce_from, .. } =
            &self.settings;
        let policy = self.chosen_policy();
        let nothing_to_excuse =
            || BuildError::NothingToExcuse { policy, is_default: self.settings.policy.is_none() };
        let mut names = BTreeSet::new();
        let twice = annotations.iter().find(|(name, _)| !names.insert(name));
        let has_added = self.has_added_policies();
        Err(match policy {
            BuiltIn::Attested | BuiltIn::Signed if enforce_from.is_some() && !has_added => {
                nothing_to_excuse()
            }
            BuiltIn::Signed if !predicate_types.is_empty() => BuildError::PredicateTypes,
            BuiltIn::Signed if !platforms.is_empty() && !has_added => BuildError::Platforms,
            BuiltIn::Attested | BuiltIn::Signed if self.settings.base.is_selected() && !has_added => {
                BuildError::Bases { policy, is_default: self.settings.policy.is_none() }
            }
            BuiltIn::Signed if !self.signers.attestors.is_empty() && !has_added => BuildError::AttestorKeys,
            BuiltIn::Attested | BuiltIn::DhiOrDhiBased if !annotations.is_empty() => BuildError::Annotations,
            BuiltIn::Signed if let Some((key, _)) = twice => BuildError::AnnotationTwice { key: key.clone() },
            // Exceptions for texts of manifests are valid with every policy.
            BuiltIn::Attested | BuiltIn::Signed if exceptions.are_about_images() && !has_added => {
                nothing_to_excuse()
            }
            _ => return self.check_rego(),
        })
    }

    /// Whether policies are added to the one that decides.
    fn has_added_policies(&self) -> bool {
        #[cfg(feature = "rego")]
        let has_added = !self.settings.rego.policies.is_empty();
        #[cfg(not(feature = "rego"))]
        let has_added = false;
        has_added
    }

    /// Checks that the added policies can be told apart and evaluated.
    fn check_rego(&self) -> Result<(), BuildError> {
        #[cfg(feature = "rego")]
        {
            let RegoPolicies { policies, evaluator, .. } = &self.settings.rego;
            let mut known: BTreeMap<&str, &RegoPolicy> = BTreeMap::new();
            for policy in policies {
                let name = &policy.metadata().name;
                if let Some(first) = known.insert(name, policy) {
                    let (first, second) = (first.origin().to_owned(), policy.origin().to_owned());
                    return Err(SetError::Twice { name: name.clone(), first, second }.into());
                }
            }
            let limit = self.settings.limits.policies;
            if policies.len() > limit {
                let measured = format!("{} policies", policies.len());
                return Err(BuildError::Policies(Exceeded::new(measured, limit, "policies")));
            }
            if evaluator.is_none() && !policies.is_empty() {
                return Err(BuildError::NoEvaluator);
            }
        }
        Ok(())
    }

    fn chosen_policy(&self) -> BuiltIn {
        // Requested types alone do not describe the whole image. Added policies are about the whole image, so they do
        // not weaken what decides.
        let is_narrowed = !self.settings.predicate_types.is_empty() && !self.has_added_policies();
        let default = if is_narrowed { BuiltIn::Attested } else { BuiltIn::DhiOrDhiBased };
        self.settings.policy.unwrap_or(default)
    }
}

impl fmt::Debug for VerifierBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifierBuilder").field("signers", &self.signers).finish_non_exhaustive()
    }
}

fn named(name: impl Into<String>, key: PublicKey) -> TrustedKey {
    let name = name.into();
    TrustedKey::active(name.clone(), key, name)
}
