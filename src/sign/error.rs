//! Why nothing was signed, or what was signed could not be stored.

use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic};
use crate::limits::Exceeded;
use crate::oci::{self, AmbiguousPlatform, Digest};
use crate::registry;
use crate::trust::KeyId;

/// A signature or attestation that was not made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A private key that cannot be used.
    #[error("{origin} cannot be used to sign: {cause}")]
    KeyFile {
        /// File or variable.
        origin: String,
        /// What is wrong, without anything that stands in it.
        cause: String,
        /// What to do.
        remedy: Option<Remedy>,
    },
    /// The password does not open the key.
    #[error("the password does not open {origin}")]
    Password {
        /// File or variable.
        origin: String,
    },
    /// A signing program that fails, or does not answer.
    #[error("the signing program `{program}` gives no answer to `{operation}`")]
    Program {
        /// The program.
        program: String,
        /// `sign` or `public-key`.
        operation: &'static str,
        /// What is wrong.
        cause: String,
    },
    /// The signer made something that its public key does not verify.
    #[error("the signature that was made does not verify with the signer's public key")]
    BadSignature {
        /// The public key.
        key: KeyId,
    },
    /// A predicate type that is neither a URI nor one of the short names.
    #[error("`{text}` is not a predicate type")]
    PredicateType {
        /// As given.
        text: String,
        /// What to give.
        remedy: Remedy,
    },
    /// A predicate that cannot be read.
    #[error("{origin} is not a predicate: {cause}")]
    Predicate {
        /// The file.
        origin: String,
        /// What is wrong with it.
        cause: String,
        /// What to do.
        remedy: Option<Remedy>,
    },
    /// A whole statement where a predicate is expected, and not the one that would be made.
    #[error("{origin} is a whole statement, and {cause}")]
    Statement {
        /// The file.
        origin: String,
        /// How it differs.
        cause: String,
    },
    /// An index, and no word on which platform is meant.
    #[error("{reference} has several platforms")]
    SeveralPlatforms {
        /// The index.
        reference: String,
        /// Its platforms.
        available: Vec<String>,
    },
    /// Several images for one platform.
    #[error(transparent)]
    AmbiguousPlatform(Box<AmbiguousPlatform>),
    /// A platform that is not there.
    #[error("{reference} has no image for {requested}")]
    NoSuchPlatform {
        /// The index or manifest.
        reference: String,
        /// What was asked for.
        requested: String,
        /// What there is.
        available: Vec<String>,
    },
    /// A name that is not that of a repository.
    #[error("`{text}` cannot be signed as a name: {cause}")]
    Name {
        /// As given.
        text: String,
        /// What is wrong with it.
        cause: String,
    },
    /// A layout has no name of its own to sign.
    #[error("a directory has no name that could be signed")]
    NoName,
    /// A log that must not be spoken to.
    #[error("`{url}` cannot be used as transparency log: {cause}")]
    LogUrl {
        /// As given.
        url: String,
        /// Why.
        cause: String,
    },
    /// The log takes no entries of such keys.
    #[error("signatures of {algorithm} keys cannot be logged in this form")]
    LogKey {
        /// The key's algorithm.
        algorithm: &'static str,
    },
    /// The log gave no answer, or refused.
    #[error("the transparency log {url} did not take the entry")]
    Log {
        /// The log.
        url: String,
        /// Why.
        cause: String,
    },
    /// The log's answer is not about what was sent.
    #[error("the answer of the transparency log {url} is not about what was signed: {cause}")]
    LogAnswer {
        /// The log.
        url: String,
        /// How it differs.
        cause: String,
    },
    /// The registry or layout.
    #[error("{0}")]
    Registry(#[from] registry::Error),
    /// An object that cannot be signed for what it is.
    #[error("{what}: {error}")]
    Content {
        /// The object.
        what: String,
        /// What is wrong with it.
        error: oci::Error,
    },
    /// A bound was reached.
    #[error("{0}")]
    Limit(Exceeded),
    /// Some objects were stored, then one was not.
    #[error("{error}")]
    PartlyStored {
        /// What is stored, in this order.
        stored: Vec<Digest>,
        /// Why no more is.
        error: registry::Error,
    },
}

impl From<AmbiguousPlatform> for Error {
    fn from(error: AmbiguousPlatform) -> Self {
        Self::AmbiguousPlatform(Box::new(error))
    }
}

impl ToDiagnostic for Error {
    fn to_diagnostic(&self) -> Diagnostic {
        let text = self.to_string();
        match self {
            Self::KeyFile { remedy, .. } => {
                Diagnostic::new(Code::SIGN_KEY, text).maybe_remedy(remedy.clone())
            }
            Self::Password { .. } => Diagnostic::new(Code::SIGN_PASSWORD, text).remedy(Remedy::GivePassword),
            Self::Program { cause, .. } => Diagnostic::new(Code::SIGN_PROGRAM, text).fact("cause", cause),
            Self::BadSignature { key } => {
                Diagnostic::new(Code::SIGN_BAD_SIGNATURE, text).fact("public key", key)
            }
            Self::PredicateType { remedy, .. } => {
                Diagnostic::new(Code::USAGE_ARGUMENTS, text).remedy(remedy.clone())
            }
            Self::Predicate { remedy, .. } => {
                Diagnostic::new(Code::SIGN_PREDICATE, text).maybe_remedy(remedy.clone())
            }
            Self::Statement { origin, .. } => Diagnostic::new(Code::SIGN_PREDICATE, text)
                .remedy(Remedy::TakePredicate { path: origin.trim_matches('`').to_owned() }),
            Self::SeveralPlatforms { available: there, .. } => there
                .iter()
                .fold(Diagnostic::new(Code::USAGE_ARGUMENTS, text), |diagnostic, one| {
                    diagnostic.fact("there", one)
                })
                .remedy(Remedy::NamePlatform),
            Self::AmbiguousPlatform(error) => error.to_diagnostic(),
            Self::NoSuchPlatform { available: there, .. } => {
                let diagnostic = Diagnostic::new(Code::VERIFY_NO_SUCH_PLATFORM, text);
                if there.is_empty() { diagnostic } else { diagnostic.fact("there", there.join(", ")) }
            }
            Self::Name { .. } => Diagnostic::new(Code::USAGE_ARGUMENTS, text).remedy(Remedy::WriteRepository),
            Self::NoName => Diagnostic::new(Code::USAGE_ARGUMENTS, text).remedy(Remedy::NameSignedRepository),
            Self::LogUrl { .. } => Diagnostic::new(Code::USAGE_ARGUMENTS, text),
            Self::LogKey { algorithm } => {
                Diagnostic::new(Code::USAGE_ARGUMENTS, text).remedy(match *algorithm {
                    "ecdsa-p384" | "ed25519" => Remedy::SignAsBundleOrWithoutLog,
                    _ => Remedy::SignWithoutLog,
                })
            }
            Self::Log { cause, .. } => Diagnostic::new(Code::SIGN_LOG, text)
                .fact("cause", cause)
                .remedy(Remedy::RetryOrSignWithoutLog),
            Self::LogAnswer { .. } => Diagnostic::new(Code::SIGN_LOG_ANSWER, text),
            Self::Registry(error) => error.to_diagnostic(),
            Self::Content { error, .. } => Diagnostic { message: text, ..error.to_diagnostic() },
            Self::Limit(exceeded) => exceeded.to_diagnostic(),
            Self::PartlyStored { stored, error } => stored
                .iter()
                .fold(error.to_diagnostic(), |diagnostic, digest| diagnostic.fact("stored already", digest)),
        }
    }
}
