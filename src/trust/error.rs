//! Why a signature does not count. Each cause is its own variant, so that a caller can tell forgery from
//! absence, and tests compare values.

use jiff::Timestamp;

use super::{KeyId, Refusal, SignedName, State, TimeSource, Window};
use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic};
use crate::limits::Exceeded;
use crate::oci::{Digest, claimed};

/// The outcome of a check that failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A key, keyring or trusted root that cannot be read.
    #[error("{origin} cannot be used as trust: {cause}")]
    KeyFile {
        /// File, variable or URL.
        origin: String,
        /// What is wrong with it.
        cause: String,
    },
    /// A key that could be read, if it were written as openssl and cosign write it.
    #[error("{origin} cannot be used as trust: {cause}")]
    KeyEncoding {
        /// File, variable or URL.
        origin: String,
        /// What is wrong with it.
        cause: String,
        /// How it is written anew.
        remedy: Remedy,
    },
    /// There is no signature at all.
    #[error("there is no signature")]
    Unsigned,
    /// No given key verifies the signature: another key made it, or payload or signature were changed.
    #[error("the signature is not by a key that is given")]
    WrongKey {
        /// The key that the log entry names, if one does.
        named: Option<KeyId>,
        /// The keys that were tried, as id and name.
        trusted: Vec<String>,
    },
    /// A key of attestors made it, where only a key that proves images counts.
    #[error("the signature is by a key that is given for attestations only")]
    OnlyAttestor {
        /// The key or identity, as it is called in reports.
        signer: String,
        /// The keys that prove images, as id and name.
        trusted: Vec<String>,
    },
    /// The certificate is of nobody who is given.
    #[error("the signature is not by an identity that is given")]
    WrongIdentity {
        /// The identity in the certificate.
        identity: String,
        /// The issuer in the certificate.
        issuer: String,
        /// What was given, keys as id and name.
        trusted: Vec<String>,
    },
    /// The log entry or certificate names somebody trusted, but the signature does not verify with that key: it or
    /// what it signs was changed.
    #[error("the signature does not verify with the key that it names")]
    Altered {
        /// The key's id, or the identity in the certificate.
        named: String,
    },
    /// The certificate does not hold: expired, of no trusted authority, not for signing code, in no log of
    /// certificates.
    #[error("the signing certificate is not good: {cause}")]
    Certificate {
        /// What is wrong with it.
        cause: String,
    },
    /// A timestamp that is there does not hold, or one is needed and there is none.
    #[error("the time of the signature is not proven: {cause}")]
    Time {
        /// What is wrong.
        cause: String,
    },
    /// Good signatures, by too few.
    #[error("{} of the {needed} authorities that are demanded signed it", by.len())]
    Threshold {
        /// How many must have.
        needed: usize,
        /// Who did.
        by: Vec<String>,
    },
    /// A regular expression that cannot be used.
    #[error("`{pattern}` is no usable regular expression: {cause}")]
    Pattern {
        /// As given.
        pattern: String,
        /// Why not.
        cause: String,
    },
    /// The signature annotation, payload or bundle cannot be read.
    #[error("the signature cannot be read: {cause}")]
    Unreadable {
        /// What is wrong.
        cause: String,
    },
    /// A good signature over something that is not a statement about an image.
    #[error("the signed payload is not about an image: {cause}")]
    Payload {
        /// What is wrong.
        cause: String,
    },
    /// A statement that cannot be read.
    #[error("the statement cannot be read: {cause}")]
    Statement {
        /// What is wrong.
        cause: String,
    },
    /// A signed statement none of whose subjects is the object at hand.
    #[error("the statement is not about this image")]
    StatementSubject {
        /// The digests of its subjects, as `algorithm:hex`.
        subjects: Vec<String>,
        /// The object at hand.
        expected: Digest,
    },
    /// A signed attestation that claims another predicate type than its statement has.
    #[error("the attestation claims another predicate type than its statement has")]
    PredicateType {
        /// That of the statement.
        stated: String,
        /// What the manifest says.
        claimed: Option<String>,
        /// What a signed payload says, where that is another one too.
        signed: Option<String>,
    },
    /// A good signature about another object.
    #[error("the signature is about another object")]
    SubjectMismatch {
        /// What the payload names.
        signed: String,
        /// The object at hand.
        expected: Digest,
    },
    /// A good signature under another name.
    #[error("the signature is for another name")]
    SignedName {
        /// The name in the payload.
        signed: Option<SignedName>,
        /// The names that would do.
        expected: String,
    },
    /// A good signature that does not say what is demanded of it.
    #[error("the signature does not have the annotation `{key}={expected}`")]
    Annotation {
        /// The key.
        key: String,
        /// What it must say.
        expected: String,
        /// What it says, where it has this key.
        found: Option<String>,
    },
    /// A log proof is required and there is none that can be checked.
    #[error("the transparency log does not prove the signature")]
    LogMissing {
        /// Absent, of an unknown log, or of an unknown form.
        cause: String,
    },
    /// The log entry is bad.
    #[error("the log entry of the signature is bad: {cause}")]
    LogBad {
        /// What is wrong with it.
        cause: String,
    },
    /// A good signature by a key that did not count at the time.
    #[error("key `{key}` was not valid when the signature was made")]
    KeyOutsideWindow {
        /// Name of the key.
        key: String,
        /// Its state.
        state: State,
        /// Its dates.
        window: Window,
        /// The time that was judged.
        time: Timestamp,
        /// Who proves that time; else it is the effective time.
        proven: Option<TimeSource>,
    },
    /// A key that wants to be one of Docker's, and for which nobody vouches who could.
    #[error("the key is not vouched for: {refusal}")]
    NotEndorsed {
        /// The candidate.
        id: KeyId,
        /// What is missing.
        refusal: Refusal,
    },
    /// Text that is not the fingerprint of a key.
    #[error("`{text}` is not the fingerprint of a key")]
    Fingerprint {
        /// As given.
        text: String,
    },
    /// A bound was reached.
    #[error("{0}")]
    Limit(Exceeded),
}

