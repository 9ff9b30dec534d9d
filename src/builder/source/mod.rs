//! The text of definitions: from files, standard input and `https` URLs, within limits.
//!
//! Invariant: nothing is fetched without TLS, from another host than the named one, or with a login.

mod error;
mod fetch;
pub mod limits;

pub use error::SourceError;

use std::fmt;
use std::path::PathBuf;

use super::definition::limits::DEFINITION_SIZE;
use crate::diagnostic::IoCause;
use crate::limits::{Limits, ReadError, read_whole};
use crate::oci::Encoding;
use crate::registry::Transport;
use crate::registry::urls::{self, Url};
use crate::yaml::origin;

/// What names standard input.
const STDIN: &str = "-";

/// Where a definition is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Standard input, written `-`.
    Stdin,
    /// A file.
    File(PathBuf),
    /// An `https://` URL.
    Url(String),
}

impl Source {
    /// Parses `-`, `https://…` or a file name.
    ///
    /// # Errors
    ///
    /// [`SourceError::Insecure`] and [`SourceError::Login`] for a URL without TLS or with a login.
    pub fn parse(text: &str) -> Result<Self, SourceError> {
        if text == STDIN {
            return Ok(Self::Stdin);
        }
        if !urls::is_url(text) {
            return Ok(Self::File(PathBuf::from(text)));
        }
        let origin = || format!("`{}`", urls::display_url(text));
        if urls::has_login(text) {
            return Err(SourceError::Login { origin: origin() });
        }
        let scheme = text.split_once("://").map(|(scheme, rest)| (scheme.to_ascii_lowercase(), rest));
        match scheme.as_ref().map(|(scheme, rest)| (scheme.as_str(), *rest)) {
            Some(("https", _)) => Ok(Self::Url(text.to_owned())),
            Some(("http", rest)) => {
                let secure = urls::display_url(&format!("https://{rest}"));
                Err(SourceError::Insecure { origin: origin(), secure: Some(secure) })
            }
            _ => Err(SourceError::Insecure { origin: origin(), secure: None }),
        }
    }

    /// The name for messages and results: the path, `-`, or the URL without its query, which may be a secret.
    pub fn name(&self) -> String {
        match self {
            Self::Stdin => STDIN.to_owned(),
            Self::File(path) => path.display().to_string(),
            Self::Url(url) => urls::display_url(url),
        }
    }

    /// Reads the whole text. A URL is fetched with `transport`; `None` means that the network is forbidden.
    ///
    /// # Errors
    ///
    /// Why there is no text: see [`SourceError`].
    pub async fn read(&self, limits: &Limits, transport: Option<&Transport>) -> Result<String, SourceError> {
        let origin = self.to_string();
        let bytes: Vec<u8> = match self {
            Self::Stdin => self.bound(std::io::stdin().lock())?,
            Self::File(path) => match std::fs::File::open(path) {
                Ok(file) => self.bound(file)?,
                Err(error) => return Err(SourceError::Read { origin, cause: IoCause(&error).to_string() }),
            },
            Self::Url(url) => {
                let Some(transport) = transport else { return Err(SourceError::Offline { origin }) };
                let url = url.parse::<Url>().map_err(|error| SourceError::Read {
                    origin: origin.clone(),
                    cause: error.to_string(),
                })?;
                fetch::fetch(transport, &url, origin.clone(), limits).await?.into()
            }
        };
        String::from_utf8(bytes).map_err(|error| {
            let encoding = Encoding::of(error.as_bytes()).filter(|own| *own != Encoding::MarkedUtf8);
            SourceError::Encoding { origin, encoding }
        })
    }

    fn bound(&self, from: impl std::io::Read) -> Result<Vec<u8>, SourceError> {
        read_whole(from, DEFINITION_SIZE as u64).map_err(|error| match error {
            ReadError::TooLong(_) => SourceError::too_long(self.to_string()),
            ReadError::Failed(error) => {
                SourceError::Read { origin: self.to_string(), cause: IoCause(&error).to_string() }
            }
        })
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&origin(&self.name()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_files_standard_input_and_https_urls() {
        assert_eq!(Source::parse("-"), Ok(Source::Stdin));
        assert_eq!(
            (Source::Stdin.name().as_str(), Source::Stdin.to_string().as_str()),
            ("-", "standard input")
        );
        assert_eq!(Source::parse("redis/8.yaml"), Ok(Source::File("redis/8.yaml".into())));
        assert_eq!(Source::parse("C:/8.yaml"), Ok(Source::File("C:/8.yaml".into())));
        let url = "HTTPS://git.example/8.yaml?token=t";
        let source = Source::parse(url).unwrap();
        assert_eq!(source, Source::Url(url.to_owned()));
        assert_eq!(source.name(), "https://git.example/8.yaml");
        let insecure = |text: &str| match Source::parse(text) {
            Err(SourceError::Insecure { secure, .. }) => secure,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            insecure("http://git.example/8.yaml?token=t").as_deref(),
            Some("https://git.example/8.yaml")
        );
        assert_eq!(insecure("file:///8.yaml"), None);
        assert_eq!(insecure("ftp://git.example/8.yaml"), None);
        let login = Source::parse("https://u:p@git.example/8.yaml");
        assert_eq!(login, Err(SourceError::Login { origin: "`https://git.example/8.yaml`".to_owned() }));
    }
}
