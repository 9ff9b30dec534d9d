//! A summary answers in place of a new verification only where that would ask nothing more: the same content under the
//! same name, the same inputs to the last one, a log policy and skipped checks that are at least as strict, made not
//! long ago, and no newer word of the same verifiers against it. What cannot be told is refused; that costs only time.

use std::collections::BTreeSet;
use std::fmt;

use jiff::{SignedDuration, Timestamp};

use super::facts::{self, Facts};
use super::verdict::{Check, Headline, Outcome, Verdict};
use super::{AttestationEvidence, Attested, Root};
use crate::attestation::{SkippedCheck, VSA, Verification, VerificationSummary, Warning};
use crate::error::{Exit, Id, Problem};
use crate::oci::Digest;
use crate::trust::{KeyId, LogPolicy};

/// What a run would ask, which a summary must have answered.
#[derive(Clone, Debug)]
pub struct Expected {
    /// `verifier.id`. `None`: what [`verifier_of`] makes of the key that signed.
    pub verifier: Option<String>,
    /// `resourceUri`: the repository of the image.
    pub resource: String,
    /// Digest of all inputs of the verdict.
    pub policy: Digest,
    /// The inputs, to say which differ.
    pub inputs: serde_json::Value,
    /// What this run demands of the transparency log.
    pub log: LogPolicy,
    /// Checks that this run leaves out altogether.
    pub left_out: BTreeSet<LeftOut>,
    /// How old a summary may be.
    pub max_age: SignedDuration,
    /// The time of this run.
    pub now: Timestamp,
}

/// `verifier.id` of whoever holds the key and goes by no other name.
pub fn verifier_of(key: KeyId) -> String {
    format!("urn:dhi:verifier:{key}")
}

/// A kind of check that a whole run can leave out. How a summary calls it is part of the signed extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeftOut {
    /// `--skip-tlog`.
    TransparencyLog,
    /// `--skip-sct`.
    CertificateLog,
    /// `--offline`: tags and lists were not asked again.
    Freshness,
}

impl LeftOut {
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

    /// The flag that leaves it out.
    pub fn flag(self) -> &'static str {
        match self {
            Self::TransparencyLog => "--skip-tlog",
            Self::CertificateLog => "--skip-sct",
            Self::Freshness => "--offline",
        }
    }
}

/// Checks of single objects that a run with the same inputs skips again, since the inputs and the image alone say so.
/// What was skipped because it could not be had is not among them.
const SKIPPED_AGAIN: [&str; 3] = ["platform", "referrer", "root-signature"];

/// A summary that answers.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// The object that it is about.
    pub root: Root,
    /// Digest of the attestation that holds it.
    pub attestation: Digest,
    /// `verifier.id`.
    pub verifier: String,
    /// Who signed it.
    pub signer: String,
    /// When it was verified.
    pub time: Timestamp,
    /// How it was verified.
    pub verification: Verification,
    /// Digest of all inputs of the verdict.
    pub policy: Digest,
    age: SignedDuration,
    warnings: Vec<(Id, Warning)>,
    facts: Facts,
}

