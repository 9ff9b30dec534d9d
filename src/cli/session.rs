//! What the parts of a command share, built once and passed as one value: bounds, the transport, the
//! printer, registries, and what is trusted.
//!
//! A part that is not opened yet has the type `()`, so that a function which needs registries or trust cannot be called
//! without.

use std::sync::Arc;

use super::printer::Printer;
use crate::diagnostic::{Code, Diagnostic, Remedy};
use crate::limits::Limits;
use crate::oci::Encoding;
use crate::registry::{Router, Transport};
use crate::trust::Trust;
use crate::trust_store::{Error, Source};

/// One run of a command.
pub(super) struct Session<'a, R = Router, T = Trust> {
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

/// What a file is read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Read {
    /// A public key.
    Key,
    /// Keyrings, trusted roots, signatures of keys.
    Trust,
    /// Exceptions of a policy.
    Exceptions,
}

impl Read {
    fn code(self) -> Code {
        match self {
            Self::Key | Self::Trust => Code::TRUST_KEY_FILE,
            Self::Exceptions => Code::POLICY_EXCEPTIONS,
        }
    }

    fn remedy(self) -> Remedy {
        match self {
            Self::Key => Remedy::GiveKey,
            Self::Trust | Self::Exceptions => Remedy::GiveFileOrUrl,
        }
    }
}

impl<'a, R, T> Session<'a, R, T> {
    /// Whether no socket may be opened.
    pub(super) fn is_offline(&self) -> bool {
        self.transport.is_none()
    }

    /// The bytes that a flag names by a file, `env://VAR` or an https URL.
    pub(super) async fn read(&self, text: &str, read: Read) -> Result<(Source, Vec<u8>), Diagnostic> {
        let source = Source::parse(text)?;
        let bytes = source.read(&self.limits, self.transport.as_deref()).await.map_err(|error| {
            let is_unread = matches!(error, Error::Read { .. });
            let diagnostic = Diagnostic::from(error);
            if is_unread {
                Diagnostic { code: read.code(), ..diagnostic }.remedy(read.remedy())
            } else {
                diagnostic
            }
        })?;
        // What is read here is PEM, JSON or YAML, which may begin with the mark of UTF-8.
        match Encoding::of(&bytes).filter(|encoding| *encoding != Encoding::MarkedUtf8) {
            Some(encoding) => {
                let what = format!("{source} cannot be read: it is {encoding}, not UTF-8");
                Err(Diagnostic::new(read.code(), what).remedy(encoding.remedy(&source.to_string())))
            }
            None => Ok((source, bytes)),
        }
    }
}
