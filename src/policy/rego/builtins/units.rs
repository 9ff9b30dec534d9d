//! `units.*`: numbers with a unit, such as `10Ki`.

use regorus::Value;

use super::wide::{Wide, multiplied, power_is_over_limit};

/// The powers of 1000 and 1024.
const LETTERS: &str = "kmgtpe";

/// `units.parse(text)`: `m` is a thousandth, `M` a million.
pub(super) fn parse(arguments: &[Value]) -> Option<Value> {
    let [Value::String(text)] = arguments else { return None };
    let text = text.replace('"', "");
    let (number, unit) = split(&text)?;
    let (multiplier, divisor) = if unit == "m" {
        (1, 1000)
    } else {
        let mut letters = unit.chars();
        let first = letters.next().map(|letter| letter.to_ascii_lowercase().to_string()).unwrap_or_default();
        (multiplier(&format!("{first}{}", letters.as_str().to_lowercase()), false)?, 1)
    };
    Value::from_numeric_string(&multiplied(number, multiplier, divisor)?).ok()
}

/// `units.parse_bytes(text)`: whole bytes.
pub(super) fn parse_bytes(arguments: &[Value]) -> Option<Value> {
    let [Value::String(text)] = arguments else { return None };
    let text = text.to_lowercase().replace('"', "");
    let (number, unit) = split(&text)?;
    let multiplier = Wide::read(&multiplier(unit, true)?.to_string())?;
    let bytes = Wide::read(number)?.multiply(&multiplier).truncated();
    Value::from_numeric_string(&bytes.to_string()).ok()
}

/// Whether the power of ten of the number is over the limit.
pub(super) fn is_over_limit(text: &str) -> bool {
    let text = text.replace('"', "");
    split(&text).is_some_and(|(number, _)| power_is_over_limit(number))
}

/// The factor of a unit in lower case; with `bytes`, a `b` may follow.
fn multiplier(unit: &str, bytes: bool) -> Option<u64> {
    let unit = if bytes && unit.len() > 1 { unit.strip_suffix('b').unwrap_or(unit) } else { unit };
    let (letter, base): (&str, u64) = match unit.strip_suffix('i') {
        Some(letter) => (letter, 1024),
        None => (unit, 1000),
    };
    if unit.is_empty() {
        return Some(1);
    }
    let mut letters = letter.chars();
    let power =
        letters.next().and_then(|letter| LETTERS.find(letter)).filter(|_| letters.next().is_none())?;
    base.checked_pow(u32::try_from(power).ok()? + 1)
}

/// The number at the start of a text, and the unit after it.
fn split(text: &str) -> Option<(&str, &str)> {
    if text.contains(' ') {
        return None;
    }
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let next = bytes.get(at + 1);
        let sign = matches!(next, Some(b'+' | b'-'));
        match byte {
            b'0'..=b'9' | b'.' | b'+' | b'-' => {}
            b'e' | b'E' if sign => at += 1,
            b'e' | b'E' if next.is_some_and(u8::is_ascii_digit) => {}
            _ => break,
        }
        at += 1;
    }
    if at == 0 { None } else { text.split_at_checked(at) }
}
