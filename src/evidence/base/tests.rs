use std::collections::BTreeMap;

use super::claims::{TITLE, is_label_of_all_layers};
use super::layers::CHAIN_ID;
use super::*;
use crate::attestation::VSA_TYPE;
use crate::diagnostic::{Code, Remedy, ToDiagnostic as _};
use crate::evidence::failure::tests::failure;
use crate::evidence::tests::{self, evidence, image};
use crate::evidence::{
    AttestationEvidence, Kind, NotPassed, PlatformEvidence, PlatformKey, RootSignatureOutcome, VsaFailure,
};
use crate::limits::Exceeded;
use crate::oci::{Descriptor, Digest, ImageConfig};
use crate::trust::tests::signing::TestSigner;
use crate::trust::{Role, SignedName};

const SPDX: &str = "https://spdx.dev/Document";
const SLSA: &str = "https://slsa.dev/provenance/v1";

fn by(name: &'static str, is_dhi: bool, role: Role) -> TestSigner {
    TestSigner { name: Some(name), is_dhi, role }
}

/// An attestation that Docker's key signed under this name.
pub(in crate::evidence) fn signed(kind: &str, predicate: &str, name: &'static str) -> AttestationEvidence {
    attestation(kind, predicate, TestSigner::docker(name))
}

/// An image with these attestations and one layer.
pub(in crate::evidence) fn platform(attestations: Vec<AttestationEvidence>) -> PlatformEvidence {
    let layer = Digest::of(b"layer");
    PlatformEvidence {
        declared: None,
        config: Some(ImageConfig {
            digest: Digest::of(b"config"),
            platform: "linux/amd64".parse().unwrap(),
            user: None,
            labels: BTreeMap::new(),
            diff_ids: vec![layer],
        }),
        layers: vec![Descriptor::bare("", layer, 1)],
        attestations,
        ..image(Digest::of(b"manifest"))
    }
}

/// An attestation about that image.
fn attestation(kind: &str, predicate: &str, author: TestSigner) -> AttestationEvidence {
    tests::attestation(Digest::of(b"manifest"), kind, predicate, author)
}

/// The complete attestations of a hardened image.
fn complete(name: &'static str) -> Vec<AttestationEvidence> {
    vec![signed(SPDX, "{}", name), signed(SLSA, "{}", name)]
}

fn status_of(platform: &PlatformEvidence) -> HardenedStatus {
    hardened_status(&evidence(vec![platform.clone()]), platform)
}

fn is_hardened(platform: &PlatformEvidence) -> bool {
    matches!(status_of(platform), HardenedStatus::Hardened(_))
}

fn not_hardened(platform: &PlatformEvidence) -> NotHardened {
    match status_of(platform) {
        HardenedStatus::Not(not_hardened) => not_hardened,
        HardenedStatus::Hardened(hardened) => panic!("{hardened:?}"),
    }
}

fn failed(id: Code) -> AttestationEvidence {
    AttestationEvidence { outcome: Err(failure(id)), ..signed(VSA_TYPE, "{}", "dhi/python") }
}

#[test]
fn a_hardened_image_has_provenance_and_an_sbom_by_one_signer() {
    let good = platform(complete("dhi/python"));
    let HardenedStatus::Hardened(hardened) = status_of(&good) else { panic!("{:?}", status_of(&good)) };
    assert!(hardened.by_docker);
    assert_eq!(hardened.names.iter().map(SignedName::as_str).collect::<Vec<_>>(), ["dhi/python"]);
    for sbom in [SPDX, "https://cyclonedx.org/bom/v1.6", "https://cyclonedx.org/bom/v1.5"] {
        for provenance in [SLSA, "https://slsa.dev/provenance/v0.2"] {
            let set = [sbom, provenance].map(|kind| signed(kind, "{}", "dhi/python"));
            assert!(is_hardened(&platform(set.to_vec())), "{sbom} {provenance}");
        }
    }
    // Neither half of them nor a similar type is enough.
    for kinds in [
        vec![SPDX],
        vec![SLSA],
        vec![],
        vec!["https://cyclonedx.org/bom", SLSA],
        vec![SPDX, "https://slsa.dev/provenance/v2"],
        vec!["https://scout.docker.com/sbom/v0.1", "https://scout.docker.com/provenance/v0.1"],
    ] {
        let set = kinds.iter().map(|kind| signed(kind, "{}", "dhi/python")).collect();
        assert!(!is_hardened(&platform(set)), "{kinds:?}");
    }
    // Attestations of two signers are not combined, and attestor keys do not count.
    let docker = by("dhi/python", true, Role::Image);
    let given = by("dhi/python", false, Role::Image);
    let attestor = by("dhi/python", false, Role::Attestor);
    let by = |one: &TestSigner, other: &TestSigner| {
        let set = vec![attestation(SPDX, "{}", *one), attestation(SLSA, "{}", *other)];
        is_hardened(&platform(set))
    };
    assert!(by(&docker, &docker) && by(&given, &given));
    assert!(!by(&docker, &given) && !by(&docker, &attestor) && !by(&attestor, &attestor));
}

