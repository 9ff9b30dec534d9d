//! The scanners that are known.

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
}
