//! Reads the durations that options take, such as `30m`, `12h` or `7d`.

use jiff::{SignedDuration, Span, SpanRelativeTo};

/// A duration of zero or more. A day has 24 hours. Months and years have no fixed length and are refused.
pub(super) fn duration(text: &str) -> Result<SignedDuration, String> {
    let length = text.parse().and_then(|span: Span| span.to_duration(SpanRelativeTo::days_are_24_hours()));
    let length = length.ok().filter(|length| !length.is_negative());
    length.ok_or_else(|| "expected a duration such as `30m`, `24h` or `7d`".to_owned())
}

/// A duration above zero.
pub(super) fn positive_duration(text: &str) -> Result<SignedDuration, String> {
    let length = duration(text)?;
    if length.is_zero() { Err("it must be greater than zero".to_owned()) } else { Ok(length) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_need_a_known_unit() {
        for (text, seconds) in [("7d", 604_800), ("30m", 1800), ("1w", 604_800), ("1h 30m", 5400), ("0s", 0)]
        {
            assert_eq!(duration(text), Ok(SignedDuration::from_secs(seconds)), "{text}");
        }
        assert_eq!(positive_duration("1ms"), Ok(SignedDuration::from_millis(1)));
        for wrong in ["", "d", "7", "-1d", "1mo", "1y", "7é", "é", "99999999999999999999d"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
        assert!(positive_duration("0h").is_err() && positive_duration("-1h").is_err());
    }
}
