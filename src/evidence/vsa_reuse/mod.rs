//! A summary answers in place of a new verification only where that would ask nothing more: the same content under the
//! same name, the same inputs to the last one, a log policy and skipped checks that are at least as strict, made not
//! long ago, and no newer word of the same verifiers against it. What cannot be told is refused; that costs only time.

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

/// What a run would ask, which a summary must have answered.
#[derive(Clone, Debug)]
pub struct Expected {
    /// `verifier.id`. `None`: what [`verifier_of`] makes of the key that signed.
    pub verifier: Option<String>,
    /// `resourceUri`: the repository of the image.
    pub resource: String,
    /// One of the images that the question is narrowed to, under which summaries were looked for. `None`: the question is
    /// about the object as a whole, and so are they. The digest of the inputs binds both to that object.
    pub part: Option<Digest>,
    /// Digest of all inputs of the verdict.
    pub policy: Digest,
    /// The inputs, to say which differ.
    pub inputs: serde_json::Value,
    /// What this run demands of the transparency log.
    pub log: LogPolicy,
    /// Checks that this run leaves out altogether.
    pub skipped: BTreeSet<SkippedCheck>,
    /// How old a summary may be.
    pub max_age: SignedDuration,
    /// The codes that a warning of a summary may have.
    pub known: Catalogue,
    /// The time of this run.
    pub now: Timestamp,
}

/// `verifier.id` of whoever holds the key and goes by no other name.
pub fn verifier_of(key: KeyId) -> String {
    format!("urn:dhi:verifier:{key}")
}

/// A kind of check that a whole run can leave out. How a summary calls it is part of the signed extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SkippedCheck {
    /// Proof of entry in a transparency log.
    TransparencyLog,
    /// Signed certificate timestamps.
    CertificateLog,
    /// Current tags and lists of referrers: an offline run takes stored ones.
    Freshness,
}

impl SkippedCheck {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::TransparencyLog, Self::CertificateLog, Self::Freshness];

    /// The name in summaries.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TransparencyLog => "transparency-log",
            Self::CertificateLog => "certificate-log",
            Self::Freshness => "freshness",
        }
    }

    /// The one that a summary calls by this name.
    fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|left_out| left_out.as_str() == text)
    }
}

/// Checks of single objects that a run with the same inputs skips again, since the inputs and the image alone say so.
/// What was skipped because it could not be had is not among them.
const SKIPPED_AGAIN: [CheckKind; 3] = [CheckKind::Platform, CheckKind::Referrer, CheckKind::RootSignature];

/// A summary that answers.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// The object that it is about.
    pub root: Root,
    /// The digest by which what it is about is pulled, and nothing else. `None` where it is about several images.
    pub pin: Option<Digest>,
    /// Digest of the attestation that holds it.
    pub attestation: Digest,
    /// `verifier.id`.
    pub verifier: String,
    /// Who signed it.
    pub signer: String,
    /// When it was verified.
    pub time: Timestamp,
    /// How it was verified.
    pub verification: VsaExtension,
    /// Digest of all inputs of the verdict.
    pub policy: Digest,
    age: SignedDuration,
    warnings: Vec<(Code, Warning)>,
    facts: Facts,
}

/// Why no summary answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VsaRejection {
    /// None of the given keys signed one.
    None,
    /// An image of a local engine is asked for, which is compared with what is verified now.
    LocalImage,
    /// They could not be asked for.
    NotHad(Box<Failure>),
    /// One that was signed by a given key is bad or cannot be read.
    Bad {
        /// Digest of the attestation.
        attestation: Digest,
        /// What is wrong.
        cause: BadSummary,
    },
    /// All are by other verifiers, whatever key signed them.
    OtherVerifier(Vec<String>),
    /// All are about another repository.
    OtherRepository(Vec<String>),
    /// All were made with other inputs.
    OtherInputs {
        /// Names of those that differ, in the newest one.
        differ: Vec<String>,
    },
    /// The newest one does not say when it was made, or another one of the same time says otherwise.
    NoOrder,
    /// The newest one is no pass.
    NotPassed {
        /// Its result.
        result: String,
    },
    /// The newest one is from the future.
    Future(Timestamp),
    /// The newest one is too old.
    TooOld(SignedDuration),
    /// It asked less of the log.
    LogPolicy(String),
    /// It skipped what this run would not.
    Skipped(SkippedCheckRecord),
}

/// What is wrong with a summary that was signed by a given key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BadSummary {
    /// Its signature or statement does not hold.
    Failure(Box<Failure>),
    /// It is about other objects too, or alone.
    OtherObject,
    /// Its statement is no summary.
    NoSummary,
    /// It cannot be read.
    Unreadable(String),
    /// It does not say how it was made.
    NoVerification,
    /// It does not say who made it.
    NoVerifier,
    /// It warns of a code that this program does not know.
    UnknownWarning,
}

