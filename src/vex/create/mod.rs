//! New statements, in a document of their own or added to an existing OpenVEX document.
//!
//! Invariant: what is written is valid OpenVEX 0.2.0, and its products have forms that can match. Statements that were
//! there before keep their meaning: none of them gets another time by a document that is newer.

mod amend;
mod error;
mod new_statements;
mod product;
#[cfg(test)]
mod tests;

use jiff::Timestamp;

use super::merge::UNKNOWN_AUTHOR;
use super::written_open_vex::{WrittenDocument, WrittenStatement};
use crate::oci::Digest;
pub use amend::amend;
pub use error::CreateError;
pub use new_statements::NewStatements;

/// A new document with these statements. Without `id` it gets one that depends on its content.
///
/// # Errors
///
/// The first part that is not valid.
pub fn create(
    new: &NewStatements,
    author: Option<&str>,
    id: Option<&str>,
    time: Timestamp,
) -> Result<String, CreateError> {
    let vulnerabilities = new.vulnerabilities()?;
    let products = new.products()?;
    let statements: Vec<_> =
        vulnerabilities.iter().map(|vulnerability| new.statement(vulnerability, &products, time)).collect();
    let values = || statements.iter().map(WrittenStatement::value).collect();
    let author = author.unwrap_or(UNKNOWN_AUTHOR);
    if author.trim().is_empty() {
        return Err(CreateError::Empty("author"));
    }
    let id = match id {
        Some(id) if is_iri(id) => id.to_owned(),
        Some(id) => return Err(CreateError::Id(id.to_owned())),
        None => {
            let content = WrittenDocument { id: "", author, timestamp: time, statements: values() }.text();
            format!("https://openvex.dev/docs/public/vex-{}", Digest::of(content.as_bytes()).hex())
        }
    };
    Ok(WrittenDocument { id: &id, author, timestamp: time, statements: values() }.text())
}

fn is_iri(text: &str) -> bool {
    let scheme = text.split_once(':').filter(|(_, rest)| !rest.is_empty());
    scheme.is_some_and(|(scheme, _)| scheme.starts_with(|c: char| c.is_ascii_alphabetic()))
        && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}
