//! The verdict over evidence alone, without a policy: everything that was to be checked holds, or it is named
//! with its id. A check that was not made is a value in the list, not a gap.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;

use super::facts::{self, Facts};
use super::platform::PlatformEvidence;
use super::reference::{Evidence, PASSED_OVER, RootSignatureOutcome};
use crate::attestation::{VSA, short_title};
use crate::diagnostic::{Code, Diagnostic, Exit};
use crate::oci::reference::{DHI, DOCKER_HUB};
use crate::oci::{Digest, Reference, Repository, claimed};
use crate::trust::{LogProof, Quorum, Role, SignedName};

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

/// What is proven about the object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Headline {
    /// Everything that was judged holds under Docker's DHI key and an official name.
    HardenedImage(SignedName),
    /// Everything holds under Docker's DHI key, for a customisation of an organisation.
    Customisation(SignedName),
    /// Everything holds, and these hardened images are what it is built on.
    Built(Vec<String>),
    /// Not judged again: somebody whose word was taken verified it.
    Summarized {
        /// What was proven then, in a few words.
        proven: String,
        /// When.
        time: Timestamp,
    },
    /// Everything holds under other keys: their names and ids, and the signed names.
    Signed {
        /// `name (id)` of each key, `identity (issuer)` of each certificate.
        signers: Vec<String>,
        /// Names in the signed payloads.
        names: Vec<SignedName>,
    },
    /// Something does not hold. The names are those of the signatures that do.
    NotProven(Vec<SignedName>),
}

impl Headline {
    /// The names in the signatures that it rests on.
    pub fn names(&self) -> Vec<SignedName> {
        match self {
            Self::HardenedImage(name) | Self::Customisation(name) => vec![name.clone()],
            Self::Built(_) | Self::Summarized { .. } => Vec::new(),
            Self::Signed { names, .. } | Self::NotProven(names) => names.clone(),
        }
    }
}

/// In a few words.
impl fmt::Display for Headline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names =
            |names: &[SignedName]| names.iter().map(SignedName::as_str).collect::<Vec<_>>().join(", ");
        match self {
            Self::HardenedImage(name) => write!(f, "Docker Hardened Image, signed as {}", name.as_str()),
            Self::Customisation(name) => {
                write!(f, "customised Docker Hardened Image, signed as {}", name.as_str())
            }
            Self::Built(on) => write!(f, "built on {}", on.join(", ")),
            Self::Summarized { proven, time } => write!(f, "{proven}, as verified at {time:.0}"),
            Self::Signed { signers, names: signed } if signed.is_empty() => {
                write!(f, "signed by {}", signers.join(", "))
            }
            Self::Signed { signers, names: signed } => {
                write!(f, "signed by {} as {}", signers.join(", "), names(signed))
            }
            Self::NotProven(signed) if signed.is_empty() => f.write_str("not proven"),
            Self::NotProven(signed) => write!(f, "not proven, signed as {}", names(signed)),
        }
    }
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What kind of check: `root-signature`, `platform`, `attestation`, `referrer`, `signed-name`, `base`, `summary`.
    pub id: &'static str,
    /// What it is about: `index`, `linux/amd64`, an attestation of it.
    pub scope: String,
    /// What came of it.
    pub outcome: Outcome,
    /// What was found, in a few words.
    pub says: String,
    /// What is wrong, for every outcome but pass.
    pub problem: Option<Diagnostic>,
    /// Name and value of what was looked at: digests, who signed, where it was found. Facts of the problem are not
    /// repeated.
    pub facts: Facts,
}

/// What came of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It holds.
    Pass,
    /// It does not.
    Fail,
    /// It does not, but was not demanded.
    Warn,
    /// It was not made.
    Skip,
    /// It could not be made.
    Unknown,
}

impl Outcome {
    /// The word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Warn => "warn",
            Self::Skip => "skip",
            Self::Unknown => "unknown",
        }
    }

    /// A failed check is one that could not be made when its cause is no finding about the object.
    fn of(problem: &Diagnostic) -> Self {
        match problem.code.exit() {
            Exit::Unavailable | Exit::Denied => Self::Unknown,
            _ if problem.code == Code::LIMITS_EXCEEDED => Self::Unknown,
            _ => Self::Fail,
        }
    }
}

