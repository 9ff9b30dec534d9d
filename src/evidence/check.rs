//! One check of a verdict: its kind and subject as values, its outcome, and the texts that are shown.
//!
//! No check is ever found by its texts, which are for people.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::Date;

use super::facts::Facts;
use super::failure::Failure;
use super::platform::PlatformKey;
use crate::diagnostic::{Code, Diagnostic, Exit};
use crate::oci::{Digest, Platform};

/// One check.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Check {
    /// The kind of the check.
    pub kind: CheckKind,
    /// The object that it is about.
    pub subject: CheckSubject,
    /// The object that it is about, for people: `index`, `linux/amd64`, an attestation of it.
    pub scope: String,
    /// The outcome before an exception is applied. See [`Check::outcome`].
    pub found: Outcome,
    /// The result, in a few words.
    pub message: String,
    /// What is wrong, for every outcome but pass.
    pub diagnostic: Option<Diagnostic>,
    /// Names and values of what was checked: digests, signers, repositories. Facts of the diagnostic are not
    /// repeated.
    pub facts: Facts,
    /// Why its failure does not count.
    pub excused: Option<Excused>,
}

/// The kinds of checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum CheckKind {
    /// The signature of the object that the reference names.
    RootSignature,
    /// The image of a local engine is one of the judged images.
    LocalImage,
    /// An image exists, is readable, and has the platform that the index names.
    Platform,
    /// An attestation verifies, and the required attestations exist.
    Attestation,
    /// A referrer that was not judged.
    Referrer,
    /// All attestations are signed under one name.
    SignedName,
    /// The image is a hardened image or built on one.
    Base,
    /// A verification summary was accepted.
    Summary,
    /// A policy in Rego holds for an image.
    Policy,
}

/// The object that a check is about.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CheckSubject {
    /// The object that the reference names.
    Root,
    /// An image that was judged.
    Platform(PlatformKey),
    /// An attestation of an image.
    Attestation {
        /// The image.
        platform: PlatformKey,
        /// Digest of the attestation.
        attestation: Digest,
    },
    /// A source of attestations of an image that could not be read.
    Search(PlatformKey),
    /// A referrer of an image that was not judged.
    Referrer {
        /// The image.
        platform: PlatformKey,
        /// Digest of the referrer.
        referrer: Digest,
    },
    /// An attestation about the index, by its digest.
    IndexAttestation(Digest),
    /// A source of attestations about the index that could not be read.
    IndexSearch,
    /// A referrer of the index that was not judged, by its digest.
    IndexReferrer(Digest),
    /// A policy that was evaluated for an image.
    Policy {
        /// The image.
        platform: PlatformKey,
        /// The name of the policy.
        policy: String,
    },
    /// A requested platform that does not exist.
    RequestedPlatform(Platform),
    /// An entry of the index that was not judged.
    Entry(Digest),
    /// An object that a verification summary names.
    OfSummary,
    /// A policy in Rego whose finding a verification summary names.
    PolicyOfSummary {
        /// The name of the policy.
        policy: String,
    },
}

impl CheckSubject {
    /// The name of the policy in Rego that it is about.
    pub fn policy(&self) -> Option<&str> {
        match self {
            Self::Policy { policy, .. } | Self::PolicyOfSummary { policy } => Some(policy),
            _ => None,
        }
    }
}

/// The outcome of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It holds.
    Pass,
    /// It does not hold.
    Fail,
    /// It does not hold, and is not required.
    Warn,
    /// It was not made.
    Skip,
    /// It could not be made.
    Unknown,
}

/// Why a failure of a policy does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Excused {
    /// An exception excuses it.
    Exception {
        /// Its reason.
        reason: String,
        /// The last day on which it counts.
        expires: Date,
    },
    /// The policy is not enforced yet.
    NotEnforced {
        /// The time from which it is enforced.
        from: Timestamp,
    },
}

impl CheckKind {
    /// All kinds.
    pub const ALL: [Self; 9] = [
        Self::RootSignature,
        Self::LocalImage,
        Self::Platform,
        Self::Attestation,
        Self::Referrer,
        Self::SignedName,
        Self::Base,
        Self::Summary,
        Self::Policy,
    ];

