//! Errors that end an admission check before any image is judged, or before manifests with digests are printed.

use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic};
use crate::limits::Exceeded;
use crate::yaml;

/// An error that ends the whole check.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A file or directory that cannot be read.
    #[error("`{path}` cannot be read: {cause}")]
    Input {
        /// The path as the user wrote it, or a path below it.
        path: String,
        /// The message of the operating system.
        cause: String,
    },
    /// The input has nothing that an engine would run.
    #[error("no Kubernetes object and no Compose service in {0}")]
    Nothing(String),
    /// The text is not valid YAML.
    #[error(transparent)]
    Yaml(#[from] yaml::Error),
    /// The text is a template that was not rendered.
    #[error("{0}")]
    Template(yaml::Error),
    /// A second object that no line `---` separates from the first.
    #[error("{0}")]
    MissingSeparator(yaml::Error),
    /// YAML that no engine would accept.
    #[error("`{file}` cannot be used at line {line}: {cause}")]
    Manifest {
        /// The file as the user wrote it.
        file: String,
        /// The line, counted from 1.
        line: usize,
        /// The cause, without a full stop.
        cause: String,
    },
    /// A limit was reached.
    #[error("`{file}`: {exceeded}")]
    Exceeded {
        /// The file as the user wrote it.
        file: String,
        /// The limit.
        exceeded: Exceeded,
    },
    /// A digest cannot be written into the manifest.
    #[error("`{file}`, line {line}: {cause}")]
    Pin {
        /// The file as the user wrote it.
        file: String,
        /// The line, counted from 1.
        line: usize,
        /// The cause, without a full stop.
        cause: String,
    },
    /// Only some images of an index were judged, so no digest names exactly the judged images.
    #[error(
        "`{file}`, line {line}: no digest names only the judged images, since others of the index were not judged"
    )]
    PinPart {
        /// The file as the user wrote it.
        file: String,
        /// The line, counted from 1.
        line: usize,
    },
}

impl ToDiagnostic for Error {
    fn to_diagnostic(&self) -> Diagnostic {
        let diagnostic = |code| Diagnostic::new(code, self.to_string());
        match self {
            Self::Input { .. } => diagnostic(Code::ADMIT_INPUT),
            Self::Nothing(_) => diagnostic(Code::ADMIT_INPUT).remedy(Remedy::CheckManifestCommand),
            Self::Yaml(error) => error.to_diagnostic(),
            Self::Template(error) => error.to_diagnostic().remedy(Remedy::RenderTemplate),
            Self::MissingSeparator(error) => error.to_diagnostic().remedy(Remedy::SeparateObjects),
            Self::Manifest { .. } => diagnostic(Code::USAGE_YAML),
            Self::Exceeded { exceeded, .. } => {
                Diagnostic { message: self.to_string(), ..exceeded.to_diagnostic() }
            }
            Self::PinPart { .. } => diagnostic(Code::ADMIT_RESOLVE).remedy(Remedy::NarrowPlatforms),
            Self::Pin { .. } => diagnostic(Code::ADMIT_RESOLVE).remedy(Remedy::WritePlainImage),
        }
    }
}
