//! Why a text has no value of its type.

use crate::oci;

/// Why a text is not a value of the expected type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidValue {
    /// Not octal permissions.
    #[error("`{0}` is no file mode: expected 3 or 4 octal digits, such as `0755`")]
    Mode(String),
    /// Not a package request.
    #[error("`{text}` is no package: {cause}")]
    Package {
        /// The text.
        text: String,
        /// What is wrong.
        cause: &'static str,
        /// What to write instead, if known.
        suggestion: Option<String>,
    },
    /// Not a port or range of ports.
    #[error("`{text}` is no port: {cause}")]
    Port {
        /// The text.
        text: String,
        /// What is wrong.
        cause: &'static str,
        /// What to write instead, if known.
        suggestion: Option<String>,
    },
    /// Not a signal.
    #[error("`{text}` is no signal: expected a name such as `SIGTERM`, or a number from 1 to 64")]
    Signal {
        /// The text.
        text: String,
        /// What to write instead, if known.
        suggestion: Option<String>,
    },
    /// Not a date.
    #[error("`{0}` is no date: expected `YYYY-MM-DD`")]
    Date(String),
    /// Not an address.
    #[error("`{text}` is no URL: {cause}")]
    Url {
        /// The text.
        text: String,
        /// What is wrong.
        cause: &'static str,
    },
    /// Not the source of a file.
    #[error("`{text}` is no source of a file: {cause}")]
    Source {
        /// The text.
        text: String,
        /// What is wrong.
        cause: &'static str,
    },
    /// Not a checksum.
    #[error(
        "`{0}` is no checksum: expected `sha256:` and 64 hex digits, a commit of 40 hex digits, or the URL of a \
         checksum file"
    )]
    Checksum(String),
    /// Not a package repository.
    #[error("`{text}` is no package repository: {cause}")]
    Repository {
        /// The text.
        text: String,
        /// What is wrong.
        cause: &'static str,
    },
    /// Not a tag.
    #[error(
        "`{0}` is no tag: expected at most 128 letters, digits and `_.-`, with a letter, digit or `_` first"
    )]
    Tag(String),
    /// Not an image of a registry.
    #[error("{0}")]
    Image(oci::Error),
    /// An image in another place than a registry.
    #[error("`{0}` is no image of a registry")]
    NotRemote(String),
    /// Neither an action nor an image.
    #[error("`{0}` is neither an action (`name@v1`) nor an image")]
    Action(String),
    /// Not the `# syntax=` line of a definition.
    #[error("`{text}` is no frontend of definitions: {cause}")]
    Directive {
        /// The text.
        text: String,
        /// What is wrong.
        cause: &'static str,
    },
}

impl InvalidValue {
    /// The text to write instead, if there is one that certainly means the same.
    pub fn suggestion(&self) -> Option<String> {
        match self {
            Self::Package { suggestion, .. }
            | Self::Port { suggestion, .. }
            | Self::Signal { suggestion, .. } => suggestion.clone(),
            // Numbers of other languages.
            Self::Mode(text) => {
                let digits = text.strip_prefix("0o")?;
                let is_octal = digits.bytes().all(|digit| (b'0'..=b'7').contains(&digit));
                (digits.len() == 3 && is_octal).then(|| format!("0{digits}"))
            }
            Self::Checksum(text) => {
                let is_hex =
                    |text: &str| text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
                let hex =
                    text.strip_prefix("sha256:").or_else(|| text.strip_prefix("sha256=")).unwrap_or(text);
                is_hex(hex).then(|| format!("sha256:{}", hex.to_ascii_lowercase()))
            }
            Self::Action(text) => {
                let (name, version) = text.split_once('@')?;
                let is_number = !version.is_empty() && version.bytes().all(|digit| digit.is_ascii_digit());
                is_number.then(|| format!("{name}@v{version}"))
            }
            _ => None,
        }
    }
}
