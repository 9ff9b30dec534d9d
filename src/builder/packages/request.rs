//! Entries of `contents.packages`.
//!
//! The grammar is that of both distributions (`catalog.md` 6). What an entry means, and which operators and versions a
//! distribution has, its resolver decides.

use std::fmt;

use super::limits::REQUEST_TEXT;

/// One entry: a package that is wanted, or one that must stay out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Request {
    /// `NAME`, `NAME=VERSION`, `NAME@TAG` and so on.
    Install {
        /// The name of a package, or a name that packages provide.
        name: String,
        /// The versions that will do, else any.
        constraint: Option<Constraint>,
        /// The repository that Alpine calls by this tag.
        tag: Option<String>,
    },
    /// `!NAME`.
    Exclude {
        /// The name of the package.
        name: String,
        /// The versions that must stay out, else all.
        constraint: Option<Constraint>,
    },
}

/// Versions: those that compare in this way with one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constraint {
    /// How.
    pub operator: Operator,
    /// With what.
    pub version: String,
}

/// How a version compares with another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Operator {
    /// `<`: lower.
    Less,
    /// `<=`: lower or equal.
    LessOrEqual,
    /// `=`: equal.
    Equal,
    /// `>=`: higher or equal.
    GreaterOrEqual,
    /// `>`: higher.
    Greater,
    /// `~`: begins with it.
    Prefix,
    /// `<~`: lower, or begins with it.
    LessOrPrefix,
    /// `>~`: higher, or begins with it.
    GreaterOrPrefix,
    /// `><`: the package's identity, not its version.
    Identity,
}

/// Why an entry cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidRequest {
    /// An entry without a name.
    #[error("`{0}` names no package")]
    NoName(String),
    /// An operator with nothing after it.
    #[error("`{0}` has no version after its operator")]
    NoVersion(String),
    /// An `@` with nothing after it.
    #[error("`{0}` has no name after its `@`")]
    NoTag(String),
    /// A tag of a package that must stay out.
    #[error("`{0}` excludes a package, which takes no `@`")]
    ExcludedTag(String),
    /// A character that ends a package list or an option.
    #[error("`{entry}` contains {found:?}")]
    Character {
        /// The entry.
        entry: String,
        /// The character.
        found: char,
    },
    /// A sequence of `<`, `=`, `>` and `~` that is no operator.
    #[error("`{operator}` in `{entry}` is not an operator")]
    NotAnOperator {
        /// The entry.
        entry: String,
        /// The sequence.
        operator: String,
    },
    /// An entry that is longer than any package.
    #[error("this entry has {0} bytes, which is over the limit of {REQUEST_TEXT} bytes")]
    TooLong(usize),
}

impl Request {
    /// Reads one entry.
    ///
    /// # Errors
    ///
    /// Where the entry does not follow the grammar.
    pub fn parse(entry: &str) -> Result<Self, InvalidRequest> {
        if entry.len() > REQUEST_TEXT {
            return Err(InvalidRequest::TooLong(entry.len()));
        }
        let wrong = |found: &char| found.is_whitespace() || found.is_control();
        if let Some(found) = entry.chars().find(wrong) {
            return Err(InvalidRequest::Character { entry: entry.to_owned(), found });
        }
        let (excluded, rest) = entry.strip_prefix('!').map_or((false, entry), |rest| (true, rest));
        let name_end = rest.find(['<', '=', '>', '~', '@']).unwrap_or(rest.len());
        let (name, rest) = rest.split_at(name_end);
        if name.is_empty() || name.contains('!') {
            return Err(InvalidRequest::NoName(entry.to_owned()));
        }
        // `NAME@TAG=VERSION`: a tag ends where an operator begins.
        let (tag, rest) = match rest.strip_prefix('@') {
            None => (None, rest),
            Some(rest) => {
                let (tag, rest) = rest.split_at(rest.find(['<', '=', '>', '~']).unwrap_or(rest.len()));
                if tag.is_empty() {
                    return Err(InvalidRequest::NoTag(entry.to_owned()));
                }
                if excluded {
                    return Err(InvalidRequest::ExcludedTag(entry.to_owned()));
                }
                (Some(tag.to_owned()), rest)
            }
        };
        let constraint = if rest.is_empty() { None } else { Some(Constraint::parse(rest, entry)?) };
        let name = name.to_owned();
        Ok(if excluded {
            Self::Exclude { name, constraint }
        } else {
            Self::Install { name, constraint, tag }
        })
    }