impl fmt::Display for BadSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Failure(failure) => return f.write_str(&failure.to_diagnostic().message),
            Self::OtherObject => "it is not about this object alone",
            Self::NoSummary => "it is no summary",
            Self::Unreadable(cause) => cause,
            Self::NoVerification => "it does not say how it was made",
            Self::NoVerifier => "it does not say who made it",
            Self::UnknownWarning => "it warns of something unknown",
        })
    }
}

impl fmt::Display for VsaRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("there is none by the given keys"),
            Self::LocalImage => {
                f.write_str("the image of a local engine is compared with what is verified now")
            }
            Self::NotHad(failure) => {
                write!(f, "they could not be asked for: {}", failure.to_diagnostic().message)
            }
            Self::Bad { attestation, cause } => write!(f, "{} is bad: {cause}", attestation.short()),
            Self::OtherVerifier(names) => write!(f, "it is by {}", names.join(", ")),
            Self::OtherRepository(names) => write!(f, "it is about {}", names.join(", ")),
            Self::OtherInputs { differ } if differ.is_empty() => {
                f.write_str("it was not made by this program")
            }
            Self::OtherInputs { differ } => write!(f, "it differs in {}", differ.join(", ")),
            Self::NoOrder => f.write_str("it is not known which one is the newest"),
            Self::NotPassed { result } => write!(f, "the newest one says `{result}`"),
            Self::Future(time) => write!(f, "it is from the future: {time}"),
            Self::TooOld(age) => write!(f, "it is {} old", duration(*age)),
            Self::LogPolicy(policy) => write!(f, "its log policy was `{policy}`"),
            Self::Skipped(SkippedCheckRecord { check, scope, reason }) => {
                write!(f, "it skipped {check} of {scope}: {reason}")
            }
        }
    }
}

/// A length of time in its largest unit, for people.
fn duration(length: SignedDuration) -> String {
    match length.as_mins() {
        ..2 => format!("{} s", length.as_secs()),
        minutes @ 2..120 => format!("{minutes} min"),
        minutes @ 120..2880 => format!("{} h", minutes / 60),
        minutes => format!("{} days", minutes / 1440),
    }
}

/// Chooses the summary that answers among `found`, which a walk found about `root` under the keys for summaries.
pub fn accept(
    root: &Root,
    found: &[AttestationEvidence],
    expected: &Expected,
) -> Result<Accepted, VsaRejection> {
    let mut summaries = Vec::new();
    for attestation in found {
        let bad = |cause: BadSummary| VsaRejection::Bad { attestation: attestation.digest, cause };
        let attested = attestation
            .outcome
            .as_ref()
            .map_err(|failure| bad(BadSummary::Failure(Box::new(failure.clone()))))?;
        let statement = attested.statement();
        let is_about_this = match &expected.part {
            Some(part) => statement.is_about(part),
            // What is about this object besides others would speak for all of them.
            None => matches!(statement.subjects.as_slice(), [_]) && statement.is_about(&root.digest),
        };
        if statement.predicate_type != VSA_TYPE || !is_about_this {
            return Err(bad(BadSummary::OtherObject));
        }
        let PredicateFacts::Vsa(parsed) = &attested.statement().predicate else {
            return Err(bad(BadSummary::NoSummary));
        };
        let parsed = parsed.clone().map_err(|cause| bad(BadSummary::Unreadable(cause)))?;
        summaries.push((attestation, attested, *parsed));
    }
    if summaries.is_empty() {
        return Err(VsaRejection::None);
    }
    // A key signs for one verifier (SLSA VSA, "verifier").
    let (ours, others): (Vec<_>, Vec<_>) =
        summaries.into_iter().partition(|(_, attested, summary)| expected.is_by(attested, summary));
    if ours.is_empty() {
        return Err(VsaRejection::OtherVerifier(names(
            others.into_iter().map(|(_, _, summary)| summary.verifier),
        )));
    }
    let (here, elsewhere): (Vec<_>, Vec<_>) =
        ours.into_iter().partition(|(_, _, summary)| summary.resource.as_deref() == Some(&expected.resource));
    if here.is_empty() {
        let elsewhere = elsewhere.into_iter().map(|(_, _, summary)| summary.resource);
        return Err(VsaRejection::OtherRepository(names(elsewhere)));
    }
    let (same, other): (Vec<_>, Vec<_>) =
        here.into_iter().partition(|(_, _, summary)| summary.policy == Some(expected.policy));
    if same.is_empty() {
        let newest = other.iter().max_by_key(|(_, _, summary)| summary.time);
        let inputs = newest.and_then(|(_, _, summary)| summary.verification.as_ref());
        let differ = inputs.map(|verification| differ(&verification.inputs, &expected.inputs));
        return Err(VsaRejection::OtherInputs { differ: differ.unwrap_or_default() });
    }
    let (attestation, attested, summary) = newest(same)?;
    judge(root, attestation, attested, summary, expected)
}

