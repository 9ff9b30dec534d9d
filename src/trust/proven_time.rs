//! Proven signing times, each with its source.

use jiff::Timestamp;

/// A time at which a signature is proven to have existed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProvenTime {
    pub(super) time: Timestamp,
    pub(super) source: TimeSource,
}

impl ProvenTime {
    /// The time.
    pub fn time(&self) -> Timestamp {
        self.time
    }

    /// What proves it.
    pub fn source(&self) -> TimeSource {
        self.source
    }
}

/// What proves a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TimeSource {
    /// A transparency log, by its signed entry timestamp.
    TransparencyLog,
    /// A timestamp authority.
    TimestampAuthority,
}

impl TimeSource {
    /// The name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TransparencyLog => "log",
            Self::TimestampAuthority => "timestamp-authority",
        }
    }
}
