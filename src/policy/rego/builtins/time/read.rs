//! Reads times and durations, as Go's `time.Parse` and `time.ParseDuration` do.

use jiff::civil::{Date, DateTime};

use super::layout::{Chunk, Offset, next_chunk};
use super::write::{DAYS, MONTHS};

/// What was read so far.
#[derive(Default)]
struct Read {
    year: i64,
    month: Option<i64>,
    day: Option<i64>,
    day_of_year: Option<i64>,
    hour: i64,
    minute: i64,
    second: i64,
    nanosecond: i64,
    am: bool,
    pm: bool,
    utc: bool,
    offset: Option<i64>,
}

/// The nanoseconds since 1970 of `value` in `layout`. `None` if it is another time than one of 64 bits.
pub(super) fn time(layout: &str, value: &str) -> Option<i64> {
    let mut read = Read::default();
    let (mut layout, mut value) = (layout.as_bytes(), value.as_bytes());
    loop {
        let (text, chunk, rest) = next_chunk(layout);
        value = skip(value, text)?;
        let Some(chunk) = chunk else {
            return if value.is_empty() { read.nanoseconds() } else { None };
        };
        layout = rest;
        value = read.chunk(chunk, layout, value)?;
    }
}

/// The value after the text of a layout. Spaces match any number of spaces.
fn skip<'a>(mut value: &'a [u8], mut text: &[u8]) -> Option<&'a [u8]> {
    while let [first, rest @ ..] = text {
        if *first == b' ' {
            if value.first().is_some_and(|byte| *byte != b' ') {
                return None;
            }
            text = spaces_off(text);
            value = spaces_off(value);
            continue;
        }
        value = value.strip_prefix(&[*first])?;
        text = rest;
    }
    Some(value)
}

fn spaces_off(mut text: &[u8]) -> &[u8] {
    while let [b' ', rest @ ..] = text {
        text = rest;
    }
    text
}

/// One or two digits; with `fixed`, two.
fn number(value: &[u8], fixed: bool) -> Option<(i64, &[u8])> {
    match value {
        [first, second, rest @ ..] if first.is_ascii_digit() && second.is_ascii_digit() => {
            Some((i64::from(first - b'0') * 10 + i64::from(second - b'0'), rest))
        }
        [first, rest @ ..] if first.is_ascii_digit() && !fixed => Some((i64::from(first - b'0'), rest)),
        _ => None,
    }
}

/// A whole text as a number, with or without a sign.
fn signed(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// The position of the name at the start of `value`, in any case of letters.
fn name<'a>(names: &[&str], length: Option<usize>, value: &'a [u8]) -> Option<(i64, &'a [u8])> {
    for (name, position) in names.iter().zip(0..) {
        let name = length.and_then(|length| name.get(..length)).unwrap_or(name).as_bytes();
        if let Some((start, rest)) = value.split_at_checked(name.len())
            && start.eq_ignore_ascii_case(name)
        {
            return Some((position, rest));
        }
    }
    None
}

fn within(value: Option<(i64, &[u8])>, range: std::ops::RangeInclusive<i64>) -> Option<(i64, &[u8])> {
    value.filter(|(number, _)| range.contains(number))
}