    /// The name of the package.
    pub fn name(&self) -> &str {
        match self {
            Self::Install { name, .. } | Self::Exclude { name, .. } => name,
        }
    }
}

impl Constraint {
    /// Reads an operator and a version, from the end of `entry`.
    fn parse(text: &str, entry: &str) -> Result<Self, InvalidRequest> {
        let version = text.trim_start_matches(['<', '=', '>', '~']);
        let operator = text.strip_suffix(version).unwrap_or(text);
        let Some(known) = Operator::parse(operator) else {
            return Err(InvalidRequest::NotAnOperator {
                entry: entry.to_owned(),
                operator: operator.to_owned(),
            });
        };
        if version.is_empty() {
            return Err(InvalidRequest::NoVersion(entry.to_owned()));
        }
        Ok(Self { operator: known, version: version.to_owned() })
    }
}

impl Operator {
    /// The operator that is written so.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "<" => Self::Less,
            "<=" => Self::LessOrEqual,
            "=" => Self::Equal,
            ">=" => Self::GreaterOrEqual,
            ">" => Self::Greater,
            "~" | "~=" | "=~" => Self::Prefix,
            "<~" => Self::LessOrPrefix,
            ">~" => Self::GreaterOrPrefix,
            "><" => Self::Identity,
            _ => return None,
        })
    }

    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Equal => "=",
            Self::GreaterOrEqual => ">=",
            Self::Greater => ">",
            Self::Prefix => "~",
            Self::LessOrPrefix => "<~",
            Self::GreaterOrPrefix => ">~",
            Self::Identity => "><",
        }
    }
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.operator.as_str(), self.version)
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, constraint, tag) = match self {
            Self::Install { name, constraint, tag } => (name, constraint, tag.as_deref()),
            Self::Exclude { name, constraint } => {
                f.write_str("!")?;
                (name, constraint, None)
            }
        };
        f.write_str(name)?;
        if let Some(tag) = tag {
            write!(f, "@{tag}")?;
        }
        constraint.as_ref().map_or(Ok(()), |constraint| constraint.fmt(f))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_written_as_they_are_read() {
        for entry in [
            "base-files",
            "redis=6:7.2.16-1rl1~trixie1",
            "openssl-dev~3",
            "a>=1",
            "a<~2",
            "a><Q1abc",
            "cmd:[",
            "so:libc.musl-x86_64.so.1",
            "/bin/sh",
            "!mawk",
            "!a<2",
            "a@edge",
            "a@edge>=1",
            "g++=4:14.2.0-1",
        ] {
            assert_eq!(Request::parse(entry).map(|request| request.to_string()), Ok(entry.to_owned()));
        }
    }

    #[test]
    fn an_entry_has_its_parts() {
        assert_eq!(
            Request::parse("a@edge=1~2"),
            Ok(Request::Install {
                name: "a".to_owned(),
                constraint: Some(Constraint { operator: Operator::Equal, version: "1~2".to_owned() }),
                tag: Some("edge".to_owned()),
            })
        );
        assert_eq!(Request::parse("!a"), Ok(Request::Exclude { name: "a".to_owned(), constraint: None }));
    }

    #[test]
    fn entries_outside_the_grammar_are_refused() {
        let entry = || "=1".to_owned();
        assert_eq!(Request::parse("=1"), Err(InvalidRequest::NoName(entry())));
        assert_eq!(Request::parse(""), Err(InvalidRequest::NoName(String::new())));
        assert_eq!(Request::parse("!!a"), Err(InvalidRequest::NoName("!!a".to_owned())));
        assert_eq!(Request::parse("a="), Err(InvalidRequest::NoVersion("a=".to_owned())));
        assert_eq!(Request::parse("a@=1"), Err(InvalidRequest::NoTag("a@=1".to_owned())));
        assert_eq!(Request::parse("!a@t"), Err(InvalidRequest::ExcludedTag("!a@t".to_owned())));
        assert_eq!(
            Request::parse("a b"),
            Err(InvalidRequest::Character { entry: "a b".to_owned(), found: ' ' })
        );
        assert_eq!(
            Request::parse("a==1"),
            Err(InvalidRequest::NotAnOperator { entry: "a==1".to_owned(), operator: "==".to_owned() })
        );
        assert_eq!(Request::parse(&"a".repeat(5000)), Err(InvalidRequest::TooLong(5000)));
    }
}
