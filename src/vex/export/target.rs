//! For which scanner a document is written, and how exactly it names packages.

/// The scanner that reads the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// Grype, with a VEX file on the command line.
    Grype,
    /// Trivy, with a VEX file on the command line.
    Trivy,
    /// Docker Scout, with a VEX file on the command line. There is no model of it: what it does is not checked.
    Scout,
}

/// How exactly a package is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Precision {
    /// Name and version, and other ids of the vulnerability.
    Version,
    /// All qualifiers that the scanner writes, and no other ids.
    Exact,
    /// No statement is written.
    Nothing,
}

impl Precision {
    /// The next more exact one.
    pub(super) fn next(self) -> Self {
        match self {
            Self::Version => Self::Exact,
            Self::Exact | Self::Nothing => Self::Nothing,
        }
    }
}
