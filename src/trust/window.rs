//! When a key counts, as values: the judgement is that of the keyring.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Whether a key still counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum State {
    /// It does, within its window.
    Active,
    /// It does not; a signature made with it is reported as such.
    Inactive,
}

impl State {
    /// The word in keyring files and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
        }
    }
}

/// The time in which a key counts; both ends are inside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// From when on.
    pub not_before: Option<Timestamp>,
    /// Until when.
    pub not_after: Option<Timestamp>,
}

impl Window {
    /// Whether `time` lies in it.
    pub fn contains(&self, time: Timestamp) -> bool {
        self.not_before.is_none_or(|start| start <= time) && self.not_after.is_none_or(|end| time <= end)
    }
}
