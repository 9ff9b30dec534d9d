//! The kinds of lint findings, and how grave each is.

use jiff::Timestamp;

use super::form::{Breadth, FormFault};
use crate::vex::document::InvalidStatement;
use crate::vex::{NearMissPart, StatementRef};

/// What is wrong with a document or a statement, or worth knowing. Texts are as written.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LintKind {
    /// The document has no statements.
    NoStatements,
    /// The document names a version of its format that is not known.
    UnknownVersion(String),
    /// Statements have no time, nor has the document.
    NoTime {
        /// How many.
        statements: usize,
    },
    /// A part of the document was ignored, and why.
    Ignored(String),
    /// The newest statement is older than the user accepts.
    Expired {
        /// Its time.
        newest: Option<Timestamp>,
    },
    /// The statement breaks a rule of its format.
    Invalid(InvalidStatement),
    /// The `@id` of the vulnerability is another one than its name.
    ContradictingId {
        /// The `@id`.
        iri: String,
    },
    /// The statement is of the future. It would overrule all others until then.
    FutureTime(Timestamp),
    /// The statement takes the time of a document that was issued again, while others have a time of their own.
    InheritedTime,
    /// The statement names no product, and the document has no subject.
    NoProduct,
    /// The statement names something that no scanner can match.
    NoProductForm {
        /// The first of these products or subcomponents.
        written: String,
        /// Why it matches nothing.
        fault: FormFault,
        /// How many of them there are.
        count: usize,
    },
    /// The statement suppresses more than a version of a package or image.
    OverBroad {
        /// The first of these products.
        written: String,
        /// What it is about.
        breadth: Breadth,
        /// How many of them there are.
        count: usize,
    },
    /// No report has a finding of the vulnerability.
    Unused,
    /// Reports have findings of the vulnerability, and none in a product of the statement.
    Unmatched {
        /// The first part that differs from the closest finding, where it is known.
        part: Option<NearMissPart>,
    },
    /// Another statement about the same has the same time and another status.
    Contradictory {
        /// The other statement.
        other: StatementRef,
    },
    /// Newer statements are about everything that the statement is about.
    History {
        /// One of these.
        newer: StatementRef,
    },
}

/// How grave it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LintLevel {
    /// It is worth knowing, and no fault.
    Note,
    /// It may be a fault.
    Warning,
    /// It is a fault.
    Error,
}

impl LintKind {
    /// Its name in results.
    pub fn id(&self) -> &'static str {
        match self {
            Self::NoStatements => "no-statements",
            Self::UnknownVersion(_) => "unknown-version",
            Self::NoTime { .. } => "no-time",
            Self::Ignored(_) => "ignored-part",
            Self::Expired { .. } => "expired",
            Self::Invalid(_) => "invalid",
            Self::ContradictingId { .. } => "contradicting-id",
            Self::FutureTime(_) => "future-time",
            Self::InheritedTime => "inherited-time",
            Self::NoProduct => "no-product",
            Self::NoProductForm { .. } => "no-product-form",
            Self::OverBroad { .. } => "over-broad",
            Self::Unused => "unused",
            Self::Unmatched { .. } => "unmatched",
            Self::Contradictory { .. } => "contradictory",
            Self::History { .. } => "history",
        }
    }

    /// How grave it is.
    pub fn level(&self) -> LintLevel {
        match self {
            Self::History { .. } => LintLevel::Note,
            Self::Invalid(
                InvalidStatement::NoVulnerability
                | InvalidStatement::UnknownStatus
                | InvalidStatement::NoReason,
            )
            | Self::Expired { .. }
            | Self::FutureTime(_)
            | Self::NoProduct
            | Self::NoProductForm { .. }
            | Self::Contradictory { .. } => LintLevel::Error,
            _ => LintLevel::Warning,
        }
    }
}

impl LintLevel {
    /// Its name in results, which is the one of SARIF.
    pub fn id(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// Whether it fails a run.
    pub fn is_fault(self) -> bool {
        self > Self::Note
    }
}
