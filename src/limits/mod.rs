//! Limits of every reader: external data never decides how much is read.
//!
//! If a limit is reached, the outcome is `limits/exceeded`, exit 4: unknown, never a pass. Callers of the library can
//! set the fields of [`Limits`]. The other limits are constants in the file `limits.rs` of the module that applies
//! them. `docs/limits.md` lists all.

mod codes;
mod reader;
mod settable;

use std::fmt;
use std::time::Duration;

pub use codes::CODES;
pub use reader::{ReadError, read_whole};
pub use settable::Limits;

use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic};

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;

/// A limit as the documentation lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// The limited quantity.
    pub name: &'static str,
    /// The highest allowed value, or the lowest for rates.
    pub value: Amount,
}

/// The value of a limit, with its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// A number.
    Count(u64),
    /// A size.
    Bytes(u64),
    /// A duration.
    Time(Duration),
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Count(count) => write!(f, "{count}"),
            Self::Bytes(bytes) if bytes >= MIB && bytes.is_multiple_of(MIB) => {
                write!(f, "{} MiB", bytes / MIB)
            }
            Self::Bytes(bytes) if bytes >= KIB && bytes.is_multiple_of(KIB) => {
                write!(f, "{} KiB", bytes / KIB)
            }
            Self::Bytes(bytes) => write!(f, "{bytes} bytes"),
            Self::Time(time) if !time.is_zero() && time.as_secs().is_multiple_of(86_400) => {
                write!(f, "{} days", time.as_secs() / 86_400)
            }
            Self::Time(time) => write!(f, "{} s", time.as_secs()),
        }
    }
}

/// Declares the limits of a module: each becomes a constant, and all of them `LIMITS`.
macro_rules! limits {
    ($($(#[$more:meta])* $name:ident: $type:ty = $value:expr, $unit:ident, $what:literal;)*) => {
        $(
            #[doc = concat!("The limit of: ", $what, ".")]
            $(#[$more])*
            pub const $name: $type = $value;
        )*

        /// All limits of this module.
        pub const LIMITS: &[$crate::limits::Limit] = &[$($crate::limits::Limit {
            name: $what,
            value: $crate::limits::Amount::$unit($value),
        },)*];
    };
}

pub(crate) use limits;

/// The limit that was exceeded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{measured} is over the limit of {limit}")]
pub struct Exceeded {
    /// What exceeds it, such as `manifest of 9000000 bytes`.
    pub measured: String,
    /// The limit with its unit, such as `4194304 bytes`.
    pub limit: String,
}

impl Exceeded {
    /// A size or count over its limit.
    pub fn new(measured: impl Into<String>, limit: impl fmt::Display, unit: &str) -> Self {
        Self { measured: measured.into(), limit: format!("{limit} {unit}") }
    }
}

impl ToDiagnostic for Exceeded {
    fn to_diagnostic(&self) -> Diagnostic {
        Diagnostic::new(Code::LIMITS_EXCEEDED, self.to_string()).remedy(Remedy::SeeLimits)
    }
}
