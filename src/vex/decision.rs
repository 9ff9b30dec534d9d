//! The decision about one finding: whether it is suppressed, by which statement, and what came close.

use std::fmt;

use jiff::Timestamp;

use super::{Justification, Status};

/// The rules by which statements are found and chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Profile {
    /// The rules of this program.
    #[default]
    Dhi,
    /// Those of Grype.
    Grype,
    /// Those of Trivy.
    Trivy,
    /// Those of the go-vex library.
    OpenVex,
}

/// The decision about one finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Whether the finding is suppressed.
    pub outcome: Outcome,
    /// The statement that decided. `None`: no statement applies.
    pub ruling: Option<Ruling>,
    /// Why no statement decided, or why the one that would suppress does not. `None` for a plain ruling.
    pub reason: Option<Inapplicable>,
    /// Whether statements of the same time contradict each other.
    pub conflict: bool,
    /// All statements about this vulnerability that came near, with what they are worth here.
    pub considered: Vec<Considered>,
    /// For a finding that is kept: the statement that came closest, and its first part that differs.
    pub near_miss: Option<NearMiss>,
    /// What to know about the decision.
    pub warnings: Vec<Warning>,
}

/// Whether a finding is suppressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It is.
    Suppressed,
    /// It is not.
    Kept,
}

/// A statement: position of its source among the sources of the run, and its index in the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StatementRef {
    /// Position of the source.
    pub source: usize,
    /// Index in the document.
    pub index: usize,
}

/// The statement that decided, and how it applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ruling {
    /// The statement.
    pub statement: StatementRef,
    /// Its status.
    pub status: Status,
    /// Its justification.
    pub justification: Option<Justification>,
    /// Its effective time.
    pub timestamp: Option<Timestamp>,
    /// The product that matched, as written. Empty for the subject of an attestation.
    pub product: String,
    /// The subcomponent that matched, as written.
    pub subcomponent: Option<String>,
    /// How exactly it matches.
    pub grade: Grade,
    /// The equivalences that were needed, in the order of the parts of a package URL.
    pub equivalences: Vec<Equivalence>,
}

/// How exactly a statement matches: `package`, `image-digest+package`, `ancestor`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Grade {
    /// How its product matches.
    pub product: ProductGrade,
    /// How its subcomponent matches, if it lists any.
    pub component: Option<ComponentGrade>,
}

/// How a product matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProductGrade {
    /// The product is the package.
    Package(ComponentGrade),
    /// The product is the image, by digest.
    ImageDigest,
    /// The product is the image, by repository and tag.
    ImageTag,
    /// The product is every image of the repository.
    ImageAny,
    /// The product is every image with this name, in any repository. Weak.
    ImageNameOnly,
    /// The product is the root component of the scanned SBOM or project.
    Scanned,
    /// The statement names no product, and the attestation is about the image.
    AttestationSubject,
    /// The product is a package that depends on the package.
    Ancestor,
}

/// How a component matches a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ComponentGrade {
    /// Package URL with version.
    Package,
    /// Package URL without version.
    PackageAnyVersion,
    /// The report has no package URL; name and version are equal. Weak.
    PackageName,
    /// The source package, with version.
    Source,
    /// The source package, without version.
    SourceAnyVersion,
}

/// A difference in writing that does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Equivalence {
    /// `1:2.3` and `2.3` with `epoch=1`; `0:2.3` and `2.3`.
    Epoch,
    /// `amd64` and `x86_64`; `all`.
    Architecture,
    /// `os_name=debian&os_version=13` and `distro=debian-13.1`.
    Distribution,
    /// `repository_url` with the name of the image, and without.
    RepositoryUrl,
    /// Names of one registry, or an alias that the user gave.
    ImageAlias,
    /// The name under which the DHI key signed the image, for a copy that is stored elsewhere.
    SignedName,
    /// An alias of the vulnerability.
    VulnerabilityAlias,
    /// All vulnerabilities of an advisory.
    Advisory,
}

/// Why no statement suppresses a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Inapplicable {
    /// No statement is about this vulnerability.
    NoStatement,
    /// Statements are about this vulnerability, but not about this package or image.
    NoProductMatch,
    /// The statement is `not_affected` without a reason.
    NoJustification,
    /// The status of the statement is not known.
    UnknownStatus,
    /// A path through the dependency graph meets no suppressing statement.
    ReachableViaUnassessedPath,
    /// The statement is about packages of hardened images, and this is none.
    NotADhiImage,
    /// The statement is about packages of hardened images, and the package is not proven to come from the base.
    OriginNotBase,
    /// Not every vulnerability of the advisory is assessed.
    AdvisoryNotAssessed,
    /// All vulnerabilities of the advisory are assessed. There is also a ruling.
    AllBundledCvesAssessed,
    /// The source of the statement is not verified, and the user did not name it as trusted.
    Unverified,
    /// The proof of the source is bad.
    ProofFailed,
    /// The source is older than the user accepts.
    TooOld,
    /// The attestation is about another image.
    OtherSubject,
    /// The finding is one of Docker's own feed, which has only what affects a hardened package. The statement
    /// contradicts it.
    FeedContradiction,
    /// Only the name in the report tells that the statement is about this image, and the user requires a verified one.
    ImageNotVerified,
    /// The report itself records that somebody refused to suppress the finding.
    RejectedInReport,
    /// The scanner of the profile stops with an error at these documents.
    ScannerError,
    /// The report has not the facts on which the answer of the scanner of the profile depends.
    ScannerUnknown,
}

