//! Judges evidence by the rules that always hold and by a policy.
//!
//! Everything that must be checked is a check of the verdict, also what could not be checked or was skipped.

use super::accepted_evidence::AcceptedEvidence;
use super::attestations;
use super::check::{Check, CheckKind, CheckSubject, Outcome};
use super::claim::Claim;
use super::conclusion::{Conclusion, Excuses};
use super::facts;
use super::platform_checks::judge_platform;
use super::policy::{Policy, PolicyInput};
use super::presence::unattested;
use super::reference::Evidence;
use super::root_checks::{
    local_image, missing_platforms, no_platform, not_judged, root_name, root_signature,
};
use super::several_names::SeveralNames;
use crate::diagnostic::{Exit, ToDiagnostic};

/// What the caller requires beyond the rules that always hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requirements {
    /// A missing signature of the root is an error, not a warning.
    pub require_root_signature: bool,
}

/// The verdict about one reference.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verdict {
    /// What the object is, as far as it is proven.
    pub claim: Claim,
    /// Every check with its outcome, in the order of the walk.
    pub checks: Vec<Check>,
    /// The most severe exit code of the checks.
    pub exit: Exit,
}

impl Verdict {
    /// The verdict of `checks`.
    pub fn from_checks(claim: Claim, checks: Vec<Check>) -> Self {
        Self { claim, exit: worst(&checks), checks }
    }

    /// Computes the exit code again, after exceptions were applied.
    pub fn update_exit(&mut self) {
        self.exit = worst(&self.checks);
    }

    /// Whether everything that was required holds, with or without findings that are excused.
    pub fn passed(&self) -> bool {
        self.exit == Exit::Pass
    }

    /// The conclusion, with the excused findings.
    pub fn conclusion(&self) -> Conclusion {
        Conclusion::of(self.exit).with(Excuses::of(&self.checks))
    }
}

/// Judges `evidence` by the rules that always hold, by `policy`, which decides, and by the policies in `added`, all with
/// the input `needed`.
///
/// 1. The root: its signature, and the image of a local engine if one was requested.
/// 2. Each image and its attestations, then the attestations about the index.
/// 3. The requested platforms that are missing, the signed names, and the entries that were not judged.
/// 4. The checks of the policy that decides. If it makes no check on base or attestations of an image, the image needs
///    an attestation.
/// 5. The claim, which depends on whether all these checks hold.
/// 6. The checks of the added policies. They answer no requirement: without a check of its own, an image that they
///    pass still needs what the deciding policy requires. They change no claim: what they deny is still proven.
pub fn judge(
    evidence: &Evidence,
    requirements: &Requirements,
    policy: &dyn Policy,
    added: &[&dyn Policy],
    needed: &PolicyInput<'_>,
) -> Verdict {
    let needs = policy.needs();
    let accepted = needs.accepts;
    let by_root = accepted == AcceptedEvidence::RootSignature;
    // Added policies are about images, so there must be one.
    let judges_images = !by_root || !added.is_empty();
    let required = requirements.require_root_signature || by_root;
    let mut checks = vec![root_signature(evidence, required).with(facts::of_root(evidence))];
    checks.extend(local_image(evidence));
    if !judges_images {
        checks.push(attestations::not_required(root_name(evidence)));
    } else if evidence.platforms.is_empty() {
        let (scope, diagnostic) = (root_name(evidence), no_platform(evidence));
        checks.push(Check::noted(CheckKind::Platform, CheckSubject::Root, scope, Outcome::Fail, diagnostic));
    }
    let mut suffices = true;
    for (key, platform) in evidence.images() {
        suffices &= judge_platform(key, platform, evidence, accepted, &mut checks);
    }
    checks.extend(attestations::of_index(evidence, accepted, suffices));
    checks.extend(missing_platforms(evidence));
    checks.extend(SeveralNames::of(evidence, accepted).map(|names| {
        let (kind, subject, scope) = (CheckKind::SignedName, CheckSubject::Root, root_name(evidence));
        Check::noted(kind, subject, scope, Outcome::Fail, names.to_diagnostic())
    }));
    checks.extend(not_judged(evidence));
    let decided = policy.decide(evidence, needed);
    // A warning is dropped if the policy makes a failure of the same cause.
    checks.retain(|check| {
        let is_same = |by_policy: &Check| {
            (by_policy.kind, &by_policy.subject, &by_policy.diagnostic)
                == (check.kind, &check.subject, &check.diagnostic)
        };
        !decided.iter().any(|by_policy| by_policy.counts() && is_same(by_policy))
    });
    // An image without a check by the policy still needs an attestation.
    let default_checks = if by_root { Vec::new() } else { unattested(evidence, accepted) };
    checks.extend(default_checks.into_iter().filter(|default_check| {
        let decides = |check: &Check| {
            matches!(check.kind, CheckKind::Base | CheckKind::Attestation) && check.found != Outcome::Skip
        };
        !decided.iter().any(|check| check.subject == default_check.subject && decides(check))
    }));
    // Exceptions are applied later, so no check is excused here.
    let not_excused = |check: Check| Check { excused: None, ..check };
    checks.extend(decided.into_iter().map(not_excused));
    let holds = worst(&checks) == Exit::Pass;
    // A base that the deciding policy does not require is no claim about the whole.
    let base = needed.base.filter(|_| needs.base);
    let claim = Claim::of(evidence, accepted, base, holds);
    checks.extend(added.iter().flat_map(|policy| policy.decide(evidence, needed)).map(not_excused));
    // The sort is stable: checks with the same key stay in the order in which they were made.
    checks.sort_by_key(sort_key);
    Verdict::from_checks(claim, checks)
}

