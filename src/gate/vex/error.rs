//! The error that ends a run before any decision: an input cannot be read, or contradicts another.

use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic};
use crate::evidence;
use crate::limits::Exceeded;
use crate::oci::Reference;
use crate::{trust, verify, vex};

/// Why VEX cannot be loaded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or directory cannot be read.
    #[error("`{path}` cannot be read: {cause}")]
    File {
        /// Its path.
        path: String,
        /// Why.
        cause: String,
    },
    /// A file or directory is over a limit.
    #[error("`{path}`: {exceeded}")]
    Exceeded {
        /// Its path.
        path: String,
        /// The limit.
        exceeded: Exceeded,
    },
    /// A file is no VEX document.
    #[error(transparent)]
    Document(#[from] vex::Error),
    /// The image cannot be resolved.
    #[error("{error}")]
    Image {
        /// The image.
        reference: Box<Reference>,
        /// Why.
        error: verify::Error,
    },
    /// The image of a local engine is not the one that was verified.
    #[error("the image of the engine is not the one that was verified")]
    LocalImage(Box<evidence::OtherImage>),
    /// A report is about another image than the one that was named.
    #[error("`{report}` is about another image than {image}")]
    OtherImage {
        /// The report.
        report: String,
        /// The image that was named.
        image: String,
        /// Its digest.
        digest: String,
        /// The digests that the report names, as whole references.
        reported: Vec<String>,
        /// Why it is unknown whether the image contains one of these.
        unread: Option<String>,
    },
    /// The keys of a VEX repository cannot be used.
    #[error(transparent)]
    RepositoryKeys(#[from] trust::Error),
    /// A name is that of no source.
    #[error("no VEX source is called `{named}`")]
    UnknownSource {
        /// The name.
        named: String,
        /// The names of the sources.
        known: Vec<String>,
    },
    /// A name is that of several sources, of which one is an attestation.
    #[error("several VEX sources are called `{named}`")]
    AmbiguousSource {
        /// The name.
        named: String,
        /// The names of these sources.
        sources: Vec<String>,
    },
}

impl ToDiagnostic for Error {
    fn to_diagnostic(&self) -> Diagnostic {
        match self {
            Self::File { .. } => Diagnostic::new(Code::VEX_DOCUMENT, self.to_string()),
            Self::Exceeded { path, exceeded } => exceeded.to_diagnostic().about(format_args!("`{path}`")),
            Self::Document(error) => error.to_diagnostic(),
            Self::Image { reference, error } => error.diagnostic_for(reference),
            Self::LocalImage(other) => other.to_diagnostic(),
            Self::RepositoryKeys(error) => error.to_diagnostic(),
            Self::OtherImage { digest, reported, unread, .. } => {
                let diagnostic =
                    Diagnostic::new(Code::VEX_OTHER_IMAGE, self.to_string()).fact("image", digest);
                let diagnostic =
                    reported.iter().fold(diagnostic, |diagnostic, one| diagnostic.fact("report", one));
                let diagnostic = match unread {
                    Some(cause) => diagnostic.fact("not compared", cause),
                    None => diagnostic,
                };
                let named = reported.iter().find(|one| one.parse::<Reference>().is_ok());
                diagnostic.maybe_remedy(named.map(|one| Remedy::NameScannedImage { reference: one.clone() }))
            }
            Self::UnknownSource { known, .. } | Self::AmbiguousSource { sources: known, .. } => {
                let diagnostic = Diagnostic::new(Code::USAGE_ARGUMENTS, self.to_string());
                known.iter().fold(diagnostic, |diagnostic, name| diagnostic.fact("source", name))
            }
        }
    }
}
