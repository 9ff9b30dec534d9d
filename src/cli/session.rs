//! What the parts of a command share, built once and passed as one value: bounds, the transport, the
//! printer, registries, and what is trusted.
//!
//! A part that is not opened yet has the type `()`, so that a function which needs registries or trust cannot be called
//! without.

use std::sync::Arc;

use super::printer::Printer;
use crate::diagnostic::Diagnostic;
use crate::limits::Limits;
use crate::registry::{Registries, Transport};
use crate::trust::Trust;
use crate::trust_store::Source;

/// One run of a command.
pub(super) struct Session<'a, R = Registries, T = Trust> {
    /// The bounds of everything that is read.
    pub(super) limits: Limits,
    /// How hosts that are no registries are reached; `None` where no socket may be opened.
    pub(super) transport: Option<Arc<Transport>>,
    /// The only way out.
    pub(super) printer: &'a Printer,
    /// Registries, layouts and archives.
    pub(super) registry: R,
    /// Keys, identities, logs and authorities that count.
    pub(super) trust: T,
}

impl<'a, R, T> Session<'a, R, T> {
    /// Whether no socket may be opened.
    pub(super) fn is_offline(&self) -> bool {
        self.transport.is_none()
    }

    /// The bytes that a flag names by a file, `env://VAR` or an https URL.
    pub(super) async fn read(&self, text: &str) -> Result<(Source, Vec<u8>), Diagnostic> {
        let source = Source::parse(text)?;
        let bytes = source.read(&self.limits, self.transport.as_deref()).await?;
        Ok((source, bytes))
    }
}