fn names(of: impl Iterator<Item = Option<String>>) -> Vec<String> {
    let names: BTreeSet<String> = of.map(|name| name.unwrap_or_else(|| "nobody".to_owned())).collect();
    names.into_iter().collect()
}

type Found<'a> = (&'a AttestationEvidence, &'a Attested, VerificationSummary);

/// The newest one, where it is known which that is.
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
    expected: &Expected,
) -> Result<Accepted, VsaRejection> {
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
    let bad = |cause: BadSummary| VsaRejection::Bad { attestation: attestation.digest, cause };
    let verification = summary.verification.ok_or_else(|| bad(BadSummary::NoVerification))?;
    let verifier = summary.verifier.ok_or_else(|| bad(BadSummary::NoVerifier))?;
    let log = LogPolicy::from_text(&verification.log_policy);
    if !log.is_some_and(|log| log.is_at_least(expected.log)) {
        return Err(VsaRejection::LogPolicy(verification.log_policy));
    }
    if let Some(skipped) = verification.skipped.iter().find(|skipped| !expected.skips(skipped)) {
        return Err(VsaRejection::Skipped(skipped.clone()));
    }
    let warnings = verification.warnings.iter().map(|warning| {
        let id = expected.known.find(&warning.id).ok_or_else(|| bad(BadSummary::UnknownWarning))?;
        Ok((id, warning.clone()))
    });
    let warnings = warnings.collect::<Result<_, _>>()?;
    Ok(Accepted {
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

impl Expected {
    fn is_by(&self, attested: &Attested, summary: &VerificationSummary) -> bool {
        let own = || attested.signature().signer().key_id().map(verifier_of);
        let expected = self.verifier.clone().or_else(own);
        expected.is_some() && summary.verifier == expected
    }

    /// Whether this run would skip it too.
    fn skips(&self, skipped: &SkippedCheckRecord) -> bool {
        CheckKind::from_text(&skipped.check).is_some_and(|kind| SKIPPED_AGAIN.contains(&kind))
            || SkippedCheck::from_text(&skipped.check)
                .is_some_and(|left_out| self.skipped.contains(&left_out))
    }
}

/// Names of the inputs that are not the same.
fn differ(one: &serde_json::Value, other: &serde_json::Value) -> Vec<String> {
    let (Some(one), Some(other)) = (one.as_object(), other.as_object()) else { return Vec::new() };
    let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    names
        .into_iter()
        .filter(|name| one.get(*name) != other.get(*name))
        .map(|name| format!("`{name}`"))
        .collect()
}

impl Accepted {
    /// The verdict that it stands for, before anything is excused. What was skipped and warned of then is said again; the
    /// "no" of a policy passed then because it was excused, and counts until that is found again.
    pub fn verdict(&self) -> Verdict {
        const KIND: CheckKind = CheckKind::Summary;
        let scope = if self.root.is_index { "index" } else { "manifest" };
        let says =
            format!("{}, verified {} ago by {}", self.verification.proven, duration(self.age), self.signer);
        let mut facts = self.facts.clone();
        facts.push(("verifier", self.verifier.clone()));
        facts.push(("verified at", self.time.to_string()));
        facts.push(("policy", self.policy.to_string()));
        facts.push(("log policy", self.verification.log_policy.clone()));
        let mut checks = vec![Check::pass(KIND, CheckSubject::Root, scope, says).with(facts)];
        for (id, warning) in &self.warnings {
            let diagnostic = Diagnostic::new(*id, warning.message.clone()).fact("from", "the summary");
            let outcome = if id.exit() == Exit::Fail { Outcome::Fail } else { Outcome::Warn };
            checks.push(Check::noted(KIND, CheckSubject::Recorded, &warning.scope, outcome, diagnostic));
        }
        let again = "not verified again: a verification summary was accepted";
        let scope = "signatures and attestations";
        checks.push(Check::skipped(CheckKind::Attestation, CheckSubject::Root, scope, again));
        for skipped in &self.verification.skipped {
            let says = format!("{}: {}", skipped.check, skipped.reason);
            checks.push(Check::skipped(KIND, CheckSubject::Recorded, &skipped.scope, says));
        }
        let headline = Claim::Summarized { proven: self.verification.proven.clone(), time: self.time };
        Verdict::over(headline, checks)
    }
}
