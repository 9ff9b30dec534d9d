//! Errors of signing, and of storing signatures and attestations.

use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic};
use crate::limits::Exceeded;
use crate::oci::{self, AmbiguousPlatform, Digest};
use crate::registry;
use crate::trust::KeyId;

/// Why a signature or attestation was not made or not stored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A private key that cannot be used.
    #[error("{origin} cannot be used to sign: {cause}")]
    KeyFile {
        /// File or variable.
        origin: String,
        /// What is wrong, without any content of the file.
        cause: String,
        /// What to do.
        remedy: Option<Remedy>,
    },
    /// The password does not decrypt the key.
    #[error("the password does not open {origin}")]
    Password {
        /// File or variable.
        origin: String,
    },
    /// A signing program that fails, or does not answer in time.
    #[error("the signing program `{program}` failed at `{operation}`")]
    Program {
        /// The program.
        program: String,
        /// `sign` or `public-key`.
        operation: &'static str,
        /// What is wrong.
        cause: String,
    },
    /// The public key of the signer does not verify its signature.
    #[error("the new signature does not verify with the signer's public key")]
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
    /// An in-toto statement that differs from the one to be made, where a predicate is expected.
    #[error("{origin} is a whole statement, and {cause}")]
    Statement {
        /// The file.
        origin: String,
        /// How it differs.
        cause: String,
    },
    /// An index with several platforms, and none was selected.
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
    /// An index or manifest without an image for the requested platform.
    #[error("{reference} has no image for {requested}")]
    NoSuchPlatform {
        /// The index or manifest.
        reference: String,
        /// The requested platform.
        requested: String,
        /// The available platforms.
        available: Vec<String>,
    },
    /// A signed name that is not the name of a repository.
    #[error("`{text}` cannot be used as signed name: {cause}")]
    Name {
        /// As given.
        text: String,
        /// What is wrong with it.
        cause: String,
    },
    /// A layout without a given name: a directory has no repository name to sign.
    #[error("a layout directory has no repository name to sign")]
    NoName,
    /// An invalid or insecure URL of a transparency log.
    #[error("`{url}` cannot be used as transparency log: {cause}")]
    LogUrl {
        /// As given.
        url: String,
        /// Why.
        cause: String,
    },
    /// The log does not accept entries of such keys.
    #[error("signatures of {algorithm} keys cannot be logged in this form")]
    LogKey {
        /// The key's algorithm.
        algorithm: &'static str,
    },
    /// The log did not respond, or refused the entry.
    #[error("the transparency log {url} did not accept the entry")]
    Log {
        /// The log.
        url: String,
        /// Why.
        cause: String,
    },
    /// The log returned an entry that does not match the request.
    #[error("the transparency log {url} returned an entry that does not match the signature: {cause}")]
    LogAnswer {
        /// The log.
        url: String,
        /// How it differs.
        cause: String,
    },
    /// An error of the registry or layout.
    #[error("{0}")]
    Registry(#[from] registry::Error),
    /// A manifest or configuration of the signed image that does not parse.
    #[error("{what}: {error}")]
    Content {
        /// The object.
        what: String,
        /// What is wrong with it.
        error: oci::Error,
    },
    /// A limit was exceeded.
    #[error("{0}")]
    Limit(Exceeded),
    /// Some manifests were stored before the error.
    #[error("{error}")]
    PartlyStored {
        /// The stored manifests, in order.
        stored: Vec<Digest>,
        /// Why the next one was not stored.
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
            Self::Program { cause, .. } => Diagnostic::new(Code::SIGN_PROGRAM, text)
                .fact("cause", cause)
                .remedy(Remedy::SeeSigningProgram),
            Self::BadSignature { key } => Diagnostic::new(Code::SIGN_BAD_SIGNATURE, text)
                .fact("public key", key)
                .remedy(Remedy::SeeSigningProgram),
            Self::PredicateType { remedy, .. } => {
                Diagnostic::new(Code::USAGE_ARGUMENTS, text).remedy(remedy.clone())
            }
            Self::Predicate { remedy, .. } => {
                Diagnostic::new(Code::SIGN_PREDICATE, text).maybe_remedy(remedy.clone())
            }
            Self::Statement { origin, .. } => Diagnostic::new(Code::SIGN_PREDICATE, text)
                .remedy(Remedy::TakePredicate { path: origin.trim_matches('`').to_owned() }),
            Self::SeveralPlatforms { available, .. } => available
                .iter()
                .fold(Diagnostic::new(Code::USAGE_ARGUMENTS, text), |diagnostic, one| {
                    diagnostic.fact("available", one)
                })
                .remedy(Remedy::NamePlatform),
            Self::AmbiguousPlatform(error) => error.to_diagnostic(),
            Self::NoSuchPlatform { available, .. } => {
                let diagnostic = Diagnostic::new(Code::VERIFY_NO_SUCH_PLATFORM, text);
                if available.is_empty() {
                    diagnostic
                } else {
                    let platform = available.first().cloned();
                    diagnostic
                        .fact("available", available.join(", "))
                        .maybe_remedy(platform.map(|platform| Remedy::ChoosePlatform { platform }))
                }
            }
            Self::Name { .. } => Diagnostic::new(Code::USAGE_ARGUMENTS, text).remedy(Remedy::WriteRepository),
            Self::NoName => Diagnostic::new(Code::USAGE_ARGUMENTS, text).remedy(Remedy::NameSignedRepository),
            Self::LogUrl { .. } => Diagnostic::new(Code::USAGE_ARGUMENTS, text)
                .remedy(Remedy::Write { text: "https://rekor.sigstore.dev".to_owned() }),
            Self::LogKey { algorithm } => {
                Diagnostic::new(Code::USAGE_ARGUMENTS, text).remedy(match *algorithm {
                    "ecdsa-p384" | "ed25519" => Remedy::SignAsBundleOrWithoutLog,
                    _ => Remedy::SignWithoutLog,
                })
            }
            Self::Log { cause, .. } => Diagnostic::new(Code::SIGN_LOG, text)
                .fact("cause", cause)
                .remedy(Remedy::RetryOrSignWithoutLog),
            Self::LogAnswer { .. } => {
                Diagnostic::new(Code::SIGN_LOG_ANSWER, text).remedy(Remedy::RetryOrSignWithoutLog)
            }
            Self::Registry(error) => error.to_diagnostic(),
            Self::Content { error, .. } => Diagnostic { message: text, ..error.to_diagnostic() },
            Self::Limit(exceeded) => exceeded.to_diagnostic(),
            Self::PartlyStored { stored, error } => stored
                .iter()
                .fold(error.to_diagnostic(), |diagnostic, digest| diagnostic.fact("stored already", digest)),
        }
    }
}
