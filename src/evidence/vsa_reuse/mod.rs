//! Decides whether a verification summary is accepted in place of a new verification.
//!
//! It is accepted only if a new verification would check nothing more: it is about the same content under the same
//! name, has the same inputs, a log policy and skipped checks that are at least as strict, is recent enough, and
//! there is no newer failed summary by the same verifier. When in doubt it is rejected, which costs only time.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;

use jiff::{SignedDuration, Timestamp};

use super::attested::{AttestationEvidence, Attested};
use super::check::{Check, CheckKind, CheckSubject, Outcome};
use super::claim::Claim;
use super::facts::{self, Facts};
use super::failure::Failure;
use super::reference::Root;
use super::verdict::Verdict;
use crate::attestation::{
    PredicateFacts, SkippedCheckRecord, VSA_TYPE, VerificationSummary, VsaExtension, Warning,
};
use crate::diagnostic::{Catalogue, Code, Diagnostic, Exit, ToDiagnostic};
use crate::oci::Digest;
use crate::trust::{KeyId, LogPolicy};

/// What a summary must match to be accepted.
#[derive(Clone, Debug)]
pub struct VsaExpectation {
    /// `verifier.id`. `None`: the one that [`verifier_of`] makes from the key that signed.
    pub verifier: Option<String>,
    /// `resourceUri`: the repository of the image.
    pub resource: String,
    /// One of the images that the request is narrowed to, to which summaries are attached. `None`: the request is
    /// about the whole object, and so are the summaries. The digest of the inputs binds both cases to that object.
    pub part: Option<Digest>,
    /// Digest of all inputs of the verdict.
    pub policy: Digest,
    /// The inputs, to report which differ.
    pub inputs: serde_json::Value,
    /// The log policy of this run.
    pub log: LogPolicy,
    /// Checks that this run skips for all objects.
    pub skipped: BTreeSet<SkippedCheck>,
    /// The maximum age of a summary.
    pub max_age: SignedDuration,
    /// The codes that a warning in a summary may have.
    pub known: Catalogue,
    /// The time of this run.
    pub now: Timestamp,
}

/// The `verifier.id` of a key whose holder has no other name.
pub fn verifier_of(key: KeyId) -> String {
    format!("urn:dhi:verifier:{key}")
}

/// A kind of check that a run can skip for all objects. Its name in summaries is part of the signed extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum SkippedCheck {
    /// Proof of entry in a transparency log.
    TransparencyLog,
    /// Signed certificate timestamps.
    CertificateLog,
    /// Current tags and lists of referrers: an offline run takes stored ones.
    Freshness,
}

impl SkippedCheck {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::TransparencyLog, Self::CertificateLog, Self::Freshness];

    /// The name in summaries.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TransparencyLog => "transparency-log",
            Self::CertificateLog => "certificate-log",
            Self::Freshness => "freshness",
        }
    }

    /// The kind with this name in summaries.
    fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// Kinds of checks that a run with the same inputs skips again, because the inputs and the image decide it. What was
/// skipped because it could not be fetched is not among them.
const ALWAYS_SKIPPED_AGAIN: [CheckKind; 3] =
    [CheckKind::Platform, CheckKind::Referrer, CheckKind::RootSignature];

/// An accepted summary.
#[derive(Clone, Debug)]
pub struct AcceptedVsa {
    /// The object that it is about.
    pub root: Root,
    /// The digest that pulls exactly what it is about. `None` if it is about several images.
    pub pin: Option<Digest>,
    /// Digest of the attestation that holds it.
    pub attestation: Digest,
    /// `verifier.id`.
    pub verifier: String,
    /// Who signed it.
    pub signer: String,
    /// The time of the verification.
    pub time: Timestamp,
    /// How it was verified.
    pub verification: VsaExtension,
    /// Digest of all inputs of the verdict.
    pub policy: Digest,
    age: SignedDuration,
    warnings: Vec<(Code, Warning)>,
    facts: Facts,
}

