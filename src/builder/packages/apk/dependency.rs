//! Dependencies of Alpine packages: `NAME`, `NAME=VERSION`, `!NAME`, and in a request `NAME@TAG`.
//!
//! A [`Dependency`] is borrowed from the text that it was read from, since an index has some hundred thousand
//! of them.

use std::cmp::Ordering;
use std::fmt;

use super::limits::DEPENDENCY_TEXT;
use super::version;

/// A relation to packages with a name, or that provide it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dependency<'a> {
    /// The name.
    pub name: &'a str,
    /// `!NAME`: no package may have the name and meet the constraint.
    pub is_conflict: bool,
    /// The versions that meet it, else all.
    pub constraint: Option<Constraint<'a>>,
    /// The tagged repository that it may come from; only in requests.
    pub tag: Option<&'a str>,
}

/// Versions: those that compare in this way with one version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Constraint<'a> {
    /// How.
    pub comparison: Comparison,
    /// With what: a version, or an identity (`Q1` and Base64).
    pub version: &'a str,
}

/// How a version compares with another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Comparison {
    /// `<`: lower.
    Less,
    /// `<=`: lower or equal.
    LessOrEqual,
    /// `=`: equal, the revision too.
    Equal,
    /// `=` in a definition, without a revision: equal in any revision (`catalog.md` 6).
    AnyRevision,
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
    /// `><`: the package with this identity.
    Identity,
}

/// Why a text is not a dependency.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidDependency {
    /// There is no name.
    #[error("`{0}` has no name")]
    NoName(String),
    /// An operator with nothing after it.
    #[error("`{0}` has no version after its operator")]
    NoVersion(String),
    /// What follows the operator is not a version.
    #[error("`{0}` has an invalid version")]
    InvalidVersion(String),
    /// A sequence of `<`, `=`, `>` and `~` that is no operator.
    #[error("`{0}` has an unknown operator")]
    UnknownOperator(String),
    /// A tag where none may be, or an empty one.
    #[error("`{0}` has a repository tag that is not possible here")]
    Tag(String),
    /// A character that no name has.
    #[error("{0:?} has a character that no name has")]
    Character(String),
    /// It is longer than any dependency.
    #[error("a dependency has {0} bytes, which is over the limit of {DEPENDENCY_TEXT} bytes")]
    TooLong(usize),
}

const OPERATORS: [char; 4] = ['<', '=', '>', '~'];

impl<'a> Dependency<'a> {
    /// Reads a dependency of a package, which has no tag.
    ///
    /// # Errors
    ///
    /// Where the text does not follow the grammar, or the version is none.
    pub fn parse(text: &'a str) -> Result<Self, InvalidDependency> {
        let parsed = Self::parse_with_tag(text)?;
        match parsed.tag {
            Some(_) => Err(InvalidDependency::Tag(text.to_owned())),
            None => Ok(parsed),
        }
    }

    /// Reads an entry of a request (`/etc/apk/world`): as in a package, but it can have a tag,
    /// `NAME@TAG=VERSION`.
    ///
    /// # Errors
    ///
    /// As [`Dependency::parse`].
    pub fn parse_with_tag(text: &'a str) -> Result<Self, InvalidDependency> {
        if text.len() > DEPENDENCY_TEXT {
            return Err(InvalidDependency::TooLong(text.len()));
        }
        let (is_conflict, rest) = text.strip_prefix('!').map_or((false, text), |rest| (true, rest));
        let (name, rest) = rest.split_at(rest.find(OPERATORS).unwrap_or(rest.len()));
        let (name, tag) = name.split_once('@').map_or((name, None), |(name, tag)| (name, Some(tag)));
        if name.is_empty() {
            return Err(InvalidDependency::NoName(text.to_owned()));
        }
        if !name.bytes().chain(tag.unwrap_or_default().bytes()).all(is_name_byte) {
            return Err(InvalidDependency::Character(text.to_owned()));
        }
        if tag.is_some_and(|tag| tag.is_empty() || is_conflict) {
            return Err(InvalidDependency::Tag(text.to_owned()));
        }
        let constraint = if rest.is_empty() { None } else { Some(Constraint::parse(rest, text)?) };
        Ok(Self { name, is_conflict, constraint, tag })
    }

    /// Reads a provided name, with the version in which it is provided, else an empty text. As in apk, that
    /// version need not be valid.
    pub(super) fn parse_provided(text: &'a str) -> Result<(&'a str, &'a str), InvalidDependency> {
        let (name, rest) = text.split_at(text.find(OPERATORS).unwrap_or(text.len()));
        if name.is_empty() {
            return Err(InvalidDependency::NoName(text.to_owned()));
        }
        if !name.bytes().all(is_name_byte) {
            return Err(InvalidDependency::Character(text.to_owned()));
        }
        Ok((name, rest.trim_start_matches(OPERATORS)))
    }

