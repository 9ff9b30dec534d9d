//! Relations between packages: `a (>= 1) | b:any, c` (deb-control(5), Debian Policy 7.1).
//!
//! Architecture restrictions (`[amd64]`) and build profiles (`<!nocheck>`) belong to source packages. An index with
//! one in a binary package is refused, as apt does, since readers would not agree on what it means.

use std::cmp::Ordering;

use super::version::{InvalidVersion, Version, compare};

/// The groups of a relation field: between commas.
#[derive(Clone, Debug)]
pub struct Groups<'a> {
    rest: Option<&'a str>,
}

/// Alternatives, one of which must be met: between `|`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group<'a> {
    /// As it is written, without the space around it.
    pub text: &'a str,
    /// At least one, in order.
    pub alternatives: Vec<Relation<'a>>,
}

/// A name with what it must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Relation<'a> {
    /// The name of a package, or one that packages provide.
    pub name: &'a str,
    /// The architecture after the name: `any`, `native` or an architecture.
    pub qualifier: Option<&'a str>,
    /// The versions that will do, else any.
    pub versions: Option<Versions<'a>>,
}

/// The versions that compare in this way with one version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Versions<'a> {
    /// How.
    pub operator: Operator,
    /// With what.
    pub version: &'a str,
}

/// How two versions compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `<<`
    Earlier,
    /// `<=`, and the old `<`.
    EarlierOrEqual,
    /// `=`
    Equal,
    /// `>=`, and the old `>`.
    LaterOrEqual,
    /// `>>`
    Later,
}

/// Why a relation field cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Nothing before a `|`, or after the last one.
    #[error("`{0}` has an empty alternative")]
    Empty(String),
    /// A character that is in no package name.
    #[error("`{0}` does not begin with a package name")]
    Name(String),
    /// No operator, or an unknown one.
    #[error("`{0}` has no operator of `<<`, `<=`, `=`, `>=`, `>>` in its parentheses")]
    Operator(String),
    /// A version that is none.
    #[error("`{relation}`: {error}")]
    Version {
        /// The relation.
        relation: String,
        /// What is wrong with its version.
        error: InvalidVersion,
    },
    /// `(` without `)`.
    #[error("`{0}` has no `)`")]
    Unclosed(String),
    /// `[amd64]` or `<!nocheck>`.
    #[error("`{0}` has a restriction that is for source packages only")]
    Restriction(String),
    /// Something after the relation.
    #[error("`{0}` goes on after its relation")]
    Trailing(String),
}

impl<'a> Groups<'a> {
    /// The groups of a field.
    pub fn new(field: &'a str) -> Self {
        Self { rest: Some(field) }
    }
}

impl<'a> Iterator for Groups<'a> {
    type Item = Result<Group<'a>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let rest = self.rest?;
            let (text, rest) = rest.split_once(',').map_or((rest, None), |(text, rest)| (text, Some(rest)));
            self.rest = rest;
            let text = text.trim_ascii();
            // A comma at the end, or two of them, separates nothing.
            if !text.is_empty() {
                return Some(Group::parse(text));
            }
        }
    }
}

impl<'a> Group<'a> {
    /// Reads the alternatives between two commas.
    ///
    /// # Errors
    ///
    /// Where one is outside the grammar.
    pub fn parse(text: &'a str) -> Result<Self, Error> {
        let alternatives = text.split('|').map(|one| Relation::parse(one.trim_ascii(), text));
        Ok(Self { text, alternatives: alternatives.collect::<Result<_, _>>()? })
    }
}

impl<'a> Relation<'a> {
    /// `whole` is for messages.
    fn parse(text: &'a str, whole: &str) -> Result<Self, Error> {
        if text.is_empty() {
            return Err(Error::Empty(whole.to_owned()));
        }
        let failed = || text.to_owned();
        let (name, rest) = split_name(text).ok_or_else(|| Error::Name(failed()))?;
        let (qualifier, rest) = match rest.strip_prefix(':') {
            None => (None, rest),
            Some(rest) => {
                let (qualifier, rest) = split_name(rest).ok_or_else(|| Error::Name(failed()))?;
                (Some(qualifier), rest)
            }
        };
        let rest = rest.trim_ascii_start();
        let (versions, rest) = match rest.strip_prefix('(') {
            None => (None, rest),
            Some(rest) => {
                let (inside, rest) = rest.split_once(')').ok_or_else(|| Error::Unclosed(failed()))?;
                (Some(Versions::parse(inside.trim_ascii(), text)?), rest.trim_ascii_start())
            }
        };
        if rest.starts_with(['[', '<']) {
            return Err(Error::Restriction(failed()));
        }
        if !rest.is_empty() {
            return Err(Error::Trailing(failed()));
        }
        Ok(Self { name, qualifier, versions })
    }
}

