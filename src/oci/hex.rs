//! Lower-case hex digits, as in digests, key IDs and file names.

use std::fmt::Write;

/// Encodes each byte as two digits.
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The `N` bytes that `text` encodes. `None` if it has another length or anything but lower-case digits.
pub fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != N || !rest.is_empty() {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = value(*high)? << 4 | value(*low)?;
    }
    Some(bytes)
}

/// Whether `text` has only lower-case digits.
pub fn is_hex(text: &str) -> bool {
    text.bytes().all(is_digit)
}

/// Whether `byte` is a lower-case digit.
pub fn is_digit(byte: u8) -> bool {
    value(byte).is_some()
}

/// The value of a digit.
fn value(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_read_as_they_were_written() {
        let bytes: [u8; 256] = std::array::from_fn(|byte| u8::try_from(byte).unwrap());
        let text = encode(&bytes);
        assert!(text.starts_with("000102") && text.ends_with("fdfeff"), "{text}");
        assert_eq!(decode(&text), Some(bytes));
        assert!(is_hex(&text));
    }

    #[test]
    fn only_lower_case_digits_of_the_right_length_are_read() {
        for text in ["", "0", "000", "0000", "0g", "0A", "+1", " 1", "\u{660}"] {
            assert_eq!(decode::<1>(text), None, "{text}");
        }
        assert!(is_hex("") && is_hex("0f") && !is_hex("0F") && !is_hex("\u{660}"));
    }
}
