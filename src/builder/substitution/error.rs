//! Why a substitution file cannot be used.

use crate::diagnostic::{Code, Diagnostic, ToDiagnostic};

/// Why a substitution file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{file}`{}: {cause}", at(*.line))]
pub struct SubstitutionError {
    /// The name of the file.
    pub file: String,
    /// The line with the fault.
    pub line: Option<usize>,
    /// The fault.
    pub cause: Invalid,
}

/// What is wrong in a substitution file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Invalid {
    /// The file cannot be read.
    #[error("it cannot be read: {0}")]
    Unreadable(String),
    /// The text is not YAML with one meaning.
    #[error("{0}")]
    Yaml(String),
    /// It is not a mapping.
    #[error("expected a mapping with `repositories` or `packages`")]
    Shape,
    /// A key that such files do not have.
    #[error("unknown key `{key}`{}", did_you_mean(.closest.as_deref()))]
    Key {
        /// The key.
        key: String,
        /// The known key that may be meant.
        closest: Option<String>,
    },
    /// A rule without a mapping.
    #[error("expected a replacement of `{from}`: a text, or `null` to leave it out")]
    Value {
        /// What is replaced.
        from: String,
    },
    /// An address that is none.
    #[error("`{0}` is not the address of a repository")]
    Address(String),
    /// A line of a repository that is none.
    #[error("`{text}` is not a repository: {cause}")]
    Repository {
        /// The text.
        text: String,
        /// The cause.
        cause: String,
    },
    /// A name of a package that is none.
    #[error("`{0}` is not the name of a package; `*` may stand at its beginning or its end")]
    Name(String),
    /// Too many rules.
    #[error("{0}")]
    Limit(#[from] crate::limits::Exceeded),
}

fn at(line: Option<usize>) -> String {
    line.map_or_else(String::new, |line| format!(", line {line}"))
}

fn did_you_mean(closest: Option<&str>) -> String {
    closest.map_or_else(String::new, |closest| format!(", did you mean `{closest}`?"))
}

impl ToDiagnostic for SubstitutionError {
    fn to_diagnostic(&self) -> Diagnostic {
        let code = match self.cause {
            Invalid::Limit(_) => Code::LIMITS_EXCEEDED,
            _ => Code::PACKAGES_SUBSTITUTION,
        };
        Diagnostic::new(code, self.to_string())
    }
}
