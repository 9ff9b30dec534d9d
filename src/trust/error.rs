//! Why a signature does not count. Each cause is its own variant, so that a caller can tell forgery from
//! absence, and tests compare values.

use jiff::Timestamp;

use super::{KeyId, SignedName, State, Window};
use crate::error::{Explain, Id, Problem};
use crate::limits::Exceeded;
use crate::oci::Digest;

/// The outcome of a check that failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A key, keyring or trusted root that cannot be read.
    #[error("{origin} cannot be used as trust: {cause}")]
    KeyFile {
        /// File, variable or URL.
        origin: String,
        /// What is wrong with it.
        cause: String,
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
    /// The log entry names a trusted key, but the signature does not verify with it: it or the payload was changed.
    #[error("the signature does not verify with the key that its log entry names")]
    Altered {
        /// The key named.
        named: KeyId,
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
        /// Whether the log proves that time; else it is the effective time.
        proven: bool,
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
            Self::SubjectMismatch { .. } => 3,
            Self::SignedName { .. } => 4,
            Self::Payload { .. } => 5,
            Self::LogMissing { .. } => 6,
            Self::Altered { .. } => 7,
            Self::Unreadable { .. } => 8,
            Self::WrongKey { .. } => 9,
            Self::KeyFile { .. } => 10,
            Self::Unsigned => 11,
        }
    }
}

impl Explain for Error {
    fn problem(&self) -> Problem {
        let text = self.to_string();
        match self {
            Self::KeyFile { .. } => Problem::new(Id::TrustKeyFile, text),
            Self::Unsigned => Problem::new(Id::TrustUnsigned, text)
                .hint("copy signatures along: `regctl image copy --referrers --force-recursive`"),
            Self::WrongKey { named, trusted } => {
                let mut problem = Problem::new(Id::TrustWrongKey, text).fact(
                    "signed by",
                    match named {
                        Some(id) => format!("{}  (named by its log entry)", id.short()),
                        None => "a key that is not given (no log entry names it)".to_owned(),
                    },
                );
                for key in trusted {
                    problem = problem.fact("trusted", key);
                }
                problem.hint(
                    "if your own team signed it, give its key with `--attestor-key FILE`, or `--key FILE`",
                )
            }
            Self::Altered { named } => Problem::new(Id::TrustTampered, text)
                .fact("named key", named.short())
                .hint("the copy is broken or forged: compare it with the original registry"),
            Self::Unreadable { .. } => Problem::new(Id::AttestUnreadable, text),
            Self::Payload { .. } => Problem::new(Id::TrustPayload, text),
            Self::SubjectMismatch { signed, expected } => {
                Problem::new(Id::TrustSubjectMismatch, text).fact("signed", signed).fact("expected", expected)
            }
            Self::SignedName { signed, expected } => {
                let problem = Problem::new(Id::TrustSignedName, text)
                    .fact(
                        "signed as",
                        signed
                            .as_ref()
                            .map_or("no name (bundles carry none)".to_owned(), ToString::to_string),
                    )
                    .fact("expected", expected);
                match signed.as_ref().map(SignedName::namespace) {
                    Some(namespace) if namespace != "dhi" => problem.hint(format!(
                        "to accept customisations of that organisation: `--namespace {namespace}`"
                    )),
                    _ => problem,
                }
            }
            Self::LogMissing { cause } => {
                Problem::new(Id::TrustLogMissing, text).fact("log entry", cause).hint(
                    "entries of private namespaces are not published; leave `--require-tlog` out for those",
                )
            }
            Self::LogBad { .. } => Problem::new(Id::TrustLogBad, text),
            Self::KeyOutsideWindow { key, state, window, time, proven } => {
                let from =
                    if *proven { "proven by the log" } else { "the effective time; no log proves another" };
                let problem = Problem::new(Id::TrustKeyOutsideWindow, text)
                    .fact("time", format_args!("{time} ({from})"));
                let bound = |bound: Option<Timestamp>| {
                    bound.map_or("not published".to_owned(), |time| time.to_string())
                };
                match state {
                    State::Inactive => problem
                        .fact("state", "inactive")
                        .fact(
                            "valid",
                            format_args!("{} to {}", bound(window.not_before), bound(window.not_after)),
                        )
                        .maybe_hint(
                            (key == "dhi-1").then(|| "to accept it all the same: `--key dhi-1`".to_owned()),
                        ),
                    State::Active => problem.fact(
                        "valid",
                        match (window.not_before, window.not_after) {
                            (Some(start), Some(end)) => format!("{start} to {end}"),
                            (Some(start), None) => format!("from {start}"),
                            (None, end) => format!("until {}", bound(end)),
                        },
                    ),
                }
            }
            Self::Limit(exceeded) => exceeded.problem(),
        }
    }
}