impl Error {
    /// How much this error tells, when several signatures of one object failed: the first in this order is shown.
    pub fn rank(&self) -> u8 {
        match self {
            Self::Limit(_) => 0,
            Self::LogBad { .. } => 1,
            Self::KeyOutsideWindow { .. } => 2,
            Self::Certificate { .. } => 3,
            Self::Time { .. } => 4,
            Self::SubjectMismatch { .. } | Self::StatementSubject { .. } => 5,
            Self::SignedName { .. } | Self::Annotation { .. } => 6,
            Self::Payload { .. } | Self::Statement { .. } | Self::PredicateType { .. } => 7,
            Self::LogMissing { .. } => 8,
            Self::Threshold { .. } => 9,
            Self::Altered { .. } => 10,
            Self::Unreadable { .. } => 11,
            Self::WrongKey { .. } | Self::OnlyAttestor { .. } | Self::WrongIdentity { .. } => 12,
            Self::KeyFile { .. }
            | Self::KeyEncoding { .. }
            | Self::Pattern { .. }
            | Self::NotEndorsed { .. }
            | Self::Fingerprint { .. } => 13,
            Self::Unsigned => 14,
        }
    }

    /// What it says about the object. The one place that tells causes apart: all decisions ask here.
    pub fn meaning(&self) -> ErrorMeaning {
        match self {
            Self::Unsigned => ErrorMeaning::Absent,
            Self::WrongKey { .. } | Self::OnlyAttestor { .. } => ErrorMeaning::OtherKey,
            Self::WrongIdentity { .. } => ErrorMeaning::OtherIdentity,
            Self::Unreadable { .. } => ErrorMeaning::Unreadable,
            Self::Threshold { .. } => ErrorMeaning::TooFew,
            Self::SignedName { .. } | Self::Annotation { .. } => ErrorMeaning::OtherName,
            Self::KeyFile { .. }
            | Self::KeyEncoding { .. }
            | Self::Pattern { .. }
            | Self::Fingerprint { .. } => ErrorMeaning::Configuration,
            Self::Limit(_) => ErrorMeaning::Unknown,
            Self::Altered { .. }
            | Self::Certificate { .. }
            | Self::Time { .. }
            | Self::Payload { .. }
            | Self::SubjectMismatch { .. }
            | Self::Statement { .. }
            | Self::StatementSubject { .. }
            | Self::PredicateType { .. }
            | Self::LogMissing { .. }
            | Self::LogBad { .. }
            | Self::KeyOutsideWindow { .. }
            | Self::NotEndorsed { .. } => ErrorMeaning::Bad,
        }
    }
}

