//! The statements of a run, indexed by vulnerability.

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
}

impl StatementSet {
    /// Indexes the statements of these documents.
    pub fn new(documents: Vec<SourcedDocument>) -> Self {
        Self { documents }
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
}
