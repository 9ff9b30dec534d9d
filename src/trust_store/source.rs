//! Sources of keys, keyrings and trusted roots: a file, an environment variable or a URL.

use std::fmt;
use std::path::{Path, PathBuf};

use super::error::{Error, too_long, url_label};
use super::fetch;
use crate::diagnostic::IoCause;
use crate::limits::{Limits, ReadError, read_whole};
use crate::registry::Transport;
use crate::registry::urls::{self, Url};

/// URL schemes of key services and tokens, as cosign writes them. They hold private keys.
const KEY_SERVICES: [&str; 7] = ["awskms", "azurekms", "gcpkms", "gitlab", "hashivault", "k8s", "pkcs11"];

/// A source of bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A file.
    File(PathBuf),
    /// An environment variable, written `env://VAR`.
    Variable(String),
    /// An `https://` URL.
    Url(String),
}

/// Whether the text names a key in a key service or token.
fn is_key_service(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, rest)| {
        KEY_SERVICES.contains(&scheme) && (rest.starts_with("//") || scheme == "pkcs11")
    })
}

impl Source {
    /// Parses `env://VAR`, `https://…` or a file name.
    ///
    /// # Errors
    ///
    /// For a URL with a login or without TLS.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if let Some(variable) = text.strip_prefix("env://") {
            return Ok(Self::Variable(variable.to_owned()));
        }
        if is_key_service(text) {
            return Err(Error::KeyService { origin: url_label(text), url: text.to_owned() });
        }
        if !urls::is_url(text) {
            return Ok(Self::File(PathBuf::from(text)));
        }
        let origin = url_label(text);
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
                let url = urls::display_url(url);
                stem(Path::new(&url)).unwrap_or(url)
            }
        }
    }

    /// The source as the user gave it, but without the query of a URL, which may be a secret.
    pub fn display(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Variable(variable) => format!("env://{variable}"),
            Self::Url(url) => urls::display_url(url),
        }
    }

    /// Reads at most [`Limits::trust_file`] bytes. A URL is fetched with `transport`; `None` means that the network is
    /// forbidden.
    ///
    /// # Errors
    ///
    /// If the source does not exist or cannot be read.
    pub async fn read(&self, limits: &Limits, transport: Option<&Transport>) -> Result<Vec<u8>, Error> {
        self.find(limits, transport).await?.ok_or_else(|| {
            let origin = self.to_string();
            match self {
                Self::Url(_) => Error::Fetch { origin, cause: "the host does not have it".to_owned() },
                _ => Error::Read { origin, cause: "there is no such file".to_owned() },
            }
        })
    }

    /// As [`Source::read`], but returns `None` if the file or the host's file does not exist.
    ///
    /// # Errors
    ///
    /// If the source cannot be read.
    pub async fn find(
        &self,
        limits: &Limits,
        transport: Option<&Transport>,
    ) -> Result<Option<Vec<u8>>, Error> {
        let origin = self.to_string();
        let unread = |error: ReadError| match error {
            ReadError::TooLong(bound) => too_long(origin.clone(), bound),
            ReadError::Failed(error) => {
                Error::Read { origin: origin.clone(), cause: IoCause(&error).to_string() }
            }
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
                let found = fetch::fetch(transport, &url, origin, limits.trust_file, limits).await?;
                Ok(found.map(Into::into))
            }
        }
    }

    /// The source with `suffix` appended to its file name. `None` for a variable.
    pub fn with_suffix(&self, suffix: &str) -> Option<Self> {
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

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "`{}`", path.display()),
            Self::Variable(variable) => write!(f, "`env://{variable}`"),
            Self::Url(url) => f.write_str(&url_label(url)),
        }
    }
}