impl Read {
    fn chunk<'a>(&mut self, chunk: Chunk, layout: &[u8], value: &'a [u8]) -> Option<&'a [u8]> {
        let without_space = |value: &'a [u8]| value.strip_prefix(b" ").unwrap_or(value);
        let rest;
        match chunk {
            Chunk::Year => {
                let (digits, after) = value.split_at_checked(2)?;
                let year = signed(digits)?;
                self.year = if year >= 69 { year + 1900 } else { year + 2000 };
                rest = after;
            }
            Chunk::LongYear => {
                let (digits, after) = value.split_at_checked(4).filter(|_| starts_with_digit(value))?;
                self.year = signed(digits)?;
                rest = after;
            }
            Chunk::Month | Chunk::LongMonth => {
                let (position, after) = name(MONTHS, (chunk == Chunk::Month).then_some(3), value)?;
                self.month = Some(position + 1);
                rest = after;
            }
            Chunk::NumMonth | Chunk::ZeroMonth => {
                let (month, after) = within(number(value, chunk == Chunk::ZeroMonth), 1..=12)?;
                self.month = Some(month);
                rest = after;
            }
            Chunk::WeekDay => (_, rest) = name(DAYS, Some(3), value)?,
            Chunk::LongWeekDay => (_, rest) = name(DAYS, None, value)?,
            Chunk::Day | Chunk::UnderDay | Chunk::ZeroDay => {
                let value = if chunk == Chunk::UnderDay { without_space(value) } else { value };
                let (day, after) = number(value, chunk == Chunk::ZeroDay)?;
                self.day = Some(day);
                rest = after;
            }
            Chunk::UnderYearDay | Chunk::ZeroYearDay => {
                let fixed = chunk == Chunk::ZeroYearDay;
                let value = if fixed { value } else { without_space(without_space(value)) };
                let count = value.iter().take(3).take_while(|byte| byte.is_ascii_digit()).count();
                if fixed && count != 3 {
                    return None;
                }
                let (digits, after) = value.split_at_checked(count)?;
                self.day_of_year = Some(signed(digits)?);
                rest = after;
            }
            Chunk::Hour => (self.hour, rest) = within(number(value, false), 0..=23)?,
            Chunk::Hour12 | Chunk::ZeroHour12 => {
                (self.hour, rest) = within(number(value, chunk == Chunk::ZeroHour12), 0..=12)?;
            }
            Chunk::Minute | Chunk::ZeroMinute => {
                (self.minute, rest) = within(number(value, chunk == Chunk::ZeroMinute), 0..=59)?;
            }
            Chunk::Second | Chunk::ZeroSecond => {
                let after;
                (self.second, after) = within(number(value, chunk == Chunk::ZeroSecond), 0..=59)?;
                // A fraction of the second may follow, although the layout has none.
                let in_layout = matches!(next_chunk(layout), (_, Some(Chunk::Fraction { .. }), _));
                rest = if in_layout { after } else { self.fraction(after)? };
            }
            Chunk::UpperPm | Chunk::LowerPm => {
                let (half, after) = value.split_at_checked(2)?;
                match (chunk, half) {
                    (Chunk::UpperPm, b"PM") | (Chunk::LowerPm, b"pm") => self.pm = true,
                    (Chunk::UpperPm, b"AM") | (Chunk::LowerPm, b"am") => self.am = true,
                    _ => return None,
                }
                rest = after;
            }
            Chunk::Offset(form) => {
                rest = match value.strip_prefix(b"Z").filter(|_| form.z) {
                    Some(after) => {
                        self.utc = true;
                        after
                    }
                    None => self.offset(form, value)?,
                };
            }
            Chunk::ZoneName => match value.strip_prefix(b"UTC") {
                Some(after) => {
                    self.utc = true;
                    rest = after;
                }
                // The offset of a zone that is not known does not count, as in Go.
                None => rest = value.get(zone_name(value)?..)?,
            },
            Chunk::Fraction { digits, zeros: true, .. } => {
                let (fraction, after) = value.split_at_checked(digits + 1)?;
                self.nanosecond = nanoseconds(fraction)?;
                rest = after;
            }
            Chunk::Fraction { zeros: false, .. } => rest = self.fraction(value)?,
        }
        Some(rest)
    }

    /// A fraction of the second, if there is one.
    fn fraction<'a>(&mut self, value: &'a [u8]) -> Option<&'a [u8]> {
        match value {
            [b'.' | b',', digits @ ..] if starts_with_digit(digits) => {
                let count = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
                let (fraction, rest) = value.split_at_checked(count + 1)?;
                self.nanosecond = nanoseconds(fraction)?;
                Some(rest)
            }
            _ => Some(value),
        }
    }

    fn offset<'a>(&mut self, form: Offset, value: &'a [u8]) -> Option<&'a [u8]> {
        let (sign, mut rest) = value.split_first()?;
        let mut seconds = 0;
        let parts = [(true, 3600, 24), (form.minutes, 60, 60), (form.seconds, 1, 60)];
        for (index, (_, unit, most)) in parts.into_iter().filter(|(present, ..)| *present).enumerate() {
            if index > 0 && form.colon {
                rest = rest.strip_prefix(b":")?;
            }
            let (part, after) = within(number(rest, true), 0..=most)?;
            seconds += part * unit;
            rest = after;
        }
        self.offset = Some(match sign {
            b'+' => seconds,
            b'-' => -seconds,
            _ => return None,
        });
        Some(rest)
    }

    fn nanoseconds(mut self) -> Option<i64> {
        if self.pm && self.hour < 12 {
            self.hour += 12;
        } else if self.am && self.hour == 12 {
            self.hour = 0;
        }
        let year = i16::try_from(self.year).ok()?;
        let date = match self.day_of_year {
            None => Date::new(year, small(self.month.unwrap_or(1))?, small(self.day.unwrap_or(1))?).ok()?,
            Some(day) => {
                let first = Date::new(year, 1, 1).ok()?;
                let days = i64::from(first.days_in_year());
                let date = first
                    .checked_add(jiff::Span::new().days(day - 1))
                    .ok()
                    .filter(|_| (1..=days).contains(&day))?;
                let same =
                    |given: Option<i64>, found: i8| given.is_none_or(|given| given == i64::from(found));
                Some(date).filter(|date| same(self.month, date.month()) && same(self.day, date.day()))?
            }
        };
        let time = date.at(small(self.hour)?, small(self.minute)?, small(self.second)?, 0);
        let offset = if self.utc { 0 } else { self.offset.unwrap_or(0) };
        let nanoseconds = (seconds(time)? - i128::from(offset)) * 1_000_000_000 + i128::from(self.nanosecond);
        i64::try_from(nanoseconds).ok()
    }
}

