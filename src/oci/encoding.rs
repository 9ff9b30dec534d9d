//! Recognises text encodings other than plain UTF-8, as editors and shells of Windows write them, so that errors can
//! name the encoding.

use std::fmt;

use crate::diagnostic::{Remedy, TextEncoding};

/// The encoding of a text that is not plain UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Encoding {
    /// UTF-8 with a byte order mark.
    MarkedUtf8,
    /// UTF-16, by its byte order mark.
    Utf16,
    /// UTF-16 in little endian, without a mark.
    Utf16Little,
    /// UTF-16 in big endian, without a mark.
    Utf16Big,
    /// UTF-32, by its byte order mark.
    Utf32,
}

impl Encoding {
    /// The encoding of a text that begins with a byte order mark, or whose first ASCII character has a zero byte.
    /// `None` for everything else.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xef, 0xbb, 0xbf, ..] => Some(Self::MarkedUtf8),
            [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Some(Self::Utf32),
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some(Self::Utf16),
            [1..0x80, 0, 1..=0xff, ..] => Some(Self::Utf16Little),
            [0, 1..0x80, 0, 1..=0xff, ..] => Some(Self::Utf16Big),
            _ => None,
        }
    }

    /// The remedy for a file in this encoding. `origin` is the name of the file in errors.
    pub fn remedy(self, origin: &str) -> Remedy {
        let path = origin.strip_prefix('`').and_then(|rest| rest.strip_suffix('`'));
        let path = path.filter(|path| !path.contains("://")).map(str::to_owned);
        let encoding = match self {
            Self::MarkedUtf8 => TextEncoding::MarkedUtf8,
            Self::Utf16 => TextEncoding::Iconv("UTF-16"),
            Self::Utf16Little => TextEncoding::Iconv("UTF-16LE"),
            Self::Utf16Big => TextEncoding::Iconv("UTF-16BE"),
            Self::Utf32 => TextEncoding::Iconv("UTF-32"),
        };
        Remedy::ConvertText { path, encoding }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MarkedUtf8 => "UTF-8 with a byte order mark",
            Self::Utf16 | Self::Utf16Little | Self::Utf16Big => "UTF-16",
            Self::Utf32 => "UTF-32",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_recognised_by_their_first_bytes() {
        let utf16 = |text: &str, bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
            text.encode_utf16().flat_map(bytes).collect()
        };
        for (bytes, encoding) in [
            (utf16("\u{feff}{}", u16::to_le_bytes), Some(Encoding::Utf16)),
            (utf16("\u{feff}{}", u16::to_be_bytes), Some(Encoding::Utf16)),
            (utf16("{}", u16::to_le_bytes), Some(Encoding::Utf16Little)),
            (utf16("{}", u16::to_be_bytes), Some(Encoding::Utf16Big)),
            ("\u{feff}{}".as_bytes().to_vec(), Some(Encoding::MarkedUtf8)),
            (vec![0xff, 0xfe, 0, 0, b'{', 0, 0, 0], Some(Encoding::Utf32)),
            (b"{}".to_vec(), None),
            (b"".to_vec(), None),
            (b"{\0\0\0".to_vec(), None),
            ("é{}".as_bytes().to_vec(), None),
            (vec![0xff], None),
        ] {
            assert_eq!(Encoding::of(&bytes), encoding, "{bytes:?}");
        }
    }
}
