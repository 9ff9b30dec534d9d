//! What the parts of a command share, built once and passed as one value: bounds, the transport, the
//! printer, registries, and what is trusted.
//!
//! A part that is not opened yet has the type `()`, so that a function which needs registries or trust cannot be called
//! without.

use std::path::PathBuf;
use std::sync::Arc;

use super::access::{AccessArguments, authorities};
use super::printer::Printer;
use super::trust::TrustArguments;
use crate::diagnostic::Diagnostic;
use crate::limits::Limits;
use crate::oci::Reference;
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

impl<'a> Session<'a, (), ()> {
    /// A session in which nothing is opened and nobody trusted. Hosts may have certificates of the authorities in the
    /// files `ca` too.
    pub(super) fn start(offline: bool, ca: &[PathBuf], printer: &'a Printer) -> Result<Self, Diagnostic> {
        let limits = Limits::default();
        let transport = if offline {
            None
        } else {
            let authorities = authorities(ca, &limits)?;
            Some(Arc::new(Transport::new(limits.clone(), authorities, printer.secrets().clone())))
        };
        Ok(Self { limits, transport, printer, registry: (), trust: () })
    }
}

impl<'a, R, T> Session<'a, R, T> {
    /// With the registries that the flags, the environment and the configuration file describe.
    pub(super) fn with_registry(
        self,
        access: &AccessArguments,
    ) -> Result<Session<'a, Registries, T>, Diagnostic> {
        let registry = access.open(&self)?;
        let Self { limits, transport, printer, registry: _, trust } = self;
        Ok(Session { limits, transport, printer, registry, trust })
    }

    /// As [`Self::with_registry`], where `reference` can be written to: before anybody is asked for a password or a
    /// touch.
    pub(super) fn with_registry_to_write(
        self,
        access: &AccessArguments,
        reference: &Reference,
    ) -> Result<Session<'a, Registries, T>, Diagnostic> {
        access.check_writable(&reference.repository)?;
        self.with_registry(access)
    }

    /// With what the flags trust.
    pub(super) async fn with_trust(
        self,
        trust: &TrustArguments,
    ) -> Result<Session<'a, R, Trust>, Diagnostic> {
        let trust = trust.read(&self).await?;
        let Self { limits, transport, printer, registry, trust: _ } = self;
        Ok(Session { limits, transport, printer, registry, trust })
    }

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