/// A hardened image has lost what it lacks, so it may be found elsewhere; others may never have had it.
#[test]
fn only_a_hardened_image_has_lost_missing_attestations() {
    let half = |by_docker: bool| by("dhi/python", by_docker, Role::Image);
    let lost = |platform: &PlatformEvidence| {
        let not_hardened = not_hardened(platform);
        let ids =
            |reasons: &[NotHardenedReason]| reasons.iter().map(NotHardenedReason::code).collect::<Vec<_>>();
        assert!(not_hardened.bad.is_empty() && not_hardened.denied.is_empty(), "{not_hardened:?}");
        match (ids(&not_hardened.missing).as_slice(), ids(&not_hardened.reasons).as_slice()) {
            ([Code::ATTEST_PREDICATE_MISSING], []) => true,
            ([], [Code::ATTEST_PREDICATE_MISSING]) => false,
            _ => panic!("{not_hardened:?}"),
        }
    };
    for kind in [SPDX, SLSA] {
        let of = |by_docker| platform(vec![attestation(kind, "{}", half(by_docker))]);
        assert!(lost(&of(true)), "{kind}");
        assert!(!lost(&of(false)), "{kind}");
        let mut claiming = of(false);
        claiming.annotations = vec![BTreeMap::from([(TITLE.to_owned(), "dhi/python".to_owned())])];
        assert!(lost(&claiming), "{kind}");
    }
}

#[test]
fn a_label_of_all_layers_differs_from_one_of_the_first() {
    let labelled = |diff_ids: &[Digest], label: Option<String>| {
        let mut image = platform(Vec::new());
        let config = image.config.as_mut().unwrap();
        config.diff_ids = diff_ids.to_vec();
        config.labels.extend(label.map(|label| (CHAIN_ID.to_owned(), label)));
        is_label_of_all_layers(&image)
    };
    let all = [Digest::of(b"a"), Digest::of(b"b")];
    let of = |diff_ids: &[Digest]| chain_id(diff_ids).map(|chain| chain.to_string());
    assert!(labelled(&all, of(&all)) && labelled(&all[..1], of(&all[..1])));
    assert!(!labelled(&all, of(&all[..1])) && !labelled(&all[..1], of(&all)));
    assert!(!labelled(&all, None) && !labelled(&[], None) && !labelled(&[], Some(String::new())));
}

#[test]
fn only_packages_by_docker_need_no_sbom() {
    let provenance = |facts| platform(vec![attestation(SLSA, "{}", facts)]);
    let named = |name: &'static str, is_dhi| is_hardened(&provenance(by(name, is_dhi, Role::Image)));
    assert!(named("dhi/pkg-openssl", true));
    assert!(!named("dhi/pkg-openssl", false));
    assert!(!named("acme/pkg-openssl", true));
    assert!(!named("dhi/python", true));
    assert!(!is_hardened(&platform(vec![signed(SPDX, "{}", "dhi/pkg-openssl")])));
}

