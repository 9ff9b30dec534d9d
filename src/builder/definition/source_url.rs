//! Where files are fetched.

use std::fmt;
use std::str::FromStr;

use super::{InvalidValue, WebUrl};

/// The source of a file: an address, or a revision of a Git repository.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SourceUrl {
    /// `https://…` or `http://…`.
    Web(WebUrl),
    /// `git+https://…#REVISION`.
    Git {
        /// The repository.
        repository: WebUrl,
        /// A tag, a branch or a commit.
        revision: String,
    },
}

impl SourceUrl {
    /// The address, of a Git repository without the revision.
    pub fn web(&self) -> &WebUrl {
        match self {
            Self::Web(url) | Self::Git { repository: url, .. } => url,
        }
    }

    /// The commit, if the revision is one.
    pub fn commit(&self) -> Option<&str> {
        match self {
            Self::Git { revision, .. } if is_commit(revision) => Some(revision),
            _ => None,
        }
    }
}

/// Whether a text is the whole digest of a Git commit.
pub(super) fn is_commit(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

impl FromStr for SourceUrl {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let invalid = |cause| InvalidValue::Source { text: text.to_owned(), cause };
        let Some(git) = text.strip_prefix("git+") else {
            return match text.starts_with("https://") || text.starts_with("http://") {
                true => text.parse().map(Self::Web),
                false => Err(invalid("expected `https://…` or `git+https://…#REVISION`")),
            };
        };
        let (repository, revision) =
            git.split_once('#').ok_or_else(|| invalid("it names no revision: append `#REVISION`"))?;
        if revision.is_empty() {
            return Err(invalid("the revision after `#` is empty"));
        }
        if revision.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(invalid("it contains white space"));
        }
        Ok(Self::Git { repository: repository.parse()?, revision: revision.to_owned() })
    }
}

impl fmt::Display for SourceUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Web(url) => url.fmt(f),
            Self::Git { repository, revision } => write!(f, "git+{repository}#{revision}"),
        }
    }
}