impl Check {
    /// One that holds.
    pub fn pass(id: &'static str, scope: &str, says: impl Into<String>) -> Self {
        Self {
            id,
            scope: scope.to_owned(),
            outcome: Outcome::Pass,
            says: says.into(),
            problem: None,
            facts: Facts::new(),
        }
    }

    /// With what it looked at.
    pub(crate) fn with(self, facts: Facts) -> Self {
        Self { facts, ..self }
    }

    /// One that does not, or that could not be made.
    pub fn failed(id: &'static str, scope: &str, problem: &Diagnostic) -> Self {
        Self {
            outcome: Outcome::of(problem),
            says: problem.what.clone(),
            problem: Some(problem.clone()),
            ..Self::pass(id, scope, "")
        }
    }

    pub(super) fn noted(id: &'static str, scope: &str, outcome: Outcome, problem: &Diagnostic) -> Self {
        Self { outcome, ..Self::failed(id, scope, problem) }
    }

    /// Whether it counts against the object.
    pub fn counts(&self) -> bool {
        matches!(self.outcome, Outcome::Fail | Outcome::Unknown)
    }
}

/// Judges the evidence by the rules that need no policy.
pub fn judge(evidence: &Evidence, requirements: &Requirements) -> Verdict {
    let mut checks = vec![root_signature(evidence, requirements).with(facts::of_root(evidence))];
    if evidence.platforms.is_empty() {
        checks.push(Check::failed("platform", root_name(evidence), &no_platform(evidence)));
    }
    for platform in &evidence.platforms {
        judge_platform(platform, evidence, &mut checks);
    }
    checks.extend(missing_platforms(evidence));
    checks.extend(one_name(evidence));
    checks.extend(not_judged(evidence));
    let exit = worst(&checks);
    Verdict { headline: headline(evidence, exit), checks, exit }
}

/// A skipped check for each entry of the index that was not judged, with the reason.
pub fn not_judged(evidence: &Evidence) -> Vec<Check> {
    let skipped = |scope: &str, reason: &str, digest: &Digest| Check {
        outcome: Outcome::Skip,
        ..Check::pass("platform", scope, reason).with(vec![("entry", digest.to_string())])
    };
    let set_aside = evidence.set_aside.iter();
    let set_aside = set_aside.map(|entry| skipped(&entry.digest.short(), &entry.reason, &entry.digest));
    let passed_over = evidence
        .passed_over
        .iter()
        .map(|entry| skipped(&claimed(&entry.platform.to_string()), PASSED_OVER, &entry.digest));
    set_aside.chain(passed_over).collect()
}

fn worst(checks: &[Check]) -> Exit {
    let counting = checks.iter().filter(|check| check.counts());
    counting.filter_map(|check| check.problem.as_ref()).map(Diagnostic::exit).max().unwrap_or(Exit::Pass)
}

impl Verdict {
    /// Makes the exit code that of the checks, after some of them were changed.
    pub fn settle(&mut self) {
        self.exit = worst(&self.checks);
    }
}

fn root_signature(evidence: &Evidence, requirements: &Requirements) -> Check {
    const ID: &str = "root-signature";
    let scope = root_name(evidence);
    match &evidence.root_signature.outcome {
        RootSignatureOutcome::Good(signatures) => Check::pass(ID, scope, signed_by(signatures)),
        RootSignatureOutcome::Absent => {
            let problem = Diagnostic::new(Code::TRUST_UNSIGNED, "it has no signature of its own");
            match (requirements.require_root_signature, evidence.root.is_index) {
                (true, _) => Check::failed(ID, scope, &problem),
                (false, true) => Check::noted(
                    ID,
                    scope,
                    Outcome::Warn,
                    &problem.hint("demand one with `--require-index-signature`; older images have none"),
                ),
                // Where there is no index the attestations hang on the very object that was asked for.
                (false, false) => Check {
                    outcome: Outcome::Skip,
                    ..Check::pass(ID, scope, "no signature of its own, and none demanded")
                },
            }
        }
        RootSignatureOutcome::Unknown(problem) if requirements.require_root_signature => {
            Check::failed(ID, scope, problem)
        }
        RootSignatureOutcome::Unknown(problem) => Check::noted(ID, scope, Outcome::Warn, problem),
        RootSignatureOutcome::Failed(problem) => Check::failed(ID, scope, problem),
    }
}

