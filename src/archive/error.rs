//! Errors of tar archives.

use std::io;

use crate::diagnostic::IoCause;
use crate::limits::Exceeded;

/// Why an archive cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TarError {
    /// It is not a tar archive, or is damaged or ambiguous.
    Refused(String),
    /// It is compressed. `command` decompresses it.
    Compressed {
        by: &'static str,
        command: &'static str,
    },
    Limit(Exceeded),
}

/// The cause of an archive that ends too early.
pub(super) const CUT_OFF: &str = "it is cut off";

impl TarError {
    /// The error for a failed read of a stream.
    pub(crate) fn in_stream(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => refused(CUT_OFF),
            _ => refused(IoCause(error).to_string()),
        }
    }
}

/// The error for a failed read of a file, whose length is known.
impl From<io::Error> for TarError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => refused("it changed while it was read"),
            _ => Self::Refused(IoCause(&error).to_string()),
        }
    }
}

pub(crate) fn refused(cause: impl Into<String>) -> TarError {
    TarError::Refused(cause.into())
}

pub(crate) fn at_byte(cause: &str, at: u64) -> TarError {
    refused(format!("{cause} (at byte {at})"))
}
