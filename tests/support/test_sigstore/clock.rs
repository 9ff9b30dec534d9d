//! Times of the instance: everything was signed an hour ago, and authorities are valid for years around it.

use jiff::{SignedDuration, Timestamp};

/// From when until when something is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) from: Timestamp,
    pub(crate) until: Timestamp,
}

impl Window {
    /// From `before` minutes before `time` until `after` minutes after it.
    pub(crate) fn around(time: Timestamp, before: i64, after: i64) -> Self {
        Self { from: minutes(time, -before), until: minutes(time, after) }
    }

    /// Four years around `time`.
    pub(crate) fn years(time: Timestamp) -> Self {
        const TWO_YEARS: i64 = 2 * 365 * 24 * 60;
        Self::around(time, TWO_YEARS, TWO_YEARS)
    }
}

/// This number of minutes later, or earlier.
pub(crate) fn minutes(time: Timestamp, minutes: i64) -> Timestamp {
    time + SignedDuration::from_mins(minutes)
}

/// An hour ago, in whole seconds, as certificates and log entries have them.
pub(crate) fn an_hour_ago() -> Timestamp {
    let now = Timestamp::from_second(Timestamp::now().as_second()).unwrap();
    minutes(now, -60)
}
