//! Errors of the local engine.

use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic};
use crate::oci::{Digest, Reference};

/// Why an engine did not describe an image.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// An image of an engine, used where only registries and layouts hold the requested object.
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
    /// Sockets are forbidden, or no engine is configured.
    #[error("`{image}` needs the socket of a local engine, and no socket may be opened")]
    Forbidden {
        /// The image.
        image: String,
    },
    /// The configured engine is not reached by a Unix socket.
    #[error(
        "{set_by} names the engine `{host}`, and only engines of this machine (`unix://PATH`) are supported"
    )]
    OtherHost {
        /// The variable or Docker context that names it.
        set_by: String,
        /// Its address.
        host: String,
    },
    /// The settings of a Docker context cannot be read.
    #[error("Docker's context `{name}` cannot be read: {cause}")]
    Context {
        /// Its name, or the file that should name it.
        name: String,
        /// What is wrong.
        cause: String,
    },
    /// No socket exists at any of the default paths.
    #[error("there is no socket of a local engine")]
    NoSocket {
        /// The paths that were tried.
        paths: Vec<String>,
    },
    /// The user has no permission to use the socket.
    #[error("this user may not use the engine at {engine}")]
    Denied {
        /// The socket.
        engine: String,
    },
    /// No response, or one that reports a failure of the engine.
    #[error("the engine at {engine} cannot be queried: {cause}")]
    Unreachable {
        /// The socket.
        engine: String,
        /// Why.
        cause: String,
    },
    /// A response that does not describe the image.
    #[error("the answer of the engine at {engine} cannot be used: {cause}")]
    InvalidResponse {
        /// The socket.
        engine: String,
        /// What is wrong with it.
        cause: String,
    },
    /// The engine does not load an archive.
    #[error("the engine at {engine} does not load the image: {cause}")]
    NotLoaded {
        /// The socket.
        engine: String,
        /// Its message.
        cause: String,
    },
    /// The image has no repository digest: it was built here, loaded from an archive, or never pushed.
    #[error("`{image}` was not pulled from a registry, so it has no digest to verify")]
    NotPulled {
        /// The image.
        image: String,
        /// The engine's ID of it.
        id: Digest,
    },
    /// The image has several repository digests, and none takes precedence.
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
            Self::NoSocket { paths } => Diagnostic::new(Code::REGISTRY_ENGINE_UNREACHABLE, text)
                .fact("looked in", paths.join(", "))
                .remedy(Remedy::StartEngine),
            Self::Denied { .. } => {
                Diagnostic::new(Code::REGISTRY_ENGINE_DENIED, text).remedy(Remedy::AllowSocket)
            }
            Self::Unreachable { .. } => {
                Diagnostic::new(Code::REGISTRY_ENGINE_UNREACHABLE, text).remedy(Remedy::StartEngine)
            }
            Self::NotLoaded { .. } => Diagnostic::new(Code::REGISTRY_ENGINE_REFUSED, text),
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
