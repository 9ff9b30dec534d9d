//! A statement about the vulnerability of a finding, and what it is worth for the finding.

use jiff::Timestamp;

use super::applicability::Applicability;
use super::precedence::Candidate;
use crate::vex::{Considered, Inapplicable, SourcedDocument, Statement, StatementRef, Warning, limits};

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

/// The newest statement about a finding without a known status, if it is not older than the one that suppresses.
pub(super) fn ignored_status(
    winner: &Candidate<'_>,
    assessed: &[Assessed<'_>],
    now: Timestamp,
) -> Option<Warning> {
    let time = |statement: &Statement| statement.effective_time(now);
    let is_unknown =
        |one: &&Assessed<'_>| one.applicability.inapplicable() == Some(Inapplicable::UnknownStatus);
    let unknown = assessed.iter().filter(is_unknown);
    let newest = unknown.max_by_key(|one| (time(one.statement), one.at))?;
    let is_shadowed =
        winner.statement.status.suppresses() && time(newest.statement) >= time(winner.statement);
    is_shadowed.then_some(Warning::IgnoredStatus { statement: newest.at })
}

/// The statements to list beside a decision, in their order. If there are too many: the one that decides, those that
/// apply, and those that are about the package or image, in this order.
pub(super) fn to_show(mut considered: Vec<Considered>, winner: Option<StatementRef>) -> Vec<Considered> {
    considered.sort_by_key(|one| {
        (Some(one.statement) != winner, one.inapplicable.is_some(), one.differs.is_some(), one.statement)
    });
    considered.truncate(limits::CONSIDERED_STATEMENTS);
    considered.sort_by_key(|one| one.statement);
    considered
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vex::Status;

    #[test]
    fn the_deciding_statement_is_always_listed() {
        let at = |index| StatementRef { source: 0, index };
        let one = |index| Considered {
            statement: at(index),
            status: Status::Affected,
            timestamp: None,
            inapplicable: (index % 2 == 0).then_some(Inapplicable::TooOld),
            differs: None,
        };
        let count = 2 * limits::CONSIDERED_STATEMENTS;
        let shown = to_show((0..count).map(one).collect(), Some(at(count - 1)));
        assert_eq!(shown.len(), limits::CONSIDERED_STATEMENTS);
        assert!(shown.is_sorted_by_key(|one| one.statement));
        assert_eq!(shown.last().map(|one| one.statement), Some(at(count - 1)));
        assert!(shown.iter().all(|one| one.inapplicable.is_none()));
    }
}
