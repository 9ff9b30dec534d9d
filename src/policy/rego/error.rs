//! Errors of Rego files that cannot be used.

use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic};
use crate::limits::Exceeded;

/// Why a Rego file is no policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It is not UTF-8.
    #[error("{origin} is not UTF-8 text")]
    NotUtf8 {
        /// The file.
        origin: String,
    },
    /// It is not Rego.
    #[error("{origin}:{line}: not valid Rego: {cause}")]
    Syntax {
        /// The file.
        origin: String,
        /// The line, from 1.
        line: usize,
        /// The cause.
        cause: String,
    },
    /// It is Rego of the older version.
    #[error("{origin}:{line}: it is Rego v0, and policies are Rego v1: {cause}")]
    OldRego {
        /// The file.
        origin: String,
        /// The first line that is not Rego v1, from 1.
        line: usize,
        /// The cause.
        cause: String,
    },
    /// A rule refers to itself.
    #[error("{origin}:{line}: the rule `{rule}` refers to itself, directly or through other rules")]
    Recursive {
        /// The file.
        origin: String,
        /// The line of the rule, from 1.
        line: usize,
        /// The rule.
        rule: String,
    },
    /// It calls a function that is not offered.
    #[error("{origin}:{line}: `{name}` is not offered")]
    NotOffered {
        /// The file.
        origin: String,
        /// The function.
        name: String,
        /// The line of the call, from 1.
        line: usize,
    },
    /// It is valid Rego and no policy of this contract.
    #[error("{origin}:{line}: not a policy: {cause}")]
    NotAPolicy {
        /// The file.
        origin: String,
        /// The line, from 1.
        line: usize,
        /// What is missing or wrong.
        cause: String,
    },
    /// It is Rego of another package.
    #[error("{origin}:{line}: not a policy: the package is `{package}`, not `{expected}`")]
    OtherPackage {
        /// The file.
        origin: String,
        /// The line, from 1.
        line: usize,
        /// Its package.
        package: String,
        /// The package of policies.
        expected: String,
    },
    /// It is over a limit.
    #[error("{origin}: {exceeded}")]
    Exceeded {
        /// The file.
        origin: String,
        /// The limit.
        exceeded: Exceeded,
    },
}

impl Error {
    /// An error of the contract at a line of the engine.
    pub(super) fn contract(origin: &str, line: u32, cause: String) -> Self {
        let line = usize::try_from(line).unwrap_or(usize::MAX);
        Self::NotAPolicy { origin: origin.to_owned(), line, cause }
    }

    /// An error of the engine. Its text shows the line of the file between position and cause.
    pub(super) fn of_engine(origin: &str, text: &str) -> Self {
        let (line, cause) = position(text);
        Self::Syntax { origin: origin.to_owned(), line: line.unwrap_or(1), cause }
    }

    /// The error of a module that the parser refuses, and whether it is Rego v0.
    pub(super) fn of_parser(origin: &str, text: &str, is_v0: bool) -> Self {
        match Self::of_engine(origin, text) {
            Self::Syntax { origin, line, cause } if is_v0 => Self::OldRego { origin, line, cause },
            other => other,
        }
    }

    /// The line, from 1. 0 if it is about the whole file.
    pub fn line(&self) -> usize {
        match self {
            Self::NotUtf8 { .. } | Self::Exceeded { .. } => 0,
            Self::Syntax { line, .. }
            | Self::OldRego { line, .. }
            | Self::Recursive { line, .. }
            | Self::NotOffered { line, .. }
            | Self::OtherPackage { line, .. }
            | Self::NotAPolicy { line, .. } => *line,
        }
    }
}

/// The line and the cause in an error text of the engine: `--> FILE:LINE:COLUMN`, the line itself, `error: CAUSE`.
pub(super) fn position(text: &str) -> (Option<usize>, String) {
    let place = text.lines().filter_map(|line| line.trim_start().strip_prefix("--> ")).next_back();
    let line = place.and_then(|place| place.rsplit(':').nth(1)).and_then(|line| line.parse().ok());
    let cause = text.rsplit_once("\nerror: ").map_or(text, |(_, cause)| cause);
    let cause = cause.split_whitespace().collect::<Vec<_>>().join(" ");
    (line, cause.trim_end_matches('.').to_owned())
}

impl ToDiagnostic for Error {
    fn to_diagnostic(&self) -> Diagnostic {
        let code = match self {
            Self::NotUtf8 { .. } | Self::Syntax { .. } | Self::OldRego { .. } | Self::Recursive { .. } => {
                Code::POLICY_REGO
            }
            Self::NotOffered { .. } => Code::POLICY_NOT_OFFERED,
            Self::OtherPackage { .. } | Self::NotAPolicy { .. } => Code::POLICY_CONTRACT,
            Self::Exceeded { exceeded, .. } => {
                return Diagnostic { message: self.to_string(), ..exceeded.to_diagnostic() };
            }
        };
        let diagnostic = Diagnostic::new(code, self.to_string());
        match self {
            Self::OtherPackage { expected, .. } => {
                diagnostic.remedy(Remedy::Write { text: format!("package {expected}") })
            }
            Self::OldRego { origin, .. } => diagnostic.remedy(Remedy::ConvertRego { file: origin.clone() }),
            Self::NotOffered { name, .. } => diagnostic.remedy(Remedy::CallOffered { name: name.clone() }),
            _ => diagnostic,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engines_text_becomes_one_line() {
        let text = "\n--> a:b.rego:5:27\n  |\n5 | x == 1\n  | ^\nerror: use of\n `x` is unsafe.";
        assert_eq!(position(text), (Some(5), "use of `x` is unsafe".to_owned()));
        assert_eq!(position("no position"), (None, "no position".to_owned()));
        let error = Error::of_engine("p.rego", text);
        assert_eq!(error.to_string(), "p.rego:5: not valid Rego: use of `x` is unsafe");
        assert_eq!(error.code(), Code::POLICY_REGO);
    }
}
