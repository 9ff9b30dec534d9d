//! Versions of Alpine packages: which texts are one, and their order.
//!
//! The order is that of apk 3: `DIGITS{.DIGITS}[LETTER]{_SUFFIX[DIGITS]}[~HASH][-rDIGITS]`. Where apk 2
//! differs (fields with leading zeros, `~HASH`), apk 3 is followed.
//!
//! An empty text stands for "no version", which a name has that a package provides without one. It is lower
//! than every version.

use std::cmp::Ordering;

/// One field of a version. The order of the variants is that of [`Field::rank`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field<'a> {
    First(u64),
    Number {
        digits: &'a str,
        value: u64,
    },
    Letter(u8),
    Suffix(Suffix),
    SuffixNumber(u64),
    Hash(&'a str),
    Revision(u64),
    End,
    /// What follows is not part of a version.
    Invalid,
}

/// A suffix after `_`. Those before [`Suffix::Cvs`] sort below the version without them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Suffix {
    Alpha,
    Beta,
    Pre,
    Rc,
    Cvs,
    Svn,
    Git,
    Hg,
    Patch,
}

impl Suffix {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "alpha" => Self::Alpha,
            "beta" => Self::Beta,
            "pre" => Self::Pre,
            "rc" => Self::Rc,
            "cvs" => Self::Cvs,
            "svn" => Self::Svn,
            "git" => Self::Git,
            "hg" => Self::Hg,
            "p" => Self::Patch,
            _ => return None,
        })
    }

    fn is_before_release(self) -> bool {
        self < Self::Cvs
    }
}

impl Field<'_> {
    /// Fields come in this order. Of two versions that are equal up to here, the one whose next field ranks
    /// lower is higher, since it goes on with more.
    fn rank(self) -> u8 {
        match self {
            Self::First(_) => 0,
            Self::Number { .. } => 1,
            Self::Letter(_) => 2,
            Self::Suffix(_) => 3,
            Self::SuffixNumber(_) => 4,
            Self::Hash(_) => 5,
            Self::Revision(_) => 6,
            Self::End => 7,
            Self::Invalid => 8,
        }
    }

    fn is_last(self) -> bool {
        matches!(self, Self::End | Self::Invalid)
    }

    /// Compares two fields of the same rank.
    fn compare(self, other: Self) -> Ordering {
        match (self, other) {
            (Self::Number { digits, value }, Self::Number { digits: other_digits, value: other_value }) => {
                // As text if one has a leading zero, so `1.02` is below `1.1`.
                if digits.starts_with('0') || other_digits.starts_with('0') {
                    digits.cmp(other_digits)
                } else {
                    value.cmp(&other_value)
                }
            }
            (Self::First(one), Self::First(other))
            | (Self::SuffixNumber(one), Self::SuffixNumber(other))
            | (Self::Revision(one), Self::Revision(other)) => one.cmp(&other),
            (Self::Letter(one), Self::Letter(other)) => one.cmp(&other),
            (Self::Suffix(one), Self::Suffix(other)) => one.cmp(&other),
            (Self::Hash(one), Self::Hash(other)) => one.cmp(other),
            _ => Ordering::Equal,
        }
    }
}

/// The fields of a version, one after the other. After the last one it gives that one again.
struct Fields<'a> {
    rest: &'a str,
    last: Option<Field<'a>>,
}

impl<'a> Fields<'a> {
    fn new(version: &'a str) -> Self {
        Self { rest: version, last: None }
    }

