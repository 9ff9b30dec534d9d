//! Why the files of an image are unknown.

use crate::diagnostic::{Code, Diagnostic, ToDiagnostic};
use crate::limits::Exceeded;
use crate::oci::{self, Digest};
use crate::registry;
use crate::scan;

/// Why an image cannot be examined.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unexamined {
    /// The reference has no image for the requested platforms.
    NoImage(scan::Error),
    /// The reference cannot be resolved, or to no single image.
    Failed(Diagnostic),
}

impl From<Diagnostic> for Unexamined {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::Failed(diagnostic)
    }
}

impl ToDiagnostic for Unexamined {
    fn to_diagnostic(&self) -> Diagnostic {
        match self {
            Self::NoImage(error) => error.to_diagnostic(),
            Self::Failed(diagnostic) => diagnostic.clone(),
        }
    }
}

/// Why the files of an image are unknown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The registry or layout does not return a part of the image.
    #[error("{part}: {error}")]
    Registry {
        /// The part: `layer 2`.
        part: String,
        /// Why.
        error: registry::Error,
    },
    /// The manifest or the configuration is malformed.
    #[error("{part}: {error}")]
    Content {
        /// The part.
        part: &'static str,
        /// What is wrong with it.
        error: oci::Error,
    },
    /// A layer cannot be read, or is one that engines unpack differently.
    #[error("layer {number} ({}) cannot be read: {cause}", .layer.short())]
    Layer {
        /// Its number, from 1.
        number: usize,
        /// Its digest.
        layer: Digest,
        /// Why.
        cause: LayerError,
    },
    /// The configuration declares another number of layers than the manifest has.
    #[error("the manifest has {layers} layers, and the configuration declares {declared}")]
    LayerCount {
        /// Layers of the manifest.
        layers: usize,
        /// Layers that the configuration declares.
        declared: usize,
    },
    /// It is no container image.
    #[error("it is no container image: its configuration has the media type {0}")]
    NotAnImage(String),
    /// It is an image for a system whose files are not compared.
    #[error("files of images for `{0}` are not compared")]
    System(String),
    /// A limit was reached.
    #[error("{0}")]
    Limit(Exceeded),
    /// The program failed.
    #[error("layer {0} could not be read to its end")]
    Bug(usize),
}

/// Why a layer cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LayerError {
    /// It cannot be decompressed.
    #[error("it cannot be decompressed: {0}")]
    Compression(String),
    /// Its uncompressed bytes are not those that the configuration declares.
    #[error("its content has the digest {found}, and the configuration declares {declared}")]
    Digest {
        /// The declared digest.
        declared: Digest,
        /// The digest found.
        found: Digest,
    },
    /// A header is damaged, or tar readers interpret it differently.
    #[error("{cause} (at byte {at})")]
    Header {
        /// What is wrong.
        cause: String,
        /// Where.
        at: u64,
    },
    /// It ends within an entry.
    #[error("it is cut off")]
    CutOff,
    /// An entry cannot be placed in the tree of files.
    #[error("its entry `{name}` {cause}")]
    Entry {
        /// The name of the entry, escaped.
        name: String,
        /// Why.
        cause: EntryError,
    },
    /// A limit was reached.
    #[error("{0}")]
    Limit(Exceeded),
}

/// Why an entry of a layer cannot be placed in the tree of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EntryError {
    /// Its name has the part `..`.
    #[error("leads out of its directory")]
    LeadsOut,
    /// Something that is no directory has the name of a directory above it.
    #[error("is below something that is no directory")]
    NotADirectory,
    /// It is below a symbolic link of a lower layer. Some engines follow the link, others replace it.
    #[error("is below a symbolic link of a lower layer, which engines unpack differently")]
    BelowLowerLink,
    /// Symbolic links lead to each other.
    #[error("is below symbolic links that lead to each other")]
    LinkLoop,
    /// It is a whiteout of something that its own layer adds, or it is below one. The result depends on the order and on
    /// the engine.
    #[error("is added and hidden by one layer, which engines unpack differently")]
    HiddenByOwnLayer,
    /// It is a whiteout that names no file.
    #[error("is a whiteout that names no file")]
    Whiteout,
    /// The target of a hard link does not exist.
    #[error("is a hard link to a file that does not exist")]
    MissingTarget,
    /// The target of a hard link is a directory.
    #[error("is a hard link to a directory")]
    DirectoryTarget,
    /// It replaces the root directory.
    #[error("replaces the root directory")]
    Root,
}

/// Why the user of an image is unknown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnknownUser {
    /// The configuration cannot be read.
    #[error("the configuration cannot be read")]
    Configuration,
    /// A name that the list does not have. Engines do not start such an image.
    #[error("`{name}` is not in `{list}`")]
    NotListed {
        /// The name.
        name: String,
        /// The list: `/etc/passwd`.
        list: &'static str,
    },
    /// The list could not be read.
    #[error("`{0}` cannot be read")]
    Unreadable(&'static str),
    /// It is no user ID.
    #[error("`{0}` is no user or group")]
    Malformed(String),
}

impl ToDiagnostic for UnknownUser {
    fn to_diagnostic(&self) -> Diagnostic {
        Diagnostic::new(Code::SCAN_FILES, format!("the user is unknown: {self}"))
    }
}

impl ToDiagnostic for Error {
    fn to_diagnostic(&self) -> Diagnostic {
        match self {
            Self::Registry { part, error } => error.to_diagnostic().about(part),
            Self::Content { part, error } => error.to_diagnostic().about(part),
            Self::Layer { number, layer, cause: LayerError::Limit(exceeded) } => {
                exceeded.to_diagnostic().about(format_args!("layer {number} ({})", layer.short()))
            }
            Self::Layer { number, layer, cause: LayerError::Digest { declared, found } } => {
                let what = format!("the content of layer {number} is not what the configuration declares");
                Diagnostic::new(Code::TRUST_TAMPERED, what)
                    .fact("layer", layer)
                    .fact("declared", declared)
                    .fact("found", found)
            }
            Self::Layer { .. } | Self::LayerCount { .. } | Self::NotAnImage(_) | Self::System(_) => {
                Diagnostic::new(Code::SCAN_FILES, self.to_string())
            }
            Self::Limit(exceeded) => exceeded.to_diagnostic(),
            Self::Bug(_) => Diagnostic::new(Code::BUG_INTERNAL, self.to_string()),
        }
    }
}
