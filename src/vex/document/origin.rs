//! A text with the name of its file, and the places in it.

use bytes::Bytes;

use crate::limits::Exceeded;
use crate::oci::Encoding;
use crate::vex::Error;
use crate::vex::json_reader::Fault;

/// The byte order mark of UTF-8, which editors of Windows write. It is not part of the text.
pub(in crate::vex) const MARK: &str = "\u{feff}";

/// A text with the name of its file.
pub(in crate::vex) struct Origin<'a> {
    name: &'a str,
    bytes: Bytes,
    text: &'a str,
}

impl<'a> Origin<'a> {
    /// A text in UTF-8. A byte order mark is left out.
    pub(in crate::vex) fn new(name: &'a str, bytes: &'a Bytes) -> Result<Self, Error> {
        if let Some(encoding) = Encoding::of(bytes).filter(|encoding| *encoding != Encoding::MarkedUtf8) {
            return Err(Error::Encoding { document: name.to_owned(), encoding });
        }
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let valid = bytes.get(..error.valid_up_to()).and_then(|valid| std::str::from_utf8(valid).ok());
            place(name, valid.unwrap_or_default(), "the text is not UTF-8".to_owned())
        })?;
        let text = text.strip_prefix(MARK).unwrap_or(text);
        Ok(Self { name, bytes: bytes.slice(bytes.len() - text.len()..), text })
    }

    /// The name as messages show it.
    pub(in crate::vex) fn name(&self) -> &'a str {
        self.name
    }

    /// The text.
    pub(in crate::vex) fn text(&self) -> &'a str {
        self.text
    }

    /// The bytes of the text.
    pub(in crate::vex) fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The error for a fault in the text.
    pub(in crate::vex) fn locate(&self, fault: Fault) -> Error {
        match fault.limit {
            Some(Exceeded { measured, limit }) => {
                Error::Limit(Exceeded { measured: format!("{}: {measured}", self.name), limit })
            }
            None => place(self.name, self.text.get(..fault.at).unwrap_or(self.text), fault.cause),
        }
    }

    /// The error for a text that is no VEX document.
    pub(in crate::vex) fn not_vex(&self, cause: impl Into<String>) -> Error {
        Error::Shape { document: self.name.to_owned(), cause: cause.into() }
    }
}

/// The error for a fault behind the text `before`.
fn place(name: &str, before: &str, cause: String) -> Error {
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Error::Document { document: name.to_owned(), line, column, cause }
}