fn small(number: i64) -> Option<i8> {
    i8::try_from(number).ok()
}

/// The seconds since 1970.
fn seconds(time: DateTime) -> Option<i128> {
    let zoned = time.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(i128::from(zoned.timestamp().as_second()))
}

fn starts_with_digit(text: &[u8]) -> bool {
    text.first().is_some_and(u8::is_ascii_digit)
}

/// The nanoseconds of `.5`; digits after the ninth do not count.
fn nanoseconds(fraction: &[u8]) -> Option<i64> {
    let (point, digits) = fraction.split_first()?;
    if !matches!(point, b'.' | b',') {
        return None;
    }
    let digits = digits.get(..digits.len().min(9))?;
    let scale = u32::try_from(9 - digits.len()).ok()?;
    signed(digits).filter(|number| *number >= 0).map(|number| number * 10_i64.pow(scale))
}

/// The length of the abbreviation of a time zone at the start of `value`.
fn zone_name(value: &[u8]) -> Option<usize> {
    if value.len() < 3 {
        return None;
    }
    if value.starts_with(b"ChST") || value.starts_with(b"MeST") {
        return Some(4);
    }
    if let Some(rest) = value.strip_prefix(b"GMT") {
        return Some(3 + signed_offset(rest));
    }
    if matches!(value.first(), Some(b'+' | b'-')) {
        return Some(signed_offset(value)).filter(|length| *length > 0);
    }
    let count = value.iter().take(6).take_while(|byte| byte.is_ascii_uppercase()).count();
    let good = match count {
        5 => value.get(4) == Some(&b'T'),
        4 => value.get(3) == Some(&b'T') || value.starts_with(b"WITA"),
        3 => true,
        _ => false,
    };
    good.then_some(count)
}

/// The length of an offset of hours such as `+3`, or 0.
fn signed_offset(value: &[u8]) -> usize {
    let Some((b'+' | b'-', rest)) = value.split_first() else { return 0 };
    let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let hours = rest.get(..count).and_then(signed);
    if hours.is_some_and(|hours| hours <= 23) { count + 1 } else { 0 }
}

/// The greatest size of a duration, in nanoseconds.
const LONGEST: u64 = 1 << 63;

/// The nanoseconds of an hour.
const HOUR: u64 = 3_600_000_000_000;

/// The nanoseconds of a duration such as `1h30m`.
pub(super) fn duration(text: &str) -> Option<i64> {
    let (negative, mut rest) = match text.strip_prefix(['-', '+']) {
        Some(rest) => (text.starts_with('-'), rest),
        None => (false, text),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let (whole, after) = digits(rest);
        let (fraction, after) = after.strip_prefix('.').map_or(("", after), digits);
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let end = after
            .find(|character: char| character == '.' || character.is_ascii_digit())
            .unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        let unit: u64 = match unit {
            "ns" => 1,
            "us" | "\u{b5}s" | "\u{3bc}s" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => HOUR,
            // These are OPA's own.
            "d" => 24 * HOUR,
            "w" => 7 * 24 * HOUR,
            "y" => 365 * 24 * HOUR,
            _ => return None,
        };
        let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        let mut part = whole.checked_mul(unit).filter(|part| *part <= LONGEST)?;
        part += fraction_of(fraction, unit);
        total = total.checked_add(part).filter(|total| part <= LONGEST && *total <= LONGEST)?;
        rest = after;
    }
    match (negative, total) {
        (true, LONGEST) => Some(i64::MIN),
        (true, total) => i64::try_from(total).ok().map(|total| -total),
        (false, total) => i64::try_from(total).ok(),
    }
}

fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len()))
}

/// The part of a unit, computed as Go does.
fn fraction_of(digits: &str, unit: u64) -> u64 {
    let (mut number, mut scale): (u64, f64) = (0, 1.0);
    for digit in digits.bytes() {
        let next = number.checked_mul(10).and_then(|next| next.checked_add(u64::from(digit - b'0')));
        match next.filter(|next| number <= (LONGEST - 1) / 10 && *next <= LONGEST) {
            Some(next) => number = next,
            None => break,
        }
        scale *= 10.0;
    }
    // Both are far below what a floating-point number cannot hold: the result is less than the unit.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
    let part = (number as f64 * (unit as f64 / scale)) as u64;
    part
}
