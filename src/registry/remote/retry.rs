//! A request is tried again only a bounded number of times and after a bounded wait, and never sooner than
//! the server asked for.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};

use crate::limits::Limits;

/// The first wait is a random time up to this; each further one up to twice the one before.
const FIRST_WAIT: Duration = Duration::from_millis(200);

/// Whether another attempt may bring another answer.
pub(super) fn is_passing(status: StatusCode) -> bool {
    matches!(status.as_u16(), 429 | 500 | 502 | 503 | 504)
}

/// What `Retry-After` asks for, in seconds or as an HTTP date (RFC 9110, 10.2.3).
pub(super) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    Some(Duration::try_from(date.duration_since(now)).unwrap_or_default())
}

/// The attempts of one request.
pub(super) struct Attempts {
    /// Attempts made.
    pub(super) made: u32,
    most: u32,
    longest: Duration,
}

impl Attempts {
    /// At most `most` attempts, within the limits.
    pub(super) fn new(limits: &Limits, most: u32) -> Self {
        Self { made: 0, most: most.min(limits.attempts), longest: limits.retry_after }
    }

    /// The wait before the next attempt, if there may be one. A server that asks for a longer wait than the
    /// limit is not asked again at all: it would only refuse again.
    pub(super) fn wait(&self, asked: Option<Duration>) -> Option<Duration> {
        if self.made >= self.most {
            return None;
        }
        let doubled = FIRST_WAIT.saturating_mul(1 << self.made.saturating_sub(1).min(8));
        let jitter = doubled.mul_f64(fastrand::f64());
        match asked {
            Some(asked) if asked > self.longest => None,
            Some(asked) => Some(asked.saturating_add(jitter.min(FIRST_WAIT))),
            None => Some(jitter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &str) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, text.parse().unwrap());
        retry_after(&headers, "2026-01-01T00:00:00Z".parse().unwrap())
    }

    #[test]
    fn retry_after_is_read_in_both_forms() {
        assert_eq!(asked("7"), Some(Duration::from_secs(7)));
        assert_eq!(asked("Thu, 01 Jan 2026 00:01:00 GMT"), Some(Duration::from_secs(60)));
        assert_eq!(asked("Thu, 01 Jan 2015 00:01:00 GMT"), Some(Duration::ZERO));
        assert_eq!(asked("18446744073709551615"), Some(Duration::MAX.min(Duration::from_secs(u64::MAX))));
        assert_eq!(asked("soon"), None);
        assert_eq!(asked("-1"), None);
    }

    #[test]
    fn waits_are_bounded_and_never_shorter_than_asked() {
        let limits = Limits { attempts: 3, retry_after: Duration::from_secs(5), ..Limits::default() };
        let mut attempts = Attempts::new(&limits, 9);
        attempts.made = 2;
        for _ in 0..100 {
            assert!(attempts.wait(None).unwrap() <= FIRST_WAIT * 2);
            assert!(attempts.wait(Some(Duration::from_secs(5))).unwrap() >= Duration::from_secs(5));
        }
        assert_eq!(attempts.wait(Some(Duration::from_secs(6))), None);
        attempts.made = 3;
        assert_eq!(attempts.wait(None), None);
    }
}
