//! Why bytes could not be had, and how their origin stands in messages.

use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic};
use crate::limits::Exceeded;
use crate::registry::urls;

/// Why bytes could not be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A file or variable that is not there or not readable.
    #[error("{origin} cannot be read: {cause}")]
    Read {
        /// The source.
        origin: String,
        /// The system's words.
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
    /// A URL with a login in it.
    #[error("{origin} was given with a login in it, which is not taken")]
    UrlLogin {
        /// The URL without it.
        origin: String,
    },
    /// No answer from a URL, or none that can be used.
    #[error("{origin} cannot be fetched: {cause}")]
    Fetch {
        /// The URL.
        origin: String,
        /// The cause.
        cause: String,
    },
    /// The directory of what the user trusts, where it is not the user's alone.
    #[error("the trust store `{path}` cannot be used: {cause}")]
    TrustStore {
        /// The directory.
        path: String,
        /// What is wrong with it, or the system's words.
        cause: String,
    },
    /// A file of the user that cannot be written.
    #[error("`{path}` cannot be written: {cause}")]
    Write {
        /// The file.
        path: String,
        /// The system's words.
        cause: String,
    },
    /// A TUF repository whose answer does not hold.
    #[error("{origin} proves no trusted root: {cause}")]
    Tuf {
        /// The URL.
        origin: String,
        /// What does not hold.
        cause: String,
    },
    /// A bound was reached.
    #[error("{origin}: {exceeded}")]
    Limit {
        /// The source.
        origin: String,
        /// Which bound.
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

/// How a URL stands in messages.
pub(super) fn url_label(url: &str) -> String {
    format!("`{}`", urls::display_url(url))
}

/// More than `bound` bytes at `origin`.
pub(super) fn too_long(origin: String, bound: u64) -> Error {
    let what = format!("{} or more bytes", bound.saturating_add(1));
    Error::Limit { origin, exceeded: Exceeded::new(what, bound, "bytes") }
}
