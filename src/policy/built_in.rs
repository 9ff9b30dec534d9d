//! The built-in policies.
//!
//! A policy only adds checks. What it needs and does not get is a failed or unknown check, never a pass.

use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic};
use crate::evidence::{
    AcceptedEvidence, BaseAnswer, BaseProof, CandidateOutcome, Check, CheckKind, CheckSubject, Evidence, Gap,
    ListSource, NotHardenedReason, NotProven, Outcome, PlatformBase, PlatformEvidence, PlatformKey, Policy,
    PolicyIdentity, PolicyInput, PolicyNeeds, RootSignatureStatus, Unanswered, UnknownList, hardened_name,
    suffices, unattested,
};
use crate::oci::Digest;
use crate::trust::Role;

/// A built-in policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuiltIn {
    /// Every platform, or the index that names them, has an attestation by a signer that counts.
    Attested,
    /// The object that the reference names has a signature by a signer that counts.
    Signed,
    /// Every platform is a Docker Hardened Image, or built on one.
    DhiOrDhiBased,
}

impl BuiltIn {
    /// The name in options and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Attested => "attested",
            Self::Signed => "signed",
            Self::DhiOrDhiBased => "dhi-or-dhi-based",
        }
    }
}

impl Policy for BuiltIn {
    fn identity(&self) -> PolicyIdentity {
        // Its source is this version of the program; it has no configuration and no data.
        let source = format!("{} of {} {}", self.as_str(), env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
        PolicyIdentity { name: self.as_str().to_owned(), digest: Digest::of(source.as_bytes()) }
    }

    fn needs(&self) -> PolicyNeeds {
        match self {
            Self::Attested => PolicyNeeds {
                base: false,
                accepts: AcceptedEvidence::ImagesOrIndex,
                ..PolicyNeeds::default()
            },
            Self::Signed => PolicyNeeds {
                base: false,
                accepts: AcceptedEvidence::RootSignature,
                ..PolicyNeeds::default()
            },
            Self::DhiOrDhiBased => {
                PolicyNeeds { base: true, accepts: AcceptedEvidence::Images, ..PolicyNeeds::default() }
            }
        }
    }

    fn decide(&self, evidence: &Evidence, needed: &PolicyInput<'_>) -> Vec<Check> {
        match self {
            Self::Attested => unattested(evidence, self.needs().accepts),
            Self::Signed => signed(evidence),
            Self::DhiOrDhiBased => dhi_or_dhi_based(evidence, needed.base),
        }
    }
}

/// The checks of [`BuiltIn::Signed`]: whether a good signature counts. A missing or bad signature is a check of every
/// verdict.
fn signed(evidence: &Evidence) -> Vec<Check> {
    let RootSignatureStatus::SignedBy(signatures) = evidence.root_signature_status() else {
        return Vec::new();
    };
    let refused = signatures.iter().filter_map(|facts| evidence.root_signature_rule.check(facts).err());
    refused
        .map(|error| {
            let scope = if evidence.root.is_index { "index" } else { "manifest" };
            let (kind, subject) = (CheckKind::SignedName, CheckSubject::Root);
            Check::noted(kind, subject, scope, Outcome::Fail, error.to_diagnostic())
        })
        .collect()
}

/// The kind of all checks of [`BuiltIn::DhiOrDhiBased`].
const KIND: CheckKind = CheckKind::Base;

/// The checks of [`BuiltIn::DhiOrDhiBased`]. Its base can prove an image without attestations, so none are required
/// by themselves.
fn dhi_or_dhi_based(evidence: &Evidence, base: Option<&BaseProof>) -> Vec<Check> {
    let images = evidence.images().map(|(key, platform)| {
        let scope = platform.label();
        // The failure has its own check, and no base outweighs it.
        if platform.has_failed(evidence.root.digest) {
            let reason = "base not searched: the image or its attestations failed";
            return Check::skipped(KIND, CheckSubject::Platform(key), &scope, reason)
                .with(vec![("image", platform.digest.to_string())]);
        }
        let base_answer =
            base.and_then(|base| base.platforms.iter().find(|base_answer| base_answer.key == key));
        // Every attestation of the image must verify, and a base counts only for an image without attestations. With
        // a hidden list neither is known.
        if let Some(unknown) = unknown_list(platform, evidence)
            && !base_answer.is_some_and(|base_answer| is_denied(&base_answer.answer))
        {
            return Check::failed(KIND, CheckSubject::Platform(key), &scope, &unknown.failure)
                .with(vec![("image", platform.digest.to_string())]);
        }
        match base_answer {
            Some(base_answer) => platform_check(evidence, key, &scope, platform, base_answer),
            None => {
                let diagnostic = Diagnostic::new(Code::ATTEST_NONE, "the base image is unknown")
                    .fact("image", platform.digest);
                Check::noted(KIND, CheckSubject::Platform(key), &scope, Outcome::Fail, diagnostic)
            }
        }
    });
    let unanswered = base.into_iter().flat_map(|base| &base.failures).filter_map(|diagnostic| {
        let outcome = match diagnostic {
            // Each of these is a check of every verdict.
            Unanswered::NoPlatform { .. } | Unanswered::OtherImage(_) => return None,
            _ => Outcome::Unknown,
        };
        Some(Check::noted(KIND, CheckSubject::Root, "index", outcome, diagnostic.to_diagnostic()))
    });
    images.chain(unanswered).chain(unknown_root_list(evidence)).collect()
}

/// Whether a signer of the image denies it. What a hidden list holds cannot change that.
fn is_denied(answer: &BaseAnswer) -> bool {
    match answer {
        BaseAnswer::ClaimsOnly(cause) | BaseAnswer::NotDhi(cause) => matches!(**cause, NotProven::Denied(_)),
        BaseAnswer::Dhi(_) | BaseAnswer::DhiBased(_) | BaseAnswer::Undetermined(_) => false,
    }
}

/// The list with unknown content that decides whether the image has attestations. cosign's tag matters only if no
/// other attestation counts.
fn unknown_list<'a>(platform: &'a PlatformEvidence, evidence: &Evidence) -> Option<&'a UnknownList> {
    let counts =
        |source| source == ListSource::Referrers || !suffices(platform, evidence, AcceptedEvidence::Images);
    let counting = platform.unknown_lists.iter().filter(|unknown| counts(unknown.source));
    counting.max_by_key(|unknown| unknown.failure.exit())
}

