//! Versions of Debian packages: `[EPOCH:]UPSTREAM[-REVISION]`, in the order of deb-version(7).
//!
//! What is refused is what `dpkg` refuses. It only warns of a version that begins with a letter, and so does nobody
//! here: repositories have such versions.

use std::cmp::Ordering;

/// A version, split into its parts. It borrows its text, so comparing costs no allocation.
///
/// Versions that are written differently can be equal: `1.0` and `0:1.0-0`.
#[derive(Clone, Copy, Debug)]
pub struct Version<'a> {
    epoch: u32,
    upstream: &'a str,
    revision: &'a str,
}

/// Why a text is not a version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidVersion {
    /// Nothing, or nothing after the epoch.
    #[error("version is empty")]
    Empty,
    /// Something else than a number before the first `:`.
    #[error("epoch of the version `{0}` is not a number up to 2147483647")]
    Epoch(String),
    /// Nothing after the last `-`.
    #[error("version `{0}` has nothing after its last `-`")]
    EmptyRevision(String),
    /// A space, a control character or one outside ASCII.
    #[error("version `{version}` contains {found:?}")]
    Character {
        /// The version.
        version: String,
        /// The character.
        found: char,
    },
}

impl<'a> Version<'a> {
    /// Splits a version.
    ///
    /// # Errors
    ///
    /// Where `dpkg` would not take it.
    pub fn parse(text: &'a str) -> Result<Self, InvalidVersion> {
        if let Some(found) = text.chars().find(|c| !c.is_ascii_graphic()) {
            return Err(InvalidVersion::Character { version: text.to_owned(), found });
        }
        let (epoch, rest) = match text.split_once(':') {
            None => (0, text),
            Some((epoch, rest)) => {
                (parse_epoch(epoch).ok_or_else(|| InvalidVersion::Epoch(text.to_owned()))?, rest)
            }
        };
        let (upstream, revision) = match rest.rsplit_once('-') {
            None => (rest, ""),
            Some((_, "")) => return Err(InvalidVersion::EmptyRevision(text.to_owned())),
            Some((upstream, revision)) => (upstream, revision),
        };
        if upstream.is_empty() {
            return Err(InvalidVersion::Empty);
        }
        Ok(Self { epoch, upstream, revision })
    }

    /// Splits a version that was checked when its index was read. A text that is none compares as if it had no epoch
    /// and no revision.
    pub(super) fn checked(text: &'a str) -> Self {
        Self::parse(text).unwrap_or(Self { epoch: 0, upstream: text, revision: "" })
    }
}

/// The order of two versions that were checked when their index was read.
pub(super) fn compare(one: &str, other: &str) -> Ordering {
    if one == other { Ordering::Equal } else { Version::checked(one).cmp(&Version::checked(other)) }
}

fn parse_epoch(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|epoch| digits && i32::try_from(*epoch).is_ok())
}

impl Ord for Version<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.epoch
            .cmp(&other.epoch)
            .then_with(|| compare_parts(self.upstream.as_bytes(), other.upstream.as_bytes()))
            .then_with(|| compare_parts(self.revision.as_bytes(), other.revision.as_bytes()))
    }
}

impl PartialOrd for Version<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Version<'_> {}

/// Compares by turns a run of other characters and a number.
fn compare_parts(mut one: &[u8], mut other: &[u8]) -> Ordering {
    loop {
        let (one_word, one_rest) = split_run(one, |byte| !byte.is_ascii_digit());
        let (other_word, other_rest) = split_run(other, |byte| !byte.is_ascii_digit());
        let (one_number, one_rest) = split_run(one_rest, u8::is_ascii_digit);
        let (other_number, other_rest) = split_run(other_rest, u8::is_ascii_digit);
        let order =
            compare_words(one_word, other_word).then_with(|| compare_numbers(one_number, other_number));
        if order.is_ne() || (one_rest.is_empty() && other_rest.is_empty()) {
            return order;
        }
        (one, other) = (one_rest, other_rest);
    }
}

