//! What the log proves about one signature: proven, absent, unknown or skipped.

use jiff::Timestamp;

/// What the log proves about one signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogProof(pub(in crate::trust) LogOutcome);

/// The outcome for the log entries that came with a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::trust) enum LogOutcome {
    /// A log of the trusted root signed the entry, and the entry is that of this signature.
    Proven {
        /// The log's URL.
        log: String,
        /// Index in the log.
        index: u64,
        /// When the log integrated it. Absent if the proof does not cover a time.
        time: Option<Timestamp>,
    },
    /// There is no entry.
    Absent,
    /// There is one that cannot be checked: of a log that is not in the trusted root, or of an unsupported form.
    Unknown {
        /// Why.
        cause: String,
    },
    /// The policy skips log proofs.
    Skipped {
        /// Whether there is an entry.
        present: bool,
    },
}

impl LogProof {
    /// Whether a log of the trusted root signed the entry, and the entry is that of this signature.
    pub fn is_proven(&self) -> bool {
        matches!(self.0, LogOutcome::Proven { .. })
    }

    /// The URL of the log that proves it.
    pub fn log(&self) -> Option<&str> {
        match &self.0 {
            LogOutcome::Proven { log, .. } => Some(log),
            _ => None,
        }
    }

    /// The index of the proven entry in the log.
    pub fn index(&self) -> Option<u64> {
        match self.0 {
            LogOutcome::Proven { index, .. } => Some(index),
            _ => None,
        }
    }

    /// The time of the signature, if the log proves it.
    pub fn time(&self) -> Option<Timestamp> {
        match self.0 {
            LogOutcome::Proven { time, .. } => time,
            _ => None,
        }
    }

    /// Why an entry cannot be checked.
    pub fn cause(&self) -> Option<&str> {
        match &self.0 {
            LogOutcome::Unknown { cause } => Some(cause),
            _ => None,
        }
    }

    /// Whether there is an entry, if the policy skips log proofs.
    pub fn skipped(&self) -> Option<bool> {
        match self.0 {
            LogOutcome::Skipped { present } => Some(present),
            _ => None,
        }
    }

    /// One word for tables and reports.
    pub fn as_str(&self) -> &'static str {
        match self.0 {
            LogOutcome::Proven { .. } => "proven",
            LogOutcome::Absent => "absent",
            LogOutcome::Unknown { .. } => "unknown",
            LogOutcome::Skipped { .. } => "skipped",
        }
    }
}
