//! Why nothing was signed, or what was signed could not be stored.

use crate::error::{Explain, Id, Problem};
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
        hint: Option<String>,
    },
    /// The password does not open the key.
    #[error("the password does not open {origin}")]
    Password {
        /// File or variable.
        origin: String,
    },
    /// A signing program that fails, or does not answer.
    #[error("the signing program `{program}` gives no answer to `{question}`")]
    Program {
        /// The program.
        program: String,
        /// `sign` or `public-key`.
        question: &'static str,
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
        hint: String,
    },
    /// A predicate that cannot be read.
    #[error("{origin} is not a predicate: {cause}")]
    Predicate {
        /// The file.
        origin: String,
        /// What is wrong with it.
        cause: String,
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
        there: Vec<String>,
    },
    /// Several images for one platform.
    #[error(transparent)]
    AmbiguousPlatform(#[from] AmbiguousPlatform),
    /// A platform that is not there.
    #[error("{reference} has no image for {wanted}")]
    NoSuchPlatform {
        /// The index or manifest.
        reference: String,
        /// What was asked for.
        wanted: String,
        /// What there is.
        there: Vec<String>,
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
    Partly {
        /// What is stored, in this order.
        stored: Vec<Digest>,
        /// Why no more is.
        error: registry::Error,
    },
}

impl Explain for Error {
    fn problem(&self) -> Problem {
        let text = self.to_string();
        match self {
            Self::KeyFile { hint, .. } => Problem::new(Id::SignKey, text).maybe_hint(hint.clone()),
            Self::Password { .. } => Problem::new(Id::SignPassword, text)
                .hint("it is read from `COSIGN_PASSWORD`, else asked for on the terminal"),
            Self::Program { cause, .. } => Problem::new(Id::SignProgram, text).fact("cause", cause),
            Self::BadSignature { key } => Problem::new(Id::SignBadSignature, text).fact("public key", key),
            Self::PredicateType { hint, .. } => Problem::new(Id::UsageArguments, text).hint(hint),
            Self::Predicate { .. } => Problem::new(Id::SignPredicate, text),
            Self::Statement { origin, .. } => Problem::new(Id::SignPredicate, text)
                .hint(format!("take its predicate alone: `jq .predicate {}`", origin.trim_matches('`'))),
            Self::SeveralPlatforms { there, .. } => there
                .iter()
                .fold(Problem::new(Id::UsageArguments, text), |problem, one| problem.fact("there", one))
                .hint("name one with `--platform OS/ARCH`, or all with `--platform all`"),
            Self::AmbiguousPlatform(error) => error.problem(),
            Self::NoSuchPlatform { there, .. } => {
                let problem = Problem::new(Id::VerifyNoSuchPlatform, text);
                if there.is_empty() { problem } else { problem.fact("there", there.join(", ")) }
            }
            Self::Name { .. } => Problem::new(Id::UsageArguments, text)
                .hint("a name is that of a repository: `registry.example.com/team/api`"),
            Self::NoName => Problem::new(Id::UsageArguments, text).hint(
                "say which repository it is for: `--sign-container-identity registry.example.com/team/api`",
            ),
            Self::LogUrl { .. } => Problem::new(Id::UsageArguments, text),
            Self::LogKey { algorithm } => Problem::new(Id::UsageArguments, text).hint(match *algorithm {
                "ecdsa-p384" | "ed25519" => {
                    "take `--bundle-format`, a P-256 or RSA key, or leave `--rekor-url` out"
                }
                _ => "leave `--rekor-url` out",
            }),
            Self::Log { cause, .. } => Problem::new(Id::SignLog, text)
                .fact("cause", cause)
                .hint("nothing was stored; try again, or leave `--rekor-url` out"),
            Self::LogAnswer { .. } => Problem::new(Id::SignLogAnswer, text),
            Self::Registry(error) => error.problem(),
            Self::Content { error, .. } => Problem { what: text, ..error.problem() },
            Self::Limit(exceeded) => exceeded.problem(),
            Self::Partly { stored, error } => {
                stored.iter().fold(error.problem(), |problem, digest| problem.fact("stored already", digest))
            }
        }
    }
}
