//! What the parts of a command share, built once and passed as one value: bounds, whether the network may be used, the
//! printer, registries, and what is trusted.
//!
//! A part that is not opened yet has the type `()`, so that a function which needs registries or trust cannot be called
//! without.

use super::printer::Printer;
use crate::diagnostic::Diagnostic;
use crate::limits::Limits;
use crate::registry::Registries;
use crate::trust::Trust;
use crate::trust_store::Source;

/// One run of a command.
pub(super) struct Session<'a, R = Registries, T = Trust> {
    /// The bounds of everything that is read.
    pub(super) limits: Limits,
    /// Whether no socket may be opened.
    pub(super) offline: bool,
    /// The only way out.
    pub(super) printer: &'a Printer,
    /// Registries, layouts and archives.
    pub(super) registry: R,
    /// Keys, identities, logs and authorities that count.
    pub(super) trust: T,
}

impl<'a> Session<'a, (), ()> {
    /// A session in which nothing is opened and nobody trusted.
    pub(super) fn start(offline: bool, printer: &'a Printer) -> Self {
        Self { limits: Limits::default(), offline, printer, registry: (), trust: () }
    }
}

impl<'a, R, T> Session<'a, R, T> {
    /// The bytes that a flag names by a file, `env://VAR` or an https URL.
    pub(super) async fn read(&self, text: &str) -> Result<(Source, Vec<u8>), Diagnostic> {
        let source = Source::parse(text)?;
        let bytes = source.read(&self.limits, self.offline).await?;
        Ok((source, bytes))
    }
}
