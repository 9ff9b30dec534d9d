//! What the log proves of one signature is a value: proven, absent, not judged or not looked at.

use jiff::Timestamp;

/// What is known from the log about one signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogProof(pub(in crate::trust) Found);

/// What was found out about the entries that came with a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::trust) enum Found {
    /// A log of the trusted root signed the entry, and the entry is that of this signature.
    Proven {
        /// The log's URL.
        log: String,
        /// Index in the log.
        index: u64,
        /// When the log took it in. Absent where the proof does not cover a time.
        time: Option<Timestamp>,
    },
    /// There is no entry.
    Absent,
    /// There is one that cannot be judged: of a log that the trusted root does not hold, or of another form.
    Unknown {
        /// Why.
        cause: String,
    },
    /// It was not looked at.
    Skipped {
        /// Whether there is one.
        present: bool,
    },
}

impl LogProof {
    /// Whether a log of the trusted root signed the entry, and that is the entry of this signature.
    pub fn is_proven(&self) -> bool {
        matches!(self.0, Found::Proven { .. })
    }

    /// The URL of the log that proves it.
    pub fn log(&self) -> Option<&str> {
        match &self.0 {
            Found::Proven { log, .. } => Some(log),
            _ => None,
        }
    }

    /// The place of the proven entry in the log.
    pub fn index(&self) -> Option<u64> {
        match self.0 {
            Found::Proven { index, .. } => Some(index),
            _ => None,
        }
    }

    /// The time of the signature, where the log proves it.
    pub fn time(&self) -> Option<Timestamp> {
        match self.0 {
            Found::Proven { time, .. } => time,
            _ => None,
        }
    }

    /// Why an entry that is there cannot be judged.
    pub fn cause(&self) -> Option<&str> {
        match &self.0 {
            Found::Unknown { cause } => Some(cause),
            _ => None,
        }
    }

    /// Whether there is an entry, where nobody looked at it.
    pub fn skipped(&self) -> Option<bool> {
        match self.0 {
            Found::Skipped { present } => Some(present),
            _ => None,
        }
    }

    /// One word for tables and reports.
    pub fn as_str(&self) -> &'static str {
        match self.0 {
            Found::Proven { .. } => "proven",
            Found::Absent => "absent",
            Found::Unknown { .. } => "unknown",
            Found::Skipped { .. } => "skipped",
        }
    }
}
