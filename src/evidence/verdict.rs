//! The verdict over evidence by the rules that always hold and by a policy: everything that was to be checked holds, or
//! it is named with its id. A check that was not made is a value in the list, not a gap.

use std::collections::BTreeSet;

use super::answered_by::AnsweredBy;
use super::attestations;
use super::attested::AttestationEvidence;
use super::check::{Check, CheckKind, CheckSubject, Outcome};
use super::claim::Claim;
use super::conclusion::{Conclusion, Excuses};
use super::facts;
use super::platform::{PlatformEvidence, PlatformKey};
use super::policy::{Needed, Policy};
use super::presence::{
    answering, answering_of_index, lacks_attestation, types_there, unattested, unknown_list,
};
use super::reference::{EntryReason, Evidence, RootSigned};
use super::several_names::SeveralNames;
use crate::attestation::PredicateSelector;
use crate::diagnostic::{Code, Diagnostic, Exit, Remedy, ToDiagnostic};
use crate::oci::{Digest, quote_untrusted};

/// What the caller demands beyond the rules that always hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requirements {
    /// A missing signature of the root is an error, not a warning.
    pub require_root_signature: bool,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What the object is, as far as it is proven.
    pub claim: Claim,
    /// Every check with its outcome, in the order of the walk.
    pub checks: Vec<Check>,
    /// The worst of them.
    pub exit: Exit,
}

impl Verdict {
    /// The verdict that `checks` make.
    pub(super) fn over(headline: Claim, checks: Vec<Check>) -> Self {
        Self { claim: headline, exit: worst(&checks), checks }
    }

    /// Makes the exit code that of the checks, after some of them were excused.
    pub fn settle(&mut self) {
        self.exit = worst(&self.checks);
    }

    /// The verdict in a word, with what is excused.
    pub fn conclusion(&self) -> Conclusion {
        Conclusion::of(self.exit).with(Excuses::of(&self.checks))
    }
}

/// Judges the evidence by the rules that always hold, and by `policy` over what was had for it.
pub fn judge(
    evidence: &Evidence,
    requirements: &Requirements,
    policy: &dyn Policy,
    needed: &Needed<'_>,
) -> Verdict {
    let answered_by = policy.needs().answered_by;
    let by_root = answered_by == AnsweredBy::RootSignature;
    let demanded = requirements.require_root_signature || by_root;
    let mut checks = vec![root_signature(evidence, demanded).with(facts::of_root(evidence))];
    checks.extend(local_image(evidence));
    if by_root {
        checks.push(attestations::not_asked_for(root_name(evidence)));
    } else if evidence.platforms.is_empty() {
        let (scope, diagnostic) = (root_name(evidence), no_platform(evidence));
        checks.push(Check::noted(CheckKind::Platform, CheckSubject::Root, scope, Outcome::Fail, diagnostic));
    }
    let mut suffices = true;
    for (key, platform) in evidence.images() {
        suffices &= judge_platform(key, platform, evidence, answered_by, &mut checks);
    }
    checks.extend(attestations::of_index(evidence, answered_by, suffices));
    checks.extend(missing_platforms(evidence));
    checks.extend(SeveralNames::of(evidence, answered_by).map(|names| {
        let (kind, subject, scope) = (CheckKind::SignedName, CheckSubject::Root, root_name(evidence));
        Check::noted(kind, subject, scope, Outcome::Fail, names.to_diagnostic())
    }));
    checks.extend(not_judged(evidence));
    let decided = policy.decide(evidence, needed);
    // What is a warning here counts where the policy says so. One check for one cause.
    checks.retain(|floor| {
        let is_same = |own: &Check| {
            (own.kind, &own.subject, &own.diagnostic) == (floor.kind, &floor.subject, &floor.diagnostic)
        };
        !decided.iter().any(|own| own.counts() && is_same(own))
    });
    // An image of which the policy says nothing needs an attestation all the same.
    let floor = if by_root { Vec::new() } else { unattested(evidence, answered_by) };
    checks.extend(floor.into_iter().filter(|floor| {
        let answers = |check: &Check| {
            matches!(check.kind, CheckKind::Base | CheckKind::Attestation) && check.found != Outcome::Skip
        };
        !decided.iter().any(|check| check.subject == floor.subject && answers(check))
    }));
    // Only exceptions excuse, and they come later.
    checks.extend(decided.into_iter().map(|check| Check { excused: None, ..check }));
    // Stable: checks of one place stay in the order in which they were made.
    checks.sort_by_key(place);
    let holds = worst(&checks) == Exit::Pass;
    Verdict::over(Claim::of(evidence, answered_by, needed.base, holds), checks)
}

