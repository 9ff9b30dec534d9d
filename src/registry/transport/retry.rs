//! The retry policy: a request is repeated a bounded number of times, after a bounded wait with jitter, and never
//! before the time in `Retry-After`.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use reqwest::header::{HeaderMap, RETRY_AFTER};

use crate::limits::Limits;

/// The first wait is a random time up to this. The maximum doubles with each further wait.
const FIRST_WAIT: Duration = Duration::from_millis(200);

/// Whether a later attempt may have another status.
pub(super) fn is_transient_status(status: u16) -> bool {
    matches!(status, 429 | 500 | 502 | 503 | 504)
}

/// The wait in `Retry-After`, given in seconds or as an HTTP date (RFC 9110, 10.2.3). Of several the longest counts.
pub(super) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    headers.get_all(RETRY_AFTER).iter().filter_map(|value| wait(value.to_str().ok()?.trim(), now)).max()
}

/// The wait in one value. A value that is too large for a number or a date is [`Duration::MAX`], not absent.
fn wait(text: &str, now: Timestamp) -> Option<Duration> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(text.parse().map_or(Duration::MAX, Duration::from_secs));
    }
    match date(text) {
        Some(date) => Some(Duration::try_from(date.duration_since(now)).unwrap_or_default()),
        None => is_beyond_dates(text).then_some(Duration::MAX),
    }
}

/// Parses the three date formats of HTTP (RFC 9110, 5.6.7).
fn date(text: &str) -> Option<Timestamp> {
    const OLDER: [&str; 2] = ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];
    let older = || {
        OLDER.iter().find_map(|form| {
            let civil = jiff::fmt::strtime::parse(form, text).ok()?.to_datetime().ok()?;
            Some(civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
        })
    };
    jiff::fmt::rfc2822::parse(text).map(|date| date.timestamp()).ok().or_else(older)
}

/// Whether the text is a date in the year 9999 or later, which the date library cannot hold.
fn is_beyond_dates(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.contains(':')
        && text
            .split(|c: char| !c.is_ascii_digit())
            .map(|digits| digits.trim_start_matches('0'))
            .any(|digits| digits.len() > 4 || digits == "9999")
}

/// The attempts of one request.
pub(in crate::registry) struct Attempts {
    /// Attempts made.
    pub(in crate::registry) made: u32,
    max_attempts: u32,
    max_wait: Duration,
    end: Option<Instant>,
}

impl Attempts {
    /// At most `max_attempts` attempts, within the limits and within `time`.
    pub(in crate::registry) fn new(limits: &Limits, most: u32, time: Option<Duration>) -> Self {
        let end = time.map(|time| Instant::now() + time);
        Self { made: 0, max_attempts: most.min(limits.attempts), max_wait: limits.retry_after, end }
    }

    /// When the last attempt must have ended.
    pub(super) fn end(&self) -> Option<Instant> {
        self.end
    }

    /// The wait before the next attempt. `None` if no further attempt is allowed, or if the server requests a longer
    /// wait than the limit: an earlier attempt would be refused again.
    pub(in crate::registry) fn wait(&self, retry_after: Option<Duration>) -> Option<Duration> {
        if self.made >= self.max_attempts {
            return None;
        }
        let doubled = FIRST_WAIT.saturating_mul(1 << self.made.saturating_sub(1).min(8));
        let jitter = doubled.mul_f64(fastrand::f64());
        let wait = match retry_after {
            Some(asked) if asked > self.max_wait => return None,
            Some(asked) => asked.saturating_add(jitter.min(FIRST_WAIT)),
            None => jitter,
        };
        // There must be time left after the wait.
        self.end.is_none_or(|end| end.saturating_duration_since(Instant::now()) > wait).then_some(wait)
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
    fn retry_after_is_read_as_seconds_and_as_a_date() {
        assert_eq!(asked("7"), Some(Duration::from_secs(7)));
        assert_eq!(asked("Thu, 01 Jan 2026 00:01:00 GMT"), Some(Duration::from_secs(60)));
        assert_eq!(asked("Thu, 01 Jan 2015 00:01:00 GMT"), Some(Duration::ZERO));
        assert_eq!(asked("Thursday, 01-Jan-26 00:01:00 GMT"), Some(Duration::from_secs(60)));
        assert_eq!(asked("Thu Jan  1 00:01:00 2026"), Some(Duration::from_secs(60)));
        assert_eq!(asked("soon"), None);
        assert_eq!(asked("-1"), None);
    }

    #[test]
    fn a_retry_after_that_overflows_is_the_longest_wait() {
        let limits = Limits { retry_after: Duration::from_secs(60), ..Limits::default() };
        let attempts = Attempts { made: 1, ..Attempts::new(&limits, 9, None) };
        for text in [
            "61",
            "18446744073709551615",
            "18446744073709551616",
            &"9".repeat(400),
            "Fri, 31 Dec 9999 23:59:59 GMT",
            "Fri, 31 Dec 99999 23:59:59 GMT",
            "Sun, 06 Nov 18446744073709551616 08:49:37 GMT",
        ] {
            assert!(asked(text).is_some_and(|asked| asked > limits.retry_after), "{text}");
            assert_eq!(attempts.wait(asked(text)), None, "{text}");
        }
        assert!(attempts.wait(asked("60")).is_some());
        // Of several the longest counts.
        let mut headers = HeaderMap::new();
        headers.append(RETRY_AFTER, "1".parse().unwrap());
        headers.append(RETRY_AFTER, "99999999999999999999999".parse().unwrap());
        assert_eq!(retry_after(&headers, Timestamp::UNIX_EPOCH), Some(Duration::MAX));
    }

    #[test]
    fn waits_are_bounded_and_at_least_the_requested_time() {
        let limits = Limits { attempts: 3, retry_after: Duration::from_secs(5), ..Limits::default() };
        let mut attempts = Attempts::new(&limits, 9, None);
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
