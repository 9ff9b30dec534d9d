//! Encodings of texts. A decoder has no answer for bytes that are not UTF-8: a text of the engine cannot hold them.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use regorus::Value;

/// As in Go: padding is required, and the bits after the last byte may be set.
const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::RequireCanonical)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// `base64.decode(text)`.
pub(super) fn base64_decode(arguments: &[Value]) -> Option<Value> {
    let [Value::String(text)] = arguments else { return None };
    utf8(decoded(&STANDARD, text)?)
}

/// `base64.is_valid(value)`.
pub(super) fn base64_is_valid(arguments: &[Value]) -> Option<Value> {
    let [value] = arguments else { return None };
    let valid = matches!(value, Value::String(text) if decoded(&STANDARD, text).is_some());
    Some(Value::from(valid))
}

/// `base64url.decode(text)`: padded or not.
pub(super) fn base64url_decode(arguments: &[Value]) -> Option<Value> {
    let [Value::String(text)] = arguments else { return None };
    utf8(decoded(&URL_SAFE, &padded(text)?)?)
}

/// A base64url text with its padding.
fn padded(text: &str) -> Option<String> {
    let mut text = text.to_owned();
    if !text.ends_with('=') {
        match text.len() % 4 {
            0 => {}
            2 => text.push_str("=="),
            3 => text.push('='),
            _ => return None,
        }
    }
    Some(text)
}

/// Line breaks are ignored.
fn decoded(engine: &GeneralPurpose, text: &str) -> Option<Vec<u8>> {
    let text: String = text.chars().filter(|character| !matches!(character, '\r' | '\n')).collect();
    engine.decode(text).ok()
}

/// Whether the answer to a call of a decoder is bytes that are not UTF-8.
pub(super) fn decodes_to_bytes(name: &str, arguments: &[Value]) -> bool {
    let [Value::String(text)] = arguments else { return false };
    let bytes = match name {
        "base64.decode" => decoded(&STANDARD, text),
        "base64url.decode" => padded(text).and_then(|text| decoded(&URL_SAFE, &text)),
        "hex.decode" => hex_bytes(text),
        "urlquery.decode" => unescaped(text),
        _ => None,
    };
    bytes.is_some_and(|bytes| std::str::from_utf8(&bytes).is_err())
}

fn utf8(bytes: Vec<u8>) -> Option<Value> {
    String::from_utf8(bytes).ok().map(Value::from)
}

/// `hex.decode(text)`.
pub(super) fn hex_decode(arguments: &[Value]) -> Option<Value> {
    let [Value::String(text)] = arguments else { return None };
    utf8(hex_bytes(text)?)
}

fn hex_bytes(text: &str) -> Option<Vec<u8>> {
    let digits = text.chars().map(|digit| digit.to_digit(16)).collect::<Option<Vec<u32>>>()?;
    let pairs = digits.chunks(2).map(|pair| match pair {
        [high, low] => u8::try_from(high * 16 + low).ok(),
        _ => None,
    });
    pairs.collect()
}

/// `urlquery.encode(text)`, as Go's `url.QueryEscape`.
pub(super) fn urlquery_encode(arguments: &[Value]) -> Option<Value> {
    let [Value::String(text)] = arguments else { return None };
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(char::from(byte));
            }
            b' ' => encoded.push('+'),
            _ => write!(encoded, "%{byte:02X}").ok()?,
        }
    }
    Some(Value::from(encoded))
}

/// `urlquery.decode(text)`, as Go's `url.QueryUnescape`.
pub(super) fn urlquery_decode(arguments: &[Value]) -> Option<Value> {
    let [Value::String(text)] = arguments else { return None };
    utf8(unescaped(text)?)
}

fn unescaped(text: &str) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let pair = [bytes.next()?, bytes.next()?];
                hex_bytes(std::str::from_utf8(&pair).ok()?)?.first().copied()?
            }
            _ => byte,
        });
    }
    Some(decoded)
}

/// `crypto.sha256(text)`, in hex digits.
pub(super) fn sha256(arguments: &[Value]) -> Option<Value> {
    let [Value::String(text)] = arguments else { return None };
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    let mut hex = String::with_capacity(64);
    for byte in digest.as_ref() {
        write!(hex, "{byte:02x}").ok()?;
    }
    Some(Value::from(hex))
}