fn split_run(text: &[u8], belongs: impl Fn(&u8) -> bool) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !belongs(byte)).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, &[]))
}

fn compare_words(one: &[u8], other: &[u8]) -> Ordering {
    let mut one = one.iter().copied();
    let mut other = other.iter().copied();
    loop {
        let (a, b) = (one.next(), other.next());
        if a.is_none() && b.is_none() {
            return Ordering::Equal;
        }
        // The end stands between `~` and everything else.
        let order = a.map_or(END, weight).cmp(&b.map_or(END, weight));
        if order.is_ne() {
            return order;
        }
    }
}

const END: u16 = 1;

/// `~` before the end of the text, then letters, then all others.
fn weight(byte: u8) -> u16 {
    match byte {
        b'~' => 0,
        letter if letter.is_ascii_alphabetic() => END + u16::from(letter),
        other => END + 256 + u16::from(other),
    }
}

/// Numbers of any length. No digits are zero.
fn compare_numbers(one: &[u8], other: &[u8]) -> Ordering {
    let (_, one) = split_run(one, |byte| *byte == b'0');
    let (_, other) = split_run(other, |byte| *byte == b'0');
    one.len().cmp(&other.len()).then_with(|| one.cmp(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(one: &str, other: &str) -> Ordering {
        Version::parse(one).unwrap().cmp(&Version::parse(other).unwrap())
    }

    #[test]
    fn order_is_that_of_deb_version() {
        let rising = [
            "0~",
            "0",
            "1.0~~",
            "1.0~~a",
            "1.0~",
            "1.0-0~",
            "1.0",
            "1.0-1",
            "1.0-1+b1",
            "1.0-1.1",
            "1.0-a",
            "1.0a",
            "1.0+dfsg-1",
            "1.0.1",
            "1.2",
            "1.10",
            "A1",
            "a1",
            "1:0.1",
        ];
        for pair in rising.windows(2) {
            assert_eq!(order(pair[0], pair[1]), Ordering::Less, "{pair:?}");
            assert_eq!(order(pair[1], pair[0]), Ordering::Greater, "{pair:?}");
        }
        assert_eq!(order("9:1", "10:0"), Ordering::Less);
    }

    #[test]
    fn different_texts_can_be_equal() {
        for (one, other) in [
            ("1.0", "0:1.0"),
            ("1.0", "1.0-0"),
            ("1.00", "1.0"),
            ("1.0-01", "1.0-1"),
            ("1", "1."),
            ("1", "1"),
        ] {
            let expected = if other == "1." { Ordering::Less } else { Ordering::Equal };
            assert_eq!(order(one, other), expected, "{one} {other}");
        }
    }

    #[test]
    fn long_numbers_do_not_overflow() {
        assert_eq!(order("1.99999999999999999999999", "1.100000000000000000000000"), Ordering::Less);
    }

    #[test]
    fn texts_that_are_no_versions_are_refused() {
        let text = |text: &str| text.to_owned();
        for (version, error) in [
            ("", InvalidVersion::Empty),
            ("1:", InvalidVersion::Empty),
            ("-1", InvalidVersion::Empty),
            (":1", InvalidVersion::Epoch(text(":1"))),
            ("a:1", InvalidVersion::Epoch(text("a:1"))),
            ("+1:1", InvalidVersion::Epoch(text("+1:1"))),
            ("2147483648:1", InvalidVersion::Epoch(text("2147483648:1"))),
            ("1.0-", InvalidVersion::EmptyRevision(text("1.0-"))),
            ("1 2", InvalidVersion::Character { version: text("1 2"), found: ' ' }),
            ("1é", InvalidVersion::Character { version: text("1é"), found: 'é' }),
        ] {
            assert_eq!(Version::parse(version).unwrap_err(), error);
        }
    }
}