/// Why no summary was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VsaRejection {
    /// No summary is signed by a key for summaries.
    None,
    /// The request is about an image of a local engine, which must be compared with what is verified now.
    LocalImage,
    /// The summaries could not be fetched.
    NotFetched(Box<Failure>),
    /// A summary signed by a key for summaries is bad or cannot be read.
    Bad {
        /// Digest of the attestation.
        attestation: Digest,
        /// What is wrong.
        cause: BadVsa,
    },
    /// All summaries are by other verifiers, whichever key signed them.
    OtherVerifier(Vec<String>),
    /// All summaries are about another repository.
    OtherRepository(Vec<String>),
    /// All summaries were made with other inputs.
    OtherInputs {
        /// Names of the inputs that differ from those of the newest summary.
        differ: Vec<String>,
    },
    /// The newest summary is unknown: one has no time, or two of the same time have different results.
    NoOrder,
    /// The newest summary is not a pass.
    NotPassed {
        /// Its result.
        result: String,
    },
    /// The newest summary has a time in the future.
    Future(Timestamp),
    /// The newest summary is too old.
    TooOld(SignedDuration),
    /// Its log policy was less strict.
    LogPolicy(String),
    /// It skipped a check that this run makes.
    Skipped(SkippedCheckRecord),
}

/// What is wrong with a summary that was signed by a key for summaries.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BadVsa {
    /// Its signature or statement does not verify.
    Failure(Box<Failure>),
    /// It is not about this object alone.
    OtherObject,
    /// Its statement is not a summary.
    NoSummary,
    /// It cannot be read.
    Unreadable(String),
    /// It has no details of the verification.
    NoVerification,
    /// It has no verifier.
    NoVerifier,
    /// It has a warning with an unknown code.
    UnknownWarning,
}

impl fmt::Display for BadVsa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Failure(failure) => return f.write_str(&failure.to_diagnostic().message),
            Self::OtherObject => "it is not about this object alone",
            Self::NoSummary => "it is not a verification summary",
            Self::Unreadable(cause) => cause,
            Self::NoVerification => "it has no details of the verification",
            Self::NoVerifier => "it names no verifier",
            Self::UnknownWarning => "it has a warning with an unknown code",
        })
    }
}

impl fmt::Display for VsaRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none is signed by a key for summaries"),
            Self::LocalImage => {
                f.write_str("the image of a local engine is compared with what is verified now")
            }
            Self::NotFetched(failure) => {
                write!(f, "the summaries could not be fetched: {}", failure.to_diagnostic().message)
            }
            Self::Bad { attestation, cause } => write!(f, "{} is bad: {cause}", attestation.short()),
            Self::OtherVerifier(names) => write!(f, "it is by {}", names.join(", ")),
            Self::OtherRepository(names) => write!(f, "it is about {}", names.join(", ")),
            Self::OtherInputs { differ } if differ.is_empty() => {
                f.write_str("it was not made by this program")
            }
            Self::OtherInputs { differ } => write!(f, "it differs in {}", differ.join(", ")),
            Self::NoOrder => f.write_str("the newest summary is unknown"),
            Self::NotPassed { result } => write!(f, "the newest summary has the result `{result}`"),
            Self::Future(time) => write!(f, "its time is in the future: {time}"),
            Self::TooOld(age) => write!(f, "it is {} old", duration(*age)),
            Self::LogPolicy(policy) => write!(f, "its log policy was `{policy}`"),
            Self::Skipped(SkippedCheckRecord { check, scope, reason }) => {
                write!(f, "it skipped {check} of {scope}: {reason}")
            }
        }
    }
}

/// A duration in its largest unit, for people.
fn duration(length: SignedDuration) -> String {
    match length.as_mins() {
        ..2 => format!("{} s", length.as_secs()),
        minutes @ 2..120 => format!("{minutes} min"),
        minutes @ 120..2880 => format!("{} h", minutes / 60),
        minutes => format!("{} days", minutes / 1440),
    }
}

