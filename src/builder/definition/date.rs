//! Dates.

use std::fmt;
use std::str::FromStr;

use super::InvalidValue;

/// A day, written as `YYYY-MM-DD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Date(jiff::civil::Date);

impl Date {
    /// The day.
    pub fn day(self) -> jiff::civil::Date {
        self.0
    }
}

impl FromStr for Date {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let invalid = || InvalidValue::Date(text.to_owned());
        let date: jiff::civil::Date = text.parse().map_err(|_| invalid())?;
        // The parser takes other forms too.
        if date.to_string() == text { Ok(Self(date)) } else { Err(invalid()) }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