#[test]
fn attestations_of_another_object_prove_nothing() {
    let other = PlatformEvidence { digest: Digest::of(b"other"), ..platform(complete("dhi/python")) };
    let codes =
        |not_hardened: &NotHardened| not_hardened.bad.iter().map(NotHardenedReason::code).collect::<Vec<_>>();
    assert_eq!(codes(&not_hardened(&other)), [Code::TRUST_SUBJECT_MISMATCH; 2]);
    // Attestations about the index count only for a chart.
    let mut within = evidence(vec![other.clone()]);
    within.root.digest = Digest::of(b"manifest");
    assert!(
        matches!(hardened_status(&within, &other), HardenedStatus::Not(not_hardened) if not_hardened.bad.len() == 2)
    );
    let chart = PlatformEvidence { kind: Kind::Chart, ..other };
    assert!(matches!(hardened_status(&within, &chart), HardenedStatus::Hardened(_)));
    assert_eq!(not_hardened(&chart).bad.len(), 2);

    let good = platform(complete("dhi/python"));
    let mut signed = evidence(vec![good.clone()]);
    let index = TestSigner::docker("dhi/python").sign_object("index", None);
    signed.root_signature.outcome = RootSignatureOutcome::Good(Box::new(index));
    assert!(matches!(hardened_status(&signed, &good), HardenedStatus::Hardened(_)));
    signed.root.digest = Digest::of(b"other");
    assert!(
        matches!(hardened_status(&signed, &good), HardenedStatus::Not(not_hardened) if codes(&not_hardened) == [Code::TRUST_SUBJECT_MISMATCH])
    );
}

#[test]
fn any_failed_attestation_means_not_hardened() {
    let with = |more: AttestationEvidence| {
        let mut set = complete("dhi/python");
        set.push(more);
        platform(set)
    };
    for (id, place) in [
        (Code::TRUST_TAMPERED, "bad"),
        (Code::TRUST_SUBJECT_MISMATCH, "bad"),
        (Code::TRUST_LOG_BAD, "bad"),
        (Code::LIMITS_EXCEEDED, "bad"),
        (Code::TRUST_KEY_OUTSIDE_WINDOW, "bad"),
        (Code::REGISTRY_UNAUTHORIZED, "missing"),
        (Code::REGISTRY_UNREACHABLE, "missing"),
        (Code::TRUST_UNSIGNED, "reasons"),
        (Code::TRUST_WRONG_KEY, "reasons"),
        (Code::TRUST_SIGNED_NAME, "reasons"),
    ] {
        let not_hardened = not_hardened(&with(failed(id)));
        let found = match place {
            "bad" => &not_hardened.bad,
            "missing" => &not_hardened.missing,
            _ => &not_hardened.reasons,
        };
        assert_eq!(found.iter().map(NotHardenedReason::code).collect::<Vec<_>>(), [id]);
    }
    let good = platform(complete("dhi/python"));
    let broken = PlatformEvidence { failures: vec![failure(Code::VERIFY_PLATFORM_MISMATCH)], ..good.clone() };
    assert_eq!(not_hardened(&broken).bad.len(), 1);
    let mut signature = evidence(vec![good.clone()]);
    signature.root_signature.outcome = RootSignatureOutcome::Failed(failure(Code::TRUST_SUBJECT_MISMATCH));
    assert!(
        matches!(hardened_status(&signature, &good), HardenedStatus::Not(not_hardened) if not_hardened.bad.len() == 1)
    );
    // Different names signed by the DHI key, on any platform.
    let names = evidence(vec![good.clone(), platform(complete("dhi/nginx"))]);
    assert!(
        matches!(hardened_status(&names, &good), HardenedStatus::Not(not_hardened) if not_hardened.bad.len() == 1)
    );
    let failed = signed(
        VSA_TYPE,
        r#"{"verificationResult":"FAILED","timeVerified":"2026-01-01T00:00:00Z"}"#,
        "dhi/python",
    );
    assert_eq!(not_hardened(&with(failed)).denied.len(), 1);
    let passed = signed(
        VSA_TYPE,
        r#"{"verificationResult":"PASSED","timeVerified":"2026-01-01T00:00:00Z"}"#,
        "dhi/python",
    );
    assert!(is_hardened(&with(passed)));
}