/// A skipped check for each entry of the index that was not judged, with the reason.
pub fn not_judged(evidence: &Evidence) -> Vec<Check> {
    let skipped = |scope: &str, reason: EntryReason, digest: Digest| {
        Check::skipped(CheckKind::Platform, CheckSubject::Entry(digest), scope, reason.as_str())
            .with(vec![("entry", digest.to_string())])
    };
    let set_aside = evidence.set_aside.iter();
    let set_aside =
        set_aside.map(|entry| skipped(&entry.digest.short(), EntryReason::BuildRecord, entry.digest));
    let passed_over = evidence.passed_over.iter().map(|entry| {
        skipped(&quote_untrusted(&entry.platform.to_string()), EntryReason::OtherPlatform, entry.digest)
    });
    set_aside.chain(passed_over).collect()
}

/// Where a check stands in the list: in the order of the walk, whichever code made it.
fn place(check: &Check) -> (u8, usize, u8) {
    match (check.kind, &check.subject) {
        (CheckKind::RootSignature, _) => (0, 0, 0),
        (CheckKind::LocalImage, _) => (0, 0, 1),
        (_, CheckSubject::IndexAttestation(_)) => (1, 0, 0),
        (_, CheckSubject::IndexSearch) => (1, 0, 1),
        (_, CheckSubject::IndexReferrer(_)) => (1, 0, 2),
        (CheckKind::Platform | CheckKind::Attestation, CheckSubject::Root) => (1, 0, 3),
        (CheckKind::Platform, CheckSubject::Platform(key)) => (2, key.place, 0),
        (CheckKind::Attestation, CheckSubject::Attestation { platform, .. }) => (2, platform.place, 1),
        (CheckKind::Attestation, CheckSubject::Platform(key)) => (2, key.place, 2),
        (CheckKind::Attestation, CheckSubject::Search(key)) => (2, key.place, 3),
        (_, CheckSubject::Referrer { platform, .. }) => (2, platform.place, 4),
        (CheckKind::Platform, CheckSubject::Asked(_)) => (3, 0, 0),
        (CheckKind::SignedName, _) => (4, 0, 0),
        (_, CheckSubject::Entry(_)) => (5, 0, 0),
        _ => (6, 0, 0),
    }
}

fn worst(checks: &[Check]) -> Exit {
    checks.iter().map(Check::exit).max().unwrap_or(Exit::Pass)
}

fn root_signature(evidence: &Evidence, demanded: bool) -> Check {
    const KIND: CheckKind = CheckKind::RootSignature;
    const SUBJECT: CheckSubject = CheckSubject::Root;
    let scope = root_name(evidence);
    match evidence.root_signed() {
        RootSigned::By(signatures) => {
            let says = attestations::signed_by(signatures);
            let says = match evidence.root_signature.beside.len() {
                0 => says,
                1 => format!("{says}; another signature is not good"),
                beside => format!("{says}; {beside} other signatures are not good"),
            };
            Check::pass(KIND, SUBJECT, scope, says)
        }
        RootSigned::Absent => {
            let diagnostic = Diagnostic::new(Code::TRUST_UNSIGNED, "it has no signature of its own");
            match (demanded, evidence.root.is_index) {
                (true, _) => Check::noted(KIND, SUBJECT, scope, Outcome::Fail, diagnostic),
                (false, true) => Check::noted(
                    KIND,
                    SUBJECT,
                    scope,
                    Outcome::Warn,
                    diagnostic.remedy(Remedy::RequireIndexSignature),
                ),
                // Where there is no index the attestations hang on the very object that was asked for.
                (false, false) => {
                    Check::skipped(KIND, SUBJECT, scope, "no signature of its own, and none demanded")
                }
            }
        }
        RootSigned::Unknown(failure) if demanded => Check::failed(KIND, SUBJECT, scope, failure),
        RootSigned::Unknown(failure) => {
            Check::noted(KIND, SUBJECT, scope, Outcome::Warn, failure.to_diagnostic())
        }
        RootSigned::ListUnknown(unknown) if demanded => Check::failed(KIND, SUBJECT, scope, &unknown.failure),
        RootSigned::ListUnknown(unknown) => {
            Check::noted(KIND, SUBJECT, scope, Outcome::Warn, unknown.failure.to_diagnostic())
        }
        RootSigned::Failed(failure) => Check::failed(KIND, SUBJECT, scope, &failure),
    }
}

