//! The error of documents and reports that cannot be read.

use crate::diagnostic::{Code, Diagnostic, ToDiagnostic};
use crate::limits::Exceeded;
use crate::oci::Encoding;

/// Why a VEX document or a scanner report cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A package URL cannot be parsed.
    #[error("`{text}` is not a package URL: {cause}")]
    PackageUrl {
        /// The text.
        text: String,
        /// What is wrong with it.
        cause: String,
    },
    /// The index of a VEX repository cannot be read.
    #[error("`index.json` of the VEX repository {repository} is not readable: {cause}")]
    RepositoryIndex {
        /// Its name, as messages show it.
        repository: String,
        /// What is wrong.
        cause: String,
    },
    /// The index of a VEX repository names a document outside the repository.
    #[error("the VEX repository {repository} lists the document {location}, which is outside it")]
    LocationOutsideRepository {
        /// Its name, as messages show it.
        repository: String,
        /// The location, as messages show it.
        location: String,
    },
    /// A document is not valid JSON, or a part of it has the wrong type.
    #[error("{document} is not a readable VEX document: line {line}, column {column}: {cause}")]
    Document {
        /// Its name, as messages show it.
        document: String,
        /// The line of the first error, from 1.
        line: usize,
        /// Its column, from 1, in characters.
        column: usize,
        /// What is wrong.
        cause: String,
    },
    /// A document has the shape of no VEX format.
    #[error("{document} is not a VEX document: {cause}")]
    Shape {
        /// Its name, as messages show it.
        document: String,
        /// What was found instead.
        cause: String,
    },
    /// A document is not UTF-8.
    #[error("{document} cannot be read: it is {encoding}, not UTF-8")]
    Encoding {
        /// Its name, as messages show it.
        document: String,
        /// Its encoding.
        encoding: Encoding,
    },
    /// A scanner report is not valid JSON, or a part of it has the wrong type.
    #[error("{report} is not a readable scanner report: line {line}, column {column}: {cause}")]
    Report {
        /// Its name, as messages show it.
        report: String,
        /// The line of the first error, from 1.
        line: usize,
        /// Its column, from 1, in characters.
        column: usize,
        /// What is wrong.
        cause: String,
    },
    /// A file has the shape of no scanner report.
    #[error("{report} is not a scanner report: {cause}")]
    ReportShape {
        /// Its name, as messages show it.
        report: String,
        /// What was found instead.
        cause: String,
    },
    /// A scanner report is not UTF-8.
    #[error("{report} cannot be read: it is {encoding}, not UTF-8")]
    ReportEncoding {
        /// Its name, as messages show it.
        report: String,
        /// Its encoding.
        encoding: Encoding,
    },
    /// A scanner report is of a format that has no place for decisions.
    #[error("{report} cannot be written back: {format} has no place for suppressed findings")]
    ReadOnlyReport {
        /// Its name, as messages show it.
        report: String,
        /// The name of its format.
        format: &'static str,
    },
    /// A limit was reached.
    #[error(transparent)]
    Limit(#[from] Exceeded),
}

impl ToDiagnostic for Error {
    fn to_diagnostic(&self) -> Diagnostic {
        match self {
            Self::PackageUrl { .. } | Self::Document { .. } | Self::Shape { .. } => {
                Diagnostic::new(Code::VEX_DOCUMENT, self.to_string())
            }
            Self::Encoding { document, encoding } => {
                Diagnostic::new(Code::VEX_DOCUMENT, self.to_string()).remedy(encoding.remedy(document))
            }
            Self::Report { .. } | Self::ReportShape { .. } | Self::ReadOnlyReport { .. } => {
                Diagnostic::new(Code::VEX_REPORT, self.to_string())
            }
            Self::ReportEncoding { report, encoding } => {
                Diagnostic::new(Code::VEX_REPORT, self.to_string()).remedy(encoding.remedy(report))
            }
            Self::RepositoryIndex { .. } | Self::LocationOutsideRepository { .. } => {
                Diagnostic::new(Code::VEX_REPOSITORY, self.to_string())
            }
            Self::Limit(exceeded) => exceeded.to_diagnostic(),
        }
    }
}
