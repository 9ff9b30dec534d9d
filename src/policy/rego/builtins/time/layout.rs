//! Layouts of times, as Go's package `time` reads them: `2006-01-02T15:04:05Z07:00`.

/// A part of a layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chunk {
    /// `January`.
    LongMonth,
    /// `Jan`.
    Month,
    /// `1`.
    NumMonth,
    /// `01`.
    ZeroMonth,
    /// `Monday`.
    LongWeekDay,
    /// `Mon`.
    WeekDay,
    /// `2`.
    Day,
    /// `_2`.
    UnderDay,
    /// `02`.
    ZeroDay,
    /// `__2`.
    UnderYearDay,
    /// `002`.
    ZeroYearDay,
    /// `15`.
    Hour,
    /// `3`.
    Hour12,
    /// `03`.
    ZeroHour12,
    /// `4`.
    Minute,
    /// `04`.
    ZeroMinute,
    /// `5`.
    Second,
    /// `05`.
    ZeroSecond,
    /// `2006`.
    LongYear,
    /// `06`.
    Year,
    /// `PM`.
    UpperPm,
    /// `pm`.
    LowerPm,
    /// `MST`.
    ZoneName,
    /// `-0700` or `Z0700` and the like.
    Offset(Offset),
    /// `.000` (with all digits) or `.999` (without zeros at the end).
    Fraction {
        /// The number of digits.
        digits: usize,
        /// Whether zeros at the end are kept.
        zeros: bool,
        /// `.` or `,`.
        point: u8,
    },
}

/// A form of an offset from UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Offset {
    /// Whether UTC is `Z`.
    pub(super) z: bool,
    /// Whether there are minutes.
    pub(super) minutes: bool,
    /// Whether there are seconds.
    pub(super) seconds: bool,
    /// Whether there are colons.
    pub(super) colon: bool,
}

/// The layouts that have a name in OPA.
const NAMED: &[(&str, &str)] = &[
    ("ANSIC", "Mon Jan _2 15:04:05 2006"),
    ("UnixDate", "Mon Jan _2 15:04:05 MST 2006"),
    ("RubyDate", "Mon Jan 02 15:04:05 -0700 2006"),
    ("RFC822", "02 Jan 06 15:04 MST"),
    ("RFC822Z", "02 Jan 06 15:04 -0700"),
    ("RFC850", "Monday, 02-Jan-06 15:04:05 MST"),
    ("RFC1123", "Mon, 02 Jan 2006 15:04:05 MST"),
    ("RFC1123Z", "Mon, 02 Jan 2006 15:04:05 -0700"),
    ("RFC3339", RFC3339),
    ("RFC3339Nano", RFC3339_NANO),
];

/// RFC 3339.
pub(super) const RFC3339: &str = "2006-01-02T15:04:05Z07:00";

/// RFC 3339 with a fraction of the second.
pub(super) const RFC3339_NANO: &str = "2006-01-02T15:04:05.999999999Z07:00";

/// The layout of this name, or the text itself.
pub(super) fn named(layout: &str) -> &str {
    NAMED.iter().find(|(name, _)| *name == layout).map_or(layout, |(_, layout)| layout)
}

/// The text before the first part of `layout`, that part, and the rest. Without a part, all is text.
pub(super) fn next_chunk(layout: &[u8]) -> (&[u8], Option<Chunk>, &[u8]) {
    for at in 0..layout.len() {
        let rest = layout.get(at..).unwrap_or_default();
        if let Some((skipped, length, chunk)) = chunk_at(rest) {
            let (before, from) = layout.split_at(at + skipped);
            return (before, Some(chunk), from.get(length..).unwrap_or_default());
        }
    }
    (layout, None, &[])
}

/// The part at the start of `rest`: the bytes of text before it, its length, and what it is.
fn chunk_at(rest: &[u8]) -> Option<(usize, usize, Chunk)> {
    let lower_after = |length: usize| rest.get(length).is_some_and(u8::is_ascii_lowercase);
    let found = |length: usize, chunk: Chunk| Some((0, length, chunk));
    match rest {
        [b'J', ..] if rest.starts_with(b"January") => found(7, Chunk::LongMonth),
        [b'J', ..] if rest.starts_with(b"Jan") && !lower_after(3) => found(3, Chunk::Month),
        [b'M', ..] if rest.starts_with(b"Monday") => found(6, Chunk::LongWeekDay),
        [b'M', ..] if rest.starts_with(b"Mon") && !lower_after(3) => found(3, Chunk::WeekDay),
        [b'M', b'S', b'T', ..] => found(3, Chunk::ZoneName),
        [b'0', b'1', ..] => found(2, Chunk::ZeroMonth),
        [b'0', b'2', ..] => found(2, Chunk::ZeroDay),
        [b'0', b'3', ..] => found(2, Chunk::ZeroHour12),
        [b'0', b'4', ..] => found(2, Chunk::ZeroMinute),
        [b'0', b'5', ..] => found(2, Chunk::ZeroSecond),
        [b'0', b'6', ..] => found(2, Chunk::Year),
        [b'0', b'0', b'2', ..] => found(3, Chunk::ZeroYearDay),
        [b'1', b'5', ..] => found(2, Chunk::Hour),
        [b'1', ..] => found(1, Chunk::NumMonth),
        [b'2', b'0', b'0', b'6', ..] => found(4, Chunk::LongYear),
        [b'2', ..] => found(1, Chunk::Day),
        [b'_', b'2', b'0', b'0', b'6', ..] => Some((1, 4, Chunk::LongYear)),
        [b'_', b'2', ..] => found(2, Chunk::UnderDay),
        [b'_', b'_', b'2', ..] => found(3, Chunk::UnderYearDay),
        [b'3', ..] => found(1, Chunk::Hour12),
        [b'4', ..] => found(1, Chunk::Minute),
        [b'5', ..] => found(1, Chunk::Second),
        [b'P', b'M', ..] => found(2, Chunk::UpperPm),
        [b'p', b'm', ..] => found(2, Chunk::LowerPm),
        [sign @ (b'-' | b'Z'), after @ ..] => {
            let (length, minutes, seconds, colon) = match after {
                _ if after.starts_with(b"070000") => (7, true, true, false),
                _ if after.starts_with(b"07:00:00") => (9, true, true, true),
                _ if after.starts_with(b"0700") => (5, true, false, false),
                _ if after.starts_with(b"07:00") => (6, true, false, true),
                _ if after.starts_with(b"07") => (3, false, false, false),
                _ => return None,
            };
            found(length, Chunk::Offset(Offset { z: *sign == b'Z', minutes, seconds, colon }))
        }
        [point @ (b'.' | b','), digit @ (b'0' | b'9'), ..] => {
            let digits = rest.iter().skip(1).take_while(|byte| *byte == digit).count();
            let ends = !rest.get(digits + 1).is_some_and(u8::is_ascii_digit);
            let fraction = Chunk::Fraction { digits, zeros: *digit == b'0', point: *point };
            if ends { found(digits + 1, fraction) } else { None }
        }
        _ => None,
    }
}