/// Chooses the summary to accept among `found`, which a walk found about `root` under the keys for summaries.
///
/// 1. Every one must verify and be a readable summary about this object alone.
/// 2. Only those by the expected verifier, about the same repository, with the same inputs are considered.
/// 3. The newest of them must be a pass, recent enough, with a log policy and skipped checks that are at least as
///    strict.
///
/// # Errors
///
/// [`VsaRejection`] with the first step that fails.
pub fn accept_vsa(
    root: &Root,
    found: &[AttestationEvidence],
    expected: &VsaExpectation,
) -> Result<AcceptedVsa, VsaRejection> {
    let mut summaries = Vec::new();
    for attestation in found {
        let bad = |cause: BadVsa| VsaRejection::Bad { attestation: attestation.digest, cause };
        let attested = attestation
            .outcome
            .as_ref()
            .map_err(|failure| bad(BadVsa::Failure(Box::new(failure.clone()))))?;
        let statement = attested.statement();
        let is_about_this = match &expected.part {
            Some(part) => statement.is_about(part),
            // A summary about several objects would also count for the others.
            None => matches!(statement.subjects.as_slice(), [_]) && statement.is_about(&root.digest),
        };
        if statement.predicate_type != VSA_TYPE || !is_about_this {
            return Err(bad(BadVsa::OtherObject));
        }
        let PredicateFacts::Vsa(parsed) = &attested.statement().predicate else {
            return Err(bad(BadVsa::NoSummary));
        };
        let parsed = parsed.clone().map_err(|cause| bad(BadVsa::Unreadable(cause)))?;
        summaries.push((attestation, attested, *parsed));
    }
    if summaries.is_empty() {
        return Err(VsaRejection::None);
    }
    // A key signs for one verifier (SLSA VSA, "verifier").
    let (by_verifier, others): (Vec<_>, Vec<_>) =
        summaries.into_iter().partition(|(_, attested, summary)| expected.is_by(attested, summary));
    if by_verifier.is_empty() {
        return Err(VsaRejection::OtherVerifier(names(
            others.into_iter().map(|(_, _, summary)| summary.verifier),
        )));
    }
    let (of_repository, of_others): (Vec<_>, Vec<_>) = by_verifier
        .into_iter()
        .partition(|(_, _, summary)| summary.resource.as_deref() == Some(&expected.resource));
    if of_repository.is_empty() {
        let of_others = of_others.into_iter().map(|(_, _, summary)| summary.resource);
        return Err(VsaRejection::OtherRepository(names(of_others)));
    }
    let (same_inputs, other): (Vec<_>, Vec<_>) =
        of_repository.into_iter().partition(|(_, _, summary)| summary.policy == Some(expected.policy));
    if same_inputs.is_empty() {
        let newest = other.iter().max_by_key(|(_, _, summary)| summary.time);
        let inputs = newest.and_then(|(_, _, summary)| summary.verification.as_ref());
        let differ = inputs.map(|verification| differ(&verification.inputs, &expected.inputs));
        return Err(VsaRejection::OtherInputs { differ: differ.unwrap_or_default() });
    }
    let (attestation, attested, summary) = newest(same_inputs)?;
    judge(root, attestation, attested, summary, expected)
}

fn names(of: impl Iterator<Item = Option<String>>) -> Vec<String> {
    let names: BTreeSet<String> = of.map(|name| name.unwrap_or_else(|| "unnamed".to_owned())).collect();
    names.into_iter().collect()
}

type Found<'a> = (&'a AttestationEvidence, &'a Attested, VerificationSummary);