#[test]
fn customizations_count_only_for_their_organization() {
    let hardened = |name: &'static str| match status_of(&platform(complete(name))) {
        HardenedStatus::Hardened(hardened) => hardened,
        HardenedStatus::Not(not_hardened) => panic!("{not_hardened:?}"),
    };
    let counts = |name: &'static str, reference: &str, given: &[&str]| {
        let given: Vec<String> = given.iter().map(ToString::to_string).collect();
        hardened(name).counts(&namespaces(&reference.parse().unwrap(), &given)).is_ok()
    };
    for (name, reference, given, expected) in [
        ("dhi/python", "registry.example.com/app", &[][..], true),
        ("dhi/python", "docker.io/acme/app", &[], true),
        ("acme/python", "docker.io/acme/app", &[], true),
        ("acme/python", "docker.io/other/app", &[], false),
        ("acme/python", "registry.example.com/acme/app", &[], false),
        ("acme/python", "registry.example.com/app", &["acme"], true),
        ("acme/python", "registry.example.com/app", &["other"], false),
        ("python", "registry.example.com/app", &[], false),
    ] {
        assert_eq!(counts(name, reference, given), expected, "{name} under {reference} {given:?}");
    }
    // With another key the name is only shown; Docker's key needs a name.
    let given = Hardened { by_docker: false, ..hardened("acme/python") };
    assert!(given.counts(&[]).is_ok());
    let nameless = Hardened { names: Vec::new(), ..hardened("dhi/python") };
    assert!(nameless.counts(&[]).is_err());
}

fn provenance() -> CandidateOrigin {
    CandidateOrigin::Provenance { attestation: Digest::of(b"provenance"), path: None }
}

fn proved(reference: &str, manifest: &str, layers: usize, proof: LayerProof) -> Candidate {
    let HardenedStatus::Hardened(hardened) = status_of(&platform(complete("dhi/python"))) else { panic!() };
    Candidate {
        named: reference.to_owned(),
        origins: vec![provenance()],
        depth: 1,
        by_tag: false,
        outcome: CandidateOutcome::Proved(Box::new(Base {
            reference: reference.parse().unwrap(),
            digest: Digest::of(reference.as_bytes()),
            labels: BTreeMap::new(),
            manifest: Digest::of(manifest.as_bytes()),
            platform: "linux/amd64".parse().unwrap(),
            hardened,
            boundary: Boundary {
                layers,
                chain_id: Digest::of(b""),
                last_layer: Digest::of(b"layer"),
                last_diff_id: Digest::of(b"layer"),
                differing: Vec::new(),
            },
            child_layers: 9,
            proof,
        })),
    }
}

#[test]
fn a_base_is_shown_by_what_is_proven() {
    let digest = Digest::of(b"index");
    let shown = |repository: &str, change: &dyn Fn(&mut Hardened)| {
        let named = format!("{repository}@{digest}");
        let CandidateOutcome::Proved(mut base) = proved(&named, "a", 1, LayerProof::Blobs).outcome else {
            panic!()
        };
        change(&mut base.hardened);
        base.to_string().replace(&digest.to_string(), "DIGEST")
    };
    let by_docker = |hardened: &mut Hardened| hardened.by_docker = true;
    for own_repository in ["dhi.io/python", "docker.io/dhi/python"] {
        assert_eq!(shown(own_repository, &by_docker), format!("{own_repository}@DIGEST"));
    }
    for elsewhere in ["registry.example.com/dhi/python", "docker.io/acme/golang", "dhi.io/golang"] {
        assert_eq!(shown(elsewhere, &by_docker), format!("{elsewhere}@DIGEST (signed as dhi/python)"));
    }
    // With another key, signer and name are always shown.
    let team = |hardened: &mut Hardened| {
        hardened.by_docker = false;
        hardened.signers = vec!["team (0123456789ab)".to_owned()];
    };
    assert_eq!(
        shown("dhi.io/python", &team),
        "dhi.io/python@DIGEST (signed by team (0123456789ab) as dhi/python)"
    );
    let nameless = |hardened: &mut Hardened| {
        team(hardened);
        hardened.names.clear();
    };
    assert_eq!(shown("dhi.io/python", &nameless), "dhi.io/python@DIGEST (signed by team (0123456789ab))");
}

