//! Why a signature does not count.
//!
//! Each cause is its own variant, so that callers can distinguish forgery from absence. [`Error::meaning`] classifies
//! causes; no other module does.

use jiff::Timestamp;

use super::{EndorsementRefusal, KeyId, KeyState, SignedName, TimeSource, Window};
use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic};
use crate::limits::Exceeded;
use crate::oci::{Digest, quote_untrusted};

/// Why a check failed, or why trust cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A key, keyring or trusted root cannot be read.
    #[error("{origin} cannot be used as trust: {cause}")]
    KeyFile {
        /// File, variable or URL.
        origin: String,
        /// What is wrong with it.
        cause: String,
    },
    /// A key is in an encoding that is not read, and can be converted.
    #[error("{origin} cannot be used as trust: {cause}")]
    KeyEncoding {
        /// File, variable or URL.
        origin: String,
        /// What is wrong with it.
        cause: String,
        /// How to convert it.
        remedy: Remedy,
    },
    /// There is no signature at all.
    #[error("there is no signature")]
    Unsigned,
    /// No trusted key verifies the signature: another key made it, or payload or signature were changed.
    #[error("not signed by a trusted key")]
    WrongKey {
        /// The key that the log entry names, if it names one.
        named: Option<KeyId>,
        /// The keys that were tried, as ID and name.
        trusted: Vec<String>,
    },
    /// An attestor's key made it, where only keys for images count.
    #[error("signed by a key that is trusted for attestations only")]
    OnlyAttestor {
        /// The name of the key or identity in reports.
        signer: String,
        /// The trusted keys for images, as ID and name.
        trusted: Vec<String>,
    },
    /// No rule accepts the identity of the certificate.
    #[error("the certificate identity is not accepted")]
    WrongIdentity {
        /// The identity in the certificate.
        identity: String,
        /// The issuer in the certificate.
        issuer: String,
        /// The trusted keys and identities; keys as ID and name.
        trusted: Vec<String>,
    },
    /// The log entry or certificate names a trusted signer, but the signature does not verify with that key: the
    /// signature or the signed content was changed.
    #[error("the signature does not verify with the key that it names")]
    Altered {
        /// The key ID, or the identity in the certificate.
        named: String,
    },
    /// The certificate is not valid: expired, not issued by a trusted authority, not for code signing, or without a
    /// good SCT.
    #[error("the signing certificate is not good: {cause}")]
    Certificate {
        /// What is wrong with it.
        cause: String,
    },
    /// A timestamp is bad, or one is needed and there is none.
    #[error("the time of the signature is not proven: {cause}")]
    Time {
        /// What is wrong.
        cause: String,
    },
    /// Good signatures by too few signers.
    #[error("{} of {needed} required signers signed it", by.len())]
    Threshold {
        /// How many signers are required.
        needed: usize,
        /// Who signed.
        by: Vec<String>,
    },
    /// A regular expression cannot be used.
    #[error("`{pattern}` is not a usable regular expression: {cause}")]
    Pattern {
        /// As given.
        pattern: String,
        /// What is wrong with it.
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
    /// The statement cannot be read.
    #[error("the statement cannot be read: {cause}")]
    Statement {
        /// What is wrong.
        cause: String,
    },
    /// A signed statement is about other objects.
    #[error("the statement is not about this image")]
    StatementSubject {
        /// The digests of its subjects, as `algorithm:hex`.
        subjects: Vec<String>,
        /// The object that was verified.
        expected: Digest,
    },
    /// A signed attestation claims another predicate type than its statement has.
    #[error("the attestation claims another predicate type than its statement has")]
    PredicateType {
        /// The type in the statement.
        stated: String,
        /// The type in the manifest's annotation.
        claimed: Option<String>,
        /// The type in a signed payload, if that differs too.
        signed: Option<String>,
    },
    /// A good signature about another object.
    #[error("the signature is about another object")]
    SubjectMismatch {
        /// The digest in the payload.
        signed: String,
        /// The object that was verified.
        expected: Digest,
    },
    /// A good signature under another name.
    #[error("the signature is for another name")]
    SignedName {
        /// The name in the payload.
        signed: Option<SignedName>,
        /// The names that are accepted.
        expected: String,
        /// What to do if the signed name is the right one.
        remedy: Option<Remedy>,
    },
    /// A good signature without a required annotation.
    #[error("the signature does not have the annotation `{key}={expected}`")]
    Annotation {
        /// The key.
        key: String,
        /// The required value.
        expected: String,
        /// The signed value, if it has this key.
        found: Option<String>,
    },
    /// A log proof is required and none can be checked.
    #[error("the transparency log does not prove the signature")]
    LogMissing {
        /// Why: absent, of an unknown log, or of an unsupported form.
        cause: String,
    },
    /// The log entry is bad.
    #[error("the log entry of the signature is bad: {cause}")]
    LogBad {
        /// What is wrong with it.
        cause: String,
    },
    /// A good signature by a key that was not valid at the time.
    #[error("key `{key}` was not valid when the signature was made")]
    KeyOutsideWindow {
        /// Name of the key.
        key: String,
        /// Its state.
        state: KeyState,
        /// Its dates.
        window: Window,
        /// The time at which it had to be valid.
        time: Timestamp,
        /// What proves that time; without it, it is the effective time.
        proven: Option<TimeSource>,
    },
    /// A key to be added as a DHI key is not endorsed.
    #[error("the key is not endorsed: {refusal}")]
    NotEndorsed {
        /// The key.
        id: KeyId,
        /// Why not.
        refusal: EndorsementRefusal,
    },
    /// A text is not the fingerprint of a key.
    #[error("`{text}` is not the fingerprint of a key")]
    Fingerprint {
        /// As given.
        text: String,
    },
    /// A limit was reached.
    #[error("{0}")]
    Limit(Exceeded),
}

