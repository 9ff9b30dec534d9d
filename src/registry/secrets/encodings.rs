//! Decodes one position of a text: the byte itself, and the byte or character that it encodes in a URL, JSON, XML or
//! Markdown.

use std::fmt::Write as _;

use percent_encoding::percent_decode;

/// One possible meaning of a position in a text.
pub(super) struct Reading {
    /// One byte or the bytes of one character, in lower case.
    bytes: [u8; 4],
    pub(super) count: usize,
    /// The number of bytes in the text.
    pub(super) length: usize,
}

impl Reading {
    fn byte(byte: u8, length: usize) -> Self {
        Self { bytes: [byte.to_ascii_lowercase(), 0, 0, 0], count: 1, length }
    }

    fn char(c: char, length: usize) -> Self {
        let mut bytes = [0; 4];
        let count = c.to_ascii_lowercase().encode_utf8(&mut bytes).len();
        Self { bytes, count, length }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.count).unwrap_or_default()
    }
}

/// Whether an encoded byte or character can start with this byte.
pub(super) fn is_of_encoding(byte: u8) -> bool {
    b"%\\&+{}".contains(&byte)
}

/// All meanings of the text at `at`: the byte itself and, if it is encoded, the decoded one.
pub(super) fn readings(text: &[u8], at: usize) -> Vec<Reading> {
    let rest = text.get(at..).unwrap_or_default();
    let Some(first) = rest.first() else { return Vec::new() };
    let decoded = match first {
        b'%' => percent_encoded(rest),
        b'+' => Some(Reading::byte(b' ', 1)),
        b'\\' => escape(rest),
        b'&' => entity(rest),
        // The messages of SARIF double both.
        b'{' | b'}' if rest.get(1) == Some(first) => Some(Reading::byte(*first, 2)),
        _ => None,
    };
    [Reading::byte(*first, 1)].into_iter().chain(decoded).collect()
}

/// The byte that `%` and two hex digits encode.
fn percent_encoded(rest: &[u8]) -> Option<Reading> {
    let mut bytes = percent_decode(rest.get(..3)?);
    let decoded = bytes.next()?;
    bytes.next().is_none().then(|| Reading::byte(decoded, 3))
}

/// An escape with a backslash: of JSON, Markdown, or of control characters in this program's output.
fn escape(rest: &[u8]) -> Option<Reading> {
    let byte = match rest.get(1)? {
        b'u' if rest.get(2) == Some(&b'{') => {
            let braces = if rest.get(3) == Some(&b'{') { 2 } else { 1 };
            let end = rest.iter().take(11).position(|byte| *byte == b'}')?;
            return Some(Reading::char(
                char::from_u32(code_point(rest.get(2 + braces..end))?)?,
                end + braces,
            ));
        }
        b'u' => {
            let unit = code_point(rest.get(2..6))?;
            let low = code_point(rest.get(8..12)).filter(|_| rest.get(6..8) == Some(b"\\u"));
            return match (unit, low) {
                (0xd800..=0xdbff, Some(low @ 0xdc00..=0xdfff)) => {
                    let c = 0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
                    Some(Reading::char(char::from_u32(c)?, 12))
                }
                _ => Some(Reading::char(char::from_u32(unit)?, 6)),
            };
        }
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        b'b' => 8,
        b'f' => 12,
        next if next.is_ascii_punctuation() => *next,
        _ => return None,
    };
    Some(Reading::byte(byte, 2))
}

/// A character reference of XML, HTML or Markdown.
fn entity(rest: &[u8]) -> Option<Reading> {
    let end = rest.iter().take(10).position(|byte| *byte == b';')?;
    let name = std::str::from_utf8(rest.get(1..end)?).ok()?;
    let c = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let number = name.strip_prefix('#')?;
            let number = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(number)?
        }
    };
    Some(Reading::char(c, end + 1))
}

/// The number in the hex digits of a character escape.
fn code_point(digits: Option<&[u8]>) -> Option<u32> {
    let digits = digits.filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))?;
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// The text as a JSON string of printable ASCII characters, without control characters.
pub(super) fn in_quotes(text: &str) -> String {
    let quoted = serde_json::to_string(text).unwrap_or_default();
    let mut ascii = String::with_capacity(quoted.len());
    for c in quoted.chars() {
        if c.is_ascii() && !c.is_ascii_control() {
            ascii.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(ascii, "\\u{unit:04x}");
            }
        }
    }
    ascii
}
