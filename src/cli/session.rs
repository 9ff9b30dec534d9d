//! One run of a command: limits, transport, printer, registries and trust, built once and passed as one value.
//!
//! A part that is not opened yet has the type `()`, so a function that needs registries or trust cannot be called
//! without them.

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
    /// The limits of all readers.
    pub(super) limits: Limits,
    /// The transport for hosts that are not registries; `None` if no socket may be opened.
    pub(super) transport: Option<Arc<Transport>>,
    /// Writes all output.
    pub(super) printer: &'a Printer,
    /// Registries, layouts and archives.
    pub(super) registry: R,
    /// The trusted keys, identities, logs and authorities.
    pub(super) trust: T,
}

/// The purpose of a file that a flag names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FilePurpose {
    /// A public key.
    Key,
    /// Keyrings, trusted roots, signatures of keys.
    Trust,
    /// Exceptions of a policy.
    Exceptions,
    /// A policy in Rego.
    #[cfg(feature = "rego")]
    Policy,
    /// The configuration of policies.
    #[cfg(feature = "rego")]
    PolicyConfig,
}

impl FilePurpose {
    fn code(self) -> Code {
        match self {
            Self::Key | Self::Trust => Code::TRUST_KEY_FILE,
            Self::Exceptions => Code::POLICY_EXCEPTIONS,
            #[cfg(feature = "rego")]
            Self::Policy => Code::POLICY_CONTRACT,
            #[cfg(feature = "rego")]
            Self::PolicyConfig => Code::POLICY_CONFIG,
        }
    }

    fn remedy(self) -> Remedy {
        match self {
            Self::Key => Remedy::GiveKey,
            Self::Trust | Self::Exceptions => Remedy::GiveFileOrUrl,
            #[cfg(feature = "rego")]
            Self::Policy | Self::PolicyConfig => Remedy::GiveFileOrUrl,
        }
    }
}

impl<'a, R, T> Session<'a, R, T> {
    /// Whether no socket may be opened.
    pub(super) fn is_offline(&self) -> bool {
        self.transport.is_none()
    }

    /// Reads the file, `env://VAR` or https URL that a flag names.
    ///
    /// # Errors
    ///
    /// The code of `purpose` if the source cannot be read or has another encoding than UTF-8.
    pub(super) async fn read(
        &self,
        text: &str,
        purpose: FilePurpose,
    ) -> Result<(Source, Vec<u8>), Diagnostic> {
        let source = Source::parse(text)?;
        let bytes = source.read(&self.limits, self.transport.as_deref()).await.map_err(|error| {
            let is_unread = matches!(error, Error::Read { .. });
            let diagnostic = Diagnostic::from(error);
            if is_unread {
                Diagnostic { code: purpose.code(), ..diagnostic }.remedy(purpose.remedy())
            } else {
                diagnostic
            }
        })?;
        // The content is PEM, JSON or YAML, which may begin with the byte order mark of UTF-8.
        match Encoding::of(&bytes).filter(|encoding| *encoding != Encoding::MarkedUtf8) {
            Some(encoding) => {
                let what = format!("{source} cannot be read: it is {encoding}, not UTF-8");
                Err(Diagnostic::new(purpose.code(), what).remedy(encoding.remedy(&source.to_string())))
            }
            None => Ok((source, bytes)),
        }
    }
}
