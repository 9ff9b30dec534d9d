//! Writes times, as Go's `Time.Format` does. All times are in UTC.

use jiff::civil::DateTime;

use super::layout::{Chunk, next_chunk};

/// The names of the months.
pub(super) const MONTHS: &[&str] = &[
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The names of the days, from Sunday.
pub(super) const DAYS: &[&str] =
    &["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// The name of the day.
pub(super) fn weekday(time: DateTime) -> &'static str {
    let position = usize::try_from(time.date().weekday().to_sunday_zero_offset()).unwrap_or(0);
    DAYS.get(position).copied().unwrap_or_default()
}

/// `time` in `layout`.
pub(super) fn format(time: DateTime, layout: &str) -> String {
    let mut text = Vec::new();
    let mut layout = layout.as_bytes();
    loop {
        let (before, chunk, rest) = next_chunk(layout);
        text.extend_from_slice(before);
        let Some(chunk) = chunk else { break };
        text.extend_from_slice(part(time, chunk).as_bytes());
        layout = rest;
    }
    // Only whole characters of the layout were taken out.
    String::from_utf8_lossy(&text).into_owned()
}

fn part(time: DateTime, chunk: Chunk) -> String {
    let (hour, minute, second) = (time.hour(), time.minute(), time.second());
    let hour12 = if hour % 12 == 0 { 12 } else { hour % 12 };
    let month = MONTHS.get(usize::try_from(time.month() - 1).unwrap_or(0)).copied().unwrap_or_default();
    let short = |name: &str| name.get(..3).unwrap_or_default().to_owned();
    match chunk {
        Chunk::LongMonth => month.to_owned(),
        Chunk::Month => short(month),
        Chunk::NumMonth => time.month().to_string(),
        Chunk::ZeroMonth => format!("{:02}", time.month()),
        Chunk::LongWeekDay => weekday(time).to_owned(),
        Chunk::WeekDay => short(weekday(time)),
        Chunk::Day => time.day().to_string(),
        Chunk::UnderDay => format!("{:2}", time.day()),
        Chunk::ZeroDay => format!("{:02}", time.day()),
        Chunk::UnderYearDay => format!("{:3}", time.date().day_of_year()),
        Chunk::ZeroYearDay => format!("{:03}", time.date().day_of_year()),
        Chunk::Hour => format!("{hour:02}"),
        Chunk::Hour12 => hour12.to_string(),
        Chunk::ZeroHour12 => format!("{hour12:02}"),
        Chunk::Minute => minute.to_string(),
        Chunk::ZeroMinute => format!("{minute:02}"),
        Chunk::Second => second.to_string(),
        Chunk::ZeroSecond => format!("{second:02}"),
        Chunk::LongYear => format!("{:04}", time.year()),
        Chunk::Year => format!("{:02}", time.year() % 100),
        Chunk::UpperPm => if hour >= 12 { "PM" } else { "AM" }.to_owned(),
        Chunk::LowerPm => if hour >= 12 { "pm" } else { "am" }.to_owned(),
        Chunk::ZoneName => "UTC".to_owned(),
        Chunk::Offset(form) if form.z => "Z".to_owned(),
        Chunk::Offset(form) => {
            let colon = if form.colon { ":" } else { "" };
            let minutes = if form.minutes { format!("{colon}00") } else { String::new() };
            let seconds = if form.seconds { format!("{colon}00") } else { String::new() };
            format!("+00{minutes}{seconds}")
        }
        Chunk::Fraction { digits, zeros, point } => {
            let all = format!("{:09}", time.subsec_nanosecond());
            let all = format!("{all}{}", "0".repeat(digits.saturating_sub(all.len())));
            let kept = all.get(..digits).unwrap_or(&all);
            let kept = if zeros { kept } else { kept.trim_end_matches('0') };
            if kept.is_empty() { String::new() } else { format!("{}{kept}", char::from(point)) }
        }
    }
}
