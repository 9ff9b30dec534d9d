//! The statements that scanners find for a vulnerability, and the order in which go-vex sorts them.
//!
//! Invariant: only documents whose source may suppress are among them, whatever the profile.

use std::cmp::Ordering;
use std::collections::HashMap;

use jiff::Timestamp;

use crate::vex::matching::go_vex::{Identifier, product_matches};
use crate::vex::{
    Document, DocumentFormat, Product, SourceKind, SourcedDocument, Statement, StatementRef, StatementSet,
};

/// A statement that a scanner may find.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate<'a> {
    /// Where it is.
    pub(super) at: StatementRef,
    /// The statement.
    pub(super) statement: &'a Statement,
    /// The format of its document.
    pub(super) format: DocumentFormat,
}

/// The documents that count, and their statements by the ids of vulnerabilities, as written.
#[derive(Debug)]
pub(super) struct Candidates<'a> {
    documents: Vec<(usize, &'a SourcedDocument)>,
    by_id: HashMap<&'a str, Vec<Candidate<'a>>>,
}

impl<'a> Candidates<'a> {
    /// Indexes the statements of all documents whose source may suppress.
    pub(super) fn new(statements: &'a StatementSet) -> Self {
        let documents: Vec<_> = statements
            .documents()
            .iter()
            .enumerate()
            .filter(|(_, document)| document.source.trust.may_suppress())
            .collect();
        let mut by_id: HashMap<&str, Vec<Candidate<'_>>> = HashMap::new();
        for &(source, SourcedDocument { document, .. }) in &documents {
            for (index, statement) in document.statements.iter().enumerate() {
                let at = StatementRef { source, index };
                let candidate = Candidate { at, statement, format: document.format };
                for id in ids(statement) {
                    let found = by_id.entry(id).or_default();
                    // A statement may have one id in several places.
                    if found.last().is_none_or(|last| last.at != at) {
                        found.push(candidate);
                    }
                }
            }
        }
        Self { documents, by_id }
    }

    /// The statements that name the vulnerability by this id, in the order of sources and documents (go-vex
    /// `Vulnerability.Matches`).
    pub(super) fn of(&self, id: &str) -> &[Candidate<'a>] {
        self.by_id.get(id).map_or(&[], Vec::as_slice)
    }

    /// The documents that count, in the order given, with the positions of their sources.
    pub(super) fn documents(&self) -> impl Iterator<Item = (usize, &'a Document)> {
        self.documents.iter().map(|&(source, sourced)| (source, &sourced.document))
    }

    /// What kind of source a document comes from.
    pub(super) fn kinds(&self) -> impl Iterator<Item = (usize, &'a SourceKind)> {
        self.documents.iter().map(|&(source, sourced)| (source, &sourced.source.kind))
    }
}

/// The texts by which go-vex knows the vulnerability of a statement.
fn ids(statement: &Statement) -> impl Iterator<Item = &str> {
    let vulnerability = &statement.vulnerability;
    let named = [vulnerability.iri.as_deref(), vulnerability.name.as_deref()];
    named.into_iter().flatten().chain(vulnerability.aliases.iter().map(String::as_str))
}

impl<'a> Candidate<'a> {
    /// The product that matches (go-vex `Statement.Matches`). Without a subcomponent, those of the product do not count.
    pub(super) fn product(
        &self,
        product: &Identifier,
        subcomponent: Option<&Identifier>,
    ) -> Option<&'a Product> {
        self.statement.products.get().iter().find(|one| product_matches(one, product, subcomponent))
    }

    /// The order of go-vex (`SortStatements`): by the name of the vulnerability, then by time. A statement without a
    /// time is the oldest.
    pub(super) fn order(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }

    fn key(&self) -> (&'a str, Option<Timestamp>) {
        (self.statement.vulnerability.name.as_deref().unwrap_or_default(), self.statement.timestamp)
    }
}

/// The first of the statements as go-vex's `Matches` sorts them: of equal ones, the last in the document.
pub(super) fn first<'a>(matching: impl DoubleEndedIterator<Item = Candidate<'a>>) -> Option<Candidate<'a>> {
    matching.rev().min_by(Candidate::order)
}

/// The last of the statements as go-vex's `Matches` sorts them: of equal ones, the first in the document.
pub(super) fn last<'a>(matching: impl DoubleEndedIterator<Item = Candidate<'a>>) -> Option<Candidate<'a>> {
    matching.rev().max_by(Candidate::order)
}
