//! One finding of a scanner report: a vulnerability of a package, with the facts that decisions and policies need.

use jiff::Timestamp;

use super::PackageUrl;

/// One vulnerability of one package, as a scanner reported it.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The id that the scanner reports: `CVE-2025-1234`, `GHSA-…`, `RHSA-2024:0001`.
    pub id: String,
    /// Other ids of the same vulnerability that the report knows, without `id`. Ids of advisories over several
    /// vulnerabilities are among them.
    pub aliases: Vec<String>,
    /// The package.
    pub package: FoundPackage,
    /// How severe the scanner rates it.
    pub severity: Severity,
    /// Whether a version without the vulnerability exists.
    pub fix: Fix,
    /// When the vulnerability was published, if the report has it. Policies compute its age from it.
    pub published: Option<Timestamp>,
    /// Whether it is known to be exploited. `None`: the report does not record it.
    pub known_exploited: Option<bool>,
    /// CVSS base scores of the report, highest first.
    pub scores: Vec<f64>,
    /// EPSS probability, from 0 to 1.
    pub epss: Option<f64>,
}

/// The package of a finding.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct FoundPackage {
    /// Its name as the report writes it.
    pub name: String,
    /// Its installed version as the report writes it.
    pub version: Option<String>,
    /// The ecosystem as a package URL type, where the report names one and has no package URL. A text that is no such
    /// type: the package is of another kind, which matches no package URL.
    pub kind: Option<String>,
    /// Whether it belongs to the operating system, where the report records that and nothing closer: then package URLs
    /// of other types are about other packages.
    pub of_system: Option<bool>,
    /// Its package URL, if the report has one that parses, or if one can be computed from a lossless naming scheme.
    pub purl: Option<PackageUrl>,
    /// The source packages that it was built from. Often empty.
    pub sources: Vec<SourcePackage>,
    /// Whether `name` and `purl` themselves name a source package (Docker Scout, OSV-Scanner on Debian).
    pub is_source: bool,
    /// Where in the image it was found.
    pub locations: Vec<String>,
    /// Digests of the layers that contain it (`diff_id`s), where the report names them.
    pub layers: Vec<String>,
    /// Its component in a CycloneDX report: `serialNumber` and `version` of the report, and the `bom-ref`. Statements
    /// may name it by such a BOM-Link.
    pub bom_link: Option<Box<[String; 3]>>,
    /// Its node in the graph of the [`Scan`](super::Scan).
    pub node: Option<usize>,
    /// Whether it is proven to come from a base image.
    pub origin: Origin,
}

/// A source package.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SourcePackage {
    /// Its name.
    pub name: String,
    /// Its version, with epoch, if the report names it. If not, it is the version of the binary package.
    pub version: Option<String>,
}

/// Whether a package is proven to come from the base image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Nothing proves where it comes from.
    #[default]
    Unproven,
    /// It is proven to come from the base image.
    Base,
    /// It is proven to be added on top of the base image.
    Added,
}

/// How severe a scanner rates a vulnerability.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// The report has no rating, or one that is not known. Below every threshold.
    Unknown,
    /// `negligible`, `none`, `info`.
    Negligible,
    /// `low`.
    Low,
    /// `medium`, `moderate`.
    Medium,
    /// `high`, `important`.
    High,
    /// `critical`.
    Critical,
}

/// Whether a version without the vulnerability exists.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Fix {
    /// In these versions. Empty: in some version that the report does not name.
    Fixed(Vec<String>),
    /// There is none so far.
    NotFixed,
    /// The distribution decided not to fix it.
    WontFix,
    /// The report does not record it.
    Unknown,
}

impl Severity {
    /// All severities, the lowest first.
    pub const ALL: [Self; 6] =
        [Self::Unknown, Self::Negligible, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// Its name on command lines and in results.
    pub fn id(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Negligible => "negligible",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}
