//! The types that YAML readers give to a scalar without quotes.

/// The type of a scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScalarType {
    /// A text.
    Text,
    /// Empty, `null` or `~`.
    Null,
    /// A boolean.
    Bool,
    /// A whole number.
    Int,
    /// A number with a fraction or an exponent.
    Float,
    /// A date or a time.
    Time,
    /// An indicator of YAML 1.1: `=` or `<<`.
    Indicator,
}

/// The types of a scalar for the readers of both versions of YAML. Quoted scalars are texts for both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScalarTypes {
    /// For readers of YAML 1.1, such as PyYAML and Go's `yaml.v2`, and for Go's `yaml.v3`, which keeps much of it.
    pub yaml_1_1: ScalarType,
    /// For readers of YAML 1.2 (core schema).
    pub yaml_1_2: ScalarType,
}

impl ScalarTypes {
    pub(super) const TEXT: Self = Self { yaml_1_1: ScalarType::Text, yaml_1_2: ScalarType::Text };

    /// The types of a scalar that is written without quotes and tag.
    pub fn of_plain(text: &str) -> Self {
        Self { yaml_1_1: yaml_1_1(text), yaml_1_2: yaml_1_2(text) }
    }

    /// Whether it is a text for every reader.
    pub fn is_text(self) -> bool {
        self == Self::TEXT
    }

    /// The type for every reader, if they agree.
    pub fn agreed(self) -> Option<ScalarType> {
        (self.yaml_1_1 == self.yaml_1_2).then_some(self.yaml_1_1)
    }
}

fn yaml_1_2(text: &str) -> ScalarType {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return ScalarType::Null,
        "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => return ScalarType::Bool,
        ".nan" | ".NaN" | ".NAN" => return ScalarType::Float,
        _ => {}
    }
    let unsigned = unsigned(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return ScalarType::Float;
    }
    let based = |prefix: &str, digit: fn(u8) -> bool| {
        text.strip_prefix(prefix).is_some_and(|digits| is_all(digits, digit))
    };
    if is_all(unsigned, is_digit) || based("0o", is_octal) || based("0x", |byte| byte.is_ascii_hexdigit()) {
        return ScalarType::Int;
    }
    let (number, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, Some(self::unsigned(exponent))),
        None => (unsigned, None),
    };
    let is_number = match number.split_once('.') {
        Some(("", fraction)) => is_all(fraction, is_digit),
        Some((whole, fraction)) => {
            is_all(whole, is_digit) && (fraction.is_empty() || is_all(fraction, is_digit))
        }
        None => is_all(number, is_digit),
    };
    match is_number && exponent.is_none_or(|digits| is_all(digits, is_digit)) {
        true => ScalarType::Float,
        false => ScalarType::Text,
    }
}

fn yaml_1_1(text: &str) -> ScalarType {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return ScalarType::Null,
        "true" | "True" | "TRUE" | "false" | "False" | "FALSE" | "yes" | "Yes" | "YES" | "no" | "No"
        | "NO" | "on" | "On" | "ON" | "off" | "Off" | "OFF" | "y" | "Y" | "n" | "N" => {
            return ScalarType::Bool;
        }
        "=" | "<<" => return ScalarType::Indicator,
        ".nan" | ".NaN" | ".NAN" => return ScalarType::Float,
        _ => {}
    }
    let unsigned = unsigned(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return ScalarType::Float;
    }
    if is_time(text) {
        return ScalarType::Time;
    }
    let is_part = |byte: u8| is_digit(byte) || byte == b'_';
    let based = |prefix: &str, digit: fn(u8) -> bool| {
        unsigned.strip_prefix(prefix).is_some_and(|digits| is_all(digits, |byte| digit(byte) || byte == b'_'))
    };
    // `0o` is of readers that also know the rest of YAML 1.1.
    let is_int = based("0b", |byte| matches!(byte, b'0' | b'1'))
        || based("0x", |byte| byte.is_ascii_hexdigit())
        || based("0o", is_octal)
        || based("0", is_octal)
        || unsigned == "0"
        || !unsigned.starts_with(['0', '_']) && is_all(unsigned, is_part);
    if is_int {
        return ScalarType::Int;
    }
    if let Some((first, rest)) = unsigned.split_once(':') {
        return sexagesimal(first, rest);
    }
    // An exponent has a sign, and a number with one has a point.
    let (number, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, exponent.strip_prefix(['-', '+'])),
        None => (unsigned, Some("0")),
    };
    let is_float = exponent.is_some_and(|digits| is_all(digits, is_digit))
        && number.split_once('.').is_some_and(|(whole, fraction)| match whole {
            "" => fraction.starts_with(|c: char| c.is_ascii_digit()) && is_all(fraction, is_part),
            _ => {
                whole.starts_with(|c: char| c.is_ascii_digit())
                    && is_all(whole, is_part)
                    && fraction.bytes().all(is_part)
            }
        });
    if is_float { ScalarType::Float } else { without_underscores(text) }
}