    /// Whether a name of a package meets this, a conflict left aside. `provided` is the version in which the
    /// package has or provides the name, empty if none, and `identity` that of the package.
    pub(crate) fn accepts(&self, provided: &str, identity: &str) -> bool {
        self.constraint.is_none_or(|constraint| constraint.accepts(provided, identity))
    }
}

impl<'a> Constraint<'a> {
    /// Reads an operator and a version, from the end of `whole`.
    fn parse(text: &'a str, whole: &str) -> Result<Self, InvalidDependency> {
        let version = text.trim_start_matches(OPERATORS);
        let operator = text.strip_suffix(version).unwrap_or(text);
        let Some(comparison) = Comparison::parse(operator) else {
            return Err(InvalidDependency::UnknownOperator(whole.to_owned()));
        };
        if version.is_empty() {
            return Err(InvalidDependency::NoVersion(whole.to_owned()));
        }
        if comparison != Comparison::Identity && !version::is_valid(version) {
            return Err(InvalidDependency::InvalidVersion(whole.to_owned()));
        }
        Ok(Self { comparison, version })
    }

    fn accepts(&self, provided: &str, identity: &str) -> bool {
        let exact = || version::compare(provided, self.version);
        let prefix = || version::compare_with_prefix(provided, self.version);
        match self.comparison {
            Comparison::Less => exact() == Ordering::Less,
            Comparison::LessOrEqual => exact() != Ordering::Greater,
            Comparison::Equal => exact() == Ordering::Equal,
            Comparison::AnyRevision => {
                version::compare(version::without_revision(provided), self.version) == Ordering::Equal
            }
            Comparison::GreaterOrEqual => exact() != Ordering::Less,
            Comparison::Greater => exact() == Ordering::Greater,
            Comparison::Prefix => prefix() == Ordering::Equal,
            Comparison::LessOrPrefix => prefix() != Ordering::Greater,
            Comparison::GreaterOrPrefix => prefix() != Ordering::Less,
            Comparison::Identity => self.version == identity,
        }
    }
}

impl Comparison {
    /// The comparison that is written so. As in apk, the order of the characters says nothing.
    fn parse(operator: &str) -> Option<Self> {
        let has = |character| operator.contains(character);
        if operator.len() > 3 {
            return None;
        }
        Some(match (has('<'), has('='), has('>'), has('~')) {
            (true, false, false, false) => Self::Less,
            (true, true, false, false) => Self::LessOrEqual,
            (false, true, false, false) => Self::Equal,
            (false, true, true, false) => Self::GreaterOrEqual,
            (false, false, true, false) => Self::Greater,
            (false, _, false, true) => Self::Prefix,
            (true, _, false, true) => Self::LessOrPrefix,
            (false, _, true, true) => Self::GreaterOrPrefix,
            (true, false, true, false) => Self::Identity,
            _ => return None,
        })
    }

    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Equal | Self::AnyRevision => "=",
            Self::GreaterOrEqual => ">=",
            Self::Greater => ">",
            Self::Prefix => "~",
            Self::LessOrPrefix => "<~",
            Self::GreaterOrPrefix => ">~",
            Self::Identity => "><",
        }
    }
}

/// Names of packages, `so:libc.so.6`, `cmd:[`, `/bin/sh`: what is printed and ends neither a list nor a name.
fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'!' | b'@' | b'<' | b'=' | b'>' | b'~')
}

/// Whether a package can have this name, which is part of its file name.
pub(super) fn is_package_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.' | b'_');
    !name.is_empty() && name.len() <= 255 && !name.starts_with(['-', '.']) && name.bytes().all(allowed)
}

impl fmt::Display for Constraint<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.comparison.as_str(), self.version)
    }
}

