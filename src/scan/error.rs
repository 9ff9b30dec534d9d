//! Why there are no findings of an image.

use jiff::{SignedDuration, Timestamp};

use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic};
use crate::limits::Exceeded;
use crate::oci::{Digest, Platform, Reference};
use crate::{gate, registry, verify, vex};

/// Why there are no findings of an image.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No scanner is installed.
    #[error("no scanner is installed: neither `grype` nor `trivy` is in a directory of `PATH`")]
    NoScanner,
    /// The program that the caller names does not exist.
    #[error("there is no scanner `{program}`")]
    NotFound {
        /// The program.
        program: String,
    },
    /// A program is no scanner that is known.
    #[error("`{program}` is neither Grype nor Trivy")]
    OtherProgram {
        /// The program.
        program: String,
        /// Why it was not recognised.
        cause: String,
    },
    /// A scanner failed.
    #[error("`{scanner}` failed: {cause}")]
    Failed {
        /// The scanner with its version.
        scanner: String,
        /// Why.
        cause: String,
        /// The last lines of its messages.
        messages: Vec<String>,
    },
    /// A scanner printed too much.
    #[error("`{scanner}`: {exceeded}")]
    Exceeded {
        /// The scanner with its version.
        scanner: String,
        /// The limit.
        exceeded: Exceeded,
    },
    /// A file for a scanner cannot be written.
    #[error("`{path}` cannot be written: {cause}")]
    Write {
        /// The file.
        path: String,
        /// Why.
        cause: String,
    },
    /// Content of an image cannot be read.
    #[error(transparent)]
    Registry(#[from] registry::Error),
    /// The image cannot be resolved.
    #[error("{error}")]
    Image {
        /// The image.
        reference: Box<Reference>,
        /// Why.
        error: verify::Error,
    },
    /// The reference is no image that can be scanned.
    #[error("{reference} has no image that can be scanned")]
    NoImage {
        /// The reference.
        reference: String,
        /// Why the images were not judged.
        failures: Vec<String>,
    },
    /// The reference has several images.
    #[error("{reference} has images for several platforms, and none for this machine")]
    SeveralImages {
        /// The reference.
        reference: String,
        /// Their platforms.
        platforms: Vec<Platform>,
    },
    /// The image has no verified list of vulnerabilities.
    #[error("{reference} has no attested vulnerability scan")]
    NoAttestation {
        /// The image.
        reference: String,
        /// Its digest.
        image: Digest,
    },
    /// The newest attested scan is older than the caller accepts.
    #[error("the attested scan {} {}, and at most {max_age:#} are accepted", attestation.short(), age(*time))]
    OldAttestation {
        /// The digest of the attestation.
        attestation: Digest,
        /// When it was made, if it says so.
        time: Option<Timestamp>,
        /// The age that is accepted.
        max_age: SignedDuration,
    },
    /// The attested list of vulnerabilities cannot be used.
    #[error("{}", .0.message)]
    Attestation(Box<Diagnostic>),
    /// The report of a scanner cannot be read.
    #[error(transparent)]
    Report(#[from] vex::Error),
    /// The report is about another image.
    #[error(transparent)]
    Subject(#[from] gate::vex::Error),
}

/// What an attested scan says about its age.
fn age(time: Option<Timestamp>) -> String {
    time.map_or_else(|| "does not say when it was made".to_owned(), |time| format!("was made at {time}"))
}

impl ToDiagnostic for Error {
    fn to_diagnostic(&self) -> Diagnostic {
        match self {
            Self::NoScanner | Self::NotFound { .. } => {
                Diagnostic::new(Code::SCAN_NO_SCANNER, self.to_string()).remedy(Remedy::InstallScanner)
            }
            Self::OtherProgram { cause, .. } => Diagnostic::new(Code::SCAN_NO_SCANNER, self.to_string())
                .fact("cause", cause)
                .remedy(Remedy::InstallScanner),
            Self::Failed { messages, .. } => {
                let diagnostic = Diagnostic::new(Code::SCAN_FAILED, self.to_string());
                messages.iter().fold(diagnostic, |diagnostic, line| diagnostic.fact("message", line))
            }
            Self::Exceeded { scanner, exceeded } => {
                exceeded.to_diagnostic().about(format_args!("`{scanner}`"))
            }
            Self::Write { .. } => Diagnostic::new(Code::SCAN_FAILED, self.to_string()),
            Self::Registry(error) => error.to_diagnostic(),
            Self::Image { reference, error } => error.diagnostic_for(reference),
            Self::NoImage { failures, .. } => {
                let diagnostic = Diagnostic::new(Code::VERIFY_NO_SUCH_PLATFORM, self.to_string());
                failures.iter().fold(diagnostic, |diagnostic, failure| diagnostic.fact("cause", failure))
            }
            Self::SeveralImages { platforms, .. } => {
                let diagnostic = Diagnostic::new(Code::VERIFY_NO_SUCH_PLATFORM, self.to_string());
                let diagnostic = platforms
                    .iter()
                    .fold(diagnostic, |diagnostic, platform| diagnostic.fact("platform", platform));
                let first = platforms.first().map(ToString::to_string);
                diagnostic.maybe_remedy(first.map(|platform| Remedy::ChoosePlatform { platform }))
            }
            Self::NoAttestation { reference, image } => Diagnostic::new(Code::ATTEST_NONE, self.to_string())
                .fact("image", image)
                .remedy(Remedy::ListAttestations { reference: reference.clone() }),
            Self::OldAttestation { attestation, .. } => {
                Diagnostic::new(Code::SCAN_OLD, self.to_string()).fact("attestation", attestation)
            }
            Self::Attestation(diagnostic) => (**diagnostic).clone(),
            Self::Report(error) => error.to_diagnostic(),
            Self::Subject(error) => error.to_diagnostic(),
        }
    }
}