impl Error {
    /// The order in which errors are shown when several signatures of one object failed: the lowest, which is the most
    /// informative, first.
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

    /// What the error means for the object. All decisions use this; none matches on variants elsewhere.
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

/// What an error means for the object whose signature was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorMeaning {
    /// It has no signature.
    Absent,
    /// A key signed it that is not trusted for it.
    OtherKey,
    /// A certificate signed it whose identity is not accepted.
    OtherIdentity,
    /// The signature is in a form that is not read, so its signer is unknown.
    Unreadable,
    /// Good signatures of trusted signers, by fewer than required.
    TooFew,
    /// A good signature of a trusted signer, for another name or without a required annotation.
    OtherName,
    /// A limit was reached first.
    Unknown,
    /// The signature, or a proof of it, is bad.
    Bad,
    /// Nothing about the object: the trust that the caller gave cannot be used.
    Configuration,
}

impl ErrorMeaning {
    /// Whether a signer made it who is not trusted for it. This is no evidence against the object.
    pub fn is_other_signer(self) -> bool {
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
                        None => "an unknown key (no log entry names it)".to_owned(),
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
                // Identities are matched before the certificate is verified, so these texts are unverified.
                let none = |text: &str| match text {
                    "" => "none".to_owned(),
                    text => {
                        format!("{}  (claimed by a certificate that was not checked)", quote_untrusted(text))
                    }
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
                .fact("named", quote_untrusted(named))
                .remedy(Remedy::CompareWithOriginal),
            Self::Unreadable { .. } | Self::Statement { .. } => {
                Diagnostic::new(Code::ATTEST_UNREADABLE, text)
            }
            Self::Payload { .. } => {
                Diagnostic::new(Code::TRUST_PAYLOAD, text).remedy(Remedy::CompareWithOriginal)
            }
            Self::SubjectMismatch { signed, expected } => Diagnostic::new(Code::TRUST_SUBJECT_MISMATCH, text)
                .fact("signed", signed)
                .fact("expected", expected)
                .remedy(Remedy::CompareWithOriginal),
            Self::StatementSubject { subjects, expected } => {
                let subjects = if subjects.is_empty() { "none".to_owned() } else { subjects.join(", ") };
                Diagnostic::new(Code::TRUST_SUBJECT_MISMATCH, text)
                    .fact("subjects", subjects)
                    .fact("expected", expected)
                    .remedy(Remedy::CompareWithOriginal)
            }
            Self::PredicateType { stated, claimed: on_manifest, signed } => {
                let diagnostic = Diagnostic::new(Code::TRUST_PREDICATE_MISMATCH, text)
                    .fact("manifest", on_manifest.as_deref().map_or("none".to_owned(), quote_untrusted))
                    .fact("statement", stated);
                match signed {
                    Some(signed) => diagnostic.fact("signed payload", signed),
                    None => diagnostic,
                }
            }
            Self::SignedName { signed, expected, remedy } => Diagnostic::new(Code::TRUST_SIGNED_NAME, text)
                .fact(
                    "signed as",
                    signed.as_ref().map_or("no name (bundles have none)".to_owned(), ToString::to_string),
                )
                .fact("expected", expected)
                .maybe_remedy(remedy.clone()),
            Self::Annotation { found, .. } => Diagnostic::new(Code::TRUST_ANNOTATION, text)
                .fact("signed", found.as_deref().map_or("no such annotation".to_owned(), quote_untrusted)),
            Self::LogMissing { cause } => Diagnostic::new(Code::TRUST_LOG_MISSING, text)
                .fact("log entry", cause)
                .remedy(Remedy::AllowUnlogged),
            Self::LogBad { .. } => {
                Diagnostic::new(Code::TRUST_LOG_BAD, text).remedy(Remedy::CompareWithOriginal)
            }
            Self::KeyOutsideWindow { key, state, window, time, proven } => {
                let from = match proven {
                    Some(TimeSource::TransparencyLog) => "proven by the log",
                    Some(TimeSource::TimestampAuthority) => "proven by a timestamp authority",
                    None => "the effective time; no log proves the time of the signature",
                };
                let diagnostic = Diagnostic::new(Code::TRUST_KEY_OUTSIDE_WINDOW, text)
                    .fact("time", format_args!("{time} ({from})"));
                let bound = |bound: Option<Timestamp>| {
                    bound.map_or("not published".to_owned(), |time| time.to_string())
                };
                match state {
                    KeyState::Inactive => diagnostic
                        .fact("state", "inactive")
                        .fact(
                            "valid",
                            format_args!("{} to {}", bound(window.not_before), bound(window.not_after)),
                        )
                        .maybe_remedy(
                            (key == "dhi-1").then(|| Remedy::AcceptRetiredKey { name: key.clone() }),
                        ),
                    KeyState::Active => diagnostic.fact(
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
