//! State and validity period of a key. [`TrustedKey`](super::TrustedKey) checks them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Whether a key is active.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum KeyState {
    /// It counts within its window.
    Active,
    /// It never counts. A signature by it is reported as one by an inactive key.
    Inactive,
}

impl KeyState {
    /// The name in keyring files and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
        }
    }
}

/// The period in which a key is valid, both ends included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// The start; unlimited if absent.
    pub not_before: Option<Timestamp>,
    /// The end; unlimited if absent.
    pub not_after: Option<Timestamp>,
}

impl Window {
    /// Whether `time` is in the period.
    pub fn contains(&self, time: Timestamp) -> bool {
        self.not_before.is_none_or(|start| start <= time) && self.not_after.is_none_or(|end| time <= end)
    }
}