impl fmt::Display for Dependency<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.is_conflict { "!" } else { "" }, self.name)?;
        if let Some(tag) = self.tag {
            write!(f, "@{tag}")?;
        }
        self.constraint.map_or(Ok(()), |constraint| constraint.fmt(f))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_are_written_as_they_are_read() {
        for text in [
            "a",
            "!a",
            "a=1",
            "a<1",
            "a<=1.2-r0",
            "a>=1",
            "a>1",
            "a~1.2",
            "a>~1",
            "a<~1",
            "!a<2",
            "a><Q1AAAA",
            "so:libc.musl-x86_64.so.1",
            "cmd:[=1.37.0-r30",
            "/bin/sh",
            "py3.12:foo[extra]=1",
        ] {
            assert_eq!(Dependency::parse(text).map(|read| read.to_string()), Ok(text.to_owned()));
        }
        assert_eq!(Dependency::parse("a~=1").map(|read| read.to_string()), Ok("a~1".to_owned()));
        assert_eq!(Dependency::parse("a=~1").map(|read| read.to_string()), Ok("a~1".to_owned()));
    }

    #[test]
    fn a_tag_stands_before_the_operator() {
        let read = Dependency::parse_with_tag("a@edge=1").unwrap();
        assert_eq!((read.name, read.tag), ("a", Some("edge")));
        assert_eq!(Dependency::parse("a@edge"), Err(InvalidDependency::Tag("a@edge".to_owned())));
        assert_eq!(Dependency::parse_with_tag("a@"), Err(InvalidDependency::Tag("a@".to_owned())));
        assert_eq!(Dependency::parse_with_tag("!a@t"), Err(InvalidDependency::Tag("!a@t".to_owned())));
    }

    #[test]
    fn texts_outside_the_grammar_are_refused() {
        let text = str::to_owned;
        assert_eq!(Dependency::parse(""), Err(InvalidDependency::NoName(String::new())));
        assert_eq!(Dependency::parse("=1"), Err(InvalidDependency::NoName(text("=1"))));
        assert_eq!(Dependency::parse("a="), Err(InvalidDependency::NoVersion(text("a="))));
        assert_eq!(Dependency::parse("a=x"), Err(InvalidDependency::InvalidVersion(text("a=x"))));
        assert_eq!(Dependency::parse("a<=>1"), Err(InvalidDependency::UnknownOperator(text("a<=>1"))));
        assert_eq!(Dependency::parse("a b"), Err(InvalidDependency::Character(text("a b"))));
        assert_eq!(Dependency::parse("!!a"), Err(InvalidDependency::Character(text("!!a"))));
        assert_eq!(Dependency::parse("a\u{e9}"), Err(InvalidDependency::Character(text("a\u{e9}"))));
        assert_eq!(Dependency::parse(&"a".repeat(4097)), Err(InvalidDependency::TooLong(4097)));
    }

    #[test]
    fn constraints_accept_the_versions_that_they_name() {
        for (dependency, accepted, refused) in [
            ("a", "", "never"),
            ("a<1.3", "1.2.3-r1", "1.3-r0"),
            ("a<=1.2-r0", "1.2-r0", "1.2-r5"),
            ("a=1.2-r0", "1.2-r0", "1.2"),
            ("a>1.1", "1.1-r0", "1.1"),
            ("a~1.2", "1.2.3-r1", "1.3-r0"),
            ("a<~1.3", "1.3-r0", "1.4-r0"),
            ("a>~1.3", "1.3-r0", "1.2-r0"),
        ] {
            let dependency = Dependency::parse(dependency).unwrap();
            assert!(dependency.accepts(accepted, "Q1x"), "{dependency} {accepted}");
            assert!(refused == "never" || !dependency.accepts(refused, "Q1x"), "{dependency} {refused}");
        }
        let identity = Dependency::parse("a><Q1x").unwrap();
        assert!(identity.accepts("1", "Q1x") && !identity.accepts("1", "Q1y"));
    }

    #[test]
    fn a_name_without_a_version_is_below_every_version() {
        assert!(Dependency::parse("a<2").unwrap().accepts("", ""));
        assert!(!Dependency::parse("a>=0").unwrap().accepts("", ""));
    }

    #[test]
    fn provided_names_have_a_version_or_none() {
        assert_eq!(Dependency::parse_provided("so:x.so.1=1.2"), Ok(("so:x.so.1", "1.2")));
        assert_eq!(Dependency::parse_provided("/bin/sh"), Ok(("/bin/sh", "")));
        assert_eq!(Dependency::parse_provided("x=git"), Ok(("x", "git")));
        assert!(Dependency::parse_provided("=1").is_err() && Dependency::parse_provided("!a").is_err());
    }

    #[test]
    fn package_names_are_safe_in_paths() {
        for name in ["a", "g++", "libstdc++6.x-y_z", "7zip", "_x"] {
            assert!(is_package_name(name), "{name}");
        }
        for name in ["", ".", "..", ".hidden", "-x", "a/b", "a b", "a:b", "a\0"] {
            assert!(!is_package_name(name), "{name}");
        }
    }
}