fn with(outcome: CandidateOutcome) -> Candidate {
    Candidate { outcome, ..proved("dhi.io/other", "other", 1, LayerProof::Blobs) }
}

fn answer(not_hardened: &NotHardened, claims: bool, candidates: &[Candidate]) -> BaseAnswer {
    decide(&platform(Vec::new()), HardenedStatus::Not(not_hardened.clone()), claims, candidates, false)
}

fn code(answer: &BaseAnswer) -> (&'static str, u8) {
    (answer.as_str(), answer.exit().code())
}

#[test]
fn the_longest_base_counts_and_equal_ones_are_ambiguous() {
    let not_hardened = NotHardened::default();
    let short = proved("dhi.io/short", "short", 2, LayerProof::Blobs);
    let long = proved("dhi.io/long", "long", 3, LayerProof::Blobs);
    let found = |candidates: &[Candidate]| match answer(&not_hardened, false, candidates) {
        BaseAnswer::DhiBased(base) => base.reference.repository.to_string(),
        other => other.diagnostic().unwrap().code.to_string(),
    };
    assert_eq!(found(&[short.clone(), long.clone()]), "dhi.io/long");
    assert_eq!(found(&[long.clone(), short.clone()]), "dhi.io/long");
    // One image under two names is one base; two images are ambiguous.
    let copy = proved("registry.example.com/copy", "long", 3, LayerProof::Blobs);
    assert_eq!(found(&[copy.clone(), long.clone()]), "registry.example.com/copy");
    let twin = proved("dhi.io/twin", "twin", 3, LayerProof::Blobs);
    assert_eq!(found(&[long.clone(), twin.clone()]), "base/ambiguous");
    assert_eq!(code(&answer(&not_hardened, true, &[long.clone(), twin.clone()])), ("undetermined", 3));
    let named = Candidate { origins: vec![provenance(), CandidateOrigin::Flag], ..twin };
    assert_eq!(found(&[long.clone(), named.clone()]), "dhi.io/twin");
    let both = Candidate { origins: vec![CandidateOrigin::Flag], ..long };
    assert_eq!(found(&[both, named]), "base/ambiguous");
}

#[test]
fn declared_layers_count_only_when_accepted() {
    let not_hardened = NotHardened::default();
    let declared = proved("dhi.io/python", "python", 3, LayerProof::Declared);
    assert_eq!(code(&answer(&not_hardened, false, std::slice::from_ref(&declared))), ("undetermined", 3));
    let accepted = decide(
        &platform(Vec::new()),
        HardenedStatus::Not(not_hardened.clone()),
        false,
        std::slice::from_ref(&declared),
        true,
    );
    assert_eq!(code(&accepted), ("dhi-based", 0));
    let hashed = proved("dhi.io/python", "python", 3, LayerProof::Hashed);
    assert_eq!(code(&answer(&not_hardened, false, &[hashed])), ("dhi-based", 0));
    // A shorter base that counts goes before a longer one that does not.
    let shorter = proved("dhi.io/shorter", "shorter", 1, LayerProof::Blobs);
    assert!(
        matches!(answer(&not_hardened, false, &[declared, shorter]), BaseAnswer::DhiBased(base) if base.boundary.layers == 1)
    );
}

