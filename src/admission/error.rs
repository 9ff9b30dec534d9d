//! Why manifests cannot be checked at all.

use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic};
use crate::limits::Exceeded;
use crate::yaml;

/// An error that ends the whole check.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A file or directory that cannot be read.
    #[error("`{path}` cannot be read: {cause}")]
    Input {
        /// As the user wrote it, or found below it.
        path: String,
        /// The system's words.
        cause: String,
    },
    /// Nothing that an engine would run.
    #[error("no Kubernetes object and no Compose service is in {0}")]
    Nothing(String),
    /// No YAML.
    #[error(transparent)]
    Yaml(#[from] yaml::Error),
    /// A file that is a template for YAML.
    #[error("{0}")]
    Template(yaml::Error),
    /// A second object that no line `---` parts from the first.
    #[error("{0}")]
    Unparted(yaml::Error),
    /// YAML that no engine would take.
    #[error("`{file}` cannot be used at line {line}: {cause}")]
    Manifest {
        /// As the user wrote it.
        file: String,
        /// Beginning with 1.
        line: usize,
        /// Without a full stop.
        cause: String,
    },
    /// A bound was reached.
    #[error("`{file}`: {exceeded}")]
    Exceeded {
        /// As the user wrote it.
        file: String,
        /// Which bound.
        exceeded: Exceeded,
    },
    /// A digest cannot be written into the text.
    #[error("`{file}`, line {line}: {cause}")]
    Pin {
        /// As the user wrote it.
        file: String,
        /// Beginning with 1.
        line: usize,
        /// Without a full stop.
        cause: String,
    },
    /// No digest stands for what was judged, and for nothing else.
    #[error(
        "`{file}`, line {line}: no digest can be written behind the image, since several images of its index were judged and others were not"
    )]
    PinPart {
        /// As the user wrote it.
        file: String,
        /// Beginning with 1.
        line: usize,
    },
}

impl ToDiagnostic for Error {
    fn to_diagnostic(&self) -> Diagnostic {
        let say = |id| Diagnostic::new(id, self.to_string());
        match self {
            Self::Input { .. } => say(Code::ADMIT_INPUT),
            Self::Nothing(_) => say(Code::ADMIT_INPUT).remedy(Remedy::CheckManifestCommand),
            Self::Yaml(error) => error.to_diagnostic(),
            Self::Template(error) => error.to_diagnostic().remedy(Remedy::RenderTemplate),
            Self::Unparted(error) => error.to_diagnostic().remedy(Remedy::SeparateObjects),
            Self::Manifest { .. } => say(Code::USAGE_YAML),
            Self::Exceeded { exceeded, .. } => {
                Diagnostic { message: self.to_string(), ..exceeded.to_diagnostic() }
            }
            Self::PinPart { .. } => say(Code::ADMIT_RESOLVE).remedy(Remedy::NarrowPlatforms),
            Self::Pin { .. } => say(Code::ADMIT_RESOLVE).remedy(Remedy::WritePlainImage),
        }
    }
}
