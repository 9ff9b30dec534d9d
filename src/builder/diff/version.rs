//! The order of package versions, to tell an upgrade from a downgrade.

use std::cmp::Ordering;

/// Compares two versions of one package.
///
/// This is the order of Debian: epoch, then digits by number and other text by character, where `~` is before the end.
/// The suffixes of Alpine that come before a release (`_rc` and the like) are read as `~`.
pub(super) fn compare(one: &str, other: &str) -> Ordering {
    let (one, other) = (prepared(one), prepared(other));
    let ((epoch, one), (other_epoch, other)) = (epoch(&one), epoch(&other));
    epoch.cmp(&other_epoch).then_with(|| parts(one, other))
}

fn prepared(version: &str) -> String {
    let mut version = version.trim_start_matches('~').to_owned();
    for suffix in ["_alpha", "_beta", "_pre", "_rc"] {
        version = version.replace(suffix, &suffix.replace('_', "~"));
    }
    version
}

fn epoch(version: &str) -> (u64, &str) {
    match version.split_once(':') {
        Some((epoch, rest)) if epoch.bytes().all(|byte| byte.is_ascii_digit()) => {
            (epoch.parse().unwrap_or(u64::MAX), rest)
        }
        _ => (0, version),
    }
}

fn parts(one: &str, other: &str) -> Ordering {
    let (mut one, mut other) = (one, other);
    while !(one.is_empty() && other.is_empty()) {
        let (text, other_text);
        (text, one) = split(one, |c| !c.is_ascii_digit());
        (other_text, other) = split(other, |c| !c.is_ascii_digit());
        let order = text_order(text, other_text);
        if order != Ordering::Equal {
            return order;
        }
        let (digits, other_digits);
        (digits, one) = split(one, |c| c.is_ascii_digit());
        (other_digits, other) = split(other, |c| c.is_ascii_digit());
        let order = number_order(digits, other_digits);
        if order != Ordering::Equal {
            return order;
        }
    }
    Ordering::Equal
}

fn split(text: &str, is_part: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !is_part(c)).unwrap_or(text.len()))
}

fn text_order(one: &str, other: &str) -> Ordering {
    let rank = |c: Option<char>| match c {
        Some('~') => -1,
        None => 0,
        Some(c) if c.is_ascii_alphabetic() => i64::from(u32::from(c)),
        Some(c) => i64::from(u32::from(c)) + 0x11_0000,
    };
    let (mut one, mut other) = (one.chars(), other.chars());
    loop {
        let (c, d) = (one.next(), other.next());
        match rank(c).cmp(&rank(d)) {
            Ordering::Equal if c.is_none() && d.is_none() => return Ordering::Equal,
            Ordering::Equal => {}
            order => return order,
        }
    }
}

fn number_order(one: &str, other: &str) -> Ordering {
    let (one, other) = (one.trim_start_matches('0'), other.trim_start_matches('0'));
    one.len().cmp(&other.len()).then_with(|| one.cmp(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_as_package_managers_do() {
        for (older, newer) in [
            ("1.9", "1.10"),
            ("1.0~rc1", "1.0"),
            ("1.0_rc1", "1.0-r0"),
            ("1.0-r1", "1.0-r2"),
            ("9.0", "1:1.0"),
            ("6:7.2.16-1rl1~trixie1", "6:7.4.0-1rl1~trixie1"),
            ("3.0.9", "3.0.16-1~deb13u1"),
            ("1.37.0_git20260701", "1.37.0_git20260817-r32"),
            ("1.0a", "1.0b"),
            ("2.0", "2.0+dfsg"),
            ("20250101", "20260611"),
        ] {
            assert_eq!(compare(older, newer), Ordering::Less, "{older} {newer}");
            assert_eq!(compare(newer, older), Ordering::Greater, "{newer} {older}");
            assert_eq!(compare(newer, newer), Ordering::Equal, "{newer}");
        }
        assert_eq!(compare("1.01", "1.1"), Ordering::Equal);
    }
}