#[test]
fn missing_data_counts_before_no_and_after_proof() {
    let none = NotHardened::default();
    let proof = proved("dhi.io/python", "python", 3, LayerProof::Blobs);
    let elsewhere = || NotContacted::Elsewhere { host: "registry.example.com".to_owned() };
    let limit = NotContacted::Limit(Exceeded::new("x", 1, "images"));
    let open = |candidate: Candidate, exit: u8| {
        for claims in [true, false] {
            let found = answer(&none, claims, std::slice::from_ref(&candidate));
            assert_eq!(code(&found), ("undetermined", exit), "{candidate:?}");
        }
        assert_eq!(code(&answer(&none, true, &[candidate, proof.clone()])), ("dhi-based", 0));
    };
    for (cause, exit) in [(elsewhere(), 3), (NotContacted::File, 3), (limit, 4)] {
        open(with(CandidateOutcome::NotContacted(cause)), exit);
    }
    for (id, exit) in [
        (Code::REGISTRY_NOT_FOUND, 3),
        (Code::REGISTRY_UNAUTHORIZED, 5),
        (Code::REGISTRY_UNREACHABLE, 6),
        (Code::LIMITS_EXCEEDED, 4),
    ] {
        let reasons = || vec![NotHardenedReason::Image(failure(id))];
        open(with(CandidateOutcome::Failed(failure(id))), exit);
        open(
            with(CandidateOutcome::Parent(NotHardened { missing: reasons(), ..NotHardened::default() })),
            exit,
        );
        open(with(CandidateOutcome::Parent(NotHardened { bad: reasons(), ..NotHardened::default() })), exit);
        let own = NotHardened { missing: reasons(), ..NotHardened::default() };
        assert_eq!(code(&answer(&own, true, &[])), ("undetermined", exit), "{id}");
    }
    let failed = [Code::REGISTRY_UNAUTHORIZED, Code::REGISTRY_UNREACHABLE];
    let failed = failed.map(|id| with(CandidateOutcome::Failed(failure(id))));
    let several: Vec<_> =
        std::iter::once(with(CandidateOutcome::NotContacted(elsewhere()))).chain(failed).collect();
    assert_eq!(code(&answer(&none, true, &several)), ("undetermined", 5));
}

#[test]
fn without_proof_labels_decide_claims_only_or_not_dhi() {
    let none = NotHardened::default();
    let refuted = with(CandidateOutcome::Refuted(Mismatch::Other { base: 2, common: 1 }));
    let parent = with(CandidateOutcome::Parent(NotHardened {
        reasons: vec![NotHardenedReason::Image(failure(Code::TRUST_WRONG_KEY))],
        ..none.clone()
    }));
    for candidates in [
        vec![],
        vec![refuted.clone()],
        vec![parent],
        vec![with(CandidateOutcome::NotApplicable(NotApplicable::DoesNotExist))],
    ] {
        assert_eq!(code(&answer(&none, true, &candidates)), ("claims-only", 1));
        assert_eq!(code(&answer(&none, false, &candidates)), ("not-dhi", 1));
    }
    let by_tag = Candidate { by_tag: true, ..refuted };
    let remedies = answer(&none, true, &[by_tag]).diagnostic().unwrap().remedies;
    assert_eq!(remedies, [Remedy::NameBaseByDigest]);
    let flattened = with(CandidateOutcome::Refuted(Mismatch::Fewer { child: 1, base: 5 }));
    let message = answer(&none, true, &[flattened]).diagnostic().unwrap().message;
    assert!(message.contains("squashed"), "{message}");
}

#[test]
fn a_base_outweighs_neither_tampering_nor_a_failed_summary() {
    let proof = proved("dhi.io/python", "python", 3, LayerProof::Blobs);
    let bad = NotHardened {
        bad: vec![NotHardenedReason::Image(failure(Code::TRUST_TAMPERED))],
        ..NotHardened::default()
    };
    assert_eq!(code(&answer(&bad, false, std::slice::from_ref(&proof))), ("undetermined", 4));
    let denied = NotHardened {
        denied: vec![VsaFailure {
            attestation: Digest::of(b"x"),
            verifier: None,
            cause: NotPassed::Result("FAILED".to_owned()),
        }],
        ..NotHardened::default()
    };
    assert_eq!(code(&answer(&denied, true, std::slice::from_ref(&proof))), ("claims-only", 1));
    assert_eq!(code(&answer(&denied, false, &[proof])), ("not-dhi", 1));
}

