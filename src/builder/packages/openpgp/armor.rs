//! ASCII armor.
//!
//! The checksum at the end is not checked: RFC 9580 (section 6.1) forbids to refuse data for it, and signatures protect
//! what matters.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::error::{Error, FramingError};

/// Decodes every armored block in `text`, in order. Other lines between the blocks are passed over.
///
/// `kind` is the name between the dashes, such as `PGP SIGNATURE`. `first_line` is the number of the first line of `text`.
///
/// # Errors
///
/// [`Error::Framing`] for a block of another kind, without an end or with other data than base64;
/// [`Error::SecretKey`] for a private key.
pub(super) fn decode_blocks(text: &str, kind: &str, first_line: usize) -> Result<Vec<Vec<u8>>, Error> {
    let mut blocks = Vec::new();
    let mut lines = text.lines().enumerate().map(|(index, line)| (first_line + index, line.trim_ascii_end()));
    while let Some((number, line)) = lines.next() {
        let Some(name) = delimiter(line, "BEGIN ") else { continue };
        if name == "PGP PRIVATE KEY BLOCK" {
            return Err(Error::SecretKey);
        }
        if name != kind {
            return Err(Error::Framing { line: number, cause: FramingError::ArmorKind });
        }
        blocks.push(decode(&mut lines, kind, number)?);
    }
    Ok(blocks)
}

/// The name in a line such as `-----BEGIN PGP SIGNATURE-----`.
pub(super) fn delimiter<'a>(line: &'a str, word: &str) -> Option<&'a str> {
    line.strip_prefix("-----")?.strip_prefix(word)?.strip_suffix("-----")
}

/// Decodes the block after its first line, which has the number `begin`.
fn decode<'a>(
    lines: &mut impl Iterator<Item = (usize, &'a str)>,
    kind: &str,
    begin: usize,
) -> Result<Vec<u8>, Error> {
    let at = |line, cause| Error::Framing { line, cause };
    for (number, line) in lines.by_ref() {
        if line.is_empty() {
            break;
        }
        if !line.contains(':') {
            return Err(at(number, FramingError::ArmorHeader));
        }
    }
    let mut data = String::new();
    let mut is_done = false;
    for (number, line) in lines {
        if let Some(name) = delimiter(line, "END ") {
            if name != kind {
                return Err(at(number, FramingError::ArmorKind));
            }
            return STANDARD.decode(&data).map_err(|_| at(begin, FramingError::Base64));
        }
        // A line that begins with `=` is the checksum; base64 ends before it.
        if line.starts_with('=') && line.len() == 5 && !is_done {
            is_done = true;
        } else if is_done && !line.is_empty() {
            return Err(at(number, FramingError::Base64));
        } else {
            data.push_str(line);
        }
    }
    Err(at(begin, FramingError::NoEnd))
}
