//! The limits of this module.

use std::time::Duration;

use crate::limits::limits;

limits! {
    SETTINGS_FILE: u64 = 1 << 20, Bytes, "one configuration or login file";
    HELPER_ANSWER: u64 = 64 << 10, Bytes, "one answer of a credential helper";
    HELPER_TIME: Duration = Duration::from_secs(10), Time, "time for a credential helper to answer";
}
