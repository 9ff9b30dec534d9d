//! The verdict over evidence by the rules that always hold and by a policy: everything that was to be checked holds, or
//! it is named with its id. A check that was not made is a value in the list, not a gap.

use std::collections::BTreeSet;

use super::check::{Check, CheckKind, CheckSubject, Outcome};
use super::conclusion::{Conclusion, Excuses};
use super::facts;
use super::headline::Headline;
use super::naming::SeveralNames;
use super::platform::{PlatformEvidence, PlatformKey};
use super::policy::{Needed, Policy};
use super::presence::{answering, lacks_attestation, unattested};
use super::reference::{EntryReason, Evidence, RootSigned};
use crate::attestation::short_title;
use crate::diagnostic::{Code, Diagnostic, Exit, Remedy, ToDiagnostic};
use crate::oci::{Digest, claimed};
use crate::trust::Quorum;

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
    pub headline: Headline,
    /// Every check with its outcome, in the order of the walk.
    pub checks: Vec<Check>,
    /// The worst of them.
    pub exit: Exit,
}

impl Verdict {
    /// The verdict that `checks` make.
    pub(super) fn over(headline: Headline, checks: Vec<Check>) -> Self {
        Self { headline, exit: worst(&checks), checks }
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
    let mut checks = vec![root_signature(evidence, requirements).with(facts::of_root(evidence))];
    if evidence.platforms.is_empty() {
        let (scope, problem) = (root_name(evidence), no_platform(evidence));
        checks.push(Check::noted(CheckKind::Platform, CheckSubject::Root, scope, Outcome::Fail, problem));
    }
    for (key, platform) in evidence.images() {
        judge_platform(key, platform, evidence, &mut checks);
    }
    checks.extend(missing_platforms(evidence));
    checks.extend(SeveralNames::of(evidence).map(|names| {
        let (kind, subject, scope) = (CheckKind::SignedName, CheckSubject::Root, root_name(evidence));
        Check::noted(kind, subject, scope, Outcome::Fail, names.to_diagnostic())
    }));
    checks.extend(not_judged(evidence));
    let decided = policy.decide(evidence, needed);
    // What is a warning here counts where the policy says so. One check for one cause.
    checks.retain(|floor| {
        let is_same = |own: &Check| {
            (own.kind, &own.subject, &own.problem) == (floor.kind, &floor.subject, &floor.problem)
        };
        !decided.iter().any(|own| own.counts() && is_same(own))
    });
    // An image of which the policy says nothing needs an attestation all the same.
    checks.extend(unattested(evidence).into_iter().filter(|floor| {
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
    Verdict::over(Headline::of(evidence, needed.base, holds), checks)
}

/// A skipped check for each entry of the index that was not judged, with the reason.
pub fn not_judged(evidence: &Evidence) -> Vec<Check> {
    let skipped = |scope: &str, reason: EntryReason, digest: Digest| {
        Check::skipped(CheckKind::Platform, CheckSubject::Entry(digest), scope, reason.as_str())
            .with(vec![("entry", digest.to_string())])
    };
    let set_aside = evidence.set_aside.iter();
    let set_aside = set_aside.map(|entry| skipped(&entry.digest.short(), entry.reason, entry.digest));
    let passed_over = evidence.passed_over.iter().map(|entry| {
        skipped(&claimed(&entry.platform.to_string()), EntryReason::OtherPlatform, entry.digest)
    });
    set_aside.chain(passed_over).collect()
}

/// Where a check stands in the list: in the order of the walk, whichever code made it.
fn place(check: &Check) -> (u8, usize, u8) {
    match (check.kind, &check.subject) {
        (CheckKind::RootSignature, _) => (0, 0, 0),
        (CheckKind::Platform, CheckSubject::Root) => (1, 0, 0),
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

fn root_signature(evidence: &Evidence, requirements: &Requirements) -> Check {
    const KIND: CheckKind = CheckKind::RootSignature;
    const SUBJECT: CheckSubject = CheckSubject::Root;
    let scope = root_name(evidence);
    match evidence.root_signed() {
        RootSigned::By(signatures) => {
            let says = signed_by(signatures);
            let says = match evidence.root_signature.beside.len() {
                0 => says,
                1 => format!("{says}; another signature is not good"),
                beside => format!("{says}; {beside} other signatures are not good"),
            };
            Check::pass(KIND, SUBJECT, scope, says)
        }
        RootSigned::Absent => {
            let problem = Diagnostic::new(Code::TRUST_UNSIGNED, "it has no signature of its own");
            match (requirements.require_root_signature, evidence.root.is_index) {
                (true, _) => Check::noted(KIND, SUBJECT, scope, Outcome::Fail, problem),
                (false, true) => Check::noted(
                    KIND,
                    SUBJECT,
                    scope,
                    Outcome::Warn,
                    problem.remedy(Remedy::RequireIndexSignature),
                ),
                // Where there is no index the attestations hang on the very object that was asked for.
                (false, false) => {
                    Check::skipped(KIND, SUBJECT, scope, "no signature of its own, and none demanded")
                }
            }
        }
        RootSigned::Unknown(failure) if requirements.require_root_signature => {
            Check::failed(KIND, SUBJECT, scope, failure)
        }
        RootSigned::Unknown(failure) => {
            Check::noted(KIND, SUBJECT, scope, Outcome::Warn, failure.to_diagnostic())
        }
        RootSigned::ListUnknown(unknown) if requirements.require_root_signature => {
            Check::failed(KIND, SUBJECT, scope, &unknown.failure)
        }
        RootSigned::ListUnknown(unknown) => {
            Check::noted(KIND, SUBJECT, scope, Outcome::Warn, unknown.failure.to_diagnostic())
        }
        RootSigned::Failed(failure) => Check::failed(KIND, SUBJECT, scope, &failure),
    }
}

/// How the root is called in reports.
fn root_name(evidence: &Evidence) -> &'static str {
    if evidence.root.is_index { "index" } else { "manifest" }
}

/// Of several platforms that were asked for each must be there: one does not answer for another.
fn missing_platforms(evidence: &Evidence) -> impl Iterator<Item = Check> {
    let missing = evidence.missing().filter(|_| !evidence.platforms.is_empty());
    missing.map(|asked| {
        let what = format!("there is no image for {asked}");
        let problem =
            Diagnostic::new(Code::VERIFY_NO_SUCH_PLATFORM, what).fact("there", evidence.there().join(", "));
        let subject = CheckSubject::Asked(asked.clone());
        Check::noted(CheckKind::Platform, subject, &asked.to_string(), Outcome::Fail, problem)
    })
}

fn no_platform(evidence: &Evidence) -> Diagnostic {
    let asked: Vec<String> = evidence.asked_platforms.iter().map(ToString::to_string).collect();
    let what = match asked.as_slice() {
        [] => "there is no image to judge".to_owned(),
        asked => format!("there is no image for {}", asked.join(", ")),
    };
    let problem = Diagnostic::new(Code::VERIFY_NO_SUCH_PLATFORM, what);
    if evidence.passed_over.is_empty() {
        problem.fact("entries", "none that is an image")
    } else {
        let there: BTreeSet<String> =
            evidence.passed_over.iter().map(|entry| entry.platform.to_string()).collect();
        problem.fact("there", there.into_iter().collect::<Vec<_>>().join(", "))
    }
}

fn judge_platform(
    key: PlatformKey,
    platform: &PlatformEvidence,
    evidence: &Evidence,
    checks: &mut Vec<Check>,
) {
    let label = platform.label();
    for failure in &platform.problems {
        let check = Check::failed(CheckKind::Platform, CheckSubject::Platform(key), &label, failure);
        checks.push(check.with(facts::of_image(platform)));
    }
    for (attestation, outcome) in platform.judged(evidence.root.digest) {
        let scope = format!("{} of {label}", attestation.title());
        let kind = CheckKind::Attestation;
        let subject = CheckSubject::Attestation { platform: key, attestation: attestation.digest };
        let check = match outcome {
            Ok(attested) => {
                let says = signed_by(attested.signatures());
                let unknown = attested.signatures().iter().find_map(|facts| facts.log().cause());
                match unknown {
                    Some(cause) => {
                        let problem = Diagnostic::new(
                            Code::TRUST_LOG_MISSING,
                            "the log entry of the signature cannot be judged",
                        )
                        .fact("log entry", cause)
                        .remedy(Remedy::GiveLogKey);
                        Check { says, ..Check::noted(kind, subject, &scope, Outcome::Warn, problem) }
                    }
                    None => Check::pass(kind, subject, &scope, says),
                }
            }
            Err(failure) => {
                let problem = failure.to_diagnostic().fact("attestation", attestation.digest.short());
                Check::noted(kind, subject, &scope, Outcome::of_failed(failure.is_open()), problem)
            }
        };
        checks.push(check.with(facts::of_attestation(attestation, platform, evidence)));
    }
    let lacking = lacking_types(platform, evidence);
    let suffices = suffices(platform, evidence);
    // A broken image explains a missing attestation; one error per cause.
    if platform.problems.is_empty() && !lacking.is_empty() {
        let subject = CheckSubject::Platform(key);
        match platform.unknown_list() {
            Some(unknown) => {
                checks.push(Check::failed(CheckKind::Attestation, subject, &label, &unknown.failure));
            }
            None => checks.extend(lacking.into_iter().map(|problem| {
                Check::noted(CheckKind::Attestation, subject.clone(), &label, Outcome::Fail, problem)
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
        let what = listed.predicate_type.as_deref().unwrap_or(&listed.artifact_type);
        let subject = CheckSubject::Referrer { platform: key, referrer: listed.digest };
        let scope = format!("{} of {label}", short_title(what));
        let check = Check::skipped(CheckKind::Referrer, subject, &scope, listed.reason.to_string());
        checks.push(check.with(facts::of_listed(listed, platform)));
    }
}

/// Whether the attestations that were found answer the question, or fail by themselves: what could not be asked then adds
/// nothing.
pub fn suffices(platform: &PlatformEvidence, evidence: &Evidence) -> bool {
    lacking_types(platform, evidence).is_empty() && !lacks_attestation(platform, evidence)
}

/// The types that were asked for and that no attestation has by a signer that answers the question.
fn lacking_types(platform: &PlatformEvidence, evidence: &Evidence) -> Vec<Diagnostic> {
    let answering: Vec<&str> = answering(platform, evidence).collect();
    let lacking = evidence.predicate_types.iter().filter(|wanted| {
        // A failed one of the type is its own error.
        !answering.contains(&wanted.as_str())
            && !platform.judged(evidence.root.digest).any(|(attestation, outcome)| {
                outcome.is_err() && attestation.predicate_type.as_deref().is_none_or(|own| own == *wanted)
            })
    });
    lacking
        .map(|wanted| {
            let what = format!("there is no {} attestation", short_title(wanted));
            Diagnostic::new(Code::ATTEST_PREDICATE_MISSING, what)
                .fact("asked for", wanted)
                .fact("searched", platform.searched())
                .fact("there", format_args!("{} of other types", platform.listed.len()))
        })
        .collect()
}

/// `signed by dhi-2, log proven`; several signatures follow one another.
fn signed_by(signatures: &Quorum) -> String {
    let says = signatures
        .iter()
        .map(|facts| format!("{}, log {}", facts.signer().name(), facts.log().as_str()))
        .collect::<Vec<_>>()
        .join("; ");
    format!("signed by {says}")
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
    use crate::trust::tests::signing::Author;
    use crate::trust::{Role, SignedName};

    const SPDX: &str = "https://spdx.dev/Document";

    fn by(name: &'static str, is_dhi: bool, role: Role) -> Author {
        Author { name: Some(name), is_dhi, role }
    }

    fn name(name: &'static str) -> SignedName {
        Author::docker(name).facts().signed_name().unwrap().clone()
    }

    fn platform(architecture: &str, authors: Vec<Author>) -> PlatformEvidence {
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
            unattested(evidence)
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
        counting.map(|check| check.problem.as_ref().unwrap().code).collect()
    }

    #[test]
    fn only_the_dhi_key_and_an_official_name_make_a_hardened_image() {
        let dhi = |name| by(name, true, Role::Image);
        let both = |one: &Author, other: &Author| {
            judged(vec![platform("amd64", vec![*one]), platform("arm64", vec![*other])])
        };
        let hardened = both(&dhi("dhi/python"), &dhi("dhi/python"));
        assert_eq!(hardened.headline, Headline::HardenedImage(name("dhi/python")));
        assert_eq!(hardened.exit, Exit::Pass);
        let customised = both(&dhi("acme/python"), &dhi("acme/python"));
        assert_eq!(customised.headline, Headline::Customisation(name("acme/python")));
        // By another key it is that key's word, under whatever name.
        let team = by("dhi/python", false, Role::Image);
        for one in [&dhi("dhi/python"), &team] {
            let signed = both(one, &team);
            assert!(matches!(signed.headline, Headline::Signed { .. }), "{:?}", signed.headline);
            assert_eq!(signed.exit, Exit::Pass);
        }
        // Attestors neither make it one nor unmake it.
        let attestor = by("evil/x", false, Role::Attestor);
        let beside = judged(vec![platform("amd64", vec![dhi("dhi/python"), attestor])]);
        assert_eq!(beside.headline, Headline::HardenedImage(name("dhi/python")));
        let alone = judged(vec![platform("amd64", vec![attestor])]);
        assert_eq!(
            (&alone.headline, ids(&alone)),
            (&Headline::NotProven(Vec::new()), vec![Code::ATTEST_NONE])
        );
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
            assert_eq!(verdict.headline, Headline::NotProven(Vec::new()));
        }
        for kind in [Kind::Image, Kind::Chart, Kind::Other] {
            assert_eq!(beside(kind, &own, elsewhere).exit, Exit::Pass, "{kind:?}");
        }
        // A chart is vouched for by what is said about its index.
        let chart = beside(Kind::Chart, &other, other.digest);
        assert_eq!((chart.exit, chart.headline), (Exit::Pass, Headline::HardenedImage(name("dhi/python"))));
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
            assert!(matches!(verdict.headline, Headline::NotProven(_)));
        }
    }

    #[test]
    fn nothing_is_proven_where_anything_fails() {
        let dhi = by("dhi/python", true, Role::Image);
        let good = platform("amd64", vec![dhi]);
        let names = vec![name("dhi/python")];
        let bare = judged(vec![good.clone(), platform("arm64", Vec::new())]);
        assert_eq!((&bare.headline, ids(&bare)), (&Headline::NotProven(names), vec![Code::ATTEST_NONE]));
        let none = judged(Vec::new());
        assert_eq!((none.exit, ids(&none)), (Exit::Missing, vec![Code::VERIFY_NO_SUCH_PLATFORM]));
        let limited = PlatformEvidence {
            problems: vec![Failure::Limit(Exceeded::new("statement", 1, "bytes"))],
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
