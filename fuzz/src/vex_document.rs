//! VEX documents.

use bytes::Bytes;
use dhi::vex::{Status, Validity, document};
use serde_json::Value;

/// A document that is read has the meaning that other readers take from it: it is JSON, no part of it occurs twice, and
/// a statement that is valid has a vulnerability and a status. Reading it again, and reading it without white space,
/// gives the same statements.
pub fn vex_document(data: &[u8]) {
    let bytes = Bytes::copy_from_slice(data);
    let _ = document::shape(data);
    let _ = document::of_statement(&bytes, "statement");
    let Ok(documents) = document::read(&bytes, "file") else { return };
    let described = format!("{documents:?}");
    for statement in documents.iter().flat_map(|document| &document.statements) {
        let _ = statement.products.get();
        let _ = document::validate(statement);
        if statement.validity == Validity::Valid {
            let vulnerability = &statement.vulnerability;
            assert!(
                vulnerability.name.is_some()
                    || vulnerability.iri.is_some()
                    || !vulnerability.aliases.is_empty()
            );
            assert_ne!(statement.status, Status::Unknown);
        }
    }
    let again = document::read(&bytes, "file").unwrap();
    assert_eq!(format!("{again:?}"), described);
    let text = data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data);
    // Several documents are no JSON, and numbers can be written in other ways.
    let Ok(value) = serde_json::from_slice::<Value>(text) else { return };
    let compact = document::read(&Bytes::from(value.to_string()), "file").unwrap();
    for (document, compact) in documents.iter().zip(&compact) {
        assert_eq!(document.statements.len(), compact.statements.len());
        for (statement, compact) in document.statements.iter().zip(&compact.statements) {
            assert_eq!(statement.products.get(), compact.products.get());
            assert_eq!(statement.vulnerability, compact.vulnerability);
            assert_eq!((statement.status, statement.validity), (compact.status, compact.validity));
        }
    }
}
