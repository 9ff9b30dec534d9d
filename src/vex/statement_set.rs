//! The statements of a run, indexed by vulnerability and then by package.
//!
//! Invariant: each statement is found under every id that it names, and under every package that it can be about. One
//! lookup per finding: no statement about another vulnerability is looked at.

use std::collections::{BTreeSet, HashMap};
use std::sync::OnceLock;

use super::matching::Key;
use super::matching::vulnerability::keys_of_statement;
use super::package_index::{FoldedName, PackageIndex};
use super::{Document, Source, Statement, StatementRef};

/// A document and where it comes from.
#[derive(Clone, Debug)]
pub struct SourcedDocument {
    /// Where it comes from.
    pub source: Source,
    /// The document.
    pub document: Document,
}

/// All documents of a run. A [`StatementRef`] names a statement of it.
#[derive(Clone, Debug, Default)]
pub struct StatementSet {
    documents: Vec<SourcedDocument>,
    by_vulnerability: HashMap<Key, AboutVulnerability>,
}

/// The statements about one vulnerability.
#[derive(Clone, Debug, Default)]
struct AboutVulnerability {
    statements: Vec<StatementRef>,
    /// Made for the first finding of the vulnerability, because it reads all products.
    by_package: OnceLock<PackageIndex>,
}

impl StatementSet {
    /// Indexes the statements of these documents.
    pub fn new(documents: Vec<SourcedDocument>) -> Self {
        let mut by_vulnerability: HashMap<Key, AboutVulnerability> = HashMap::new();
        for (source, sourced) in documents.iter().enumerate() {
            for (index, statement) in sourced.document.statements.iter().enumerate() {
                let at = StatementRef { source, index };
                for key in keys_of_statement(&statement.vulnerability) {
                    by_vulnerability.entry(key).or_default().statements.push(at);
                }
            }
        }
        Self { documents, by_vulnerability }
    }

    /// The documents, in the order given.
    pub fn documents(&self) -> &[SourcedDocument] {
        &self.documents
    }

    /// A statement, with its document.
    pub fn get(&self, statement: StatementRef) -> Option<(&SourcedDocument, &Statement)> {
        let document = self.documents.get(statement.source)?;
        Some((document, document.document.statements.get(statement.index)?))
    }

    /// Whether any statement is about a vulnerability with one of these ids.
    pub fn knows(&self, ids: &[Key]) -> bool {
        ids.iter().any(|id| self.by_vulnerability.contains_key(id))
    }

    /// The statements about a vulnerability with one of these ids, in their order.
    pub fn about(&self, ids: &[Key]) -> Vec<StatementRef> {
        let found = ids.iter().filter_map(|id| self.by_vulnerability.get(id));
        let found: BTreeSet<StatementRef> =
            found.flat_map(|about| about.statements.iter().copied()).collect();
        found.into_iter().collect()
    }

    /// Those of them that can be about a package with one of these names, or about an image as a whole.
    pub(in crate::vex) fn about_package(
        &self,
        ids: &[Key],
        names: &(impl Iterator<Item = FoldedName> + Clone),
    ) -> Vec<StatementRef> {
        let mut found = BTreeSet::new();
        for about in ids.iter().filter_map(|id| self.by_vulnerability.get(id)) {
            let index = about.by_package.get_or_init(|| {
                let statements = about.statements.iter();
                PackageIndex::new(statements.filter_map(|at| Some((*at, self.get(*at)?.1))))
            });
            found.extend(index.get(names.clone()));
        }
        found.into_iter().collect()
    }
}
