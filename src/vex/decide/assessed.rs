//! A statement about the vulnerability of a finding, and what it is worth for the finding.

use super::applicability::Applicability;
use super::precedence::Candidate;
use crate::vex::{Considered, SourcedDocument, Statement, StatementRef};

/// A statement, and what it is worth.
#[derive(Clone, Debug)]
pub(super) struct Assessed<'a> {
    /// Where it is.
    pub(super) at: StatementRef,
    /// Its document.
    pub(super) sourced: &'a SourcedDocument,
    /// The statement.
    pub(super) statement: &'a Statement,
    /// What it is worth for the finding.
    pub(super) applicability: Applicability,
}

impl<'a> Assessed<'a> {
    /// The statement as a candidate, if it applies.
    pub(super) fn candidate(&self) -> Option<Candidate<'a>> {
        match &self.applicability {
            Applicability::Applies(fit) => Some(Candidate {
                at: self.at,
                statement: self.statement,
                priority: self.sourced.source.priority,
                fit: fit.clone(),
            }),
            _ => None,
        }
    }

    /// What the decision tells about it.
    pub(super) fn considered(&self) -> Considered {
        let differs = match &self.applicability {
            Applicability::Differs(miss) => Some(miss.part.clone()),
            _ => None,
        };
        Considered {
            statement: self.at,
            status: self.statement.status,
            timestamp: self.statement.timestamp,
            inapplicable: self.applicability.inapplicable(),
            differs,
        }
    }
}