/// Whether the image of a local engine, where one was asked for, is what was judged.
fn local_image(evidence: &Evidence) -> Option<Check> {
    let (kind, subject, scope) = (CheckKind::LocalImage, CheckSubject::Root, "local image");
    let local = evidence.local_image.as_ref()?;
    Some(match evidence.identified()? {
        Ok(by) => Check::pass(kind, subject, scope, evidence.identification(by))
            .with(facts::of_local(local, evidence)),
        Err(other) => Check::noted(kind, subject, scope, Outcome::Fail, other.to_diagnostic()),
    })
}

/// How the root is called in reports.
fn root_name(evidence: &Evidence) -> &'static str {
    if evidence.root.is_index { attestations::INDEX } else { "manifest" }
}

/// Of several platforms that were asked for each must be there: one does not answer for another.
fn missing_platforms(evidence: &Evidence) -> impl Iterator<Item = Check> {
    let missing = evidence.missing().filter(|_| !evidence.platforms.is_empty());
    missing.map(|asked| {
        let what = format!("there is no image for {asked}");
        let diagnostic =
            Diagnostic::new(Code::VERIFY_NO_SUCH_PLATFORM, what).fact("there", evidence.there().join(", "));
        let subject = CheckSubject::Asked(asked.clone());
        Check::noted(CheckKind::Platform, subject, &asked.to_string(), Outcome::Fail, diagnostic)
    })
}

fn no_platform(evidence: &Evidence) -> Diagnostic {
    let asked: Vec<String> = evidence.asked_platforms.iter().map(ToString::to_string).collect();
    let what = match asked.as_slice() {
        [] => "there is no image to verify".to_owned(),
        asked => format!("there is no image for {}", asked.join(", ")),
    };
    let diagnostic = Diagnostic::new(Code::VERIFY_NO_SUCH_PLATFORM, what);
    if evidence.passed_over.is_empty() {
        diagnostic.fact("entries", "none that is an image")
    } else {
        let there: BTreeSet<String> =
            evidence.passed_over.iter().map(|entry| entry.platform.to_string()).collect();
        diagnostic.fact("there", there.into_iter().collect::<Vec<_>>().join(", "))
    }
}

/// Adds the checks on one image. Whether its attestations, and those of the index where they count, suffice.
fn judge_platform(
    key: PlatformKey,
    platform: &PlatformEvidence,
    evidence: &Evidence,
    answered_by: AnsweredBy,
    checks: &mut Vec<Check>,
) -> bool {
    let label = platform.label();
    for failure in &platform.failures {
        let check = Check::failed(CheckKind::Platform, CheckSubject::Platform(key), &label, failure);
        checks.push(check.with(facts::of_image(platform)));
    }
    for (attestation, outcome) in platform.judged(evidence.root.digest) {
        let subject = CheckSubject::Attestation { platform: key, attestation: attestation.digest };
        let check = attestations::judged(attestation, &outcome, subject, &label);
        checks.push(check.with(facts::of_attestation(attestation, platform, evidence)));
    }
    let lacking = lacking_types(platform, evidence, answered_by);
    let suffices = suffices(platform, evidence, answered_by);
    // A broken image explains a missing attestation; one error per cause.
    if platform.failures.is_empty() && !lacking.is_empty() {
        let subject = CheckSubject::Platform(key);
        match unknown_list(platform, evidence, answered_by) {
            Some(unknown) => {
                checks.push(Check::failed(CheckKind::Attestation, subject, &label, &unknown.failure));
            }
            None => checks.extend(lacking.into_iter().map(|diagnostic| {
                Check::noted(CheckKind::Attestation, subject.clone(), &label, Outcome::Fail, diagnostic)
            })),
        }
    }
    // Where nothing else answers, this is for the policy to say.
    for unknown in platform.unknown_lists.iter().filter(|_| suffices) {
        let check =
            Check::failed(CheckKind::Attestation, CheckSubject::Search(key), &label, &unknown.failure);
        checks.push(Check { found: Outcome::Skip, ..check });
    }
    for failure in &platform.not_checked {
        let check = Check::failed(CheckKind::Attestation, CheckSubject::Search(key), &label, failure);
        checks.push(if suffices { Check { found: Outcome::Skip, ..check } } else { check });
    }
    for listed in &platform.listed {
        let subject = CheckSubject::Referrer { platform: key, referrer: listed.digest };
        let check = attestations::not_judged(listed, subject, &label);
        checks.push(check.with(facts::of_listed(listed, platform)));
    }
    for record in evidence.attached_records(platform) {
        let subject = CheckSubject::Referrer { platform: key, referrer: record.digest };
        let says = EntryReason::BuildRecord.as_str();
        let check = Check::skipped(CheckKind::Referrer, subject, &record.digest.short(), says);
        checks.push(check.with(facts::of_build_record(record, platform)));
    }
    suffices
}

