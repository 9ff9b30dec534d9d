//! One check of a verdict: its kind and what it is about as values, what came of it, and what is shown of it. Nothing
//! is ever found by the texts, which are for people.

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
pub struct Check {
    /// What kind of check.
    pub kind: CheckKind,
    /// What it is about.
    pub subject: CheckSubject,
    /// What it is about, for people: `index`, `linux/amd64`, an attestation of it.
    pub scope: String,
    /// What was found, whether it is excused or not.
    pub found: Outcome,
    /// What was found, in a few words.
    pub message: String,
    /// What is wrong, for every outcome but pass.
    pub diagnostic: Option<Diagnostic>,
    /// Name and value of what was looked at: digests, who signed, where it was found. Facts of the problem are not
    /// repeated.
    pub facts: Facts,
    /// Why it does not count although it does not hold.
    pub excused: Option<Excused>,
}

/// The kinds of checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum CheckKind {
    /// The signature of the object that the reference names.
    RootSignature,
    /// An image of a local engine is one that was judged.
    LocalImage,
    /// An image is there, is the one that the index promises, and can be read.
    Platform,
    /// An attestation holds, and there are those that are demanded.
    Attestation,
    /// A referrer that was not judged.
    Referrer,
    /// All attestations are signed under one name.
    SignedName,
    /// The image is a hardened one or built on one.
    Base,
    /// A verification summary answers.
    Summary,
}

/// What a check is about.
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
    /// A place where attestations of an image may be, and which could not be asked.
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
    /// A place where attestations about the index may be, and which could not be asked.
    IndexSearch,
    /// A referrer of the index that was not judged, by its digest.
    IndexReferrer(Digest),
    /// A platform that was asked for and is not there.
    Asked(Platform),
    /// An entry of the index that was not judged.
    Entry(Digest),
    /// Something that a verification summary tells of, by name.
    Recorded,
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

/// Why a "no" of a policy does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
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
        /// From when on it is.
        from: Timestamp,
    },
}

impl CheckKind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::RootSignature,
        Self::LocalImage,
        Self::Platform,
        Self::Attestation,
        Self::Referrer,
        Self::SignedName,
        Self::Base,
        Self::Summary,
    ];

    /// The one that a report or summary calls by this name.
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

    /// A failed check is one that could not be made where its cause leaves the question open.
    pub fn of_failed(is_open: bool) -> Self {
        if is_open { Self::Unknown } else { Self::Fail }
    }
}

impl Check {
    /// One that holds.
    pub fn pass(kind: CheckKind, subject: CheckSubject, scope: &str, says: impl Into<String>) -> Self {
        Self {
            kind,
            subject,
            scope: scope.to_owned(),
            found: Outcome::Pass,
            message: says.into(),
            diagnostic: None,
            facts: Facts::new(),
            excused: None,
        }
    }

    /// One that was not made, and why.
    pub fn skipped(kind: CheckKind, subject: CheckSubject, scope: &str, reason: impl Into<String>) -> Self {
        Self { found: Outcome::Skip, ..Self::pass(kind, subject, scope, reason) }
    }

    /// One that does not hold, or that could not be made.
    pub fn failed(kind: CheckKind, subject: CheckSubject, scope: &str, failure: &Failure) -> Self {
        use crate::diagnostic::ToDiagnostic as _;
        let outcome = Outcome::of_failed(failure.is_open());
        Self::noted(kind, subject, scope, outcome, failure.to_diagnostic())
    }

    /// One that is no pass.
    pub fn noted(
        kind: CheckKind,
        subject: CheckSubject,
        scope: &str,
        found: Outcome,
        diagnostic: Diagnostic,
    ) -> Self {
        let says = diagnostic.message.clone();
        Self { found, diagnostic: Some(diagnostic), ..Self::pass(kind, subject, scope, says) }
    }

    /// With what it looked at.
    pub(crate) fn with(self, facts: Facts) -> Self {
        Self { facts, ..self }
    }

    /// What came of it: what is excused is a warning.
    pub fn outcome(&self) -> Outcome {
        if self.excused.is_some() && self.is_no() { Outcome::Warn } else { self.found }
    }

    /// Whether it is the "no" of a policy, excused or not. Nothing else is ever excused.
    fn is_no(&self) -> bool {
        self.found == Outcome::Fail
            && self.diagnostic.as_ref().is_some_and(|diagnostic| diagnostic.exit() == Exit::Fail)
    }

    /// Whether it counts against the object.
    pub fn counts(&self) -> bool {
        matches!(self.outcome(), Outcome::Fail | Outcome::Unknown)
    }

    /// The exit code of a run in which nothing worse happened.
    pub fn exit(&self) -> Exit {
        match &self.diagnostic {
            Some(diagnostic) if self.counts() => diagnostic.exit(),
            // What counts is no pass, whatever is said of it.
            None if self.counts() => Exit::Fail,
            _ => Exit::Pass,
        }
    }

    /// The "no" of a policy that it is, as long as nothing excuses it.
    pub fn denial(&self) -> Option<Code> {
        let diagnostic = self.diagnostic.as_ref()?;
        (self.is_no() && self.excused.is_none()).then_some(diagnostic.code)
    }

    /// What is wrong, and by what it is excused.
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