/// An unknown check if the list of the index is withheld: a signature in it may be bad. Signatures of hardened images
/// are in that list; cosign's tag is only read in addition.
fn unknown_root_list(evidence: &Evidence) -> Option<Check> {
    match evidence.root_signature_status() {
        RootSignatureStatus::ListUnknown(unknown)
            if evidence.root.is_index && unknown.source == ListSource::Referrers =>
        {
            let check =
                Check::failed(CheckKind::RootSignature, CheckSubject::Root, "index", &unknown.failure);
            Some(check.with(vec![("index", evidence.root.digest.to_string())]))
        }
        _ => None,
    }
}

fn platform_check(
    evidence: &Evidence,
    key: PlatformKey,
    scope: &str,
    platform: &PlatformEvidence,
    base_answer: &PlatformBase,
) -> Check {
    let subject = CheckSubject::Platform(key);
    let check = match &base_answer.answer {
        BaseAnswer::Dhi(hardened) => {
            let message = format!("hardened image, signed by {}", hardened.signers.join(", "));
            Check::pass(KIND, subject, scope, message)
        }
        BaseAnswer::DhiBased(base) => {
            let (layers, of) = (base.boundary.layers, base.child_layers);
            let message = format!("built on {base}, {layers} of {of} layers, {}", base.proof.as_str());
            Check::pass(KIND, subject, scope, message)
        }
        BaseAnswer::ClaimsOnly(cause) | BaseAnswer::NotDhi(cause) => {
            let diagnostic = match cause.as_ref() {
                // A denial by a signer gets no remedy that bypasses it.
                NotProven::Denied(_) => cause.to_diagnostic(),
                _ => match hardened_name(&evidence.reference) {
                    Some(hardened) => {
                        cause.to_diagnostic().remedy(Remedy::UseHardened { reference: hardened })
                    }
                    None => with_signature_remedies(cause.to_diagnostic(), evidence, platform, base_answer),
                },
            };
            Check::noted(KIND, subject, scope, Outcome::Fail, diagnostic)
        }
        BaseAnswer::Undetermined(gap) => {
            let diagnostic = undetermined(gap, evidence, platform, base_answer);
            Check::noted(KIND, subject, scope, Outcome::of_failed(gap.is_open()), diagnostic)
        }
    };
    check.with(base_answer.facts())
}