/// The sort key of a check, in the order of the walk.
fn sort_key(check: &Check) -> (u8, usize, u8) {
    match (check.kind, &check.subject) {
        (CheckKind::RootSignature, _) => (0, 0, 0),
        (CheckKind::LocalImage, _) => (0, 0, 1),
        (_, CheckSubject::IndexAttestation(_)) => (1, 0, 0),
        (_, CheckSubject::IndexSearch) => (1, 0, 1),
        (_, CheckSubject::IndexReferrer(_)) => (1, 0, 2),
        (CheckKind::Platform | CheckKind::Attestation, CheckSubject::Root) => (1, 0, 3),
        (CheckKind::Platform, CheckSubject::Platform(key)) => (2, key.position, 0),
        (CheckKind::Attestation, CheckSubject::Attestation { platform, .. }) => (2, platform.position, 1),
        (CheckKind::Attestation, CheckSubject::Platform(key)) => (2, key.position, 2),
        (CheckKind::Attestation, CheckSubject::Search(key)) => (2, key.position, 3),
        (_, CheckSubject::Referrer { platform, .. }) => (2, platform.position, 4),
        (CheckKind::Platform, CheckSubject::RequestedPlatform(_)) => (3, 0, 0),
        (CheckKind::SignedName, _) => (4, 0, 0),
        (_, CheckSubject::Entry(_)) => (5, 0, 0),
        _ => (6, 0, 0),
    }
}

