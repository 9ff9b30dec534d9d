//! Semantic versions, with or without a `v` before them, as OPA reads them.

use std::cmp::Ordering;

use regorus::Value;

/// A version without its build metadata.
struct Version<'a> {
    numbers: [i64; 3],
    /// The identifiers before the release; empty for a release.
    before: Vec<&'a str>,
}

impl<'a> Version<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let (text, build) = text.split_once('+').map_or((text, None), |(text, build)| (text, Some(build)));
        let (numbers, before) =
            text.split_once('-').map_or((text, None), |(text, before)| (text, Some(before)));
        let valid = |part: &str| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        if build.is_some_and(|build| !build.split('.').all(valid)) {
            return None;
        }
        let before: Vec<&str> = before.map(|before| before.split('.').collect()).unwrap_or_default();
        if !before.iter().all(|part| valid(part) && (!is_number(part) || has_no_leading_zero(part))) {
            return None;
        }
        let mut parts = numbers.split('.').map(|part| {
            let number = is_number(part) && has_no_leading_zero(part);
            number.then(|| part.parse::<i64>().ok())?
        });
        let numbers = [parts.next()??, parts.next()??, parts.next()??];
        parts.next().is_none().then_some(Self { numbers, before })
    }

    fn compare(&self, other: &Self) -> Ordering {
        self.numbers.cmp(&other.numbers).then_with(|| {
            match (self.before.is_empty(), other.before.is_empty()) {
                (true, true) => Ordering::Equal,
                (true, false) => Ordering::Greater,
                (false, true) => Ordering::Less,
                (false, false) => {
                    let mut pairs =
                        self.before.iter().zip(&other.before).map(|(one, other)| identifiers(one, other));
                    let unequal = pairs.find(|order| order.is_ne());
                    unequal.unwrap_or_else(|| self.before.len().cmp(&other.before.len()))
                }
            }
        })
    }
}

fn is_number(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())
}

fn has_no_leading_zero(part: &str) -> bool {
    part.len() == 1 || !part.starts_with('0')
}

/// Numbers by size, before all others; others by their bytes.
fn identifiers(one: &str, other: &str) -> Ordering {
    match (is_number(one), is_number(other)) {
        (true, true) => one.len().cmp(&other.len()).then_with(|| one.cmp(other)),
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (false, false) => one.cmp(other),
    }
}

/// `semver.is_valid(value)`.
pub(super) fn is_valid(arguments: &[Value]) -> Option<Value> {
    let [value] = arguments else { return None };
    let valid = matches!(value, Value::String(text) if Version::parse(text).is_some());
    Some(Value::from(valid))
}

/// `semver.compare(one, other)`: -1, 0 or 1.
pub(super) fn compare(arguments: &[Value]) -> Option<Value> {
    let [Value::String(one), Value::String(other)] = arguments else { return None };
    let order = Version::parse(one)?.compare(&Version::parse(other)?);
    Some(Value::from(order as i64))
}
