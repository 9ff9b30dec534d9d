//! What is known about a copy: where it is from, and when it was compared with its origin.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::manifest::Manifest;
use crate::oci::json;
use crate::trust_store::limits::VEX_INTERVAL;

/// The record of a copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    /// The address of the repository, to tell a copy of another one of the same name.
    pub(super) repository: String,
    /// The digest of the pack.
    pub(super) pack: String,
    /// The location that the pack is from, or the git remote.
    pub(super) location: String,
    /// The entity tag that the host sent with the pack, or the commit.
    pub(super) tag: Option<String>,
    /// When the pack was fetched.
    pub(super) updated: Timestamp,
    /// When the host last said that this is its content.
    pub(super) checked: Timestamp,
    /// The manifest.
    pub(super) manifest: StoredManifest,
}

/// A manifest, and when it was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StoredManifest {
    /// URLs of archives.
    pub(super) locations: Vec<String>,
    /// The time after which content may have changed, in seconds.
    pub(super) interval: u64,
    /// When the manifest was read.
    pub(super) read: Timestamp,
}

impl StoredManifest {
    pub(super) fn new(manifest: Manifest, read: Timestamp) -> Self {
        Self { locations: manifest.locations, interval: manifest.interval.as_secs(), read }
    }

    /// Whether it is so recent that it is not read again before the copy is updated.
    pub(super) fn is_recent(&self, now: Timestamp) -> bool {
        const DAY: Duration = Duration::from_secs(24 * 60 * 60);
        is_within(self.read, DAY, now)
    }
}

impl Record {
    /// Reads a record. `None` if it is none.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        json::parse(bytes, "record").ok()
    }

    pub(super) fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Whether the update interval is not over. An interval over the limit counts as that limit.
    pub(super) fn is_fresh(&self, now: Timestamp) -> bool {
        is_within(self.checked, Duration::from_secs(self.manifest.interval).min(VEX_INTERVAL), now)
    }
}

/// Whether less than `time` passed from `start` to `now`. A start in the future is none: the clock was wrong.
fn is_within(start: Timestamp, time: Duration, now: Timestamp) -> bool {
    let time = SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX);
    let passed = now.duration_since(start);
    !passed.is_negative() && passed < time
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_fresh_until_its_interval_is_over() {
        let time = |text: &str| text.parse::<Timestamp>().unwrap();
        let checked = time("2026-11-01T00:00:00Z");
        let mut record = Record {
            repository: "https://example.com".to_owned(),
            pack: String::new(),
            location: String::new(),
            tag: None,
            updated: checked,
            checked,
            manifest: StoredManifest { locations: Vec::new(), interval: 3600, read: checked },
        };
        assert_eq!(Record::read(&record.to_json()), Some(record.clone()));
        for (now, is_fresh) in [
            ("2026-11-01T00:00:00Z", true),
            ("2026-11-01T00:59:59Z", true),
            ("2026-11-01T01:00:00Z", false),
            ("2026-10-31T23:59:59Z", false),
        ] {
            assert_eq!(record.is_fresh(time(now)), is_fresh, "{now}");
        }
        record.manifest.interval = 0;
        assert!(!record.is_fresh(checked));
        record.manifest.interval = u64::MAX;
        assert!(record.is_fresh(time("2026-11-07T23:59:59Z")));
        assert!(!record.is_fresh(time("2026-11-08T00:00:00Z")));
    }
}