    fn advance(&mut self) -> Field<'a> {
        let field = match self.last {
            Some(last) if last.is_last() => last,
            Some(last) => self.after(last),
            None => self.digits().map_or(Field::Invalid, |(_, value)| Field::First(value)),
        };
        self.last = Some(field);
        field
    }

    fn after(&mut self, last: Field<'a>) -> Field<'a> {
        let Some(&first) = self.rest.as_bytes().first() else { return Field::End };
        let rank = last.rank();
        let field = match first {
            b'a'..=b'z' if rank < 2 => self.skip(1).map(|()| Field::Letter(first)),
            b'.' if rank < 2 => self
                .skip(1)
                .and_then(|()| self.digits())
                .map(|(digits, value)| Field::Number { digits, value }),
            b'0'..=b'9' if matches!(last, Field::Suffix(_)) => {
                self.digits().map(|(_, value)| Field::SuffixNumber(value))
            }
            b'_' if rank < 5 => self
                .skip(1)
                .and_then(|()| Suffix::parse(self.run(|byte| byte.is_ascii_lowercase())).map(Field::Suffix)),
            b'~' if rank < 5 => self.skip(1).and_then(|()| {
                let hash = self.run(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
                (!hash.is_empty()).then_some(Field::Hash(hash))
            }),
            b'-' if rank < 6 && self.rest.starts_with("-r") => {
                self.skip(2).and_then(|()| self.digits()).map(|(_, value)| Field::Revision(value))
            }
            _ => None,
        };
        field.unwrap_or(Field::Invalid)
    }

    fn skip(&mut self, bytes: usize) -> Option<()> {
        self.rest = self.rest.get(bytes..)?;
        Some(())
    }

    /// Takes the bytes at the front that `accepts` accepts.
    fn run(&mut self, accepts: impl Fn(u8) -> bool) -> &'a str {
        let end = self.rest.bytes().position(|byte| !accepts(byte)).unwrap_or(self.rest.len());
        let (run, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        self.rest = rest;
        run
    }

    /// Takes the digits at the front, at least one. Their number wraps around as it does in apk.
    fn digits(&mut self) -> Option<(&'a str, u64)> {
        let digits = self.run(|byte| byte.is_ascii_digit());
        let number = |value: u64, digit: u8| value.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
        (!digits.is_empty()).then(|| (digits, digits.bytes().fold(0, number)))
    }
}

/// Whether apk accepts `text` as a version.
pub fn is_valid(text: &str) -> bool {
    let mut fields = Fields::new(text);
    loop {
        match fields.advance() {
            Field::End => return true,
            Field::Invalid => return false,
            _ => {}
        }
    }
}

/// Compares two versions. Texts that are none compare up to where they stop being one.
pub fn compare(one: &str, other: &str) -> Ordering {
    order(one, other, false)
}

/// Compares a version with the beginning of one: `1.2.3-r1` equals the prefix `1.2`, but not the prefix
/// `1.20`.
pub fn compare_with_prefix(version: &str, prefix: &str) -> Ordering {
    order(version, prefix, true)
}

fn order(one: &str, other: &str, other_is_prefix: bool) -> Ordering {
    if one == other {
        return Ordering::Equal;
    }
    let (mut one, mut other) = (Fields::new(one), Fields::new(other));
    let (a, b) = loop {
        let (a, b) = (one.advance(), other.advance());
        if a.rank() != b.rank() || a.is_last() {
            break (a, b);
        }
        match a.compare(b) {
            Ordering::Equal => {}
            unequal => return unequal,
        }
    };
    if other_is_prefix && b == Field::End {
        return Ordering::Equal;
    }
    match (a, b) {
        (Field::Suffix(suffix), _) if suffix.is_before_release() => Ordering::Less,
        (_, Field::Suffix(suffix)) if suffix.is_before_release() => Ordering::Greater,
        _ => b.rank().cmp(&a.rank()),
    }
}

/// The version without its revision (`-rN`).
pub fn without_revision(version: &str) -> &str {
    match version.rsplit_once("-r") {
        Some((rest, digits)) if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            rest
        }
        _ => version,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_as_apk_3_does() {
        for (one, order, other) in [
            ("1.0", Ordering::Less, "1.0-r0"),
            ("1.0-r9", Ordering::Less, "1.0-r10"),
            ("1.0_alpha2", Ordering::Less, "1.0_rc1-r3"),
            ("1.0_rc1", Ordering::Less, "1.0"),
            ("1.0", Ordering::Less, "1.0_git20240101"),
            ("1.37.0-r32", Ordering::Less, "1.37.0_git20260817-r32"),
            ("1.0_p1", Ordering::Less, "1.0a"),
            ("1.0_git1_p2", Ordering::Less, "1.0_p1_git2"),
            ("1.00", Ordering::Greater, "1.0_rc1"),
            ("1.02", Ordering::Less, "1.020"),
            ("1.020", Ordering::Less, "1.1"),
            ("01", Ordering::Equal, "1"),
            ("1.0~abcdef12", Ordering::Greater, "1.0"),
            ("9e-r0", Ordering::Less, "10"),
            ("", Ordering::Less, "0"),
            ("", Ordering::Equal, ""),
        ] {
            assert_eq!(compare(one, other), order, "{one} {other}");
            assert_eq!(compare(other, one), order.reverse(), "{other} {one}");
        }
    }

    #[test]
    fn texts_that_are_no_version_are_known() {
        for valid in
            ["1", "1.0a", "1.0_alpha1_git20200101-r5", "1.0~abcdef12-r1", "2026b-r0", "99999999999999999999"]
        {
            assert!(is_valid(valid), "{valid}");
        }
        for invalid in [
            "",
            "a",
            "1.",
            ".1",
            "1..2",
            "1.0-",
            "1.0-r",
            "1.0-rx",
            "1.0_",
            "1.0_foo",
            "1.0-r1-r2",
            "1.0 ",
            "1:1.0",
            "1.0+b1",
            "1.0ab",
            "1.0a1",
            "1.0~",
            "1.0~XYZ",
            "1.0~ABC",
            "1.0_p1a",
            "1.0é",
        ] {
            assert!(!is_valid(invalid), "{invalid}");
        }
    }

    #[test]
    fn a_prefix_ends_where_a_field_ends() {
        assert_eq!(compare_with_prefix("1.2.3-r1", "1.2"), Ordering::Equal);
        assert_eq!(compare_with_prefix("1.2-r1", "1.2"), Ordering::Equal);
        assert_eq!(compare_with_prefix("1.20", "1.2"), Ordering::Greater);
        assert_eq!(compare_with_prefix("1.2", "1.2.3"), Ordering::Less);
        assert_eq!(compare_with_prefix("1.1", "1.2"), Ordering::Less);
        assert_eq!(compare_with_prefix("", "1.2"), Ordering::Less);
    }

    #[test]
    fn only_the_revision_is_cut() {
        assert_eq!(without_revision("20260611-r0"), "20260611");
        assert_eq!(without_revision("20260611"), "20260611");
        assert_eq!(without_revision("1.0-rx"), "1.0-rx");
        assert_eq!(without_revision("1.0-r"), "1.0-r");
    }
}
