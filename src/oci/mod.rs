//! A digest, a reference or a manifest exists only after its text was checked, once, here.
//!
//! Names and numbers of the OCI image and distribution specifications (1.1) and of Docker's older types.

mod claimed;
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

pub use claimed::claimed;
pub use codes::CODES;
pub use config::ImageConfig;
pub use descriptor::Descriptor;
pub use digest::Digest;
pub use encoding::Encoding;
pub use image_id::ImageId;
pub use manifest::{ImageIndex, ImageManifest, Manifest};
pub use platform::{AmbiguousPlatform, Platform};
pub use reference::{ImageName, LocalName, Reference, Repository, Tag, Version};

use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic};

/// Text or JSON that is not what the OCI specifications say.
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
        /// What to write instead, where that is known.
        remedy: Option<Remedy>,
    },
    /// A platform that is not `os/architecture[/variant]`.
    #[error("`{0}` is not a platform: expected `os/architecture` or `os/architecture/variant`")]
    Platform(String),
    /// A platform in an index or a configuration with a character outside printable ASCII.
    #[error("platform `{0}` has a character that engines may read as another one")]
    PlatformText(String),
    /// A document that is not the JSON it should be.
    #[error("{what} cannot be read: {cause}")]
    Json {
        /// Which document.
        what: String,
        /// The parser's words, with line and column.
        cause: String,
    },
    /// A manifest whose media type is none of the known, or contradicts its own content.
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
