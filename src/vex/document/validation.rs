//! Whether a statement is valid (OpenVEX 0.2.0, "Status Labels"; the rules of go-vex).
//!
//! Two questions: [`validity`] asks whether the statement may suppress, [`validate`] whether an author may write it.

use crate::vex::{Statement, Status, Validity, Vulnerability};

/// Whether a statement may suppress.
pub(super) fn validity(vulnerability: &Vulnerability, status: Status, has_reason: bool) -> Validity {
    if vulnerability.name.is_none() && vulnerability.iri.is_none() && vulnerability.aliases.is_empty() {
        return Validity::NoVulnerability;
    }
    match status {
        Status::Unknown => Validity::UnknownStatus,
        Status::NotAffected if !has_reason => Validity::NoJustification,
        _ => Validity::Valid,
    }
}

/// A rule that a statement breaks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidStatement {
    /// It names no vulnerability.
    #[error("it names no vulnerability")]
    NoVulnerability,
    /// Its status is none of the four labels.
    #[error("its status is not known")]
    UnknownStatus,
    /// Its justification is none of the five labels.
    #[error("its justification `{0}` is not known")]
    UnknownJustification(String),
    /// It is `not_affected` without a reason.
    #[error("the status `not_affected` needs a justification or an impact statement")]
    NoReason,
    /// It is `affected` without an action statement.
    #[error("the status `affected` needs an action statement")]
    NoAction,
    /// It has a justification, and its status is not `not_affected`.
    #[error("the status `{}` has no justification", .0.as_str())]
    Justification(Status),
    /// It has an impact statement, and its status is not `not_affected`.
    #[error("the status `{}` has no impact statement", .0.as_str())]
    ImpactStatement(Status),
    /// It has an action statement, and its status is not `affected`.
    #[error("the status `{}` has no action statement", .0.as_str())]
    ActionStatement(Status),
}

/// Checks the rules for the author of a statement.
///
/// # Errors
///
/// The first rule that it breaks.
pub fn validate(statement: &Statement) -> Result<(), InvalidStatement> {
    let Statement { vulnerability, status, .. } = statement;
    let status = *status;
    if validity(vulnerability, Status::Fixed, true) == Validity::NoVulnerability {
        return Err(InvalidStatement::NoVulnerability);
    }
    if status == Status::Unknown {
        return Err(InvalidStatement::UnknownStatus);
    }
    let has_justification = statement.justification.is_some() || statement.unknown_justification.is_some();
    let has_impact = statement.impact_statement.is_some();
    if status != Status::NotAffected && has_justification {
        return Err(InvalidStatement::Justification(status));
    }
    if status != Status::NotAffected && has_impact {
        return Err(InvalidStatement::ImpactStatement(status));
    }
    if status != Status::Affected && statement.action_statement.is_some() {
        return Err(InvalidStatement::ActionStatement(status));
    }
    if let Some(label) = &statement.unknown_justification {
        return Err(InvalidStatement::UnknownJustification(label.clone()));
    }
    match status {
        Status::NotAffected if !has_justification && !has_impact => Err(InvalidStatement::NoReason),
        Status::Affected if statement.action_statement.is_none() => Err(InvalidStatement::NoAction),
        _ => Ok(()),
    }
}
