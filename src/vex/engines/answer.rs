//! What a scanner answers for one finding, as data.

use crate::vex::{StatementRef, Status};

/// The answers of the scanners for one finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EngineAnswers {
    /// That of Grype ([`grype::VERSION`](super::grype::VERSION)).
    pub grype: EngineAnswer,
    /// That of Trivy ([`trivy::VERSION`](super::trivy::VERSION)).
    pub trivy: EngineAnswer,
}

/// What a scanner does with one finding, given the documents that count in this run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EngineAnswer {
    /// What it does.
    pub outcome: EngineOutcome,
    /// The statement that decides.
    pub by: Option<StatementRef>,
    /// The status of that statement.
    pub status: Option<Status>,
    /// Why.
    pub why: EngineWhy,
}

/// What a scanner does with a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EngineOutcome {
    /// It suppresses it.
    Suppressed,
    /// It reports it.
    Kept,
    /// It stops with an error, and reports nothing.
    Error,
    /// The report has not the facts on which the answer depends.
    Unknown,
}

/// Why a scanner does what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EngineWhy {
    /// No document is given, or none that may suppress.
    NoDocument,
    /// No statement names the vulnerability.
    NoStatement,
    /// Statements name only other ids of the vulnerability, and the scanner looks for the id that it reports.
    OtherId,
    /// Statements name the vulnerability, but no product that the scanner compares.
    NoProductMatch,
    /// A statement about the package decides.
    Package,
    /// A statement about the scanned image or project decides.
    Image,
    /// Of the statements that match, the oldest decides, and a newer one says otherwise.
    OldestOfSeveral,
    /// A statement about the image decides, and one about the package, which says otherwise, is not looked at.
    ImageBeforePackage,
    /// Every path from the package to the root meets a statement that suppresses.
    EveryPath,
    /// A path from the package to the root meets no statement that suppresses.
    UnassessedPath,
    /// The report has no dependency graph, and a statement may be about a package that depends on this one.
    NoGraph,
    /// The dependency graph has too many paths to follow.
    TooManyPaths,
    /// The report has no package URL for the package.
    NoPackageUrl,
    /// The report does not name what was scanned, and a statement may be about it.
    NoSubject,
    /// Statements of one advisory contradict each other, and which of them the scanner finds first is random.
    RandomOrder,
    /// The scanner cannot read a document.
    Unreadable(Unreadable),
}

/// Why a scanner cannot read a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unreadable {
    /// OpenVEX 0.0.1, as the first file or at all.
    OldVersion,
    /// The version in `@context` is not known to it, or differs from the shape of the document.
    Context,
    /// Neither a statement nor its document has a time.
    NoTime,
    /// A format that it does not read.
    Format,
    /// The first file is CSAF, and this one is not.
    NotCsaf,
    /// CycloneDX, and what was scanned is not a CycloneDX SBOM.
    NotACycloneDxReport,
    /// A CSAF relationship whose product is the vulnerable package itself.
    SelfRelationship,
}

impl EngineAnswer {
    pub(super) fn kept(why: EngineWhy) -> Self {
        Self { outcome: EngineOutcome::Kept, by: None, status: None, why }
    }

    pub(super) fn unknown(why: EngineWhy) -> Self {
        Self { outcome: EngineOutcome::Unknown, by: None, status: None, why }
    }

    pub(super) fn error(cause: Unreadable) -> Self {
        Self { outcome: EngineOutcome::Error, by: None, status: None, why: EngineWhy::Unreadable(cause) }
    }

    pub(super) fn ruled(by: StatementRef, status: Status, why: EngineWhy) -> Self {
        let outcome = if status.suppresses() { EngineOutcome::Suppressed } else { EngineOutcome::Kept };
        Self { outcome, by: Some(by), status: Some(status), why }
    }
}

impl EngineOutcome {
    /// Its name in JSON.
    pub fn id(self) -> &'static str {
        match self {
            Self::Suppressed => "suppressed",
            Self::Kept => "kept",
            Self::Error => "error",
            Self::Unknown => "unknown",
        }
    }
}

impl EngineWhy {
    /// Its name in JSON.
    pub fn id(self) -> &'static str {
        match self {
            Self::NoDocument => "no-document",
            Self::NoStatement => "no-statement",
            Self::OtherId => "other-id",
            Self::NoProductMatch => "no-product-match",
            Self::Package => "package",
            Self::Image => "image",
            Self::OldestOfSeveral => "oldest-of-several",
            Self::ImageBeforePackage => "image-before-package",
            Self::EveryPath => "every-path",
            Self::UnassessedPath => "unassessed-path",
            Self::NoGraph => "no-graph",
            Self::TooManyPaths => "too-many-paths",
            Self::NoPackageUrl => "no-package-url",
            Self::NoSubject => "no-subject",
            Self::RandomOrder => "random-order",
            Self::Unreadable(cause) => cause.id(),
        }
    }

    /// The reason in words, to follow the name of the scanner and what it does.
    pub fn message(self) -> &'static str {
        match self {
            Self::NoDocument => "no document may suppress findings",
            Self::NoStatement => "no statement names the vulnerability",
            Self::OtherId => "statements name only other ids of the vulnerability",
            Self::NoProductMatch => "no product of a statement is the package or the image",
            Self::Package => "a statement about the package decides",
            Self::Image => "a statement about what was scanned decides",
            Self::OldestOfSeveral => "the oldest statement decides, and a newer one says otherwise",
            Self::ImageBeforePackage => "a statement about the image decides before one about the package",
            Self::EveryPath => "every path to the root meets a statement that suppresses",
            Self::UnassessedPath => "a path to the root meets no statement that suppresses",
            Self::NoGraph => "the report has no dependency graph",
            Self::TooManyPaths => "the dependency graph has too many paths",
            Self::NoPackageUrl => "the report has no package URL for the package",
            Self::NoSubject => "the report does not name what was scanned",
            Self::RandomOrder => {
                "statements of one advisory contradict each other, and their order is random"
            }
            Self::Unreadable(cause) => cause.message(),
        }
    }
}

impl Unreadable {
    fn id(self) -> &'static str {
        match self {
            Self::OldVersion => "unreadable-old-version",
            Self::Context => "unreadable-context",
            Self::NoTime => "unreadable-no-time",
            Self::Format => "unreadable-format",
            Self::NotCsaf => "unreadable-after-csaf",
            Self::NotACycloneDxReport => "unreadable-without-cyclonedx-report",
            Self::SelfRelationship => "unreadable-self-relationship",
        }
    }

    fn message(self) -> &'static str {
        match self {
            Self::OldVersion => "it does not read OpenVEX 0.0.1 here",
            Self::Context => "it does not know the `@context` of a document",
            Self::NoTime => "it needs a `timestamp` in the statement or the document",
            Self::Format => "it does not read the format of a document",
            Self::NotCsaf => "it reads only CSAF documents after a first CSAF document",
            Self::NotACycloneDxReport => "it reads CycloneDX VEX only for a CycloneDX SBOM",
            Self::SelfRelationship => "it stops at a CSAF relationship whose product is the package itself",
        }
    }
}
