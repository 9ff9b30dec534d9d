//! A time that is proven says by whom.

use jiff::Timestamp;

/// A time at which a signature is proven to have existed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProvenTime {
    pub(super) time: Timestamp,
    pub(super) by: TimeSource,
}

impl ProvenTime {
    /// The time.
    pub fn time(&self) -> Timestamp {
        self.time
    }

    /// Who proves it.
    pub fn by(&self) -> TimeSource {
        self.by
    }
}

/// Who proves a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TimeSource {
    /// A transparency log, with its signed entry timestamp.
    TransparencyLog,
    /// A timestamp authority.
    TimestampAuthority,
}

impl TimeSource {
    /// The word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TransparencyLog => "log",
            Self::TimestampAuthority => "timestamp-authority",
        }
    }
}
