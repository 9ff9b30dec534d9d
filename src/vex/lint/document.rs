//! What is wrong with a document as a whole, and with the members of its statements.

use super::kind::LintKind;
use crate::vex::document::{InvalidStatement, validate};
use crate::vex::{Document, DocumentFormat, Remark, SourceTrust, SourcedDocument, Statement, Validity};

/// Checks a document as a whole.
pub(super) fn check(sourced: &SourcedDocument) -> Vec<LintKind> {
    let expired = match &sourced.source.trust {
        SourceTrust::TooOld { newest, .. } => Some(LintKind::Expired { newest: *newest }),
        _ => None,
    };
    let remarks = sourced.document.remarks.iter().map(|remark| match remark {
        Remark::NoStatements => LintKind::NoStatements,
        Remark::UnknownVersion(version) => LintKind::UnknownVersion(version.clone()),
        Remark::NoTime { statements } => LintKind::NoTime { statements: *statements },
        Remark::Ignored(cause) => LintKind::Ignored(cause.clone()),
    });
    remarks.chain(expired).collect()
}

/// The rule that a statement breaks. OpenVEX has rules for authors; of other formats only those count without which a
/// statement suppresses nothing.
pub(super) fn invalid(document: &Document, statement: &Statement) -> Option<InvalidStatement> {
    match document.format {
        DocumentFormat::OpenVex => validate(statement).err(),
        _ => match statement.validity {
            Validity::Valid => None,
            Validity::NoJustification => Some(InvalidStatement::NoReason),
            Validity::UnknownStatus => Some(InvalidStatement::UnknownStatus),
            Validity::NoVulnerability => Some(InvalidStatement::NoVulnerability),
        },
    }
}

/// Whether a statement takes the time of a document that was issued again, while another has a time of its own. The new
/// time makes it newer than it is.
pub(super) fn inherits_new_time(document: &Document, statement: &Statement) -> bool {
    let version = document.version.as_deref().and_then(|version| version.parse::<u64>().ok());
    !statement.has_own_time
        && document.timestamp.is_some()
        && version.is_some_and(|version| version > 1)
        && document.statements.iter().any(|other| other.has_own_time)
}