fn worst(checks: &[Check]) -> Exit {
    checks.iter().map(Check::exit).max().unwrap_or(Exit::Pass)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Code, Diagnostic};
    use crate::evidence::tests::{attestation, evidence, image};
    use crate::evidence::{
        AttestationEvidence, Failure, Kind, PlatformEvidence, PolicyIdentity, PolicyNeeds,
        RootSignatureOutcome, unattested,
    };
    use crate::limits::Exceeded;
    use crate::oci::{Digest, Platform};
    use crate::trust::tests::signing::TestSigner;
    use crate::trust::{Role, SignedName};

    const SPDX: &str = "https://spdx.dev/Document";

    fn by(name: &'static str, is_dhi: bool, role: Role) -> TestSigner {
        TestSigner { name: Some(name), is_dhi, role }
    }

    fn name(name: &'static str) -> SignedName {
        TestSigner::docker(name).facts().signed_name().unwrap().clone()
    }

    fn platform(architecture: &str, authors: Vec<TestSigner>) -> PlatformEvidence {
        let digest = Digest::of(architecture.as_bytes());
        let attestations = authors.into_iter().enumerate().map(|(number, author)| AttestationEvidence {
            digest: Digest::of(&[u8::try_from(number).unwrap()]),
            ..attestation(digest, SPDX, "{}", author)
        });
        PlatformEvidence {
            declared: Some(format!("linux/{architecture}").parse::<Platform>().unwrap()),
            attestations: attestations.collect(),
            ..image(digest)
        }
    }

    /// Requires that every image has an attestation.
    struct EachAttested;

    impl Policy for EachAttested {
        fn identity(&self) -> PolicyIdentity {
            PolicyIdentity { name: "attested".to_owned(), digest: Digest::of(b"attested") }
        }

        fn needs(&self) -> PolicyNeeds {
            PolicyNeeds::default()
        }

        fn decide(&self, evidence: &Evidence, _: &PolicyInput<'_>) -> Vec<Check> {
            unattested(evidence, AcceptedEvidence::Images)
        }
    }

    /// Requires nothing, and accepts this evidence.
    struct AcceptsOnly(AcceptedEvidence);

    impl Policy for AcceptsOnly {
        fn identity(&self) -> PolicyIdentity {
            PolicyIdentity { name: "answered".to_owned(), digest: Digest::of(b"answered") }
        }

        fn needs(&self) -> PolicyNeeds {
            PolicyNeeds { accepts: self.0, ..PolicyNeeds::default() }
        }

        fn decide(&self, _: &Evidence, _: &PolicyInput<'_>) -> Vec<Check> {
            Vec::new()
        }
    }

    fn judged_by(evidence: &Evidence, requirements: &Requirements) -> Verdict {
        judge(evidence, requirements, &EachAttested, &[], &PolicyInput::default())
    }

    fn judged(platforms: Vec<PlatformEvidence>) -> Verdict {
        judged_by(&evidence(platforms), &Requirements::default())
    }

    fn ids(verdict: &Verdict) -> Vec<Code> {
        let counting = verdict.checks.iter().filter(|check| check.counts());
        counting.map(|check| check.diagnostic.as_ref().unwrap().code).collect()
    }

    #[test]
    fn only_the_dhi_key_and_an_official_name_make_a_hardened_image() {
        let dhi = |name| by(name, true, Role::Image);
        let both = |one: &TestSigner, other: &TestSigner| {
            judged(vec![platform("amd64", vec![*one]), platform("arm64", vec![*other])])
        };
        let hardened = both(&dhi("dhi/python"), &dhi("dhi/python"));
        assert_eq!(hardened.claim, Claim::HardenedImage(name("dhi/python")));
        assert_eq!(hardened.exit, Exit::Pass);
        let customised = both(&dhi("acme/python"), &dhi("acme/python"));
        assert_eq!(customised.claim, Claim::Customization(name("acme/python")));
        // With another key it is only signed, under any name.
        let team = by("dhi/python", false, Role::Image);
        for one in [&dhi("dhi/python"), &team] {
            let signed = both(one, &team);
            assert!(matches!(signed.claim, Claim::Signed { .. }), "{:?}", signed.claim);
            assert_eq!(signed.exit, Exit::Pass);
        }
        // Attestor keys do not change that.
        let attestor = by("evil/x", false, Role::Attestor);
        let beside = judged(vec![platform("amd64", vec![dhi("dhi/python"), attestor])]);
        assert_eq!(beside.claim, Claim::HardenedImage(name("dhi/python")));
        let alone = judged(vec![platform("amd64", vec![attestor])]);
        assert_eq!((&alone.claim, ids(&alone)), (&Claim::NotProven(Vec::new()), vec![Code::ATTEST_NONE]));
    }

    #[test]
    fn an_attestation_counts_only_for_its_own_object() {
        let dhi = by("dhi/python", true, Role::Image);
        let (own, other) = (platform("amd64", vec![dhi]), platform("arm64", vec![dhi]));
        let beside = |kind: Kind, proof: &PlatformEvidence, root: Digest| {
            let image = PlatformEvidence {
                kind,
                attestations: proof.attestations.clone(),
                ..platform("amd64", Vec::new())
            };
            let mut evidence = evidence(vec![image]);
            evidence.root.digest = root;
            judged_by(&evidence, &Requirements::default())
        };
        let elsewhere = Digest::of(b"elsewhere");
        let not_its = [
            (Kind::Image, elsewhere),
            (Kind::Chart, elsewhere),
            (Kind::Other, elsewhere),
            // An attestation about an index does not count for an image in it.
            (Kind::Image, other.digest),
            (Kind::Other, other.digest),
        ];
        for (kind, root) in not_its {
            let verdict = beside(kind, &other, root);
            assert_eq!(
                (ids(&verdict), verdict.exit),
                (vec![Code::TRUST_SUBJECT_MISMATCH], Exit::BadProof),
                "{kind:?}"
            );
            assert_eq!(verdict.claim, Claim::NotProven(Vec::new()));
        }
        for kind in [Kind::Image, Kind::Chart, Kind::Other] {
            assert_eq!(beside(kind, &own, elsewhere).exit, Exit::Pass, "{kind:?}");
        }
        // An attestation about its index counts for a chart.
        let chart = beside(Kind::Chart, &other, other.digest);
        assert_eq!((chart.exit, chart.claim), (Exit::Pass, Claim::HardenedImage(name("dhi/python"))));
    }

    #[test]
    fn index_attestations_count_only_if_the_policy_accepts_them() {
        let (docker, team) = (by("dhi/python", true, Role::Image), by("acme/x", false, Role::Image));
        let attestor = by("acme/x", false, Role::Attestor);
        // The exit code, the codes and the claim; first if the policy accepts attestations about the index, then if
        // not.
        let judged = |about: &[AttestationEvidence], own: Vec<TestSigner>| {
            let mut evidence = evidence(vec![platform("amd64", own.clone()), platform("arm64", own)]);
            evidence.about_index.attestations = about.to_vec();
            [AcceptedEvidence::ImagesOrIndex, AcceptedEvidence::Images].map(|accepted| {
                let policy = AcceptsOnly(accepted);
                let verdict =
                    judge(&evidence, &Requirements::default(), &policy, &[], &PolicyInput::default());
                (verdict.exit, ids(&verdict), verdict.claim)
            })
        };
        let about = |object: &[u8], kind: &str, author: TestSigner| {
            attestation(Digest::of(object), kind, "{}", author)
        };
        let none = |exit: Exit| (exit, vec![Code::ATTEST_NONE, Code::ATTEST_NONE]);
        for author in [docker, team] {
            let [counted, not] = judged(&[about(b"index", SPDX, author)], Vec::new());
            assert_eq!((counted.0, counted.1), (Exit::Pass, Vec::new()));
            // No signer makes the images hardened by it.
            assert!(
                matches!(counted.2, Claim::Signed { ref signers, .. } if signers.len() == 1),
                "{:?}",
                counted.2
            );
            assert_eq!((not.0, not.1), none(Exit::Missing));
        }
        for not_counted in
            [about(b"index", crate::attestation::VSA_TYPE, docker), about(b"index", SPDX, attestor)]
        {
            for (exit, ids, claim) in judged(&[not_counted], Vec::new()) {
                assert_eq!((exit, ids), none(Exit::Missing));
                assert!(matches!(claim, Claim::NotProven(_)), "{claim:?}");
            }
        }
        // One about another object fails the policy that accepts it, and is a warning for the other.
        let [counted, not] = judged(&[about(b"other", SPDX, docker)], vec![docker]);
        assert_eq!((counted.0, counted.1), (Exit::BadProof, vec![Code::TRUST_SUBJECT_MISMATCH]));
        assert_eq!((not.0, not.1), (Exit::Pass, Vec::new()));
        // It does not change what images are by their own attestations.
        for found in judged(&[about(b"index", SPDX, team)], vec![docker]) {
            assert_eq!(found, (Exit::Pass, Vec::new(), Claim::HardenedImage(name("dhi/python"))));
        }
        // Docker's key must sign one name, also about the index if that counts.
        let [counted, not] =
            judged(&[about(b"index", SPDX, by("dhi/nginx", true, Role::Image))], vec![docker]);
        assert_eq!((counted.0, counted.1), (Exit::BadProof, vec![Code::TRUST_SIGNED_NAME]));
        assert_eq!(not.0, Exit::Pass);
    }

    #[test]
    fn a_signature_of_another_object_fails_the_root() {
        let dhi = by("dhi/python", true, Role::Image);
        let mut evidence = evidence(vec![platform("amd64", vec![dhi])]);
        let signed = dhi.sign_object("index", None);
        evidence.root_signature.outcome = RootSignatureOutcome::Good(Box::new(signed));
        for require_root_signature in [false, true] {
            let requirements = Requirements { require_root_signature };
            evidence.root.digest = Digest::of(b"index");
            assert_eq!(judged_by(&evidence, &requirements).exit, Exit::Pass);
            evidence.root.digest = Digest::of(b"other");
            let verdict = judged_by(&evidence, &requirements);
            assert_eq!((ids(&verdict), verdict.exit), (vec![Code::TRUST_SUBJECT_MISMATCH], Exit::BadProof));
        }
    }

    #[test]
    fn different_names_by_the_dhi_key_are_an_error() {
        let dhi = |name| by(name, true, Role::Image);
        for platforms in [
            vec![platform("amd64", vec![dhi("dhi/python")]), platform("arm64", vec![dhi("dhi/nginx")])],
            vec![platform("amd64", vec![dhi("dhi/python"), dhi("dhi/nginx")])],
            vec![platform("amd64", vec![dhi("dhi/python"), by("dhi/nginx", true, Role::Attestor)])],
        ] {
            let verdict = judged(platforms);
            assert_eq!((ids(&verdict), verdict.exit), (vec![Code::TRUST_SIGNED_NAME], Exit::BadProof));
            assert!(matches!(verdict.claim, Claim::NotProven(_)));
        }
    }

    /// Denies every image, or cannot decide about it.
    struct Added(Outcome);

    impl Policy for Added {
        fn identity(&self) -> PolicyIdentity {
            PolicyIdentity { name: "added".to_owned(), digest: Digest::of(b"added") }
        }

        fn needs(&self) -> PolicyNeeds {
            PolicyNeeds::default()
        }

        fn decide(&self, evidence: &Evidence, _: &PolicyInput<'_>) -> Vec<Check> {
            let check = |platform| {
                let subject = CheckSubject::Policy { platform, policy: "added".to_owned() };
                let found = Diagnostic::new(Code::POLICY_VIOLATION, "denied");
                Check::noted(CheckKind::Policy, subject, "added", self.0, found)
            };
            evidence.images().map(|(key, _)| check(key)).collect()
        }
    }

    #[test]
    fn added_policies_change_no_claim() {
        let dhi = by("dhi/python", true, Role::Image);
        let good = evidence(vec![platform("amd64", vec![dhi])]);
        let bare = evidence(vec![platform("amd64", Vec::new())]);
        for outcome in [Outcome::Fail, Outcome::Unknown, Outcome::Pass] {
            let judged = |evidence: &Evidence| {
                let added: [&dyn Policy; 1] = [&Added(outcome)];
                judge(evidence, &Requirements::default(), &EachAttested, &added, &PolicyInput::default())
            };
            let verdict = judged(&good);
            assert_eq!(verdict.claim, Claim::HardenedImage(name("dhi/python")), "{outcome:?}");
            assert_eq!(verdict.passed(), outcome == Outcome::Pass, "{outcome:?}");
            // They prove nothing that the deciding policy denies.
            assert_eq!(judged(&bare).claim, Claim::NotProven(Vec::new()), "{outcome:?}");
        }
    }

    #[test]
    fn nothing_is_proven_if_any_check_fails() {
        let dhi = by("dhi/python", true, Role::Image);
        let good = platform("amd64", vec![dhi]);
        let names = vec![name("dhi/python")];
        let bare = judged(vec![good.clone(), platform("arm64", Vec::new())]);
        assert_eq!((&bare.claim, ids(&bare)), (&Claim::NotProven(names), vec![Code::ATTEST_NONE]));
        let none = judged(Vec::new());
        assert_eq!((none.exit, ids(&none)), (Exit::Missing, vec![Code::VERIFY_NO_SUCH_PLATFORM]));
        let limited = PlatformEvidence {
            failures: vec![Failure::Limit(Exceeded::new("statement", 1, "bytes"))],
            ..good.clone()
        };
        let limited = judged(vec![limited]);
        assert!(limited.checks.iter().any(|check| check.outcome() == Outcome::Unknown));
        assert_eq!(limited.exit, Exit::Limit);
        let strict = Requirements { require_root_signature: true };
        assert_eq!(judged_by(&evidence(vec![good.clone()]), &strict).exit, Exit::Missing);
        let mut asked = evidence(vec![good]);
        asked.requested_platforms = vec!["linux/amd64".parse().unwrap(), "linux/s390x".parse().unwrap()];
        assert_eq!(ids(&judged_by(&asked, &Requirements::default())), [Code::VERIFY_NO_SUCH_PLATFORM]);
    }
}