/// Why no summary answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// None of the given keys signed one.
    None,
    /// They could not be asked for.
    NotHad(Problem),
    /// One that was signed by a given key is bad or cannot be read.
    Bad {
        /// Digest of the attestation.
        attestation: Digest,
        /// What is wrong.
        cause: String,
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
    Skipped(SkippedCheck),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("there is none by the given keys"),
            Self::NotHad(problem) => write!(f, "they could not be asked for: {}", problem.what),
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
            Self::Skipped(SkippedCheck { check, scope, reason }) => {
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
pub fn accept(root: &Root, found: &[AttestationEvidence], expected: &Expected) -> Result<Accepted, Refused> {
    let mut summaries = Vec::new();
    for attestation in found {
        let bad = |cause: String| Refused::Bad { attestation: attestation.digest, cause };
        let attested = attestation.outcome.as_ref().map_err(|problem| bad(problem.what.clone()))?;
        // What is about this object besides others would speak for all of them.
        let alone = matches!(attested.statement.subjects.as_slice(), [_]);
        if attested.statement.predicate_type != VSA || !attested.statement.is_about(&root.digest) || !alone {
            return Err(bad("it is not about this object alone".to_owned()));
        }
        let predicate = attested.statement.predicate.as_deref();
        let predicate = predicate.ok_or_else(|| bad("it has no predicate".to_owned()))?;
        summaries.push((attestation, attested, VerificationSummary::parse(predicate).map_err(bad)?));
    }
    if summaries.is_empty() {
        return Err(Refused::None);
    }
    // A key signs for one verifier (SLSA VSA, "verifier").
    let (ours, others): (Vec<_>, Vec<_>) =
        summaries.into_iter().partition(|(_, attested, summary)| expected.is_by(attested, summary));
    if ours.is_empty() {
        return Err(Refused::OtherVerifier(names(
            others.into_iter().map(|(_, _, summary)| summary.verifier),
        )));
    }
    let (here, elsewhere): (Vec<_>, Vec<_>) =
        ours.into_iter().partition(|(_, _, summary)| summary.resource.as_deref() == Some(&expected.resource));
    if here.is_empty() {
        let elsewhere = elsewhere.into_iter().map(|(_, _, summary)| summary.resource);
        return Err(Refused::OtherRepository(names(elsewhere)));
    }
    let (same, other): (Vec<_>, Vec<_>) =
        here.into_iter().partition(|(_, _, summary)| summary.policy == Some(expected.policy));
    if same.is_empty() {
        let newest = other.iter().max_by_key(|(_, _, summary)| summary.time);
        let inputs = newest.and_then(|(_, _, summary)| summary.verification.as_ref());
        let differ = inputs.map(|verification| differ(&verification.inputs, &expected.inputs));
        return Err(Refused::OtherInputs { differ: differ.unwrap_or_default() });
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
fn newest(summaries: Vec<Found<'_>>) -> Result<Found<'_>, Refused> {
    if summaries.iter().any(|(_, _, summary)| summary.time.is_none()) {
        return Err(Refused::NoOrder);
    }
    let time = summaries.iter().map(|(_, _, summary)| summary.time).max();
    let mut last: Vec<Found<'_>> =
        summaries.into_iter().filter(|(_, _, summary)| Some(summary.time) == time).collect();
    let results: BTreeSet<&str> = last.iter().map(|(_, _, summary)| summary.result.as_str()).collect();
    match (results.len(), last.pop()) {
        (1, Some(newest)) => Ok(newest),
        _ => Err(Refused::NoOrder),
    }
}

fn judge(
    root: &Root,
    attestation: &AttestationEvidence,
    attested: &Attested,
    summary: VerificationSummary,
    expected: &Expected,
) -> Result<Accepted, Refused> {
    if !summary.passed() {
        return Err(Refused::NotPassed { result: summary.result });
    }
    let time = summary.time.ok_or(Refused::NoOrder)?;
    let age = expected.now.duration_since(time);
    if age.is_negative() {
        return Err(Refused::Future(time));
    }
    if age > expected.max_age {
        return Err(Refused::TooOld(age));
    }
    let bad = |cause: &str| Refused::Bad { attestation: attestation.digest, cause: cause.to_owned() };
    let verification = summary.verification.ok_or_else(|| bad("it does not say how it was made"))?;
    let verifier = summary.verifier.ok_or_else(|| bad("it does not say who made it"))?;
    let log = LogPolicy::from_text(&verification.log_policy);
    if !log.is_some_and(|log| log.is_at_least(expected.log)) {
        return Err(Refused::LogPolicy(verification.log_policy));
    }
    if let Some(skipped) = verification.skipped.iter().find(|skipped| !expected.skips(skipped)) {
        return Err(Refused::Skipped(skipped.clone()));
    }
    let warnings = verification.warnings.iter().map(|warning| {
        let id = Id::from_text(&warning.id).ok_or_else(|| bad("it warns of something unknown"))?;
        Ok((id, warning.clone()))
    });
    let warnings = warnings.collect::<Result<_, _>>()?;
    Ok(Accepted {
        root: root.clone(),
        attestation: attestation.digest,
        verifier,
        signer: attested.signature().signer.to_string(),
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
        let own = || attested.signature().signer.key_id().map(verifier_of);
        let expected = self.verifier.clone().or_else(own);
        expected.is_some() && summary.verifier == expected
    }

    /// Whether this run would skip it too.
    fn skips(&self, skipped: &SkippedCheck) -> bool {
        SKIPPED_AGAIN.contains(&skipped.check.as_str())
            || self.left_out.iter().any(|left_out| left_out.as_str() == skipped.check)
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

/// The kind of check.
const ID: &str = "summary";

impl Accepted {
    /// Ids of what was found then and did not count.
    pub fn warned(&self) -> Vec<Id> {
        self.warnings.iter().map(|(id, _)| *id).collect()
    }

    /// The verdict that it stands for. What was skipped and warned of then is said again.
    pub fn verdict(&self) -> Verdict {
        let scope = if self.root.is_index { "index" } else { "manifest" };
        let says =
            format!("{}, verified {} ago by {}", self.verification.proven, duration(self.age), self.signer);
        let mut facts = self.facts.clone();
        facts.push(("verifier", self.verifier.clone()));
        facts.push(("verified at", self.time.to_string()));
        facts.push(("policy", self.policy.to_string()));
        facts.push(("log policy", self.verification.log_policy.clone()));
        let mut checks = vec![Check::pass(ID, scope, says).with(facts)];
        for (id, warning) in &self.warnings {
            let problem = Problem::new(*id, warning.says.clone()).fact("from", "the summary");
            checks.push(Check::noted(ID, &warning.scope, Outcome::Warn, &problem));
        }
        let again = "not verified again: a summary answers (`--accept-vsa`)";
        checks.push(Check {
            outcome: Outcome::Skip,
            ..Check::pass("attestation", "signatures and attestations", again)
        });
        for skipped in &self.verification.skipped {
            let says = format!("{}: {}", skipped.check, skipped.reason);
            checks.push(Check { outcome: Outcome::Skip, ..Check::pass(ID, &skipped.scope, says) });
        }
        let headline = Headline::Summarized { proven: self.verification.proven.clone(), time: self.time };
        Verdict { headline, checks, exit: Exit::Pass }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attestation::{NewSummary, Resource, Statement};
    use crate::evidence::base::tests::signed;
    use crate::oci::media_type;
    use crate::trust::TrustedKey;

    const NOW: &str = "2026-11-21T12:00:00Z";

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn root() -> Root {
        Root {
            digest: Digest::of(b"index"),
            media_type: media_type::OCI_INDEX.to_owned(),
            size: 5,
            is_index: true,
            annotations: std::collections::BTreeMap::new(),
            age: None,
        }
    }

    fn inputs(policy: &str) -> serde_json::Value {
        serde_json::json!({ "policy": policy, "platforms": [] })
    }

    fn digest(inputs: &serde_json::Value) -> Digest {
        Digest::of(inputs.to_string().as_bytes())
    }

    fn expected() -> Expected {
        let inputs = inputs("a");
        Expected {
            verifier: Some("https://example.com/ci".to_owned()),
            resource: "oci://registry.example.com/api".to_owned(),
            policy: digest(&inputs),
            inputs,
            log: LogPolicy::VerifyIfPresent,
            left_out: BTreeSet::new(),
            max_age: SignedDuration::from_hours(24),
            now: at(NOW),
        }
    }

    /// A summary that is accepted.
    fn good() -> NewSummary {
        let inputs = inputs("a");
        NewSummary {
            verifier: "https://example.com/ci".to_owned(),
            version: "1",
            time: at("2026-11-21T11:00:00Z"),
            resource: "oci://registry.example.com/api".to_owned(),
            policy: Resource { uri: "urn:dhi:policy:a".to_owned(), digest: digest(&inputs) },
            inputs: Vec::new(),
            passed: true,
            levels: Vec::new(),
            verification: Verification {
                proven: "signed by me".to_owned(),
                inputs,
                keyring: Digest::of(b"keys").into(),
                log_policy: "verify-if-present".to_owned(),
                skipped: Vec::new(),
                warnings: Vec::new(),
            },
        }
    }

    /// A signed statement with this predicate about the objects of these contents.
    fn about(contents: &[&str], predicate: &str) -> AttestationEvidence {
        let mut attestation = signed(VSA, predicate, "dhi/x");
        let subjects: Vec<String> = contents
            .iter()
            .map(|content| format!(r#"{{"digest":{{"sha256":"{}"}}}}"#, Digest::of(content.as_bytes()).hex()))
            .collect();
        let text = format!(
            r#"{{"_type":"https://in-toto.io/Statement/v1","predicateType":"{VSA}","subject":[{}],"predicate":{predicate}}}"#,
            subjects.join(",")
        );
        attestation.outcome.as_mut().unwrap().statement = Statement::parse(text.as_bytes()).unwrap();
        attestation
    }

    fn of(summaries: &[NewSummary]) -> Vec<AttestationEvidence> {
        summaries.iter().map(|summary| about(&["index"], &summary.to_json().unwrap())).collect()
    }

    fn refusal(summaries: &[NewSummary]) -> Option<Refused> {
        accept(&root(), &of(summaries), &expected()).err()
    }

    #[test]
    fn the_same_question_is_answered_and_told() {
        let warning =
            Warning { id: "base/not-dhi".to_owned(), scope: "linux/amd64".to_owned(), says: "no".to_owned() };
        let skipped = SkippedCheck {
            check: "referrer".to_owned(),
            scope: "SPDX of linux/amd64".to_owned(),
            reason: "a bundle".to_owned(),
        };
        let mut summary = good();
        summary.verification.warnings.push(warning);
        summary.verification.skipped.push(skipped);
        let accepted = accept(&root(), &of(&[summary]), &expected()).unwrap();
        assert_eq!(accepted.warned(), [Id::BaseNotDhi]);
        let verdict = accepted.verdict();
        assert_eq!(verdict.exit, Exit::Pass);
        let outcomes: Vec<(&str, Outcome)> =
            verdict.checks.iter().map(|check| (check.id, check.outcome)).collect();
        assert_eq!(
            outcomes,
            [
                ("summary", Outcome::Pass),
                ("summary", Outcome::Warn),
                ("attestation", Outcome::Skip),
                ("summary", Outcome::Skip)
            ]
        );
        assert!(verdict.checks[0].says.contains("signed by me, verified 60 min ago by key"), "{verdict:?}");
        assert_eq!(verdict.headline.to_string(), "signed by me, as verified at 2026-11-21T11:00:00Z");
    }

    #[test]
    fn every_fact_that_it_rests_on_counts() {
        let with = |change: &dyn Fn(&mut NewSummary)| {
            let mut summary = good();
            change(&mut summary);
            refusal(&[summary])
        };
        assert_eq!(with(&|_| ()), None);
        assert_eq!(refusal(&[]), Some(Refused::None));
        assert_eq!(
            with(&|summary| summary.verifier.push('2')),
            Some(Refused::OtherVerifier(vec!["https://example.com/ci2".to_owned()]))
        );
        // Without a name each key signs for itself alone.
        let own = TrustedKey::dhi_2().unwrap().key.id();
        let unnamed = Expected { verifier: None, ..expected() };
        let by = |verifier: String| {
            let found = of(&[NewSummary { verifier, ..good() }]);
            accept(&root(), &found, &unnamed).is_ok()
        };
        assert!(by(verifier_of(own)));
        assert!(!by(verifier_of(TrustedKey::dhi_1().unwrap().key.id())));
        assert!(!by("https://example.com/ci".to_owned()));
        assert_eq!(
            with(&|summary| summary.resource.push('2')),
            Some(Refused::OtherRepository(vec!["oci://registry.example.com/api2".to_owned()]))
        );
        assert_eq!(
            with(&|summary| {
                summary.verification.inputs = inputs("b");
                summary.policy.digest = digest(&inputs("b"));
            }),
            Some(Refused::OtherInputs { differ: vec!["`policy`".to_owned()] })
        );
        // The digest decides, not the inputs that stand beside it.
        assert_eq!(
            with(&|summary| summary.policy.digest = Digest::of(b"")),
            Some(Refused::OtherInputs { differ: Vec::new() })
        );
        assert_eq!(
            with(&|summary| summary.passed = false),
            Some(Refused::NotPassed { result: "FAILED".to_owned() })
        );
        let late = at("2026-11-21T12:00:00.1Z");
        assert_eq!(with(&|summary| summary.time = late), Some(Refused::Future(late)));
        assert_eq!(
            with(&|summary| summary.time = at("2026-11-20T11:59:59Z")),
            Some(Refused::TooOld(SignedDuration::from_secs(24 * 3600 + 1)))
        );
        assert_eq!(with(&|summary| summary.time = at("2026-11-20T12:00:00Z")), None);
        for policy in ["skip", "", "REQUIRE"] {
            assert_eq!(
                with(&|summary| policy.clone_into(&mut summary.verification.log_policy)),
                Some(Refused::LogPolicy(policy.to_owned()))
            );
        }
        assert_eq!(with(&|summary| "require".clone_into(&mut summary.verification.log_policy)), None);
        let unknown = Warning { id: "base/nothing".to_owned(), scope: String::new(), says: String::new() };
        assert!(matches!(
            with(&|summary| summary.verification.warnings.push(unknown.clone())),
            Some(Refused::Bad { .. })
        ));
    }

    #[test]
    fn what_was_skipped_must_be_skipped_again() {
        let accepts = |check: &str, left_out: &[LeftOut]| {
            let mut summary = good();
            summary.verification.skipped.push(SkippedCheck {
                check: check.to_owned(),
                scope: "everything".to_owned(),
                reason: "x".to_owned(),
            });
            let expected = Expected { left_out: left_out.iter().copied().collect(), ..expected() };
            accept(&root(), &of(&[summary]), &expected).is_ok()
        };
        for left_out in LeftOut::ALL {
            assert!(!accepts(left_out.as_str(), &[]), "{left_out:?}");
            assert!(accepts(left_out.as_str(), &LeftOut::ALL), "{left_out:?}");
            assert!(accepts("platform", &[left_out]));
        }
        // What could not be had then could be had now.
        for check in ["attestation", "base", "summary", "signed-name", ""] {
            assert!(!accepts(check, &LeftOut::ALL), "{check}");
        }
    }

    #[test]
    fn the_newest_of_the_same_question_counts() {
        let timed = |time: &str, passed: bool| NewSummary { time: at(time), passed, ..good() };
        let (old, new) = ("2026-11-21T10:00:00Z", "2026-11-21T11:30:00Z");
        assert_eq!(refusal(&[timed(old, false), timed(new, true)]), None);
        assert!(matches!(refusal(&[timed(new, false), timed(old, true)]), Some(Refused::NotPassed { .. })));
        assert_eq!(refusal(&[timed(new, false), timed(new, true)]), Some(Refused::NoOrder));
        assert_eq!(refusal(&[timed(new, true), timed(new, true)]), None);
        // A newer word about something else says nothing of this.
        let mut other = timed(new, false);
        other.policy.digest = Digest::of(b"other");
        assert_eq!(refusal(&[other, timed(old, true)]), None);
        let mut elsewhere = timed(new, false);
        elsewhere.resource = "oci://registry.example.com/other".to_owned();
        assert_eq!(refusal(&[elsewhere, timed(old, true)]), None);
        let undated = good().to_json().unwrap().replace("timeVerified", "timeOfDay");
        let found = [of(&[good()]), vec![about(&["index"], &undated)]].concat();
        assert_eq!(accept(&root(), &found, &expected()).err(), Some(Refused::NoOrder));
    }

    #[test]
    fn one_that_is_bad_or_not_of_this_object_alone_refuses_all() {
        let text = good().to_json().unwrap();
        let bad = |attestation: AttestationEvidence| {
            let found = [of(&[good()]), vec![attestation]].concat();
            matches!(accept(&root(), &found, &expected()), Err(Refused::Bad { .. }))
        };
        assert!(!bad(about(&["index"], &text)));
        assert!(bad(about(&["other"], &text)));
        assert!(bad(about(&["index", "other"], &text)));
        assert!(bad(about(&[], &text)));
        assert!(bad(about(&["index"], "{}")));
        let mut other = about(&["index"], &text);
        other.outcome.as_mut().unwrap().statement.predicate_type = "https://spdx.dev/Document".to_owned();
        assert!(bad(other));
        let mut none = about(&["index"], &text);
        none.outcome.as_mut().unwrap().statement.predicate = None;
        assert!(bad(none));
        let problem = Problem::new(Id::TrustWrongKey, "x");
        assert!(bad(AttestationEvidence { outcome: Err(problem), ..about(&["index"], &text) }));
        // Without it nothing is known of what was skipped.
        let found = [about(&["index"], &text.replace("urn:dhi:verification:1", "x"))];
        assert!(matches!(accept(&root(), &found, &expected()), Err(Refused::Bad { .. })));
    }

    /// Every text in `value`, as a pointer (RFC 6901).
    fn texts(value: &serde_json::Value, at: &str, found: &mut Vec<String>) {
        match value {
            serde_json::Value::Object(members) => {
                for (name, member) in members {
                    texts(member, &format!("{at}/{name}"), found);
                }
            }
            serde_json::Value::Array(items) => {
                for (number, item) in items.iter().enumerate() {
                    texts(item, &format!("{at}/{number}"), found);
                }
            }
            _ => found.push(at.to_owned()),
        }
    }

    #[test]
    fn each_member_that_decides_is_missed_and_each_that_does_not_is_known() {
        let mut summary = good();
        summary.inputs.push(Resource { uri: "oci://r/a".to_owned(), digest: Digest::of(b"a") });
        summary.levels.push("DHI".to_owned());
        summary.verification.skipped.push(SkippedCheck {
            check: "platform".to_owned(),
            scope: "linux/arm64".to_owned(),
            reason: "not asked for".to_owned(),
        });
        summary.verification.warnings.push(Warning {
            id: "base/not-dhi".to_owned(),
            scope: "linux/amd64".to_owned(),
            says: "no".to_owned(),
        });
        let text = summary.to_json().unwrap();
        let whole: serde_json::Value = serde_json::from_str(&text).unwrap();
        let mut all = Vec::new();
        texts(&whole, "", &mut all);
        let taken = |value: &serde_json::Value| {
            let found = [about(&["index"], &value.to_string())];
            accept(&root(), &found, &expected()).is_ok()
        };
        assert!(taken(&whole));
        let mut idle = Vec::new();
        for pointer in &all {
            let mut changed = whole.clone();
            let text = changed.pointer_mut(pointer).unwrap();
            *text = format!("{}x", text.as_str().unwrap_or_default()).into();
            if taken(&changed) {
                idle.push(pointer.replace("/urn:dhi:verification:1", "~"));
            }
        }
        // For people and other programs. What stands for itself elsewhere decides there: the inputs in their digest,
        // the levels in the result.
        assert_eq!(
            idle,
            [
                "/verifier/version/dhi",
                "/policy/uri",
                "/inputAttestations/0/uri",
                "/inputAttestations/0/digest/sha256",
                "/verifiedLevels/0",
                "/slsaVersion",
                "~/proven",
                "~/inputs/policy",
                "~/keyring/sha256",
                "~/skipped/0/scope",
                "~/skipped/0/reason",
                "~/warnings/0/scope",
                "~/warnings/0/says",
            ]
        );
        for member in whole.as_object().unwrap().keys() {
            let mut without = whole.clone();
            without.as_object_mut().unwrap().shift_remove(member);
            let idle = ["inputAttestations", "verifiedLevels", "slsaVersion"].contains(&member.as_str());
            assert_eq!(taken(&without), idle, "{member}");
        }
    }
}
