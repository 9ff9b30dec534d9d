//! The scanners that are known.

use crate::vex::scan_report::ReportFormat;

/// The scanners that are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::scan) enum ScannerKind {
    /// Grype of Anchore.
    Grype,
    /// Trivy of Aqua Security.
    Trivy,
}

impl ScannerKind {
    /// Its name.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Grype => "grype",
            Self::Trivy => "trivy",
        }
    }

    /// The format of its reports about an image.
    pub(super) fn format(self) -> ReportFormat {
        match self {
            Self::Grype => ReportFormat::Grype,
            Self::Trivy => ReportFormat::Trivy,
        }
    }
}
