//! The age of a document: the newest effective time of its statements.

use jiff::{SignedDuration, Timestamp};

use super::Document;

impl Document {
    /// The newest effective time of its statements. A time more than a day after `now` counts as none, so a document
    /// cannot stay new by a date in the future. `None`: no statement has a time.
    pub fn newest_time(&self, now: Timestamp) -> Option<Timestamp> {
        let last = now.saturating_add(SignedDuration::from_hours(24)).unwrap_or(Timestamp::MAX);
        self.statements.iter().filter_map(|statement| statement.timestamp).filter(|time| *time <= last).max()
    }
}
