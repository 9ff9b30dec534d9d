//! White space, strings and numbers.

use std::borrow::Cow;

use super::{Fault, Kind, Reader};

/// Each byte of a word.
const EACH: u64 = 0x0101_0101_0101_0101;
/// The highest bit of each byte.
const HIGH: u64 = 0x8080_8080_8080_8080;

impl<'a> Reader<'a> {
    /// Reads a string.
    pub(in crate::vex) fn string(&mut self) -> Result<Cow<'a, str>, Fault> {
        self.skip_white_space();
        let start = self.at + 1;
        let has_escapes = self.check_string()?;
        let text = self.text.get(start..self.at - 1).unwrap_or_default();
        Ok(if has_escapes { Cow::Owned(unescaped(text)) } else { Cow::Borrowed(text) })
    }

    /// Checks a string, without reading it.
    pub(in crate::vex) fn skip_string(&mut self) -> Result<(), Fault> {
        self.skip_white_space();
        self.check_string().map(|_| ())
    }

    pub(super) fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Moves behind a byte, if it is the next one.
    pub(super) fn take(&mut self, byte: u8) -> bool {
        let is_next = self.byte() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    /// Moves behind a text, if it is the next one.
    pub(super) fn take_text(&mut self, text: &str) -> bool {
        let is_next =
            self.text.as_bytes().get(self.at..).is_some_and(|rest| rest.starts_with(text.as_bytes()));
        if is_next {
            self.at += text.len();
        }
        is_next
    }

    pub(super) fn skip_white_space(&mut self) {
        while matches!(self.byte(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    pub(super) fn skip_number(&mut self) -> Result<(), Fault> {
        let start = self.at;
        self.take(b'-');
        let is_number = (self.take(b'0') || self.skip_digits())
            && (!self.take(b'.') || self.skip_digits())
            && (!(self.take(b'e') || self.take(b'E')) || {
                let _ = self.take(b'+') || self.take(b'-');
                self.skip_digits()
            });
        if is_number
            && !matches!(self.byte(), Some(b'0'..=b'9' | b'.' | b'+' | b'-' | b'a'..=b'z' | b'A'..=b'Z'))
        {
            return Ok(());
        }
        Err(Fault::new(start, "this is not a number"))
    }

    fn skip_digits(&mut self) -> bool {
        let start = self.at;
        while matches!(self.byte(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at > start
    }

    /// Moves behind a string. Returns whether it has escapes.
    fn check_string(&mut self) -> Result<bool, Fault> {
        if !self.take(b'"') {
            return Err(self.expected_string());
        }
        let mut has_escapes = false;
        loop {
            self.at += plain(self.text.as_bytes().get(self.at..).unwrap_or_default());
            match self.byte() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(has_escapes);
                }
                Some(b'\\') => {
                    has_escapes = true;
                    self.skip_escape()?;
                }
                Some(_) => {
                    return Err(Fault::new(self.at, "a string has a control character that is not escaped"));
                }
                None => return Err(Fault::new(self.at, "the text ends within a string")),
            }
        }
    }

    fn expected_string(&mut self) -> Fault {
        let found = match self.kind() {
            Kind::Object => "an object",
            Kind::Array => "a list",
            Kind::Number => "a number",
            Kind::Bool => "true or false",
            Kind::Null => "null",
            Kind::String | Kind::None => return self.fault("expected a string"),
        };
        self.fault(format!("expected a string, found {found}"))
    }

    fn skip_escape(&mut self) -> Result<(), Fault> {
        let at = self.at;
        let rest = self.text.as_bytes().get(at + 1..).unwrap_or_default();
        let length = match rest.first() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 2,
            Some(b'u') => match code_unit(rest) {
                Some(0xd800..=0xdbff) => {
                    let low = rest.get(5..).and_then(|rest| rest.strip_prefix(b"\\"));
                    match low.and_then(code_unit) {
                        Some(0xdc00..=0xdfff) => 12,
                        _ => 0,
                    }
                }
                Some(0xdc00..=0xdfff) | None => 0,
                Some(_) => 6,
            },
            _ => 0,
        };
        if length == 0 {
            return Err(Fault::new(at, "a string has an escape that is not valid"));
        }
        self.at += length;
        Ok(())
    }
}

/// The code unit of an escape that begins with `u` and four hexadecimal digits.
fn code_unit(text: &[u8]) -> Option<u32> {
    let digits = text.strip_prefix(b"u")?.get(..4)?;
    digits.iter().try_fold(0, |value, digit| Some(value * 16 + char::from(*digit).to_digit(16)?))
}

/// How many bytes at the begin are neither `"` nor `\` nor control characters. Eight bytes are checked at once.
fn plain(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(chunk) = bytes.get(at..at + 8).and_then(|chunk| <[u8; 8]>::try_from(chunk).ok()) {
        let word = u64::from_le_bytes(chunk);
        // The lowest bit that is set is exact; higher ones can be wrong by a borrow.
        let zero_bytes = |word: u64| word.wrapping_sub(EACH) & !word & HIGH;
        let control = word.wrapping_sub(EACH * 0x20) & !word & HIGH;
        let found = zero_bytes(word ^ (EACH * 0x22)) | zero_bytes(word ^ (EACH * 0x5c)) | control;
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)).unwrap_or(rest.len())
}

/// The text of a string whose escapes are valid.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((plain, escape)) = rest.split_once('\\') {
        out.push_str(plain);
        let Some(kind) = escape.chars().next() else { break };
        rest = escape.get(kind.len_utf8()..).unwrap_or_default();
        let c = match kind {
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let high = code_unit(escape.as_bytes()).unwrap_or_default();
                rest = rest.get(4..).unwrap_or_default();
                let low = rest.strip_prefix('\\').and_then(|rest| code_unit(rest.as_bytes()));
                match (high, low) {
                    (0xd800..=0xdbff, Some(low @ 0xdc00..=0xdfff)) => {
                        rest = rest.get(6..).unwrap_or_default();
                        let code = 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                        char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
                    }
                    _ => char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER),
                }
            }
            other => other,
        };
        out.push(c);
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn strings_are_read_as_serde_json_reads_them(value in "(\\PC|[\"\\\\\n\u{0}\u{1f}\u{10ffff}]){0,40}", ascii in any::<bool>()) {
            let mut text = serde_json::to_string(&value).unwrap();
            if ascii {
                let escaped = text.encode_utf16().map(|unit| match u8::try_from(unit) {
                    Ok(byte) if byte.is_ascii() => char::from(byte).to_string(),
                    _ => format!("\\u{unit:04x}"),
                });
                text = escaped.collect();
            }
            let mut reader = Reader::new(&text);
            prop_assert_eq!(reader.string().unwrap(), value);
            prop_assert!(reader.is_at_end());
        }

        #[test]
        fn any_text_is_accepted_as_by_serde_json(text in "[\\[\\]{},:\"a\\\\u0d8c.+\\-19 n]{0,12}|\"[0-9a-z\\\\]{0,12}\"") {
            let mut reader = Reader::new(&text);
            let is_read = reader.skip().is_ok() && reader.is_at_end();
            let expected = serde_json::from_str::<serde_json::Value>(&text).is_ok();
            prop_assert!(is_read == expected || has_twice(&text), "{}", text);
        }
    }

    /// Whether the reader refuses the text only because a member occurs twice.
    fn has_twice(text: &str) -> bool {
        let mut reader = Reader::new(text);
        reader.skip().is_err_and(|fault| fault.cause.contains("occurs twice"))
    }
}
