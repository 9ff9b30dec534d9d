//! Statements of VEX documents, in one model for all formats.

use std::fmt;
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;

use super::PackageUrl;
use crate::oci::quote_untrusted;

/// A VEX document: statements, and what they inherit from it.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its format.
    pub format: DocumentFormat,
    /// `@context` of an OpenVEX document, as written. It is read by its shape, but scanners go by this.
    pub context: Option<String>,
    /// Its id, for display. Different documents often have the same one.
    pub id: Option<String>,
    /// Its author.
    pub author: Option<String>,
    /// Its version as written.
    pub version: Option<String>,
    /// Its time, which statements without a time inherit.
    pub timestamp: Option<Timestamp>,
    /// The digests of the subjects of the attestation around it, as `algorithm:hex`. `None`: there is no attestation.
    pub subjects: Option<Vec<String>>,
    /// The statements, in the order of the document.
    pub statements: Vec<Statement>,
    /// What a reader of the document should know: no statements, an unknown version of the format.
    pub remarks: Vec<Remark>,
}

/// The format of a VEX document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DocumentFormat {
    /// OpenVEX 0.2.0, by its shape.
    OpenVex,
    /// OpenVEX 0.0.1, by its shape.
    OpenVexOld,
    /// CSAF 2.0 and 2.1.
    Csaf,
    /// CycloneDX 1.4 to 1.7 with `vulnerabilities`.
    CycloneDx,
}

/// What a reader of a document should know. None of it is an error.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remark {
    /// It has no statements.
    NoStatements,
    /// Its `@context` or version is not known; it was read by its shape. Empty: it has none.
    UnknownVersion(String),
    /// Neither the document nor some of its statements has a time. These statements count as the oldest.
    NoTime {
        /// How many statements.
        statements: usize,
    },
    /// A part was ignored, and why.
    Ignored(String),
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoStatements => f.write_str("0 statements in this file"),
            Self::UnknownVersion(version) if version.is_empty() => {
                f.write_str("it names no version of its format, so it was read by its shape")
            }
            Self::UnknownVersion(version) => {
                let version = quote_untrusted(version);
                write!(f, "its version {version} is not known, so it was read by its shape")
            }
            Self::NoTime { statements: 1 } => {
                f.write_str("1 statement has no time, nor has the document, so it counts as the oldest")
            }
            Self::NoTime { statements } => {
                write!(
                    f,
                    "{statements} statements have no time, nor has the document, so they count as the oldest"
                )
            }
            Self::Ignored(cause) => f.write_str(cause),
        }
    }
}

/// One statement: the status of a vulnerability in products.
#[derive(Clone, Debug)]
pub struct Statement {
    /// Its id, for display. Different statements often have the same one.
    pub id: Option<String>,
    /// The vulnerability.
    pub vulnerability: Vulnerability,
    /// Its status.
    pub status: Status,
    /// Why the products are not affected.
    pub justification: Option<Justification>,
    /// The justification as written, if it is none of the known labels.
    pub unknown_justification: Option<String>,
    /// Why the products are not affected, in words.
    pub impact_statement: Option<String>,
    /// What to do about it.
    pub action_statement: Option<String>,
    /// Notes on the status.
    pub status_notes: Option<String>,
    /// When it was made: its own time, or that of the document. `None` counts as the oldest.
    pub timestamp: Option<Timestamp>,
    /// Whether it has a time of its own.
    pub has_own_time: bool,
    /// Whether the document calls the finding a false positive (CycloneDX), which needs no other reason.
    pub is_false_positive: bool,
    /// Whether its status is CSAF's `first_fixed`, which not every scanner takes for `fixed`.
    pub is_first_fixed: bool,
    /// Whether it may suppress, by the rules of its format.
    pub validity: Validity,
    /// The products. Empty: the subjects of the attestation around the document.
    pub products: Products,
}

/// The products of a statement. Those of a document are read when they are first needed.
#[derive(Clone, Debug, Default)]
pub struct Products {
    /// `None`: `read` has them, or there are none.
    unread: Option<Arc<dyn UnreadProducts>>,
    read: OnceLock<Vec<Product>>,
}

/// Products in a part of a document that was checked and is not read yet.
pub trait UnreadProducts: fmt::Debug + Send + Sync {
    /// Reads them, in the order of the document.
    fn read(&self) -> Vec<Product>;
}

impl Products {
    /// These products.
    pub fn new(products: Vec<Product>) -> Self {
        Self { unread: None, read: OnceLock::from(products) }
    }

    /// Products that are read when they are first needed.
    pub fn unread(products: Arc<dyn UnreadProducts>) -> Self {
        Self { unread: Some(products), read: OnceLock::new() }
    }

