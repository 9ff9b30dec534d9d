//! The frame of a cleartext signed message.
//!
//! Invariant: the frame is read in one way only. What programs could read differently (unsigned text beside the message,
//! unescaped dashes, carriage returns within lines, other headers than `Hash`) is refused.
//!
//! Source: RFC 9580, section 7.

use pgp::crypto::hash::HashAlgorithm;

use super::armor::delimiter;
use super::error::{Error, FramingError};

const MESSAGE: &str = "PGP SIGNED MESSAGE";
const SIGNATURE: &str = "PGP SIGNATURE";

/// A cleartext signed message, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cleartext<'a> {
    /// The text that the signatures are about: escapes and white space at the ends of lines removed, each line ended by a
    /// line feed.
    pub(super) text: String,
    /// The armored signatures.
    pub(super) signatures: &'a str,
    /// The number of the first line of `signatures`.
    pub(super) signature_line: usize,
}

impl<'a> Cleartext<'a> {
    /// Takes `message` apart. The signatures are not verified.
    ///
    /// # Errors
    ///
    /// [`Error::NotSigned`] if it has no frame, [`Error::Framing`] if the frame is damaged or ambiguous.
    pub(super) fn read(message: &'a str) -> Result<Self, Error> {
        let mut lines = Lines { rest: message, number: 0 };
        lines.skip_to_message(message)?;
        loop {
            let line = lines.next_line(FramingError::Header)?;
            if line.is_empty() {
                break;
            }
            let is_hash = line.strip_prefix("Hash:").is_some_and(|names| names.split(',').all(is_hash_name));
            if !is_hash {
                return Err(lines.wrong(FramingError::Header));
            }
        }
        let mut text = String::new();
        let (signatures, signature_line) = loop {
            let here = lines.rest;
            let line = lines.next_line(FramingError::NoSignature)?;
            let line = match line.strip_prefix('-') {
                None => line,
                Some(escaped) => match escaped.strip_prefix(' ') {
                    Some(line) => line,
                    None if delimiter(line.trim_ascii_end(), "BEGIN ") == Some(SIGNATURE) => {
                        break (here, lines.number);
                    }
                    None => return Err(lines.wrong(FramingError::Dash)),
                },
            };
            text.push_str(line.trim_end_matches([' ', '\t']));
            text.push('\n');
        };
        let length = signatures.len();
        while delimiter(lines.next_line(FramingError::NoEnd)?.trim_ascii_end(), "END ") != Some(SIGNATURE) {}
        let after = lines.rest;
        if !after.trim_ascii().is_empty() {
            lines.skip_blank();
            return Err(lines.wrong(FramingError::TextAfter));
        }
        let signatures = signatures.get(..length - after.len()).unwrap_or_default();
        Ok(Self { text, signatures, signature_line })
    }
}

/// Whether it is the name of a hash. The signatures tell which of them counts, so nothing follows from the name.
fn is_hash_name(name: &str) -> bool {
    name.trim_matches(' ').parse::<HashAlgorithm>().is_ok()
}

/// Returns `text` with line feeds at the ends of its lines alone.
///
/// # Errors
///
/// [`Error::Framing`] for a carriage return within a line.
pub(super) fn with_line_feeds(text: &str) -> Result<String, Error> {
    let mut result = String::with_capacity(text.len());
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let (line, end) = match line.strip_suffix('\n') {
            Some(line) => (line.strip_suffix('\r').unwrap_or(line), "\n"),
            None => (line, ""),
        };
        if line.contains('\r') {
            return Err(Error::Framing { line: index + 1, cause: FramingError::CarriageReturn });
        }
        result.push_str(line);
        result.push_str(end);
    }
    Ok(result)
}

/// The lines of a message, with the number of the last one that was taken.
struct Lines<'a> {
    rest: &'a str,
    number: usize,
}

impl<'a> Lines<'a> {
    fn wrong(&self, cause: FramingError) -> Error {
        Error::Framing { line: self.number, cause }
    }

    /// The next line without its end. `missing` is the cause if there is none.
    fn next_line(&mut self, missing: FramingError) -> Result<&'a str, Error> {
        if self.rest.is_empty() {
            return Err(self.wrong(missing));
        }
        let (line, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
        self.rest = rest;
        self.number += 1;
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.contains('\r') {
            return Err(self.wrong(FramingError::CarriageReturn));
        }
        Ok(line)
    }

    /// Takes the first line of the message, and empty lines before it.
    fn skip_to_message(&mut self, message: &str) -> Result<(), Error> {
        let is_begin = |line: &str| delimiter(line.trim_ascii_end(), "BEGIN ") == Some(MESSAGE);
        if !message.lines().any(is_begin) {
            return Err(Error::NotSigned);
        }
        loop {
            let line = self.next_line(FramingError::TextBefore)?;
            if is_begin(line) {
                return Ok(());
            }
            if !line.trim_ascii().is_empty() {
                return Err(self.wrong(FramingError::TextBefore));
            }
        }
    }

    /// Takes empty lines and the one after them.
    fn skip_blank(&mut self) {
        while let Ok(line) = self.next_line(FramingError::TextAfter) {
            if !line.trim_ascii().is_empty() {
                return;
            }
        }
    }
}
