//! The repositories that a command line chooses.

use super::super::super::trust_store::StoredTrust;
use crate::diagnostic::Diagnostic;
use crate::limits::Limits;
use crate::trust_store::vex_repository::{RepositoryEntry, RepositoryList};

/// The repositories of the user that `names` chooses, in the order of the list.
///
/// # Errors
///
/// The error of the list; `usage/arguments` for a name that is not in it.
pub(in crate::cli) fn chosen(names: &[String], limits: &Limits) -> Result<Vec<RepositoryEntry>, Diagnostic> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    Ok(RepositoryList::read(StoredTrust::of_user().directory()?, limits)?.choose(names)?)
}
