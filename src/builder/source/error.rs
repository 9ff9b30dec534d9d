//! Why the text of a definition could not be read.

use crate::builder::definition::limits::DEFINITION_SIZE;
use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic};
use crate::limits::Exceeded;
use crate::oci::Encoding;

/// Why the text of a definition could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// A file that does not exist or is not readable.
    #[error("{origin} cannot be read: {cause}")]
    Read {
        /// The source.
        origin: String,
        /// The message of the operating system.
        cause: String,
    },
    /// Text in another encoding than UTF-8.
    #[error("{origin} cannot be read: {}", not_utf_8(*encoding))]
    Encoding {
        /// The source.
        origin: String,
        /// The encoding, if it is known.
        encoding: Option<Encoding>,
    },
    /// A URL without TLS, or with another scheme.
    #[error("{origin} is not https")]
    Insecure {
        /// The URL.
        origin: String,
        /// The same address with TLS.
        secure: Option<String>,
    },
    /// A URL that contains a login.
    #[error("{origin} must be given without the login in it")]
    Login {
        /// The URL without the login.
        origin: String,
    },
    /// A URL, and the caller forbids the network.
    #[error("{origin} needs the network, which is forbidden")]
    Offline {
        /// The URL.
        origin: String,
    },
    /// The host does not have the file.
    #[error("{origin} cannot be read: the host does not have it")]
    Absent {
        /// The URL.
        origin: String,
    },
    /// The host demands a login or refuses the request.
    #[error("{origin} cannot be read: the answer is {answer}")]
    Denied {
        /// The URL.
        origin: String,
        /// Status and message of the host.
        answer: String,
    },
    /// The host names another address.
    #[error("{origin} redirects to {}, and redirects are not followed", target(to.as_deref()))]
    Redirect {
        /// The URL.
        origin: String,
        /// The other address, if it can be shown.
        to: Option<String>,
        /// Whether the other address can be given in its place.
        usable: bool,
    },
    /// The host answers with a page for browsers.
    #[error("{origin} is a web page, not a definition")]
    Page {
        /// The URL.
        origin: String,
        /// The URL of the file that the page shows, if it is known.
        raw: Option<String>,
    },
    /// No response, or an unusable one.
    #[error("{origin} cannot be fetched: {cause}")]
    Fetch {
        /// The URL.
        origin: String,
        /// The cause.
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

fn not_utf_8(encoding: Option<Encoding>) -> String {
    encoding.map_or_else(|| "it is not UTF-8".to_owned(), |own| format!("it is {own}, not UTF-8"))
}

fn target(url: Option<&str>) -> String {
    url.map_or_else(|| "another address".to_owned(), |url| format!("`{url}`"))
}

impl SourceError {
    /// The error for a source that is larger than a definition may be.
    pub(super) fn too_long(origin: String) -> Self {
        let exceeded =
            Exceeded::new(format!("{} or more bytes", DEFINITION_SIZE + 1), DEFINITION_SIZE, "bytes");
        Self::Limit { origin, exceeded }
    }
}

impl ToDiagnostic for SourceError {
    fn to_diagnostic(&self) -> Diagnostic {
        let of = |code| Diagnostic::new(code, self.to_string());
        match self {
            Self::Read { .. } | Self::Absent { .. } => of(Code::DEFINITION_SOURCE),
            Self::Encoding { origin, encoding } => {
                of(Code::DEFINITION_SOURCE).maybe_remedy(encoding.map(|encoding| encoding.remedy(origin)))
            }
            Self::Insecure { secure, .. } => {
                let write = secure.clone().map(|text| Remedy::Write { text });
                of(Code::USAGE_ARGUMENTS).remedy(write.unwrap_or(Remedy::GiveFileOrUrl))
            }
            Self::Login { .. } => of(Code::USAGE_ARGUMENTS).remedy(Remedy::FetchWithLogin),
            Self::Offline { .. } => of(Code::USAGE_ARGUMENTS).remedy(Remedy::SaveToFile),
            Self::Denied { .. } => of(Code::DEFINITION_DENIED).remedy(Remedy::FetchWithLogin),
            Self::Redirect { to: Some(url), usable: true, .. } => {
                of(Code::DEFINITION_SOURCE).remedy(Remedy::GiveOtherUrl { url: url.clone() })
            }
            Self::Redirect { .. } => of(Code::DEFINITION_SOURCE).remedy(Remedy::GiveFileOrUrl),
            Self::Page { raw, .. } => {
                let other = raw.clone().map(|url| Remedy::GiveOtherUrl { url });
                of(Code::DEFINITION_SOURCE).remedy(other.unwrap_or(Remedy::GiveRawFile))
            }
            Self::Fetch { .. } => of(Code::REGISTRY_UNREACHABLE),
            Self::Limit { .. } => of(Code::LIMITS_EXCEEDED),
        }
    }
}
