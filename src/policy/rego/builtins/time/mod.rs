//! `time.*`, in UTC. A time in another zone has no answer: the data base of zones is not part of the facts.

mod layout;
mod read;
mod write;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use regorus::Value;

use super::number::integer;

/// A time of an argument: nanoseconds, or an array of them, a zone and a layout.
struct When {
    time: DateTime,
    layout: String,
}

impl When {
    fn of(value: &Value) -> Option<Self> {
        let (nanoseconds, zone, layout) = match value {
            Value::Array(items) => match items.as_slice() {
                [] => return None,
                [nanoseconds] => (nanoseconds, None, None),
                [nanoseconds, zone] => (nanoseconds, Some(zone), None),
                [nanoseconds, zone, layout, ..] => (nanoseconds, Some(zone), Some(layout)),
            },
            _ => (value, None, None),
        };
        match zone {
            None => {}
            Some(Value::String(zone)) if is_utc(zone) => {}
            Some(_) => return None,
        }
        let layout = match layout {
            None => layout::RFC3339_NANO.to_owned(),
            Some(Value::String(layout)) if layout.is_empty() => layout::RFC3339_NANO.to_owned(),
            Some(Value::String(layout)) => layout::named(layout).to_owned(),
            Some(_) => return None,
        };
        matches!(nanoseconds, Value::Number(_)).then_some(())?;
        Some(Self { time: civil(integer(nanoseconds)?)?, layout })
    }
}

/// Whether a time of these arguments is in a zone other than UTC.
pub(super) fn has_other_zone(arguments: &[Value]) -> bool {
    arguments.iter().any(|argument| match argument {
        Value::Array(items) => {
            matches!(items.as_slice(), [Value::Number(_), Value::String(zone), ..] if !is_utc(zone))
        }
        _ => false,
    })
}

fn is_utc(zone: &str) -> bool {
    matches!(zone, "" | "UTC")
}

fn civil(nanoseconds: i64) -> Option<DateTime> {
    let time = Timestamp::from_nanosecond(i128::from(nanoseconds)).ok()?;
    Some(TimeZone::UTC.to_datetime(time))
}

fn numbers(numbers: impl IntoIterator<Item = i64>) -> Value {
    Value::from(numbers.into_iter().map(Value::from).collect::<Vec<_>>())
}

/// `time.parse_rfc3339_ns(text)`.
pub(super) fn parse_rfc3339_ns(arguments: &[Value]) -> Option<Value> {
    let [Value::String(text)] = arguments else { return None };
    read::time(layout::RFC3339, text).map(Value::from)
}

/// `time.parse_ns(layout, text)`.
pub(super) fn parse_ns(arguments: &[Value]) -> Option<Value> {
    let [Value::String(layout), Value::String(text)] = arguments else { return None };
    read::time(layout::named(layout), text).map(Value::from)
}

/// `time.parse_duration_ns(text)`.
pub(super) fn parse_duration_ns(arguments: &[Value]) -> Option<Value> {
    let [Value::String(text)] = arguments else { return None };
    read::duration(text).map(Value::from)
}

/// `time.format(when)`.
pub(super) fn format(arguments: &[Value]) -> Option<Value> {
    let [when] = arguments else { return None };
    let when = When::of(when)?;
    Some(Value::from(write::format(when.time, &when.layout)))
}

/// `time.date(when)`: year, month, day.
pub(super) fn date(arguments: &[Value]) -> Option<Value> {
    let [when] = arguments else { return None };
    let time = When::of(when)?.time;
    Some(numbers([time.year().into(), time.month().into(), time.day().into()]))
}

/// `time.clock(when)`: hour, minute, second.
pub(super) fn clock(arguments: &[Value]) -> Option<Value> {
    let [when] = arguments else { return None };
    let time = When::of(when)?.time;
    Some(numbers([time.hour().into(), time.minute().into(), time.second().into()]))
}

/// `time.weekday(when)`.
pub(super) fn weekday(arguments: &[Value]) -> Option<Value> {
    let [when] = arguments else { return None };
    Some(Value::from(write::weekday(When::of(when)?.time)))
}

/// `time.add_date(when, years, months, days)`. A day after the end of its month is one of the next.
pub(super) fn add_date(arguments: &[Value]) -> Option<Value> {
    let [when, years, months, days] = arguments else { return None };
    let time = When::of(when)?.time;
    let months = i64::from(time.month()) - 1 + integer(months)?;
    let year = i64::from(time.year()).checked_add(integer(years)?)?.checked_add(months.div_euclid(12))?;
    let month = i8::try_from(months.rem_euclid(12) + 1).ok()?;
    let first = Date::new(i16::try_from(year).ok()?, month, 1).ok()?;
    let days = Span::new().try_days(i64::from(time.day()) - 1 + integer(days)?).ok()?;
    let time = first.checked_add(days).ok()?.to_datetime(time.time());
    let nanoseconds = time.to_zoned(TimeZone::UTC).ok()?.timestamp().as_nanosecond();
    i64::try_from(nanoseconds).ok().map(Value::from)
}

/// `time.diff(one, other)`: years, months, days, hours, minutes, seconds.
pub(super) fn diff(arguments: &[Value]) -> Option<Value> {
    let [one, other] = arguments else { return None };
    let (one, other) = (When::of(one)?.time, When::of(other)?.time);
    let (from, to) = if one > other { (other, one) } else { (one, other) };
    let mut year = i64::from(to.year() - from.year());
    let mut month = i64::from(to.month() - from.month());
    let mut day = i64::from(to.day() - from.day());
    let mut hour = i64::from(to.hour() - from.hour());
    let mut minute = i64::from(to.minute() - from.minute());
    let mut second = i64::from(to.second() - from.second());
    if second < 0 {
        second += 60;
        minute -= 1;
    }
    if minute < 0 {
        minute += 60;
        hour -= 1;
    }
    if hour < 0 {
        hour += 24;
        day -= 1;
    }
    if day < 0 {
        day += i64::from(from.date().days_in_month());
        month -= 1;
    }
    if month < 0 {
        month += 12;
        year -= 1;
    }
    Some(numbers([year, month, day, hour, minute, second]))
}