/// The newest summary, if it is known.
fn newest(summaries: Vec<Found<'_>>) -> Result<Found<'_>, VsaRejection> {
    if summaries.iter().any(|(_, _, summary)| summary.time.is_none()) {
        return Err(VsaRejection::NoOrder);
    }
    let time = summaries.iter().map(|(_, _, summary)| summary.time).max();
    let mut last: Vec<Found<'_>> =
        summaries.into_iter().filter(|(_, _, summary)| Some(summary.time) == time).collect();
    let results: BTreeSet<&str> = last.iter().map(|(_, _, summary)| summary.result.as_str()).collect();
    match (results.len(), last.pop()) {
        (1, Some(newest)) => Ok(newest),
        _ => Err(VsaRejection::NoOrder),
    }
}

fn judge(
    root: &Root,
    attestation: &AttestationEvidence,
    attested: &Attested,
    summary: VerificationSummary,
    expected: &VsaExpectation,
) -> Result<AcceptedVsa, VsaRejection> {
    if !summary.passed() {
        return Err(VsaRejection::NotPassed { result: summary.result });
    }
    let time = summary.time.ok_or(VsaRejection::NoOrder)?;
    let age = expected.now.duration_since(time);
    if age.is_negative() {
        return Err(VsaRejection::Future(time));
    }
    if age > expected.max_age {
        return Err(VsaRejection::TooOld(age));
    }
    let bad = |cause: BadVsa| VsaRejection::Bad { attestation: attestation.digest, cause };
    let verification = summary.verification.ok_or_else(|| bad(BadVsa::NoVerification))?;
    let verifier = summary.verifier.ok_or_else(|| bad(BadVsa::NoVerifier))?;
    let log = LogPolicy::from_text(&verification.log_policy);
    if !log.is_some_and(|log| log.is_at_least(expected.log)) {
        return Err(VsaRejection::LogPolicy(verification.log_policy));
    }
    if let Some(skipped) = verification.skipped.iter().find(|skipped| !expected.skips(skipped)) {
        return Err(VsaRejection::Skipped(skipped.clone()));
    }
    let warnings = verification.warnings.iter().map(|warning| {
        let id = expected.known.find(&warning.id).ok_or_else(|| bad(BadVsa::UnknownWarning))?;
        Ok((id, warning.clone()))
    });
    let warnings = warnings.collect::<Result<_, _>>()?;
    Ok(AcceptedVsa {
        root: root.clone(),
        pin: match (&expected.part, attested.statement().subjects.as_slice()) {
            (None, _) => Some(root.digest),
            (Some(part), [_]) => Some(*part),
            (Some(_), _) => None,
        },
        attestation: attestation.digest,
        verifier,
        signer: attested.signature().signer().to_string(),
        time,
        verification,
        policy: expected.policy,
        age,
        warnings,
        facts: facts::of_summary(attestation, attested, root),
    })
}

impl VsaExpectation {
    fn is_by(&self, attested: &Attested, summary: &VerificationSummary) -> bool {
        let own = || attested.signature().signer().key_id().map(verifier_of);
        let expected = self.verifier.clone().or_else(own);
        expected.is_some() && summary.verifier == expected
    }

    /// Whether this run skips the check too.
    fn skips(&self, skipped: &SkippedCheckRecord) -> bool {
        CheckKind::from_text(&skipped.check).is_some_and(|kind| ALWAYS_SKIPPED_AGAIN.contains(&kind))
            || SkippedCheck::from_text(&skipped.check).is_some_and(|kind| self.skipped.contains(&kind))
    }
}

/// The names of the inputs that differ.
fn differ(one: &serde_json::Value, other: &serde_json::Value) -> Vec<String> {
    let (Some(one), Some(other)) = (one.as_object(), other.as_object()) else { return Vec::new() };
    let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    names
        .into_iter()
        .filter(|name| one.get(*name) != other.get(*name))
        .map(|name| format!("`{name}`"))
        .collect()
}

impl AcceptedVsa {
    /// The verdict that the summary represents, before exceptions are applied.
    ///
    /// Skipped checks and warnings of the summary are reported again. A policy failure that was excused then counts
    /// until an exception of this run excuses it.
    pub fn verdict(&self) -> Verdict {
        const KIND: CheckKind = CheckKind::Summary;
        let scope = if self.root.is_index { "index" } else { "manifest" };
        let message =
            format!("{}, verified {} ago by {}", self.verification.proven, duration(self.age), self.signer);
        let mut facts = self.facts.clone();
        facts.push(("verifier", self.verifier.clone()));
        facts.push(("verified at", self.time.to_string()));
        facts.push(("policy", self.policy.to_string()));
        facts.push(("log policy", self.verification.log_policy.clone()));
        let mut checks = vec![Check::pass(KIND, CheckSubject::Root, scope, message).with(facts)];
        for (id, warning) in &self.warnings {
            let diagnostic = Diagnostic::new(*id, warning.message.clone()).fact("from", "the summary");
            let outcome = if id.exit() == Exit::Fail { Outcome::Fail } else { Outcome::Warn };
            let subject = match &warning.policy {
                Some(policy) => CheckSubject::PolicyOfSummary { policy: policy.clone() },
                None => CheckSubject::OfSummary,
            };
            checks.push(Check::noted(KIND, subject, &warning.scope, outcome, diagnostic));
        }
        let reason = "not verified again: a verification summary was accepted";
        let scope = "signatures and attestations";
        checks.push(Check::skipped(CheckKind::Attestation, CheckSubject::Root, scope, reason));
        for skipped in &self.verification.skipped {
            let message = format!("{}: {}", skipped.check, skipped.reason);
            checks.push(Check::skipped(KIND, CheckSubject::OfSummary, &skipped.scope, message));
        }
        let claim = Claim::Summarized { proven: self.verification.proven.clone(), time: self.time };
        Verdict::from_checks(claim, checks)
    }
}