/// A statement about the vulnerability, and what it is worth for the finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Considered {
    /// The statement.
    pub statement: StatementRef,
    /// Its status.
    pub status: Status,
    /// Its effective time.
    pub timestamp: Option<Timestamp>,
    /// `None`: it applies. Otherwise why it does not.
    pub inapplicable: Option<Inapplicable>,
    /// Where it differs, if it is not about this package or image.
    pub differs: Option<NearMissPart>,
}

/// The statement that came closest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NearMiss {
    /// The statement.
    pub statement: StatementRef,
    /// The product or subcomponent that came closest, as written.
    pub component: String,
    /// Its first part that differs.
    pub part: NearMissPart,
}

/// The part of a statement that differs from what was found. Texts are as written.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NearMissPart {
    /// Type of the package URL.
    Type {
        /// That of the statement.
        statement: String,
        /// That of the report.
        found: String,
    },
    /// Namespace of the package URL. Empty: it has none.
    Namespace {
        /// That of the statement.
        statement: String,
        /// That of the report.
        found: String,
    },
    /// Name of the package.
    Name {
        /// That of the statement.
        statement: String,
        /// That of the report.
        found: String,
    },
    /// Version.
    Version {
        /// That of the statement.
        statement: String,
        /// That of the report. Empty: it has none.
        found: String,
    },
    /// A qualifier.
    Qualifier {
        /// Its name, as the statement has it.
        name: String,
        /// That of the statement.
        statement: String,
        /// That of the report. Empty: it has none.
        found: String,
    },
    /// Subpath of the package URL.
    Subpath {
        /// That of the statement.
        statement: String,
        /// That of the report. Empty: it has none.
        found: String,
    },
    /// The statement names only a source package that differs.
    SourceOnly {
        /// Name and version of the source package in the statement.
        statement: String,
    },
    /// The product matches, and none of its subcomponents does.
    SubcomponentNotListed,
    /// The product is an image, and its digest differs.
    ImageDigest {
        /// That of the statement.
        statement: String,
        /// That of the report. Empty: it has none.
        found: String,
    },
    /// The product is an image with another tag.
    ImageTag {
        /// That of the statement.
        statement: String,
        /// That of the report. Empty: it has none.
        found: String,
    },
    /// The product is another image.
    Image {
        /// That of the statement.
        statement: String,
        /// That of the report. Empty: it has none.
        found: String,
    },
    /// The product has no form that can match: a range, a CPE, a free text.
    NoForm {
        /// As written.
        statement: String,
    },
    /// The attestation is about another image, or about an index that was not verified.
    Subject {
        /// The digests that the attestation is about.
        statement: Vec<String>,
        /// Whether the subject may be an index that contains the image, which was not verified.
        may_be_index: bool,
    },
    /// The products of the statement do not include the subject of its attestation.
    ProductsWithoutSubject,
    /// The origin guard.
    Guard(Inapplicable),
    /// It is not valid, or its source may not suppress.
    Refused(Inapplicable),
}

/// What to know about a decision. None is silent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// A newer statement that keeps overrules an older one that suppresses.
    ShadowedSuppression {
        /// The older statement.
        older: StatementRef,
        /// The newer one.
        newer: StatementRef,
        /// Whether the newer one has no time of its own, and takes that of its document.
        inherited_time: bool,
    },
    /// A newer statement that suppresses overrules an older one that keeps.
    ShadowedKeeping {
        /// The older statement.
        older: StatementRef,
        /// The newer one.
        newer: StatementRef,
    },
    /// The package matches in any version.
    AnyVersion,
    /// The image matches by its name alone.
    NameOnly,
    /// The package matches by name and version alone.
    PackageName,
    /// The image is known by a repository name alone; no digest was verified.
    UnverifiedImage,
    /// The deciding source is not verified; the user named it as trusted.
    UnverifiedSource,
    /// The time of the statement is in the future.
    FutureTime {
        /// The statement.
        statement: StatementRef,
    },
    /// The report has no dependency graph, so statements about ancestors were not evaluated.
    NoGraph,
    /// A statement of a source with a lower priority contradicts the one that decided.
    OverruledByPriority {
        /// The statement that does not count.
        statement: StatementRef,
    },
    /// A statement that keeps does not count, because its source is not verified.
    IgnoredKeeping {
        /// The statement that does not count.
        statement: StatementRef,
    },
    /// A statement that is not older does not count, because its status is not known. It may be one that keeps, misspelled.
    IgnoredStatus {
        /// The statement that does not count.
        statement: StatementRef,
    },
    /// The report names no digest. That it is about the verified image is what the user states.
    UnboundReport,
    /// That the image is hardened is what the user states.
    AssumedHardened,
}