/// Numbers of Go, which removes underscores first: `0_8`, `1_0e5`.
fn without_underscores(text: &str) -> ScalarType {
    let is_begun = text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '-' | '+'));
    if !is_begun || !text.contains('_') {
        return ScalarType::Text;
    }
    match yaml_1_2(&text.replace('_', "")) {
        number @ (ScalarType::Int | ScalarType::Float) => number,
        _ => ScalarType::Text,
    }
}

/// Numbers to the base 60, such as `12:30` and `1:30.5`.
fn sexagesimal(first: &str, rest: &str) -> ScalarType {
    let is_part = |byte: u8| is_digit(byte) || byte == b'_';
    if !first.starts_with(|c: char| c.is_ascii_digit()) || !is_all(first, is_part) {
        return ScalarType::Text;
    }
    let (rest, fraction) = match rest.split_once('.') {
        Some((rest, fraction)) => (rest, Some(fraction)),
        None => (rest, None),
    };
    let is_sixtieth = |part: &str| match part.as_bytes() {
        [digit] => is_digit(*digit),
        [ten, digit] => (b'0'..=b'5').contains(ten) && is_digit(*digit),
        _ => false,
    };
    match (rest.split(':').all(is_sixtieth), fraction) {
        (true, None) => ScalarType::Int,
        (true, Some(fraction)) if fraction.bytes().all(is_part) => ScalarType::Float,
        _ => ScalarType::Text,
    }
}

/// `2026-05-11` and `2026-5-11`, also with a time behind it.
fn is_time(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let (Some(year), Some(month), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let length = rest.bytes().take_while(|byte| is_digit(*byte)).count();
    let (day, time) = rest.split_at(length);
    let is_short = |part: &str| matches!(part.len(), 1 | 2) && is_all(part, is_digit);
    if year.len() != 4 || !is_all(year, is_digit) || !is_short(month) || !is_short(day) {
        return false;
    }
    if time.is_empty() {
        return true;
    }
    let clock = time.strip_prefix(['T', 't']).unwrap_or_else(|| time.trim_start_matches([' ', '\t']));
    // Hour, minute and second, then a fraction and a zone.
    clock.len() < time.len()
        && clock.matches(':').count() >= 2
        && clock.starts_with(|c: char| c.is_ascii_digit())
        && clock.bytes().all(|byte| is_digit(byte) || b":.Z+- \t".contains(&byte))
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['-', '+']).unwrap_or(text)
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_digit()
}

fn is_octal(byte: u8) -> bool {
    (b'0'..=b'7').contains(&byte)
}

/// Whether a text has bytes, and all of them are of this kind.
fn is_all(text: &str, is_kind: impl Fn(u8) -> bool) -> bool {
    !text.is_empty() && text.bytes().all(is_kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_versions_type_plain_scalars() {
        use ScalarType::{Bool, Float, Indicator, Int, Null, Text, Time};
        for (texts, one, two) in [
            (&["", "~", "null", "NULL"][..], Null, Null),
            (&["true", "False"], Bool, Bool),
            (&["on", "Off", "yes", "NO", "y", "N"], Bool, Text),
            (&["0", "8080", "-1", "+5", "0755", "0x1F", "1234567890123456789012345678901234"], Int, Int),
            (&["08", "0999"], Text, Int),
            (&["1_000", "0b11", "12:30", "190:20:30", "-0x1F"], Int, Text),
            (&["0o17"], Int, Int),
            (&["3.10", "1.", "-.5", ".inf", "-.INF", ".nan", "1.5e+3"], Float, Float),
            (&["1e3", "1234e56", "1.5e3", ".5e3"], Text, Float),
            (&["1_0.5", "1:30.5", "1_0e5", "-1_0.5e3"], Float, Text),
            (&["0_8", "-_1"], Int, Text),
            (
                &[
                    "2026-05-11",
                    "2026-5-1",
                    "2026-12-1",
                    "2001-12-14t21:59:43.10-05:00",
                    "2001-12-14 21:59:43.10 -5",
                ],
                Time,
                Text,
            ),
            (&["=", "<<"], Indicator, Text),
            (
                &[
                    "26.8.0",
                    "2026-05-11-debian",
                    "3.9-alpine3.23",
                    "4510-4512",
                    "53/udp",
                    "1.2.3.4",
                    "v1",
                    "-",
                    ".",
                    "1a",
                    "e3",
                    "1e",
                    "0x",
                    "0o8",
                    "12:60",
                    ":1",
                    "1:",
                    "a:1",
                    "_1",
                    "+",
                    "trUe",
                    "nULL",
                    ".",
                    "..",
                    "1..2",
                    "0xg",
                    "-g",
                    "--",
                    "2026-05-11T",
                    "65532:65532",
                    "00:1a",
                    "1e+-3",
                ],
                Text,
                Text,
            ),
        ] {
            for text in texts {
                let found = ScalarTypes::of_plain(text);
                assert_eq!((found.yaml_1_1, found.yaml_1_2), (one, two), "{text}");
                assert_eq!(found.is_text(), one == Text && two == Text);
            }
        }
    }
}
