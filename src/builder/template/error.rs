//! Why a template cannot be read or evaluated.

use std::ops::Range;

use crate::limits::Exceeded;

/// What is wrong with a template, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// Bytes of the text of the template.
    pub range: Range<usize>,
    /// What is wrong.
    pub cause: Cause,
}

/// What is wrong with a template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Cause {
    /// An expression has no end.
    #[error("`#{{` has no closing `}}`")]
    UnclosedExpression,
    /// A text in an expression has no end.
    #[error("this text has no closing `\"`")]
    UnclosedText,
    /// A text in single quotes, which this language does not have.
    #[error("texts of an expression are written in double quotes")]
    SingleQuotes {
        /// The text in double quotes, unless it contains one.
        instead: Option<String>,
    },
    /// A backslash, which could be meant as an escape.
    #[error("texts of an expression have no escapes, so `\\` is not allowed")]
    Backslash,
    /// Something else than the grammar allows here.
    #[error("expected {expected}, found {found}")]
    Unexpected {
        /// What may stand here.
        expected: &'static str,
        /// What does, in backquotes if it is literal.
        found: String,
    },
    /// A character that begins nothing.
    #[error("`{found}` is not part of this language")]
    Character {
        /// The character.
        found: char,
        /// The operator that may be meant.
        instead: Option<&'static str>,
    },
    /// A number that some reader could change.
    #[error("`{0}` is not a whole number without leading zeros")]
    Number(String),
    /// A name that means nothing.
    #[error("unknown name `{name}`")]
    UnknownName {
        /// The name.
        name: String,
        /// The name that may be meant.
        instead: Option<String>,
    },
    /// A variable that the definition does not have.
    #[error("no variable `{name}` in `vars`")]
    UnknownVariable {
        /// The name in `vars`.
        name: String,
        /// What to write in place of the range, with the name that may be meant.
        instead: Option<String>,
    },
    /// A comparison whose result would always be the same.
    #[error("{left} is never equal to {right}")]
    Incomparable {
        /// The type of the left side.
        left: Type,
        /// The type of the right side.
        right: Type,
        /// The right side with the type of the left one.
        instead: Option<String>,
    },
    /// `+` beside a value that is not text.
    #[error("`+` joins texts, and this is {found}")]
    NotText {
        /// The type of the value.
        found: Type,
        /// The value as text.
        instead: Option<String>,
    },
    /// A condition that is neither true nor false.
    #[error("a condition is `true` or `false`, and this is {found}")]
    NotCondition {
        /// The value.
        found: String,
    },
    /// A regular expression that cannot be used.
    #[error("this regular expression cannot be used: {0}")]
    Pattern(String),
    /// A regular expression without a group, or with one that took no part.
    #[error("this regular expression has no group `(…)` to take the value from")]
    PatternWithoutGroup,
    /// A regular expression that does not match.
    #[error("this regular expression does not match `{value}`, the value of `{name}`")]
    PatternWithoutMatch {
        /// The variable.
        name: String,
        /// Its value.
        value: String,
    },
    /// Variables that need each other.
    #[error("variables need each other: {}", circle(.0))]
    Circle(
        /// Their names in the order of use. The last one uses the first.
        Vec<String>,
    ),
    /// A result that is a template again, which a second evaluation would change.
    #[error("the result `{0}` is a template again")]
    ResultIsTemplate(String),
    /// A limit was reached.
    #[error(transparent)]
    Exceeded(#[from] Exceeded),
}

/// The type of a value of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// Text.
    Text,
    /// `true` or `false`.
    Boolean,
    /// A whole number.
    Number,
}

impl std::fmt::Display for Type {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Text => "text",
            Self::Boolean => "`true` or `false`",
            Self::Number => "a number",
        })
    }
}

fn circle(names: &[String]) -> String {
    let closed = names.iter().chain(names.first());
    closed.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" → ")
}

impl Error {
    pub(super) fn new(range: Range<usize>, cause: impl Into<Cause>) -> Self {
        Self { range, cause: cause.into() }
    }

    /// What to write in place of [`Error::range`], if that is known.
    pub fn suggestion(&self) -> Option<&str> {
        match &self.cause {
            Cause::Character { instead, .. } => *instead,
            Cause::SingleQuotes { instead }
            | Cause::UnknownName { instead, .. }
            | Cause::UnknownVariable { instead, .. }
            | Cause::Incomparable { instead, .. }
            | Cause::NotText { instead, .. } => instead.as_deref(),
            _ => None,
        }
    }
}
