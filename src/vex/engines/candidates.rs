//! The statements that scanners find for a vulnerability, and the order in which go-vex sorts them.
//!
//! Invariant: only documents whose source may suppress, and no attestations about other images, are among them,
//! whatever the profile.

use std::cmp::Ordering;
use std::collections::HashMap;

use jiff::Timestamp;

use crate::vex::decide::binding::{Binding, DocumentSubject};
use crate::vex::matching::go_vex::{Identifier, product_matches};
use crate::vex::{
    Document, DocumentFormat, ImageFacts, Inapplicable, Product, Scan, SourceKind, SourceTrust,
    SourcedDocument, Statement, StatementRef, StatementSet,
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
    /// Statements of the other documents.
    withheld: HashMap<&'a str, Vec<(Candidate<'a>, Inapplicable)>>,
}

impl<'a> Candidates<'a> {
    /// Indexes the statements of all documents, for the image of a scan.
    pub(super) fn of_scan(statements: &'a StatementSet, scan: &Scan, facts: &ImageFacts) -> Self {
        let binding = Binding::new(&scan.subject, facts);
        Self::new(statements, |sourced| match binding.subject_of(sourced, facts) {
            DocumentSubject::Other(_) => Some(Inapplicable::OtherSubject),
            DocumentSubject::None | DocumentSubject::Image(_) | DocumentSubject::Base(_) => None,
        })
    }

    /// Indexes the statements of all documents that `refused_subject` accepts.
    pub(super) fn new(
        statements: &'a StatementSet,
        refused_subject: impl Fn(&SourcedDocument) -> Option<Inapplicable>,
    ) -> Self {
        let mut candidates = Self { documents: Vec::new(), by_id: HashMap::new(), withheld: HashMap::new() };
        for (source, sourced) in statements.documents().iter().enumerate() {
            let refused = refused(&sourced.source.trust).or_else(|| refused_subject(sourced));
            if refused.is_none() {
                candidates.documents.push((source, sourced));
            }
            for (index, statement) in sourced.document.statements.iter().enumerate() {
                let at = StatementRef { source, index };
                candidates.add(Candidate { at, statement, format: sourced.document.format }, refused);
            }
        }
        candidates
    }

    fn add(&mut self, one: Candidate<'a>, refused: Option<Inapplicable>) {
        // A statement may have one id in several places.
        for id in ids(one.statement) {
            if let Some(refused) = refused {
                let found = self.withheld.entry(id).or_default();
                if found.last().is_none_or(|(last, _)| last.at != one.at) {
                    found.push((one, refused));
                }
            } else {
                let found = self.by_id.entry(id).or_default();
                if found.last().is_none_or(|last| last.at != one.at) {
                    found.push(one);
                }
            }
        }
    }

    /// The statements that name the vulnerability by this id and may not suppress, with the reason.
    pub(super) fn withheld(&self, id: &str) -> &[(Candidate<'a>, Inapplicable)] {
        self.withheld.get(id).map_or(&[], Vec::as_slice)
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

/// Why statements of such a source may not suppress.
fn refused(trust: &SourceTrust) -> Option<Inapplicable> {
    match trust {
        SourceTrust::Verified(_) | SourceTrust::TrustedByUser => None,
        SourceTrust::Unverified => Some(Inapplicable::Unverified),
        SourceTrust::Failed { .. } => Some(Inapplicable::ProofFailed),
        SourceTrust::TooOld { .. } => Some(Inapplicable::TooOld),
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