    /// The kind with this name in reports and summaries.
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RootSignature => "root-signature",
            Self::LocalImage => "local-image",
            Self::Platform => "platform",
            Self::Attestation => "attestation",
            Self::Referrer => "referrer",
            Self::SignedName => "signed-name",
            Self::Base => "base",
            Self::Summary => "summary",
            Self::Policy => "policy",
        }
    }
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

    /// The outcome of a failure: unknown if the failure leaves the result open.
    pub fn of_failed(is_open: bool) -> Self {
        if is_open { Self::Unknown } else { Self::Fail }
    }
}

impl Check {
    /// A check that holds.
    pub fn pass(kind: CheckKind, subject: CheckSubject, scope: &str, message: impl Into<String>) -> Self {
        Self {
            kind,
            subject,
            scope: scope.to_owned(),
            found: Outcome::Pass,
            message: message.into(),
            diagnostic: None,
            facts: Facts::new(),
            excused: None,
        }
    }

    /// A check that was not made, and why.
    pub fn skipped(kind: CheckKind, subject: CheckSubject, scope: &str, reason: impl Into<String>) -> Self {
        Self { found: Outcome::Skip, ..Self::pass(kind, subject, scope, reason) }
    }

    /// A check that failed, or that could not be made.
    pub fn failed(kind: CheckKind, subject: CheckSubject, scope: &str, failure: &Failure) -> Self {
        use crate::diagnostic::ToDiagnostic as _;
        let outcome = Outcome::of_failed(failure.is_open());
        Self::noted(kind, subject, scope, outcome, failure.to_diagnostic())
    }

    /// A check with an outcome other than pass.
    pub fn noted(
        kind: CheckKind,
        subject: CheckSubject,
        scope: &str,
        found: Outcome,
        diagnostic: Diagnostic,
    ) -> Self {
        let message = diagnostic.message.clone();
        Self { found, diagnostic: Some(diagnostic), ..Self::pass(kind, subject, scope, message) }
    }

    /// Adds the facts that were checked.
    pub(crate) fn with(self, facts: Facts) -> Self {
        Self { facts, ..self }
    }

    /// The outcome. An excused failure is a warning.
    pub fn outcome(&self) -> Outcome {
        if self.excused.is_some() && self.is_policy_failure() { Outcome::Warn } else { self.found }
    }

    /// Whether it is a failure of a policy, excused or not. Nothing else can be excused.
    fn is_policy_failure(&self) -> bool {
        self.found == Outcome::Fail
            && self.diagnostic.as_ref().is_some_and(|diagnostic| diagnostic.exit() == Exit::Fail)
    }

    /// Whether it counts against the object.
    pub fn counts(&self) -> bool {
        matches!(self.outcome(), Outcome::Fail | Outcome::Unknown)
    }

    /// The exit code, if this is the most severe check.
    pub fn exit(&self) -> Exit {
        match &self.diagnostic {
            Some(diagnostic) if self.counts() => diagnostic.exit(),
            // A check that counts is never a pass, even without a diagnostic.
            None if self.counts() => Exit::Fail,
            _ => Exit::Pass,
        }
    }

    /// The code of a policy failure that is not excused.
    pub fn denial(&self) -> Option<Code> {
        let diagnostic = self.diagnostic.as_ref()?;
        (self.is_policy_failure() && self.excused.is_none()).then_some(diagnostic.code)
    }

    /// What is wrong, and what excuses it.
    pub fn shown(&self) -> Option<Cow<'_, Diagnostic>> {
        let diagnostic = self.diagnostic.as_ref()?;
        Some(match &self.excused {
            None => Cow::Borrowed(diagnostic),
            Some(Excused::Exception { reason, expires }) => {
                Cow::Owned(diagnostic.clone().fact("excused", format_args!("{reason}, until {expires}")))
            }
            Some(Excused::NotEnforced { from }) => Cow::Owned(diagnostic.clone().fact("enforced from", from)),
        })
    }
}
