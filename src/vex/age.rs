//! The times that count for statements and documents, and so their age.
//!
//! Invariant: a time more than a day ahead counts as none, so nothing stays new by a date in the future.

use jiff::{SignedDuration, Timestamp};

use super::{Document, Statement};

/// How far in the future a time may be before it counts as none: clocks and time zones differ.
const AHEAD: SignedDuration = SignedDuration::from_hours(24);

impl Statement {
    /// The time that counts for it at the time `now`. `None` is the oldest.
    pub fn effective_time(&self, now: Timestamp) -> Option<Timestamp> {
        // An overflow can only be at the end of all times, where no statement is ahead.
        let latest = now.checked_add(AHEAD).unwrap_or(Timestamp::MAX);
        self.timestamp.filter(|time| *time <= latest)
    }
}

impl Document {
    /// The newest effective time of its statements. `None`: no statement has a time.
    pub fn newest_time(&self, now: Timestamp) -> Option<Timestamp> {
        self.statements.iter().filter_map(|statement| statement.effective_time(now)).max()
    }
}
