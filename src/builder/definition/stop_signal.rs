//! Signals that stop a container.

use std::fmt;
use std::str::FromStr;

use super::InvalidValue;
use crate::diagnostic::closest;

/// The signals of Linux that have a name, without `SIG`.
const NAMES: &[&str] = &[
    "ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT", "KILL", "PIPE",
    "POLL", "PROF", "PWR", "QUIT", "SEGV", "STKFLT", "STOP", "SYS", "TERM", "TRAP", "TSTP", "TTIN", "TTOU",
    "URG", "USR1", "USR2", "VTALRM", "WINCH", "XCPU", "XFSZ",
];

/// The value of `stop-signal`: a name such as `SIGTERM`, with or without `SIG`, or a number from 1 to 64.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StopSignal(String);

impl FromStr for StopSignal {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let upper = text.to_ascii_uppercase();
        let name = upper.strip_prefix("SIG").unwrap_or(&upper);
        if is_number(text, 64) || is_name(name) {
            return Ok(Self(text.to_owned()));
        }
        let names: Vec<String> =
            NAMES.iter().map(|name| format!("sig{}", name.to_ascii_lowercase())).collect();
        // Fewer letters begin several names.
        let is_comparable = (3..=8).contains(&name.len());
        let written = format!("sig{name}");
        let close = closest(&written, names.iter().filter(|_| is_comparable).map(String::as_str));
        let suggestion = close.map(str::to_ascii_uppercase);
        Err(InvalidValue::Signal { text: text.to_owned(), suggestion })
    }
}

fn is_name(name: &str) -> bool {
    let Some(real_time) = name.strip_prefix("RTM") else { return NAMES.contains(&name) };
    // No engine names more of them.
    match real_time {
        "IN" | "AX" => true,
        other => {
            other.strip_prefix("IN+").is_some_and(|number| is_number(number, 15))
                || other.strip_prefix("AX-").is_some_and(|number| is_number(number, 14))
        }
    }
}

/// Whether a text is a number from 1 on, without leading zeros.
fn is_number(text: &str, highest: u8) -> bool {
    !text.starts_with(['0', '+']) && text.parse::<u8>().is_ok_and(|number| (1..=highest).contains(&number))
}

impl fmt::Display for StopSignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_have_names_or_numbers() {
        for text in ["SIGTERM", "SIGQUIT", "term", "WINCH", "SIGRTMIN+3", "SIGRTMAX-14", "RTMIN", "1", "64"] {
            assert_eq!(text.parse::<StopSignal>().map(|signal| signal.to_string()), Ok(text.to_owned()));
        }
        for (text, suggestion) in [
            ("SIGTREM", Some("SIGTERM")),
            ("SIGQUT", Some("SIGQUIT")),
            ("SIGKIL", Some("SIGKILL")),
            ("SIGRTMIN+16", None),
            ("SIGRTMAX-0", None),
            ("SIG", None),
            ("", None),
            ("0", None),
            ("65", None),
            ("-9", None),
            ("+9", None),
            ("015", None),
            ("SIGTERM ", Some("SIGTERM")),
        ] {
            let invalid = text.parse::<StopSignal>().unwrap_err();
            assert_eq!(invalid.suggestion().as_deref(), suggestion, "{text}");
        }
    }
}