#[test]
fn the_least_answer_and_the_worst_exit_code_count() {
    let proof = |answers: &[BaseAnswer]| BaseProof {
        platforms: answers
            .iter()
            .map(|answer| PlatformBase {
                key: PlatformKey { position: 0, digest: Digest::of(b"") },
                label: String::new(),
                answer: answer.clone(),
                candidates: Vec::new(),
                summaries: Vec::new(),
            })
            .collect(),
        failures: Vec::new(),
        registries: Vec::new(),
    };
    let found = |answers: &[BaseAnswer]| (proof(answers).answer(), proof(answers).exit().code());
    let HardenedStatus::Hardened(hardened) = status_of(&platform(complete("dhi/python"))) else { panic!() };
    let dhi = BaseAnswer::Dhi(hardened);
    let based = answer(&NotHardened::default(), false, &[proved("dhi.io/x", "x", 1, LayerProof::Blobs)]);
    let undetermined = |open| {
        let named = "dhi.io/x".to_owned();
        BaseAnswer::Undetermined(Box::new(Gap::Candidate { named, open, own: None }))
    };
    let elsewhere = NotContacted::Elsewhere { host: "registry.example.com".to_owned() };
    let open = |id| undetermined(CandidateGap::Failed(failure(id)));
    let (claims, no) =
        (answer(&NotHardened::default(), true, &[]), answer(&NotHardened::default(), false, &[]));
    let (missing, denied, down) = (
        undetermined(CandidateGap::NotContacted(elsewhere)),
        open(Code::REGISTRY_UNAUTHORIZED),
        open(Code::REGISTRY_UNREACHABLE),
    );
    assert_eq!(found(std::slice::from_ref(&dhi)), ("dhi", 0));
    assert_eq!(found(&[dhi.clone(), based.clone()]), ("dhi-based", 0));
    assert_eq!(found(&[missing.clone(), based.clone()]), ("undetermined", 3));
    assert_eq!(found(&[missing, denied.clone(), down.clone()]), ("undetermined", 5));
    assert_eq!(found(&[claims.clone(), down, dhi.clone()]), ("claims-only", 6));
    assert_eq!(found(&[claims, no.clone(), based]), ("not-dhi", 1));
    assert_eq!(found(&[no, denied]), ("not-dhi", 5));
    // Without images, or with a missing platform, it is not a pass.
    assert_eq!(found(&[]), ("undetermined", 3));
    let mut lacking = proof(&[dhi]);
    lacking.failures.push(Unanswered::NoPlatform { requested: None, available: Vec::new() });
    assert_eq!((lacking.answer(), lacking.exit().code()), ("undetermined", 3));
}

#[test]
fn labels_annotations_and_titles_are_claims() {
    let map = |name: &str, value: &str| BTreeMap::from([(name.to_owned(), value.to_owned())]);
    let none = BTreeMap::new();
    for (name, value, claims) in [
        ("com.docker.dhi.name", "", true),
        ("com.docker.dhi.chain-id", "x", true),
        (TITLE, "dhi/python", true),
        (TITLE, "python", false),
        (BASE_NAME, "dhi.io/python:3.13", true),
        (BASE_NAME, "docker.io/dhi/python", true),
        (BASE_NAME, "registry.example.com/dhi/python", false),
        ("com.docker.sandboxes", "x", false),
    ] {
        let mut labelled = platform(Vec::new());
        labelled.config.as_mut().unwrap().labels = map(name, value);
        let annotated =
            PlatformEvidence { annotations: vec![none.clone(), map(name, value)], ..platform(Vec::new()) };
        assert_eq!(claims_dhi(&labelled, &none), claims, "{name}");
        assert_eq!(claims_dhi(&annotated, &none), claims, "{name}");
        assert_eq!(claims_dhi(&platform(Vec::new()), &map(name, value)), claims, "{name}");
    }
}

#[test]
fn a_label_of_no_layers_differs_from_one_of_the_first() {
    let mut child = platform(Vec::new());
    let ids: Vec<Digest> = ["a", "b", "c"].map(|text| Digest::of(text.as_bytes())).into();
    let config = child.config.as_mut().unwrap();
    config.diff_ids.clone_from(&ids);
    assert!(!is_label_of_no_layers(&child));
    for count in 1..=3 {
        let label = chain_id(&ids[..count]).unwrap().to_string();
        child.config.as_mut().unwrap().labels.insert(CHAIN_ID.to_owned(), label);
        assert!(!is_label_of_no_layers(&child), "{count}");
    }
    for label in [chain_id(&ids[1..]).unwrap().to_string(), String::new()] {
        child.config.as_mut().unwrap().labels.insert(CHAIN_ID.to_owned(), label);
        assert!(is_label_of_no_layers(&child));
    }
}
