//! Durations as Go writes them: `24h`, `1h30m`, `1.5h`, `300ms`.
//!
//! Source: `time.ParseDuration`.

use std::time::Duration;

const UNITS: [(&str, f64); 8] = [
    ("ns", 1e-9),
    ("us", 1e-6),
    ("\u{b5}s", 1e-6),
    ("\u{3bc}s", 1e-6),
    ("ms", 1e-3),
    ("s", 1.0),
    ("m", 60.0),
    ("h", 3600.0),
];

/// The duration in `text`. `None` if it is none, is negative, or is longer than Go can hold (290 years).
pub(super) fn parse(text: &str) -> Option<Duration> {
    const MOST: f64 = 9_223_372_036.0;
    let text = text.strip_prefix('+').unwrap_or(text);
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let mut rest = text;
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(end);
        let unit_end = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, next) = after.split_at(unit_end);
        let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit)?;
        // Rust reads `.` as no number, as Go does.
        seconds += number.parse::<f64>().ok()? * factor;
        rest = next;
    }
    let is_none = text.is_empty() || !seconds.is_finite() || seconds > MOST;
    if is_none { None } else { Some(Duration::from_secs_f64(seconds)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_of_go_are_read() {
        for (text, seconds) in [
            ("24h", 86_400.0),
            ("1h30m", 5400.0),
            ("1.5h", 5400.0),
            (".5s", 0.5),
            ("+2m3s", 123.0),
            ("300ms", 0.3),
            ("0", 0.0),
            ("0s", 0.0),
        ] {
            assert_eq!(parse(text), Some(Duration::from_secs_f64(seconds)), "{text}");
        }
        for text in ["", "-1h", "1", "h", "1d", "1h ", ".s", "1.2.3s", "9999999999h", "1hm"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn parser_never_panics(text in "[0-9.hmsnu+\u{b5}-]{0,24}") {
            let _ = parse(&text);
        }
    }
}
