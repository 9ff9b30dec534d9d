//! OCI types: digests, references, platforms, descriptors, manifests and configurations.
//!
//! Each value is made by parsing and validating a text, so a value is always well-formed. Paths and URLs are built from
//! these values, never from text. An invalid text is an [`Error`].
//!
//! Sources: the OCI image and distribution specifications (1.1), and Docker's image manifest version 2, schema 2.

mod codes;
mod config;
mod descriptor;
mod digest;
mod encoding;
pub mod hex;
mod image_id;
pub mod json;
pub mod limits;
mod manifest;
pub mod media_type;
mod member_case;
mod platform;
pub mod reference;
mod untrusted_text;

pub use codes::CODES;
pub use config::ImageConfig;
pub use descriptor::Descriptor;
pub use digest::{Digest, Hasher};
pub use encoding::Encoding;
pub use image_id::ImageId;
pub use manifest::{ImageIndex, ImageManifest, Manifest};
pub use platform::{AmbiguousPlatform, Platform};
pub use reference::{ImageName, LocalName, Reference, Repository, Tag, Version, without_login};
pub(crate) use untrusted_text::acts;
pub use untrusted_text::quote_untrusted;

use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic};

/// Why a text or JSON document is invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A digest that is not `sha256:` or `sha512:` and the right number of lower-case hex digits.
    #[error("`{0}` is not a digest: expected `sha256:` and 64 lower-case hex digits")]
    Digest(String),
    /// A reference outside the grammar.
    #[error("`{text}` is not an image reference: {cause}")]
    Reference {
        /// The whole text.
        text: String,
        /// What is wrong with it.
        cause: String,
        /// What to write instead, if known.
        remedy: Option<Remedy>,
    },
    /// A platform that is not `os/architecture[/variant]`.
    #[error("`{0}` is not a platform: expected `os/architecture` or `os/architecture/variant`")]
    Platform(String),
    /// A platform in an index or a configuration with a character outside printable ASCII.
    #[error("platform `{0}` has a character that engines may read as another character")]
    PlatformText(String),
    /// A document that is not valid JSON of its type.
    #[error("{what} cannot be read: {cause}")]
    Json {
        /// Which document.
        what: String,
        /// The parser's message, with line and column.
        cause: String,
    },
    /// A manifest whose media type is unknown or contradicts its content.
    #[error("manifest cannot be used: {0}")]
    Manifest(String),
}

impl ToDiagnostic for Error {
    fn to_diagnostic(&self) -> Diagnostic {
        match self {
            Self::Digest(_) | Self::Platform(_) => Diagnostic::new(Code::USAGE_REFERENCE, self.to_string()),
            Self::Reference { remedy, .. } => {
                Diagnostic::new(Code::USAGE_REFERENCE, self.to_string()).maybe_remedy(remedy.clone())
            }
            Self::Json { .. } | Self::Manifest(_) | Self::PlatformText(_) => {
                Diagnostic::new(Code::REGISTRY_BAD_CONTENT, self.to_string())
            }
        }
    }
}
