//! Why an engine did not say what it was asked.

use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic};
use crate::oci::{Digest, Reference};

/// What kept an engine from describing an image.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// An image of an engine, where something is to be read or stored that only registries and layouts hold.
    #[error("`{image}` is an image of a local engine, which holds neither manifests nor attestations")]
    NoRepository {
        /// The image.
        image: String,
    },
    /// A reference that names no image of an engine.
    #[error("`{reference}` names no image of a local engine")]
    NotLocalName {
        /// The reference.
        reference: String,
    },
    /// No socket may be opened.
    #[error("`{image}` is asked of a local engine by its socket, and no socket may be opened")]
    Forbidden {
        /// The image.
        image: String,
    },
    /// The engine is set to be one that is not reached by a Unix socket.
    #[error("{set_by} names the engine `{host}`, and only `unix://PATH` is asked: it is of this machine")]
    OtherHost {
        /// The variable, or Docker's context.
        set_by: String,
        /// Its address.
        host: String,
    },
    /// The settings that say which engine is meant cannot be read.
    #[error("Docker's context `{name}` cannot be read: {cause}")]
    Context {
        /// Its name, or the file that should name it.
        name: String,
        /// What is wrong.
        cause: String,
    },
    /// There is no socket in any place.
    #[error("there is no socket of a local engine")]
    NoSocket {
        /// Where one was looked for.
        places: Vec<String>,
    },
    /// The socket may not be used.
    #[error("this user may not use the engine at {engine}")]
    Denied {
        /// The socket.
        engine: String,
    },
    /// There is no answer, or one that says that the engine failed.
    #[error("the engine at {engine} gives no answer: {cause}")]
    Unreachable {
        /// The socket.
        engine: String,
        /// Why.
        cause: String,
    },
    /// An answer that is not the description of the image.
    #[error("the answer of the engine at {engine} cannot be used: {cause}")]
    InvalidResponse {
        /// The socket.
        engine: String,
        /// What is wrong with it.
        cause: String,
    },
    /// The image has no digest of a registry: it was made here, loaded from an archive, or never pushed.
    #[error("`{image}` was not pulled from a registry, so there is nothing to verify it by")]
    NotPulled {
        /// The image.
        image: String,
        /// The engine's ID of it.
        id: Digest,
    },
    /// The image has several digests, none of which is meant before the others.
    #[error("`{image}` was pulled or pushed by several digests")]
    Ambiguous {
        /// The image.
        image: String,
        /// Each with its repository.
        repo_digests: Vec<Reference>,
    },
    /// The engine does not have the image.
    #[error("the engine at {engine} has no image `{image}`")]
    NoImage {
        /// The image.
        image: String,
        /// The socket.
        engine: String,
    },
}

impl ToDiagnostic for EngineError {
    fn to_diagnostic(&self) -> Diagnostic {
        let text = self.to_string();
        match self {
            Self::NoRepository { .. } | Self::NotLocalName { .. } => {
                Diagnostic::new(Code::USAGE_ARGUMENTS, text).remedy(Remedy::NameRegistry)
            }
            Self::Forbidden { .. } => {
                Diagnostic::new(Code::USAGE_ARGUMENTS, text).remedy(Remedy::AllowEngineOrNameDigest)
            }
            Self::OtherHost { .. } => {
                Diagnostic::new(Code::USAGE_CONFIG, text).remedy(Remedy::NameSocketOrDigest)
            }
            Self::Context { .. } => Diagnostic::new(Code::USAGE_CONFIG, text).remedy(Remedy::NameSocket),
            Self::NoSocket { places } => Diagnostic::new(Code::REGISTRY_ENGINE_UNREACHABLE, text)
                .fact("looked in", places.join(", "))
                .remedy(Remedy::StartEngine),
            Self::Denied { .. } => {
                Diagnostic::new(Code::REGISTRY_ENGINE_DENIED, text).remedy(Remedy::AllowSocket)
            }
            Self::Unreachable { .. } => {
                Diagnostic::new(Code::REGISTRY_ENGINE_UNREACHABLE, text).remedy(Remedy::StartEngine)
            }
            Self::InvalidResponse { .. } => Diagnostic::new(Code::REGISTRY_ENGINE_UNREACHABLE, text),
            Self::NotPulled { id, .. } => Diagnostic::new(Code::REGISTRY_ENGINE_NOT_PULLED, text)
                .fact("image ID", id)
                .remedy(Remedy::PushFirst),
            Self::Ambiguous { repo_digests: pulled, .. } => {
                let diagnostic = Diagnostic::new(Code::REGISTRY_ENGINE_AMBIGUOUS, text);
                let diagnostic =
                    pulled.iter().fold(diagnostic, |diagnostic, one| diagnostic.fact("digest", one));
                diagnostic
                    .maybe_remedy(pulled.first().map(|one| Remedy::NameOrigin { reference: one.to_string() }))
            }
            Self::NoImage { .. } => {
                Diagnostic::new(Code::REGISTRY_ENGINE_NO_IMAGE, text).remedy(Remedy::ListLocalImages)
            }
        }
    }
}
