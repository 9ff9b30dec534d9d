//! Checks VEX documents: statements that are not valid, that cannot match, that match too much, or that do nothing.
//!
//! Invariant: every statement that suppresses nothing, or other things than its author may expect, has a finding. Whether
//! a statement matches a report is the answer of `decide`, not of a second comparison.

mod document;
mod form;
mod history;
mod kind;
mod lines;
mod products;
mod usage;

use jiff::Timestamp;

use super::{Scan, SourcedDocument, StatementRef, StatementSet};

pub use form::{Breadth, FormFault};
pub use kind::{LintKind, LintLevel};
pub use lines::statement_lines;
pub(in crate::vex) use products::fault_of;

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

#[cfg(test)]
mod tests;