/// The diagnostic of a gap. A bad one gets no remedy that bypasses it.
fn undetermined(
    gap: &Gap,
    evidence: &Evidence,
    platform: &PlatformEvidence,
    base_answer: &PlatformBase,
) -> Diagnostic {
    let diagnostic = gap.to_diagnostic();
    if gap.is_bad() {
        diagnostic
    } else {
        with_signature_remedies(diagnostic, evidence, platform, base_answer)
    }
}

/// Adds the remedy to require only signatures or attestations, if a team's own key signed the image and not Docker's.
fn with_signature_remedies(
    diagnostic: Diagnostic,
    evidence: &Evidence,
    platform: &PlatformEvidence,
    base_answer: &PlatformBase,
) -> Diagnostic {
    let signers =
        platform.verified(evidence.root.digest).flat_map(|(_, attested)| attested.signatures().iter());
    let mut counting = signers.filter(|facts| facts.role() == Role::Image).peekable();
    if counting.peek().is_none()
        && diagnostic.remedies.is_empty()
        && let RootSignatureStatus::SignedBy(signatures) = evidence.root_signature_status()
        && !signatures.iter().any(|facts| facts.signer().is_dhi())
    {
        return diagnostic.remedy(Remedy::AskForSignature);
    }
    if counting.peek().is_none() || counting.any(|facts| facts.signer().is_dhi()) {
        return diagnostic;
    }
    let other_key = base_answer.candidates.iter().any(|candidate| match &candidate.outcome {
        CandidateOutcome::Parent(not) => not.reasons.iter().any(NotHardenedReason::is_by_other_key),
        _ => false,
    });
    let mut diagnostic = if other_key { diagnostic.remedy(Remedy::GiveDockerKeyForBase) } else { diagnostic };
    diagnostic.remedies.push(Remedy::AskForAttestations);
    diagnostic
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Exit;
    use crate::evidence::tests::{self, evidence};
    use crate::evidence::{
        Claim, Failure, NameRule, RegistryFailure, Requirements, RootSignatureOutcome, RootSignatureRule,
        judge,
    };
    use crate::trust::tests::signing::TestSigner;

    fn image(name: &str) -> PlatformEvidence {
        tests::image(Digest::of(name.as_bytes()))
    }

    /// A base proof in which each image of `evidence` has this answer.
    fn proof(evidence: &Evidence, answer: &BaseAnswer) -> BaseProof {
        let platforms = evidence.images().map(|(key, platform)| PlatformBase {
            key,
            label: platform.label(),
            answer: answer.clone(),
            candidates: Vec::new(),
            summaries: Vec::new(),
        });
        BaseProof { platforms: platforms.collect(), failures: Vec::new(), registries: Vec::new() }
    }

    fn nothing() -> BaseAnswer {
        BaseAnswer::NotDhi(Box::new(NotProven::Nothing {
            claims: false,
            flattened: false,
            own: None,
            candidates: Vec::new(),
            remedy: None,
        }))
    }

    fn row(check: &Check) -> (CheckKind, CheckSubject, Outcome, Option<Code>) {
        let code = check.diagnostic.as_ref().map(|diagnostic| diagnostic.code);
        (check.kind, check.subject.clone(), check.outcome(), code)
    }

    /// Decides nothing.
    struct Silent;

    impl Policy for Silent {
        fn identity(&self) -> PolicyIdentity {
            PolicyIdentity { name: "silent".to_owned(), digest: Digest::of(b"silent") }
        }

        fn needs(&self) -> PolicyNeeds {
            PolicyNeeds::default()
        }

        fn decide(&self, _: &Evidence, _: &PolicyInput<'_>) -> Vec<Check> {
            Vec::new()
        }
    }

    #[test]
    fn a_policy_adds_checks_and_changes_no_others() {
        let broken = PlatformEvidence {
            failures: vec![Failure::Manifest(crate::oci::Error::Manifest("x".to_owned()))],
            ..image("broken")
        };
        let unread = PlatformEvidence {
            not_checked: vec![Failure::Registry {
                kind: RegistryFailure::Denied,
                diagnostic: Box::new(Diagnostic::new(Code::REGISTRY_BAD_CONTENT, "x")),
            }],
            ..image("unread")
        };
        let evidence = evidence(vec![image("bare"), broken, unread]);
        let base = proof(&evidence, &nothing());
        let judged = |policy: &dyn Policy, base: Option<&BaseProof>| {
            let input = PolicyInput { base, ..PolicyInput::default() };
            judge(&evidence, &Requirements::default(), policy, &[], &input).checks
        };
        // If a policy makes no checks, the default remains: each image needs an attestation.
        let default_checks = BuiltIn::Attested.decide(&evidence, &PolicyInput::default());
        let mut silent = judged(&Silent, None);
        assert!(!default_checks.is_empty() && default_checks.iter().all(|check| silent.contains(check)));
        silent.retain(|check| !default_checks.contains(check));
        for (policy, base) in [(BuiltIn::Attested, None), (BuiltIn::DhiOrDhiBased, Some(&base))] {
            let policy_checks = policy.decide(&evidence, &PolicyInput { base, ..PolicyInput::default() });
            assert!(policy_checks.iter().any(Check::counts), "{policy:?}");
            let mut all = judged(&policy, base);
            assert_eq!(all.len(), silent.len() + policy_checks.len(), "{policy:?}");
            all.retain(|check| !policy_checks.contains(check));
            assert_eq!(all, silent, "{policy:?}");
        }
    }

    #[test]
    fn the_policy_decides_whether_attestations_are_required() {
        let evidence = evidence(vec![image("one"), image("one"), image("two")]);
        let attested = BuiltIn::Attested.decide(&evidence, &PolicyInput::default());
        let keys: Vec<PlatformKey> = evidence.images().map(|(key, _)| key).collect();
        let missing = |key: &PlatformKey| {
            (CheckKind::Attestation, CheckSubject::Platform(*key), Outcome::Fail, Some(Code::ATTEST_NONE))
        };
        assert_eq!(
            attested.iter().map(row).collect::<Vec<_>>(),
            keys.iter().map(missing).collect::<Vec<_>>()
        );
        // The base decides for each image without attestations separately, though two of them are equal.
        let base = proof(&evidence, &nothing());
        let based = BuiltIn::DhiOrDhiBased
            .decide(&evidence, &PolicyInput { base: Some(&base), ..PolicyInput::default() });
        let denied = |key: &PlatformKey| {
            (CheckKind::Base, CheckSubject::Platform(*key), Outcome::Fail, Some(Code::BASE_NOT_DHI))
        };
        assert_eq!(based.iter().map(row).collect::<Vec<_>>(), keys.iter().map(denied).collect::<Vec<_>>());
    }

    /// Also for evidence that was collected with other options.
    #[test]
    fn a_signature_counts_only_for_its_name_and_by_image_signers() {
        let judged = |reference: &str, author: TestSigner, required: &[(&str, &str)]| {
            let mut evidence = evidence(vec![image("one")]);
            evidence.reference = reference.parse().unwrap();
            evidence.root_signature_rule = RootSignatureRule {
                names: NameRule::of(&evidence.reference, Vec::new(), None),
                annotations: required
                    .iter()
                    .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                    .collect(),
            };
            let signed = author.sign_object("index", None);
            evidence.root_signature.outcome = RootSignatureOutcome::Good(Box::new(signed));
            let verdict =
                judge(&evidence, &Requirements::default(), &BuiltIn::Signed, &[], &PolicyInput::default());
            let failed = verdict.checks.iter().filter(|check| check.counts());
            let codes: Vec<Code> = failed.map(|check| check.diagnostic.as_ref().unwrap().code).collect();
            (verdict.exit, codes, matches!(verdict.claim, Claim::Signed { .. }))
        };
        let docker = TestSigner::docker("dhi/python");
        let team = TestSigner { name: Some("acme/x"), is_dhi: false, role: Role::Image };
        let pass = (Exit::Pass, Vec::new(), true);
        assert_eq!(judged("dhi.io/python:3", docker, &[]), pass);
        assert_eq!(judged("dhi.io/python:3", team, &[]), pass);
        let other_name = (Exit::BadProof, vec![Code::TRUST_SIGNED_NAME], false);
        assert_eq!(judged("dhi.io/nginx:1", docker, &[]), other_name);
        assert_eq!(judged("registry.example.com/x", TestSigner::docker("acme/python"), &[]), other_name);
        let attestor = TestSigner { role: Role::Attestor, ..team };
        assert_eq!(
            judged("dhi.io/python:3", attestor, &[]),
            (Exit::BadProof, vec![Code::TRUST_WRONG_KEY], false)
        );
        let lacking = (Exit::BadProof, vec![Code::TRUST_ANNOTATION], false);
        assert_eq!(judged("dhi.io/python:3", docker, &[("stage", "prod")]), lacking);
        // No signature is never a pass, with or without an index.
        for is_index in [true, false] {
            let mut evidence = evidence(Vec::new());
            evidence.root.is_index = is_index;
            let verdict =
                judge(&evidence, &Requirements::default(), &BuiltIn::Signed, &[], &PolicyInput::default());
            assert_eq!(verdict.exit, Exit::Missing);
        }
    }

    #[test]
    fn an_unknown_base_is_no_pass() {
        let evidence = evidence(vec![image("one"), image("two")]);
        let mut base = proof(&evidence, &nothing());
        base.platforms.truncate(1);
        for (base, unknown) in [(None, 2), (Some(&base), 1)] {
            let checks =
                BuiltIn::DhiOrDhiBased.decide(&evidence, &PolicyInput { base, ..PolicyInput::default() });
            assert!(checks.iter().all(Check::counts), "{checks:?}");
            let without_base = checks.iter().filter(|check| {
                check.diagnostic.as_ref().is_some_and(|diagnostic| diagnostic.code == Code::ATTEST_NONE)
            });
            assert_eq!(without_base.count(), unknown);
        }
        let failed = |kind, code| {
            let diagnostic = Box::new(Diagnostic::new(code, "x"));
            let open = crate::evidence::CandidateGap::Failed(Failure::Registry { kind, diagnostic });
            let gap = Gap::Candidate { named: "dhi.io/x".to_owned(), open, own: None };
            let base = proof(&evidence, &BaseAnswer::Undetermined(Box::new(gap)));
            let checks = BuiltIn::DhiOrDhiBased
                .decide(&evidence, &PolicyInput { base: Some(&base), ..PolicyInput::default() });
            checks.iter().map(Check::outcome).collect::<Vec<_>>()
        };
        let unreachable = failed(RegistryFailure::Unreachable, Code::REGISTRY_BAD_CONTENT);
        assert_eq!(unreachable, [Outcome::Unknown, Outcome::Unknown]);
        assert_eq!(failed(RegistryFailure::Tampered, Code::TRUST_TAMPERED), [Outcome::Fail, Outcome::Fail]);
    }

    #[test]
    fn policies_differ_in_name_and_digest() {
        let (attested, based) = (BuiltIn::Attested.identity(), BuiltIn::DhiOrDhiBased.identity());
        assert_ne!(attested.digest, based.digest);
        assert_eq!((attested.name.as_str(), based.name.as_str()), ("attested", "dhi-or-dhi-based"));
        assert!(!BuiltIn::Attested.needs().base && BuiltIn::DhiOrDhiBased.needs().base);
    }
}