/// Whether the attestations that were found answer the question, or fail by themselves: what could not be asked then adds
/// nothing.
pub fn suffices(platform: &PlatformEvidence, evidence: &Evidence, answered_by: AnsweredBy) -> bool {
    lacking_types(platform, evidence, answered_by).is_empty()
        && !lacks_attestation(platform, evidence, answered_by)
}

/// The types that were asked for and that no attestation has by a signer that answers the question.
fn lacking_types(
    platform: &PlatformEvidence,
    evidence: &Evidence,
    answered_by: AnsweredBy,
) -> Vec<Diagnostic> {
    // Whatever the policy takes, a type that is asked for is there where it is attested about the index.
    let answering: Vec<&str> = answering(platform, evidence).chain(answering_of_index(evidence)).collect();
    let failed = |attestation: &AttestationEvidence, wanted: &PredicateSelector| {
        attestation.predicate_type.as_deref().is_none_or(|own| wanted.includes(own))
    };
    let root = evidence.root.digest;
    let index = (answered_by == AnsweredBy::ImagesOrIndex).then_some(&evidence.about_index);
    let lacking = evidence.predicate_types.iter().filter(|wanted| {
        // A failed one of the type is its own error.
        let mut own = platform.judged(root).filter(|(_, outcome)| outcome.is_err());
        let mut of_index = index.into_iter().flat_map(|index| index.judged(root)).filter(|(_, o)| o.is_err());
        !answering.iter().any(|predicate_type| wanted.includes(predicate_type))
            && !own.any(|(attestation, _)| failed(attestation, wanted))
            && !of_index.any(|(attestation, _)| failed(attestation, wanted))
    });
    let about = &evidence.about_index;
    let there = types_there(
        platform.attestations.iter().chain(&about.attestations),
        platform.listed.iter().chain(&about.listed),
    );
    lacking
        .map(|wanted| {
            let what = format!("there is no {} attestation", wanted.title());
            let diagnostic = Diagnostic::new(Code::ATTEST_PREDICATE_MISSING, what)
                .fact("asked for", wanted)
                .fact("searched", platform.searched());
            let diagnostic = there.iter().fold(diagnostic, |diagnostic, one| diagnostic.fact("there", one));
            // One of the type may be there, by another signer.
            let mut listed = platform.listed.iter().chain(&about.listed);
            match listed.find(|listed| listed.is_among(std::slice::from_ref(wanted))) {
                Some(listed) => {
                    diagnostic.fact("not judged", &listed.reason).maybe_remedy(listed.reason.remedy())
                }
                None => diagnostic,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::tests::{attestation, evidence, image};
    use crate::evidence::{
        AttestationEvidence, Failure, Kind, Needs, PolicyIdentity, RootSignatureOutcome, unattested,
    };
    use crate::limits::Exceeded;
    use crate::oci::Platform;
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

    /// Demands that every image has an attestation.
    struct EachAttested;

    impl Policy for EachAttested {
        fn identity(&self) -> PolicyIdentity {
            PolicyIdentity { name: "attested".to_owned(), digest: Digest::of(b"attested") }
        }

        fn needs(&self) -> Needs {
            Needs::default()
        }

        fn decide(&self, evidence: &Evidence, _: &Needed<'_>) -> Vec<Check> {
            unattested(evidence, AnsweredBy::Images)
        }
    }

    /// Demands nothing, and is answered by this.
    struct AnsweredOnly(AnsweredBy);

    impl Policy for AnsweredOnly {
        fn identity(&self) -> PolicyIdentity {
            PolicyIdentity { name: "answered".to_owned(), digest: Digest::of(b"answered") }
        }

        fn needs(&self) -> Needs {
            Needs { base: false, answered_by: self.0 }
        }

        fn decide(&self, _: &Evidence, _: &Needed<'_>) -> Vec<Check> {
            Vec::new()
        }
    }

    fn judged_by(evidence: &Evidence, requirements: &Requirements) -> Verdict {
        judge(evidence, requirements, &EachAttested, &Needed::default())
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
        assert_eq!(customised.claim, Claim::Customisation(name("acme/python")));
        // By another key it is that key's word, under whatever name.
        let team = by("dhi/python", false, Role::Image);
        for one in [&dhi("dhi/python"), &team] {
            let signed = both(one, &team);
            assert!(matches!(signed.claim, Claim::Signed { .. }), "{:?}", signed.claim);
            assert_eq!(signed.exit, Exit::Pass);
        }
        // Attestors neither make it one nor unmake it.
        let attestor = by("evil/x", false, Role::Attestor);
        let beside = judged(vec![platform("amd64", vec![dhi("dhi/python"), attestor])]);
        assert_eq!(beside.claim, Claim::HardenedImage(name("dhi/python")));
        let alone = judged(vec![platform("amd64", vec![attestor])]);
        assert_eq!((&alone.claim, ids(&alone)), (&Claim::NotProven(Vec::new()), vec![Code::ATTEST_NONE]));
    }

    #[test]
    fn a_proof_counts_for_the_object_that_it_is_about_alone() {
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
            // What is said about an index says nothing about an image in it.
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
        // A chart is vouched for by what is said about its index.
        let chart = beside(Kind::Chart, &other, other.digest);
        assert_eq!((chart.exit, chart.claim), (Exit::Pass, Claim::HardenedImage(name("dhi/python"))));
    }

    #[test]
    fn what_is_about_an_index_answers_only_where_it_may() {
        let (docker, team) = (by("dhi/python", true, Role::Image), by("acme/x", false, Role::Image));
        let attestor = by("acme/x", false, Role::Attestor);
        // The exit code, the ids and the headline where it may answer; and elsewhere.
        let judged = |about: &[AttestationEvidence], own: Vec<TestSigner>| {
            let mut evidence = evidence(vec![platform("amd64", own.clone()), platform("arm64", own)]);
            evidence.about_index.attestations = about.to_vec();
            [AnsweredBy::ImagesOrIndex, AnsweredBy::Images].map(|answered_by| {
                let policy = AnsweredOnly(answered_by);
                let verdict = judge(&evidence, &Requirements::default(), &policy, &Needed::default());
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
            // By whomever: the images are not hardened by it.
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
            for (exit, ids, headline) in judged(&[not_counted], Vec::new()) {
                assert_eq!((exit, ids), none(Exit::Missing));
                assert!(matches!(headline, Claim::NotProven(_)), "{headline:?}");
            }
        }
        // One about another object fails what it may answer, and warns elsewhere.
        let [counted, not] = judged(&[about(b"other", SPDX, docker)], vec![docker]);
        assert_eq!((counted.0, counted.1), (Exit::BadProof, vec![Code::TRUST_SUBJECT_MISMATCH]));
        assert_eq!((not.0, not.1), (Exit::Pass, Vec::new()));
        // What images are by their own attestations it does not unmake.
        for found in judged(&[about(b"index", SPDX, team)], vec![docker]) {
            assert_eq!(found, (Exit::Pass, Vec::new(), Claim::HardenedImage(name("dhi/python"))));
        }
        // Docker's key signs one name, also about the index where that counts.
        let [counted, not] =
            judged(&[about(b"index", SPDX, by("dhi/nginx", true, Role::Image))], vec![docker]);
        assert_eq!((counted.0, counted.1), (Exit::BadProof, vec![Code::TRUST_SIGNED_NAME]));
        assert_eq!(not.0, Exit::Pass);
    }

    #[test]
    fn a_signature_of_another_object_is_none_of_the_root() {
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
    fn names_of_the_dhi_key_that_differ_are_an_error() {
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

    #[test]
    fn nothing_is_proven_where_anything_fails() {
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
        let demanding = Requirements { require_root_signature: true };
        assert_eq!(judged_by(&evidence(vec![good.clone()]), &demanding).exit, Exit::Missing);
        let mut asked = evidence(vec![good]);
        asked.asked_platforms = vec!["linux/amd64".parse().unwrap(), "linux/s390x".parse().unwrap()];
        assert_eq!(ids(&judged_by(&asked, &Requirements::default())), [Code::VERIFY_NO_SUCH_PLATFORM]);
    }
}
