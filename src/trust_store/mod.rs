//! Bytes from elsewhere, bounded, and never interpreted here: key files, keyrings, trusted roots.

mod codes;
mod data;
mod fetch;
pub mod limits;
mod tuf;

pub use codes::CODES;
pub use data::{DataDirectory, DataLock};
pub use tuf::{SIGSTORE, TufRepository};

use std::fmt;
use std::path::{Path, PathBuf};

use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic};
use crate::limits::{Exceeded, Limits, Unread, read_whole};
use crate::registry::Transport;
use crate::registry::urls::{self, Url};

/// Where bytes come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A file.
    File(PathBuf),
    /// An environment variable, written `env://VAR`.
    Variable(String),
    /// An `https://` URL.
    Url(String),
}

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
    /// A URL under `--offline`.
    #[error("{origin} needs the network, which `--offline` forbids")]
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

impl Source {
    /// Reads `env://VAR`, `https://…` or a file name.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if let Some(variable) = text.strip_prefix("env://") {
            return Ok(Self::Variable(variable.to_owned()));
        }
        if !urls::is_url(text) {
            return Ok(Self::File(PathBuf::from(text)));
        }
        let origin = origin_of(text);
        if urls::has_login(text) {
            return Err(Error::UrlLogin { origin });
        }
        let is_https = text.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"));
        if is_https { Ok(Self::Url(text.to_owned())) } else { Err(Error::Insecure { origin }) }
    }

    /// A short name for tables: the file's stem, the variable, the last part of the URL.
    pub fn name(&self) -> String {
        let stem = |path: &Path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        match self {
            Self::File(path) => stem(path).unwrap_or_else(|| path.display().to_string()),
            Self::Variable(variable) => variable.clone(),
            Self::Url(url) => {
                let url = urls::shown(url);
                stem(Path::new(&url)).unwrap_or(url)
            }
        }
    }

    /// As it was given, but of a URL no query, which may be a secret.
    pub fn written(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Variable(variable) => format!("env://{variable}"),
            Self::Url(url) => urls::shown(url),
        }
    }

    /// The bytes, at most [`Limits::trust_file`] of them. A URL is fetched by `transport`; with none, the network is
    /// forbidden.
    pub async fn read(&self, limits: &Limits, transport: Option<&Transport>) -> Result<Vec<u8>, Error> {
        self.find(limits, transport).await?.ok_or_else(|| {
            let origin = self.to_string();
            match self {
                Self::Url(_) => Error::Fetch { origin, cause: "the host does not have it".to_owned() },
                _ => Error::Read { origin, cause: "there is no such file".to_owned() },
            }
        })
    }

    /// The bytes, if there are any: `None` only where the file system or the host says that there is nothing.
    pub async fn find(
        &self,
        limits: &Limits,
        transport: Option<&Transport>,
    ) -> Result<Option<Vec<u8>>, Error> {
        let origin = self.to_string();
        let unread = |error: Unread| match error {
            Unread::TooLong(bound) => too_long(origin.clone(), bound),
            Unread::Failed(error) => Error::Read { origin: origin.clone(), cause: error.to_string() },
        };
        match self {
            Self::File(path) => match std::fs::File::open(path) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(unread(error.into())),
                Ok(file) => read_whole(file, limits.trust_file).map(Some).map_err(unread),
            },
            Self::Variable(variable) => {
                let text = std::env::var(variable)
                    .map_err(|error| Error::Read { origin: origin.clone(), cause: error.to_string() })?;
                read_whole(text.as_bytes(), limits.trust_file).map(Some).map_err(unread)
            }
            Self::Url(url) => {
                let Some(transport) = transport else { return Err(Error::Offline { origin }) };
                let url = url
                    .parse::<Url>()
                    .map_err(|error| Error::Fetch { origin: origin.clone(), cause: error.to_string() })?;
                let found = fetch::fetch(transport, &url, limits.trust_file, limits).await?;
                Ok(found.map(Into::into))
            }
        }
    }

    /// The file beside this one whose name ends in `suffix`.
    pub fn beside(&self, suffix: &str) -> Option<Self> {
        match self {
            Self::File(path) => {
                let mut name = path.clone().into_os_string();
                name.push(suffix);
                Some(Self::File(name.into()))
            }
            Self::Variable(_) => None,
            Self::Url(url) => {
                let mut url = Url::parse(url).ok()?;
                let path = format!("{}{suffix}", url.path());
                url.set_path(&path);
                Some(Self::Url(url.into()))
            }
        }
    }
}

/// How a URL stands in messages.
fn origin_of(url: &str) -> String {
    format!("`{}`", urls::shown(url))
}

/// More than `bound` bytes at `origin`.
fn too_long(origin: String, bound: u64) -> Error {
    let what = format!("{} or more bytes", bound.saturating_add(1));
    Error::Limit { origin, exceeded: Exceeded::new(what, bound, "bytes") }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "`{}`", path.display()),
            Self::Variable(variable) => write!(f, "`env://{variable}`"),
            Self::Url(url) => f.write_str(&origin_of(url)),
        }
    }
}
