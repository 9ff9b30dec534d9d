//! One statement: its selection by digest, and its rendering, whether it is signed or not.

use clap::ValueEnum;

use crate::attestation::describe_statement;
use crate::diagnostic::{Code, Diagnostic, Remedy};
use crate::oci::Digest;
use crate::report;
use crate::trust::Statement;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum GetFormat {
    /// The bytes as they were signed
    Raw,
    /// A page for people
    Table,
}

/// Renders a statement and its bytes.
///
/// # Errors
///
/// `attest/unreadable` if a predicate is needed and the statement has none.
pub(super) fn render(
    bytes: &[u8],
    statement: &Statement,
    predicate: bool,
    format: GetFormat,
    style: report::Style,
) -> Result<Vec<u8>, Diagnostic> {
    let none = || Diagnostic::new(Code::ATTEST_UNREADABLE, "the statement has no predicate");
    match (format, predicate) {
        (GetFormat::Raw, false) => Ok(bytes.to_vec()),
        (GetFormat::Raw, true) => {
            Ok(statement.predicate.as_ref().ok_or_else(none)?.get().as_bytes().to_vec())
        }
        (GetFormat::Table, _) => {
            statement.predicate.as_ref().ok_or_else(none)?;
            Ok(report::page(&describe_statement(statement), style).into_bytes())
        }
    }
}

/// The digest of an attestation, or its first hex digits. `None` matches every attestation.
pub(super) struct DigestPrefix(pub(super) Option<String>);

impl DigestPrefix {
    pub(super) fn parse(text: Option<&str>) -> Result<Self, Diagnostic> {
        let Some(text) = text else { return Ok(Self(None)) };
        let hex = text.strip_prefix("sha256:").unwrap_or(text);
        let well_formed = (4..=64).contains(&hex.len()) && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        if well_formed {
            Ok(Self(Some(hex.to_ascii_lowercase())))
        } else {
            Err(Diagnostic::new(
                Code::USAGE_ARGUMENTS,
                format!("`{text}` is not a digest or its first hex digits"),
            )
            .remedy(Remedy::ListDigests))
        }
    }

    pub(super) fn matches(&self, digest: Digest) -> bool {
        self.0.as_ref().is_none_or(|hex| digest.hex().starts_with(hex))
    }
}
