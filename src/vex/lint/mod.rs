//! Checks VEX documents: statements that are not valid, that cannot match, that match too much, or that do nothing.
//!
//! Invariant: every statement that suppresses nothing, or other things than its author may expect, has a finding. Whether
//! a statement matches a report is the answer of `decide`, not of a second comparison.

mod document;
mod history;
mod lines;
mod products;
mod usage;

use jiff::Timestamp;

use super::document::InvalidStatement;
use super::{NearMissPart, Scan, SourcedDocument, StatementRef, StatementSet, Validity};

pub use lines::statement_lines;
pub(in crate::vex) use products::fault_of;
pub use products::{Breadth, FormFault};

/// One thing to know about a document or a statement in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LintFinding {
    /// Position of the document among the sources.
    pub source: usize,
    /// Index of the statement. `None`: it is about the document.
    pub statement: Option<usize>,
    /// What it is.
    pub kind: LintKind,
}

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

/// Checks all documents, in the order of their statements. With reports, each statement is also compared with their
/// findings. `now` is the time against which the future is told.
pub fn lint(statements: &StatementSet, reports: &[Scan], now: Timestamp) -> Vec<LintFinding> {
    let mut findings = Vec::new();
    let usage = (!reports.is_empty()).then(|| usage::of(statements, reports, now));
    let history = history::History::new(statements, now);
    for (source, sourced) in statements.documents().iter().enumerate() {
        let of_document = document::check(sourced);
        findings.extend(of_document.into_iter().map(|kind| LintFinding { source, statement: None, kind }));
        for index in 0..sourced.document.statements.len() {
            let at = StatementRef { source, index };
            let kinds = check(statements, sourced, at, now);
            let is_dead = kinds.iter().any(|kind| {
                matches!(kind, LintKind::NoProduct | LintKind::NoProductForm { .. } | LintKind::Invalid(_))
                    && kind.level() == LintLevel::Error
            });
            let usage = usage.as_ref().filter(|_| !is_dead).and_then(|usage| usage.of(at));
            let kinds = kinds.into_iter().chain(usage).chain(history.of(at));
            findings.extend(kinds.map(|kind| LintFinding { source, statement: Some(index), kind }));
        }
    }
    findings
}

/// Checks a statement by itself.
fn check(
    statements: &StatementSet,
    sourced: &SourcedDocument,
    at: StatementRef,
    now: Timestamp,
) -> Vec<LintKind> {
    let mut kinds = Vec::new();
    let Some((_, statement)) = statements.get(at) else { return kinds };
    kinds.extend(document::invalid(&sourced.document, statement).map(LintKind::Invalid));
    let iri = super::matching::vulnerability::contradicting_iri(&statement.vulnerability);
    kinds.extend(iri.map(|iri| LintKind::ContradictingId { iri: iri.to_owned() }));
    kinds.extend(statement.timestamp.filter(|time| *time > now).map(LintKind::FutureTime));
    kinds
        .extend(document::inherits_new_time(&sourced.document, statement).then_some(LintKind::InheritedTime));
    kinds.extend(products::check(&sourced.document, statement));
    kinds
}

/// Whether a statement has a say in what others are worth.
fn counts(validity: Validity) -> bool {
    validity == Validity::Valid
}

#[cfg(test)]
mod tests;