/// What an error says about the object whose signature was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorMeaning {
    /// Nobody signed it.
    Absent,
    /// A key signed it that is not trusted to.
    OtherKey,
    /// A certificate of somebody who is not trusted signed it.
    OtherIdentity,
    /// The signature is in a form that is not read, so it is not known whose it is.
    Unreadable,
    /// Good signatures of trusted signers, by fewer than were demanded.
    TooFew,
    /// A good signature of a trusted signer, made for another name or without an annotation that is demanded.
    OtherName,
    /// A limit was reached before it was known.
    Unknown,
    /// The signature, or what proves it, is bad.
    Bad,
    /// Nothing: what the caller gave as trust cannot be used.
    Configuration,
}

impl ErrorMeaning {
    /// Whether somebody signed it who is not trusted to: nothing speaks against the object.
    pub fn is_foreign(self) -> bool {
        matches!(self, Self::OtherKey | Self::OtherIdentity)
    }
}

impl ToDiagnostic for Error {
    fn to_diagnostic(&self) -> Diagnostic {
        let text = self.to_string();
        match self {
            Self::KeyFile { .. } => Diagnostic::new(Code::TRUST_KEY_FILE, text),
            Self::KeyEncoding { remedy, .. } => {
                Diagnostic::new(Code::TRUST_KEY_FILE, text).remedy(remedy.clone())
            }
            Self::Unsigned => Diagnostic::new(Code::TRUST_UNSIGNED, text).remedy(Remedy::CopySignatures),
            Self::WrongKey { named, trusted } => {
                let mut diagnostic = Diagnostic::new(Code::TRUST_WRONG_KEY, text).fact(
                    "signed by",
                    match named {
                        Some(id) => format!("{}  (named by its log entry)", id.short()),
                        None => "a key that is not given (no log entry names it)".to_owned(),
                    },
                );
                for key in trusted {
                    diagnostic = diagnostic.fact("trusted", key);
                }
                diagnostic.remedy(Remedy::GiveTeamKey)
            }
            Self::OnlyAttestor { signer, trusted } => {
                let diagnostic = Diagnostic::new(Code::TRUST_WRONG_KEY, text).fact("signed by", signer);
                let diagnostic =
                    trusted.iter().fold(diagnostic, |diagnostic, key| diagnostic.fact("trusted", key));
                diagnostic.remedy(Remedy::GiveAttestorKeyForImages)
            }
            Self::WrongIdentity { identity, issuer, trusted } => {
                // Nothing vouches for the certificate: whose it is was looked at first.
                let none = |text: &str| match text {
                    "" => "none".to_owned(),
                    text => format!("{}  (claimed by a certificate that was not checked)", claimed(text)),
                };
                let mut diagnostic = Diagnostic::new(Code::TRUST_WRONG_IDENTITY, text)
                    .fact("identity", none(identity))
                    .fact("issuer", none(issuer));
                for name in trusted {
                    diagnostic = diagnostic.fact("trusted", name);
                }
                diagnostic.remedy(Remedy::GiveIdentity)
            }
            Self::Certificate { .. } => {
                Diagnostic::new(Code::TRUST_CERTIFICATE, text).remedy(Remedy::GiveCertificateAuthorities)
            }
            Self::Time { .. } => {
                Diagnostic::new(Code::TRUST_TIME, text).remedy(Remedy::GiveTimestampAuthorities)
            }
            Self::Threshold { by, .. } => {
                let by = if by.is_empty() { "nobody".to_owned() } else { by.join(", ") };
                Diagnostic::new(Code::TRUST_THRESHOLD, text).fact("signed by", by)
            }
            Self::Pattern { .. } => Diagnostic::new(Code::USAGE_ARGUMENTS, text),
            Self::Altered { named } => Diagnostic::new(Code::TRUST_TAMPERED, text)
                .fact("named", claimed(named))
                .remedy(Remedy::CompareWithOriginal),
            Self::Unreadable { .. } | Self::Statement { .. } => {
                Diagnostic::new(Code::ATTEST_UNREADABLE, text)
            }
            Self::Payload { .. } => Diagnostic::new(Code::TRUST_PAYLOAD, text),
            Self::SubjectMismatch { signed, expected } => Diagnostic::new(Code::TRUST_SUBJECT_MISMATCH, text)
                .fact("signed", signed)
                .fact("expected", expected),
            Self::StatementSubject { subjects, expected } => {
                let subjects = if subjects.is_empty() { "none".to_owned() } else { subjects.join(", ") };
                Diagnostic::new(Code::TRUST_SUBJECT_MISMATCH, text)
                    .fact("subjects", subjects)
                    .fact("expected", expected)
            }
            Self::PredicateType { stated, claimed: on_manifest, signed } => {
                let diagnostic = Diagnostic::new(Code::TRUST_PREDICATE_MISMATCH, text)
                    .fact("manifest", on_manifest.as_deref().map_or("none".to_owned(), claimed))
                    .fact("statement", stated);
                match signed {
                    Some(signed) => diagnostic.fact("signed payload", signed),
                    None => diagnostic,
                }
            }
            Self::SignedName { signed, expected } => {
                let diagnostic = Diagnostic::new(Code::TRUST_SIGNED_NAME, text)
                    .fact(
                        "signed as",
                        signed
                            .as_ref()
                            .map_or("no name (bundles carry none)".to_owned(), ToString::to_string),
                    )
                    .fact("expected", expected);
                match signed.as_ref().map(SignedName::namespace) {
                    Some(namespace) if namespace != "dhi" => {
                        diagnostic.remedy(Remedy::AcceptCustomizations { namespace: namespace.to_owned() })
                    }
                    _ => diagnostic,
                }
            }
            Self::Annotation { found, .. } => Diagnostic::new(Code::TRUST_ANNOTATION, text)
                .fact("signed", found.as_deref().map_or("no such annotation".to_owned(), claimed)),
            Self::LogMissing { cause } => Diagnostic::new(Code::TRUST_LOG_MISSING, text)
                .fact("log entry", cause)
                .remedy(Remedy::AllowUnlogged),
            Self::LogBad { .. } => Diagnostic::new(Code::TRUST_LOG_BAD, text),
            Self::KeyOutsideWindow { key, state, window, time, proven } => {
                let from = match proven {
                    Some(TimeSource::TransparencyLog) => "proven by the log",
                    Some(TimeSource::TimestampAuthority) => "proven by a timestamp authority",
                    None => "the effective time; no log proves another",
                };
                let diagnostic = Diagnostic::new(Code::TRUST_KEY_OUTSIDE_WINDOW, text)
                    .fact("time", format_args!("{time} ({from})"));
                let bound = |bound: Option<Timestamp>| {
                    bound.map_or("not published".to_owned(), |time| time.to_string())
                };
                match state {
                    State::Inactive => diagnostic
                        .fact("state", "inactive")
                        .fact(
                            "valid",
                            format_args!("{} to {}", bound(window.not_before), bound(window.not_after)),
                        )
                        .maybe_remedy(
                            (key == "dhi-1").then(|| Remedy::AcceptRetiredKey { name: key.clone() }),
                        ),
                    State::Active => diagnostic.fact(
                        "valid",
                        match (window.not_before, window.not_after) {
                            (Some(start), Some(end)) => format!("{start} to {end}"),
                            (Some(start), None) => format!("from {start}"),
                            (None, end) => format!("until {}", bound(end)),
                        },
                    ),
                }
            }
            Self::NotEndorsed { id, .. } => {
                Diagnostic::new(Code::TRUST_KEY_NOT_VOUCHED, text).fact("key", id).remedy(Remedy::PinKey)
            }
            Self::Fingerprint { .. } => {
                Diagnostic::new(Code::USAGE_ARGUMENTS, text).remedy(Remedy::WriteFingerprint)
            }
            Self::Limit(exceeded) => exceeded.to_diagnostic(),
        }
    }
}