impl<'a> Versions<'a> {
    fn parse(text: &'a str, relation: &str) -> Result<Self, Error> {
        let (operator, rest) = Operator::split(text).ok_or_else(|| Error::Operator(relation.to_owned()))?;
        let version = rest.trim_ascii_start();
        Version::parse(version).map_err(|error| Error::Version { relation: relation.to_owned(), error })?;
        Ok(Self { operator, version })
    }

    /// Whether a version is one of these.
    pub fn contain(&self, version: &str) -> bool {
        let order = compare(version, self.version);
        match self.operator {
            Operator::Earlier => order == Ordering::Less,
            Operator::EarlierOrEqual => order != Ordering::Greater,
            Operator::Equal => order == Ordering::Equal,
            Operator::LaterOrEqual => order != Ordering::Less,
            Operator::Later => order == Ordering::Greater,
        }
    }
}

impl Operator {
    fn split(text: &str) -> Option<(Self, &str)> {
        let known = [
            ("<<", Self::Earlier),
            ("<=", Self::EarlierOrEqual),
            (">=", Self::LaterOrEqual),
            (">>", Self::Later),
            ("=", Self::Equal),
            ("<", Self::EarlierOrEqual),
            (">", Self::LaterOrEqual),
        ];
        known.into_iter().find_map(|(sign, operator)| text.strip_prefix(sign).map(|rest| (operator, rest)))
    }
}

/// A name, or an architecture: letters, digits, `+`, `-`, `.`, and what third parties add to them.
fn split_name(text: &str) -> Option<(&str, &str)> {
    let end = text
        .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.' | '_' | '$' | '{' | '}')));
    text.split_at_checked(end.unwrap_or(text.len())).filter(|(name, _)| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(field: &str) -> Result<Vec<Group<'_>>, Error> {
        Groups::new(field).collect()
    }

    #[test]
    fn a_field_has_groups_of_alternatives() {
        let read = groups("a (>= 1.0) | b:any,\n c,, d:amd64(<<2:3~) ,").unwrap();
        assert_eq!(
            read.iter().map(|group| group.text).collect::<Vec<_>>(),
            ["a (>= 1.0) | b:any", "c", "d:amd64(<<2:3~)"]
        );
        let versions = |operator, version| Some(Versions { operator, version });
        assert_eq!(
            read[0].alternatives,
            [
                Relation { name: "a", qualifier: None, versions: versions(Operator::LaterOrEqual, "1.0") },
                Relation { name: "b", qualifier: Some("any"), versions: None },
            ]
        );
        assert_eq!(
            read[2].alternatives,
            [Relation { name: "d", qualifier: Some("amd64"), versions: versions(Operator::Earlier, "2:3~") }]
        );
        assert_eq!(groups("").unwrap(), []);
    }

    #[test]
    fn operators_compare_versions() {
        for (relation, version, met) in [
            ("a (<< 2)", "1", true),
            ("a (<< 2)", "2", false),
            ("a (<= 2)", "2~", true),
            ("a (= 2)", "2-0", true),
            ("a (>= 2)", "2~", false),
            ("a (>> 2)", "2-1", true),
            ("a (< 2)", "2", true),
            ("a (> 2)", "2", true),
            ("a (>= 1:1)", "2", false),
        ] {
            let group = Group::parse(relation).unwrap();
            assert_eq!(group.alternatives[0].versions.unwrap().contain(version), met, "{relation} {version}");
        }
    }

    #[test]
    fn relations_outside_the_grammar_are_refused() {
        let text = str::to_owned;
        for (relation, error) in [
            ("a |", Error::Empty(text("a |"))),
            ("| a", Error::Empty(text("| a"))),
            ("(>= 1)", Error::Name(text("(>= 1)"))),
            ("a:", Error::Name(text("a:"))),
            ("a (1)", Error::Operator(text("a (1)"))),
            ("a (!= 1)", Error::Operator(text("a (!= 1)"))),
            ("a (>= 1", Error::Unclosed(text("a (>= 1"))),
            ("a [amd64]", Error::Restriction(text("a [amd64]"))),
            ("a (>= 1) <!nocheck>", Error::Restriction(text("a (>= 1) <!nocheck>"))),
            ("a b", Error::Trailing(text("a b"))),
            ("a (>=)", Error::Version { relation: text("a (>=)"), error: InvalidVersion::Empty }),
            (
                "a (= 1-)",
                Error::Version {
                    relation: text("a (= 1-)"),
                    error: InvalidVersion::EmptyRevision(text("1-")),
                },
            ),
        ] {
            assert_eq!(groups(relation).unwrap_err(), error);
        }
    }
}