/// How the root is called in reports.
fn root_name(evidence: &Evidence) -> &'static str {
    if evidence.root.is_index { "index" } else { "manifest" }
}

/// Of several platforms that were asked for each must be there: one does not answer for another.
fn missing_platforms(evidence: &Evidence) -> impl Iterator<Item = Check> {
    let asked = evidence.asked_platforms.iter().filter(|_| !evidence.platforms.is_empty());
    let missing = asked.filter(|asked| !evidence.platforms.iter().any(|platform| platform.is_for(asked)));
    missing.map(|asked| {
        let mut there: Vec<String> = evidence.platforms.iter().map(PlatformEvidence::label).collect();
        there.extend(evidence.passed_over.iter().map(|entry| entry.platform.to_string()));
        let what = format!("there is no image for {asked}");
        let problem = Diagnostic::new(Code::VERIFY_NO_SUCH_PLATFORM, what).fact("there", there.join(", "));
        Check::failed("platform", &asked.to_string(), &problem)
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

fn judge_platform(platform: &PlatformEvidence, evidence: &Evidence, checks: &mut Vec<Check>) {
    let scope = platform.label();
    for problem in &platform.problems {
        checks.push(Check::failed("platform", &scope, problem).with(facts::of_image(platform)));
    }
    for attestation in &platform.attestations {
        let scope = format!("{} of {scope}", attestation.title());
        let check = match &attestation.outcome {
            Ok(attested) => {
                let says = signed_by(attested.signatures());
                let unknown = attested.signatures().iter().find_map(|facts| match &facts.log {
                    LogProof::Unknown { cause } => Some(cause),
                    _ => None,
                });
                match unknown {
                    Some(cause) => {
                        let problem = Diagnostic::new(
                            Code::TRUST_LOG_MISSING,
                            "the log entry of the signature cannot be judged",
                        )
                        .fact("log entry", cause)
                        .hint("give the log's trusted root with `--trusted-root`");
                        Check { says, ..Check::noted("attestation", &scope, Outcome::Warn, &problem) }
                    }
                    None => Check::pass("attestation", &scope, says),
                }
            }
            Err(problem) => {
                let problem = problem.clone().fact("attestation", attestation.digest.short());
                Check::failed("attestation", &scope, &problem)
            }
        };
        checks.push(check.with(facts::of_attestation(attestation, platform, evidence)));
    }
    let missing = missing(platform, evidence);
    let complete = missing.is_empty();
    // A broken image explains a missing attestation; one error per cause.
    if platform.problems.is_empty() {
        checks.extend(missing.iter().map(|problem| Check::failed("attestation", &scope, problem)));
    }
    for problem in &platform.not_checked {
        let check = Check::failed("attestation", &scope, problem);
        checks.push(if complete { Check { outcome: Outcome::Skip, ..check } } else { check });
    }
    for listed in &platform.listed {
        let what = listed.predicate_type.as_deref().unwrap_or(&listed.artifact_type);
        checks.push(Check {
            outcome: Outcome::Skip,
            ..Check::pass("referrer", &format!("{} of {scope}", short_title(what)), listed.reason.clone())
                .with(facts::of_listed(listed, platform))
        });
    }
}

/// What the platform lacks: any attestation by a key that answers the question, or one of a type asked for.
fn missing(platform: &PlatformEvidence, evidence: &Evidence) -> Vec<Diagnostic> {
    let predicate_types = &evidence.predicate_types;
    let answering: Vec<&str> = platform
        .verified()
        .filter(|(_, attested)| attested.signature().role == Role::Image)
        .map(|(_, attested)| attested.statement().predicate_type.as_str())
        // What somebody made of the evidence is no evidence, unless that is what was asked for.
        .filter(|predicate_type| *predicate_type != VSA || !predicate_types.is_empty())
        .collect();
    let failed = platform.attestations.iter().any(|attestation| attestation.outcome.is_err());
    let searched = platform.searched.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    if predicate_types.is_empty() {
        if !answering.is_empty() || failed {
            return Vec::new();
        }
        let others = platform.verified().count();
        let problem = Diagnostic::new(Code::ATTEST_NONE, "there is no attestation")
            .fact("image", platform.digest)
            .fact("searched", &searched);
        return vec![match (others, platform.listed.len()) {
            (0, 0) => problem.hint(why_none(platform, evidence)),
            (0, listed) => problem
                .fact("there", format_args!("{listed} referrers that are not judged"))
                .hint("DSSE attestations are judged with the key that signed them: `--key FILE`"),
            (others, _) => {
                problem.fact("by attestor keys", format_args!("{others}, which do not answer the question"))
            }
        }];
    }
    let lacking = predicate_types.iter().filter(|wanted| {
        // A failed one of the type is its own error.
        !answering.contains(&wanted.as_str())
            && !platform.attestations.iter().any(|attestation| {
                attestation.outcome.is_err()
                    && attestation.predicate_type.as_deref().is_none_or(|own| own == *wanted)
            })
    });
    lacking
        .map(|wanted| {
            let what = format!("there is no {} attestation", short_title(wanted));
            Diagnostic::new(Code::ATTEST_PREDICATE_MISSING, what)
                .fact("asked for", wanted)
                .fact("searched", &searched)
                .fact("there", format_args!("{} of other types", platform.listed.len()))
        })
        .collect()
}

/// What to do about a hardened image without attestations.
pub(super) const NOT_COPIED: &str = "it claims to be hardened, so its attestations were not copied with it: copy it \
    with `regctl image copy --referrers`, or name the repository that holds them with `--attestations REPO`";

fn tag_of(reference: &Reference) -> String {
    reference.tag.as_ref().map(|tag| format!(":{tag}")).unwrap_or_default()
}

/// The hardened image that goes by the name of one of Docker Hub's own: `dhi.io/python:3` for `python:3`.
pub fn hardened_name(reference: &Reference) -> Option<String> {
    let Repository::Remote(name) = &reference.repository else { return None };
    let official = name.path().strip_prefix("library/").filter(|_| name.host() == DOCKER_HUB)?;
    Some(format!("{DHI}/{official}{}", tag_of(reference)))
}

/// What usually is behind an image without attestations: the wrong registry, an old digest, a copy without
/// referrers.
fn why_none(platform: &PlatformEvidence, evidence: &Evidence) -> String {
    let reference = &evidence.reference;
    if let Some(hardened) = hardened_name(reference) {
        return format!("the hardened one is `{hardened}`");
    }
    let tag = tag_of(reference);
    if reference.digest.is_some() && reference.tag.is_some() {
        return format!("the tag may name a newer image by now: `{}{tag}`", reference.repository);
    }
    if platform.claims_dhi() {
        return NOT_COPIED.to_owned();
    }
    if matches!(evidence.root_signature.outcome, RootSignatureOutcome::Good(_)) {
        return "its signature alone does not answer: attach an attestation (`dhi attest add`), or copy those that it \
                has (`regctl image copy --referrers`)"
            .to_owned();
    }
    "if it is a copy, copy its referrers too (`regctl image copy --referrers`), or name the repository that holds \
     them with `--attestations REPO`"
        .to_owned()
}

/// All attestations that Docker's key verifies, over all platforms, must carry one name.
pub(super) fn one_name(evidence: &Evidence) -> Option<Check> {
    let mut names: BTreeMap<SignedName, Vec<String>> = BTreeMap::new();
    for platform in &evidence.platforms {
        for (_, attested) in platform.verified() {
            for facts in attested.signatures().iter().filter(|facts| facts.signer.is_dhi()) {
                if let Some(name) = &facts.signed_name {
                    names.entry(name.clone()).or_default().push(platform.label());
                }
            }
        }
    }
    if names.len() < 2 {
        return None;
    }
    let mut problem = Diagnostic::new(
        Code::TRUST_SIGNED_NAME,
        "attestations of one reference are signed under several names",
    );
    for (name, mut platforms) in names {
        platforms.dedup();
        problem = problem.fact(name.as_str(), platforms.join(", "));
    }
    Some(Check::failed("signed-name", root_name(evidence), &problem))
}

fn headline(evidence: &Evidence, exit: Exit) -> Headline {
    let answering: Vec<&Quorum> = evidence
        .platforms
        .iter()
        .flat_map(PlatformEvidence::verified)
        .map(|(_, attested)| attested.signatures())
        .filter(|signatures| signatures.first().role == Role::Image)
        .collect();
    let names = |only_dhi: bool| -> Vec<SignedName> {
        let facts = answering.iter().flat_map(|signatures| signatures.iter());
        let counted = facts.filter(|facts| !only_dhi || facts.signer.is_dhi());
        let names: BTreeSet<SignedName> = counted.filter_map(|facts| facts.signed_name.clone()).collect();
        names.into_iter().collect()
    };
    if exit != Exit::Pass {
        return Headline::NotProven(names(false));
    }
    let by_docker = |signatures: &&Quorum| signatures.iter().any(|facts| facts.signer.is_dhi());
    match names(true).as_slice() {
        [name] if answering.iter().all(by_docker) => {
            if name.namespace() == "dhi" {
                Headline::HardenedImage(name.clone())
            } else {
                Headline::Customisation(name.clone())
            }
        }
        _ => {
            let facts = answering.iter().flat_map(|signatures| signatures.iter());
            let signers: BTreeSet<String> = facts.map(|facts| facts.signer.to_string()).collect();
            Headline::Signed { signers: signers.into_iter().collect(), names: names(false) }
        }
    }
}

/// `signed by dhi-2, log proven`; several signatures follow one another.
fn signed_by(signatures: &Quorum) -> String {
    let says = signatures
        .iter()
        .map(|facts| format!("{}, log {}", facts.signer.name(), facts.log.as_str()))
        .collect::<Vec<_>>()
        .join("; ");
    format!("signed by {says}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{AttestationEvidence, AttestationForm, Attested, Kind, Root, RootSignature};
    use crate::oci::{Platform, Reference, media_type};
    use crate::trust::{Form, SignatureFacts, Signer, TrustedKey};

    const SPDX: &str = "https://spdx.dev/Document";

    fn facts(name: Option<&str>, is_dhi: bool, role: Role) -> SignatureFacts {
        SignatureFacts {
            signer: Signer::Key {
                name: if is_dhi { "dhi-2" } else { "team" }.to_owned(),
                id: TrustedKey::dhi_2().unwrap().key.id(),
                is_dhi,
            },
            algorithm: "ecdsa-p256",
            role,
            form: Form::SimpleSigning,
            signed_name: name.map(SignedName::of),
            log: LogProof::Absent,
            times: Vec::new(),
        }
    }

    fn platform(architecture: &str, signatures: Vec<SignatureFacts>) -> PlatformEvidence {
        let statement = format!(
            r#"{{"_type":"https://in-toto.io/Statement/v1","predicateType":"{SPDX}","subject":[],"predicate":{{}}}}"#
        );
        let attestations =
            signatures.into_iter().enumerate().map(|(number, signature)| AttestationEvidence {
                digest: Digest::of(&[u8::try_from(number).unwrap()]),
                predicate_type: Some(SPDX.to_owned()),
                found_in: "dhi.io/python".parse::<Reference>().unwrap().repository,
                form: AttestationForm::InToto,
                outcome: Ok(Attested::of(Quorum::of(signature), &statement)),
            });
        PlatformEvidence {
            digest: Digest::of(architecture.as_bytes()),
            size: 1,
            media_type: media_type::OCI_MANIFEST.to_owned(),
            declared: Some(format!("linux/{architecture}").parse::<Platform>().unwrap()),
            within: Vec::new(),
            kind: Kind::Image,
            config: None,
            layers: Vec::new(),
            annotations: Vec::new(),
            attestations: attestations.collect(),
            listed: Vec::new(),
            problems: Vec::new(),
            searched: Vec::new(),
            not_checked: Vec::new(),
            age: None,
        }
    }

    fn judged(platforms: Vec<PlatformEvidence>) -> Verdict {
        judge(&evidence(platforms), &Requirements::default())
    }

    fn evidence(platforms: Vec<PlatformEvidence>) -> Evidence {
        let reference: Reference = "registry.example.com/x".parse().unwrap();
        Evidence {
            root: Root {
                digest: Digest::of(b""),
                media_type: media_type::OCI_INDEX.to_owned(),
                size: 1,
                is_index: true,
                annotations: BTreeMap::new(),
                age: None,
            },
            root_signature: RootSignature {
                found_in: reference.repository.clone(),
                outcome: RootSignatureOutcome::Absent,
            },
            reference,
            platforms,
            set_aside: Vec::new(),
            passed_over: Vec::new(),
            asked_platforms: Vec::new(),
            predicate_types: Vec::new(),
        }
    }

    fn ids(verdict: &Verdict) -> Vec<Code> {
        let counting = verdict.checks.iter().filter(|check| check.counts());
        counting.map(|check| check.problem.as_ref().unwrap().code).collect()
    }

    #[test]
    fn only_the_dhi_key_and_an_official_name_make_a_hardened_image() {
        let dhi = |name| facts(Some(name), true, Role::Image);
        let both = |one: &SignatureFacts, other: &SignatureFacts| {
            judged(vec![platform("amd64", vec![one.clone()]), platform("arm64", vec![other.clone()])])
        };
        let hardened = both(&dhi("dhi/python"), &dhi("dhi/python"));
        assert_eq!(hardened.headline, Headline::HardenedImage(SignedName::of("dhi/python")));
        assert_eq!(hardened.exit, Exit::Pass);
        let customised = both(&dhi("acme/python"), &dhi("acme/python"));
        assert_eq!(customised.headline, Headline::Customisation(SignedName::of("acme/python")));
        // By another key it is that key's word, under whatever name.
        let team = facts(Some("dhi/python"), false, Role::Image);
        for one in [&dhi("dhi/python"), &team] {
            let signed = both(one, &team);
            assert!(matches!(signed.headline, Headline::Signed { .. }), "{:?}", signed.headline);
            assert_eq!(signed.exit, Exit::Pass);
        }
        // Attestors neither make it one nor unmake it.
        let attestor = facts(Some("evil/x"), false, Role::Attestor);
        let beside = judged(vec![platform("amd64", vec![dhi("dhi/python"), attestor.clone()])]);
        assert_eq!(beside.headline, Headline::HardenedImage(SignedName::of("dhi/python")));
        let alone = judged(vec![platform("amd64", vec![attestor])]);
        assert_eq!(
            (&alone.headline, ids(&alone)),
            (&Headline::NotProven(Vec::new()), vec![Code::ATTEST_NONE])
        );
    }

    #[test]
    fn names_of_the_dhi_key_that_differ_are_an_error() {
        let dhi = |name| facts(Some(name), true, Role::Image);
        for platforms in [
            vec![platform("amd64", vec![dhi("dhi/python")]), platform("arm64", vec![dhi("dhi/nginx")])],
            vec![platform("amd64", vec![dhi("dhi/python"), dhi("dhi/nginx")])],
            vec![platform("amd64", vec![dhi("dhi/python"), facts(Some("dhi/nginx"), true, Role::Attestor)])],
        ] {
            let verdict = judged(platforms);
            assert_eq!((ids(&verdict), verdict.exit), (vec![Code::TRUST_SIGNED_NAME], Exit::BadProof));
            assert!(matches!(verdict.headline, Headline::NotProven(_)));
        }
    }

    #[test]
    fn nothing_is_proven_where_anything_fails() {
        let dhi = facts(Some("dhi/python"), true, Role::Image);
        let good = platform("amd64", vec![dhi]);
        let names = vec![SignedName::of("dhi/python")];
        let bare = judged(vec![good.clone(), platform("arm64", Vec::new())]);
        assert_eq!((&bare.headline, ids(&bare)), (&Headline::NotProven(names), vec![Code::ATTEST_NONE]));
        let none = judged(Vec::new());
        assert_eq!((none.exit, ids(&none)), (Exit::Missing, vec![Code::VERIFY_NO_SUCH_PLATFORM]));
        let limited = PlatformEvidence {
            problems: vec![Diagnostic::new(Code::LIMITS_EXCEEDED, "too long")],
            ..good.clone()
        };
        let limited = judged(vec![limited]);
        assert!(limited.checks.iter().any(|check| check.outcome == Outcome::Unknown));
        assert_eq!(limited.exit, Exit::BadProof);
        let demanding = Requirements { require_root_signature: true };
        assert_eq!(judge(&evidence(vec![good.clone()]), &demanding).exit, Exit::Missing);
        let mut asked = evidence(vec![good]);
        asked.asked_platforms = vec!["linux/amd64".parse().unwrap(), "linux/s390x".parse().unwrap()];
        assert_eq!(ids(&judge(&asked, &Requirements::default())), [Code::VERIFY_NO_SUCH_PLATFORM]);
    }
}
