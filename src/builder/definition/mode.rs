//! File permissions.

use std::fmt;
use std::str::FromStr;

use super::InvalidValue;

/// Permissions, written as octal text: `0755`, `755`, `1777`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OctalMode(u32);

impl OctalMode {
    /// The permission bits, with setuid, setgid and sticky.
    pub fn bits(self) -> u32 {
        self.0
    }
}

impl FromStr for OctalMode {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let invalid = || InvalidValue::Mode(text.to_owned());
        let digits = match text.len() {
            3 | 4 => text,
            // `02775`: a leading zero before four digits.
            5 => text.strip_prefix('0').ok_or_else(invalid)?,
            _ => return Err(invalid()),
        };
        if !digits.bytes().all(|digit| (b'0'..=b'7').contains(&digit)) {
            return Err(invalid());
        }
        u32::from_str_radix(digits, 8).map(Self).map_err(|_| invalid())
    }
}

impl fmt::Display for OctalMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04o}", self.0)
    }
}
