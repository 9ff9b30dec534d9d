//! Errors of the trust store, and the text for a URL in messages.

use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic};
use crate::limits::Exceeded;
use crate::registry::urls;

/// Why a key, trusted root or other file could not be read, fetched or stored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A file or variable that does not exist or is not readable.
    #[error("{origin} cannot be read: {cause}")]
    Read {
        /// The source.
        origin: String,
        /// The message of the operating system.
        cause: String,
    },
    /// A URL that needs the network, which the caller forbids.
    #[error("{origin} needs the network, which is forbidden")]
    Offline {
        /// The URL.
        origin: String,
    },
    /// A URL without TLS.
    #[error("{origin} is not https")]
    Insecure {
        /// The URL.
        origin: String,
    },
    /// A key of a key service, which holds private keys and is not contacted for public ones.
    #[error("{origin} is a key of a key service, and a file, a variable or an https URL is required")]
    KeyService {
        /// The URL.
        origin: String,
        /// The URL as it was given.
        url: String,
    },
    /// A URL that contains a login.
    #[error("{origin} must be given without the login in it")]
    UrlLogin {
        /// The URL without the login.
        origin: String,
    },
    /// No response from a URL, or an unusable one.
    #[error("{origin} cannot be fetched: {cause}")]
    Fetch {
        /// The URL.
        origin: String,
        /// The cause.
        cause: String,
    },
    /// The data directory cannot be used, such as when other users may write to it.
    #[error("the trust store `{path}` cannot be used: {cause}")]
    TrustStore {
        /// The directory.
        path: String,
        /// What is wrong with it.
        cause: String,
    },
    /// A file in the data directory that cannot be written.
    #[error("`{path}` cannot be written: {cause}")]
    Write {
        /// The file.
        path: String,
        /// The message of the operating system.
        cause: String,
    },
    /// A TUF repository whose metadata or trusted root does not verify.
    #[error("the trusted root of {origin} does not verify: {cause}")]
    Tuf {
        /// The URL.
        origin: String,
        /// What does not verify.
        cause: String,
    },
    /// A limit was exceeded.
    #[error("{origin}: {exceeded}")]
    Limit {
        /// The source.
        origin: String,
        /// Which limit.
        exceeded: Exceeded,
    },
}

impl ToDiagnostic for Error {
    fn to_diagnostic(&self) -> Diagnostic {
        let text = self.to_string();
        match self {
            Self::Read { .. } => Diagnostic::new(Code::TRUST_KEY_FILE, text),
            Self::TrustStore { path, .. } => {
                Diagnostic::new(Code::TRUST_STORE, text).remedy(Remedy::OwnDirectory { path: path.clone() })
            }
            Self::Offline { .. } => Diagnostic::new(Code::USAGE_ARGUMENTS, text).remedy(Remedy::SaveToFile),
            Self::Insecure { .. } => {
                Diagnostic::new(Code::USAGE_ARGUMENTS, text).remedy(Remedy::GiveFileOrUrl)
            }
            Self::KeyService { url, .. } => Diagnostic::new(Code::USAGE_ARGUMENTS, text)
                .remedy(Remedy::ExportPublicKey { url: url.clone() }),
            Self::UrlLogin { .. } => {
                Diagnostic::new(Code::USAGE_ARGUMENTS, text).remedy(Remedy::FetchWithLogin)
            }
            Self::Fetch { .. } => Diagnostic::new(Code::REGISTRY_UNREACHABLE, text),
            Self::Write { .. } => Diagnostic::new(Code::OUTPUT_WRITE, text),
            Self::Tuf { .. } => Diagnostic::new(Code::TRUST_ROOT_UPDATE, text),
            Self::Limit { .. } => Diagnostic::new(Code::LIMITS_EXCEEDED, text),
        }
    }
}

/// The text for a URL in messages: in backticks, without secrets.
pub(super) fn url_label(url: &str) -> String {
    format!("`{}`", urls::display_url(url))
}

/// The error for more than `bound` bytes from `origin`.
pub(super) fn too_long(origin: String, bound: u64) -> Error {
    let what = format!("{} or more bytes", bound.saturating_add(1));
    Error::Limit { origin, exceeded: Exceeded::new(what, bound, "bytes") }
}
