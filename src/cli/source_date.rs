//! The time of documents that are written.

use jiff::Timestamp;

use crate::diagnostic::{Code, Diagnostic, Remedy};

/// The variable that sets the time, so that a build gives the same bytes again (reproducible-builds.org).
const VARIABLE: &str = "SOURCE_DATE_EPOCH";

/// The time of documents that are written: that of `SOURCE_DATE_EPOCH` if it is set, else the current time.
///
/// # Errors
///
/// `usage/arguments` if the variable is not a number of seconds.
pub(super) fn document_time() -> Result<Timestamp, Diagnostic> {
    Ok(source_date()?.unwrap_or_else(Timestamp::now))
}

/// The time of `SOURCE_DATE_EPOCH`, if it is set.
///
/// # Errors
///
/// `usage/arguments` if the variable is not a number of seconds.
pub(super) fn source_date() -> Result<Option<Timestamp>, Diagnostic> {
    let Some(text) = std::env::var_os(VARIABLE).filter(|text| !text.is_empty()) else { return Ok(None) };
    let text = text.to_string_lossy();
    text.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok()).map(Some).ok_or_else(|| {
        let hint = format!("set `{VARIABLE}` to seconds since 1970, or unset it");
        Diagnostic::new(Code::USAGE_ARGUMENTS, format!("`{VARIABLE}` is `{text}`, which is not a time"))
            .remedy(Remedy::ChangeCommandLine { text: hint })
    })
}
