//! Package repositories.

use std::fmt;
use std::str::FromStr;

use super::{InvalidValue, WebUrl};

/// One entry of `contents.repositories`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RepositoryLine {
    /// `deb [signed-by=FILE] URL SUITE COMPONENT…`.
    Deb(DebRepository),
    /// The URL of a repository of Alpine packages.
    Apk(WebUrl),
}

/// A repository of Debian packages.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DebRepository {
    /// The files with the keys that sign it. Empty: the keys of Debian.
    pub signed_by: Vec<String>,
    /// The address.
    pub url: WebUrl,
    /// The suite, or a path that ends in `/` for a flat repository.
    pub suite: String,
    /// The components. A flat repository has none.
    pub components: Vec<String>,
}

impl RepositoryLine {
    /// The address.
    pub fn url(&self) -> &WebUrl {
        match self {
            Self::Deb(repository) => &repository.url,
            Self::Apk(url) => url,
        }
    }
}

impl FromStr for RepositoryLine {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let invalid = |cause| InvalidValue::Repository { text: text.to_owned(), cause };
        if text.starts_with("https://") || text.starts_with("http://") {
            return text.parse().map(Self::Apk);
        }
        let rest = match text.split_once(char::is_whitespace) {
            Some(("deb", rest)) => rest.trim_start(),
            Some(("deb-src", _)) => return Err(invalid("repositories of sources are not used")),
            _ => {
                return Err(invalid(
                    "expected `deb URL SUITE COMPONENT…` or the URL of an Alpine repository",
                ));
            }
        };
        let (signed_by, rest) = match rest.strip_prefix('[') {
            None => (Vec::new(), rest),
            Some(rest) => {
                let (options, rest) = rest.split_once(']').ok_or_else(|| invalid("`[` is not closed"))?;
                (signed_by(options).map_err(invalid)?, rest)
            }
        };
        let mut words = rest.split_whitespace();
        let url = words.next().ok_or_else(|| invalid("it has no URL"))?.parse()?;
        let suite = words.next().ok_or_else(|| invalid("it has no suite"))?.to_owned();
        let components: Vec<String> = words.map(str::to_owned).collect();
        match (suite.ends_with('/'), components.is_empty()) {
            (true, false) => Err(invalid("a suite that ends in `/` has no components")),
            (false, true) => Err(invalid("it has no component, such as `main`")),
            _ => Ok(Self::Deb(DebRepository { signed_by, url, suite, components })),
        }
    }
}

/// The key files in the options of a line.
fn signed_by(options: &str) -> Result<Vec<String>, &'static str> {
    let mut files = Vec::new();
    for option in options.split_whitespace() {
        match option.split_once('=') {
            Some(("signed-by", value)) if !value.is_empty() => {
                files.extend(value.split(',').map(str::to_owned));
            }
            _ => return Err("`signed-by=FILE` is the only option"),
        }
    }
    Ok(files)
}

impl fmt::Display for RepositoryLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Apk(url) => url.fmt(f),
            Self::Deb(DebRepository { signed_by, url, suite, components }) => {
                f.write_str("deb ")?;
                if !signed_by.is_empty() {
                    write!(f, "[signed-by={}] ", signed_by.join(","))?;
                }
                write!(f, "{url} {suite}")?;
                components.iter().try_for_each(|component| write!(f, " {component}"))
            }
        }
    }
}