    /// The products, in the order of the document.
    pub fn get(&self) -> &[Product] {
        self.read.get_or_init(|| self.unread.as_ref().map_or_else(Vec::new, |unread| unread.read()))
    }
}

/// A vulnerability as a statement names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vulnerability {
    /// `@id`, an IRI. Some documents have a bare identifier here.
    pub iri: Option<String>,
    /// `name`: `CVE-2025-1234`.
    pub name: Option<String>,
    /// Other names.
    pub aliases: Vec<String>,
}

/// The status of a vulnerability in a product (OpenVEX 0.2.0, "Status Labels").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Status {
    /// `not_affected`. It suppresses.
    NotAffected,
    /// `fixed`. It suppresses.
    Fixed,
    /// `under_investigation`. It keeps.
    UnderInvestigation,
    /// `affected`. It keeps.
    Affected,
    /// None of these. Such a statement is not valid.
    Unknown,
}

/// Why a product is not affected (OpenVEX 0.2.0, "Status Justifications").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the labels of the specification")]
pub enum Justification {
    ComponentNotPresent,
    VulnerableCodeNotPresent,
    VulnerableCodeNotInExecutePath,
    VulnerableCodeCannotBeControlledByAdversary,
    InlineMitigationsAlreadyExist,
}

/// Whether a statement may suppress, by the rules of its format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Validity {
    /// It is valid.
    Valid,
    /// It is `not_affected` without any reason. The lenient rules accept it.
    NoJustification,
    /// Its status is not known.
    UnknownStatus,
    /// It names no vulnerability.
    NoVulnerability,
}

/// A product of a statement, and its components that the statement is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// The product.
    pub component: Component,
    /// The components. Empty: the product as a whole.
    pub subcomponents: Vec<Component>,
}

/// A thing that a statement names, by any of its identities.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Component {
    /// Each identity as written and as read.
    pub identities: Vec<Identity>,
}

/// One identity of a component.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Identity {
    /// A package URL.
    Purl {
        /// As written.
        text: String,
        /// As parsed.
        purl: Box<PackageUrl>,
        /// Whether a package URL without version stands for versions that the document does not list, so that it
        /// matches nothing (CSAF `product_version_range`, CycloneDX `affects[].versions` with a range).
        is_range: bool,
    },
    /// A hash of its content: lower-case hex, without algorithm.
    Hash(String),
    /// A component of a CycloneDX document, by BOM-Link.
    BomLink {
        /// Serial number, with `urn:uuid:`.
        serial: String,
        /// Version of the document.
        version: String,
        /// `bom-ref` of the component, decoded. `None`: the document itself.
        bom_ref: Option<String>,
        /// The versions of the component that the statement is about (`affects[].versions`). Empty: all.
        versions: Vec<String>,
    },
    /// A CPE. It is only compared as text.
    Cpe(String),
    /// Any other text: an image reference, a digest, an IRI, or a text that starts with `pkg:` and does not parse.
    Text(String),
}

impl Status {
    /// The label of the specification.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotAffected => "not_affected",
            Self::Fixed => "fixed",
            Self::UnderInvestigation => "under_investigation",
            Self::Affected => "affected",
            Self::Unknown => "unknown",
        }
    }

    /// The status of a label.
    pub fn parse(label: &str) -> Self {
        [Self::NotAffected, Self::Fixed, Self::UnderInvestigation, Self::Affected]
            .into_iter()
            .find(|status| status.as_str() == label)
            .unwrap_or(Self::Unknown)
    }

    /// Whether it suppresses findings.
    pub fn suppresses(self) -> bool {
        matches!(self, Self::NotAffected | Self::Fixed)
    }
}

impl Justification {
    /// All labels.
    pub const ALL: [Self; 5] = [
        Self::ComponentNotPresent,
        Self::VulnerableCodeNotPresent,
        Self::VulnerableCodeNotInExecutePath,
        Self::VulnerableCodeCannotBeControlledByAdversary,
        Self::InlineMitigationsAlreadyExist,
    ];

    /// The label of the specification.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ComponentNotPresent => "component_not_present",
            Self::VulnerableCodeNotPresent => "vulnerable_code_not_present",
            Self::VulnerableCodeNotInExecutePath => "vulnerable_code_not_in_execute_path",
            Self::VulnerableCodeCannotBeControlledByAdversary => {
                "vulnerable_code_cannot_be_controlled_by_adversary"
            }
            Self::InlineMitigationsAlreadyExist => "inline_mitigations_already_exist",
        }
    }

    /// The justification with this label.
    pub fn parse(label: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|justification| justification.as_str() == label)
    }
}