impl Profile {
    /// Its name on command lines and in results.
    pub fn id(self) -> &'static str {
        match self {
            Self::Dhi => "dhi",
            Self::Grype => "grype",
            Self::Trivy => "trivy",
            Self::OpenVex => "openvex",
        }
    }
}

impl Outcome {
    /// Its name in results.
    pub fn id(self) -> &'static str {
        match self {
            Self::Suppressed => "suppressed",
            Self::Kept => "kept",
        }
    }
}

impl ProductGrade {
    /// Its name in results.
    pub fn id(self) -> &'static str {
        match self {
            Self::Package(grade) => grade.id(),
            Self::ImageDigest => "image-digest",
            Self::ImageTag => "image-tag",
            Self::ImageAny => "image-any",
            Self::ImageNameOnly => "image-name-only",
            Self::Scanned => "scanned",
            Self::AttestationSubject => "attestation-subject",
            Self::Ancestor => "ancestor",
        }
    }
}

impl ComponentGrade {
    /// Its name in results.
    pub fn id(self) -> &'static str {
        match self {
            Self::Package => "package",
            Self::PackageAnyVersion => "package-any-version",
            Self::PackageName => "package-name",
            Self::Source => "source",
            Self::SourceAnyVersion => "source-any-version",
        }
    }
}

/// The name of the product's grade, and that of the component: `image-any+package-any-version`. For an ancestor, the
/// component is the package of the finding, which is not repeated.
impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.product.id())?;
        match self.component {
            Some(component) if self.product != ProductGrade::Ancestor => write!(f, "+{}", component.id()),
            _ => Ok(()),
        }
    }
}

impl Equivalence {
    /// Its name in results.
    pub fn id(self) -> &'static str {
        match self {
            Self::Epoch => "epoch",
            Self::Architecture => "arch",
            Self::Distribution => "distro",
            Self::RepositoryUrl => "repository-url",
            Self::ImageAlias => "image-alias",
            Self::SignedName => "signed-name",
            Self::VulnerabilityAlias => "vulnerability-alias",
            Self::Advisory => "advisory",
        }
    }
}

impl Inapplicable {
    /// Its name in results.
    pub fn id(self) -> &'static str {
        match self {
            Self::NoStatement => "no-statement",
            Self::NoProductMatch => "no-product-match",
            Self::NoJustification => "invalid-no-justification",
            Self::UnknownStatus => "invalid-unknown-status",
            Self::ReachableViaUnassessedPath => "reachable-via-unassessed-path",
            Self::NotADhiImage => "not-a-dhi-image",
            Self::RejectedInReport => "rejected-in-report",
            Self::OriginNotBase => "origin-not-base",
            Self::AdvisoryNotAssessed => "advisory-not-assessed",
            Self::AllBundledCvesAssessed => "all-bundled-cves-assessed",
            Self::Unverified => "unverified",
            Self::ProofFailed => "proof-failed",
            Self::TooOld => "too-old",
            Self::OtherSubject => "subject-mismatch",
            Self::FeedContradiction => "feed-contradiction",
            Self::ImageNotVerified => "image-not-verified",
            Self::ScannerError => "scanner-error",
            Self::ScannerUnknown => "scanner-unknown",
        }
    }
}

impl NearMissPart {
    /// Its name in results.
    pub fn id(&self) -> &'static str {
        match self {
            Self::Type { .. } => "type",
            Self::Namespace { .. } => "namespace",
            Self::Name { .. } => "name",
            Self::Version { .. } => "version",
            Self::Qualifier { .. } => "qualifier",
            Self::Subpath { .. } => "subpath",
            Self::SourceOnly { .. } => "source-only",
            Self::SubcomponentNotListed => "subcomponent",
            Self::ImageDigest { .. } => "digest",
            Self::ImageTag { .. } => "tag",
            Self::Image { .. } => "image",
            Self::NoForm { .. } => "no-form",
            Self::Subject { .. } => "subject",
            Self::ProductsWithoutSubject => "products",
            Self::Guard(_) => "guard",
            Self::Refused(_) => "refused",
        }
    }
}

impl Warning {
    /// Its name in results.
    pub fn id(&self) -> &'static str {
        match self {
            Self::ShadowedSuppression { .. } => "shadowed-suppression",
            Self::ShadowedKeeping { .. } => "shadowed-keeping",
            Self::AnyVersion => "any-version",
            Self::NameOnly => "name-only",
            Self::PackageName => "package-name",
            Self::UnverifiedImage => "unverified-image",
            Self::UnverifiedSource => "unverified-source",
            Self::FutureTime { .. } => "future-time",
            Self::NoGraph => "no-graph",
            Self::OverruledByPriority { .. } => "overruled-by-priority",
            Self::IgnoredKeeping { .. } => "ignored-keeping",
            Self::IgnoredStatus { .. } => "ignored-status",
            Self::UnboundReport => "unbound-report",
            Self::AssumedHardened => "assumed-hardened",
        }
    }
}
