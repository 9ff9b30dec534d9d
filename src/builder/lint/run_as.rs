//! The user that runs an image.

use crate::builder::definition::has_template;

/// The value of `run-as`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RunAs<'a> {
    /// The name of a user.
    Name(&'a str),
    /// A number, with or without that of a group. It needs no entry.
    Number,
}

impl<'a> RunAs<'a> {
    /// The user of a text. `None` if the text is empty or is known only after templates are evaluated.
    pub(super) fn of(text: &'a str) -> Option<Self> {
        if text.is_empty() || has_template(text) {
            return None;
        }
        let user = text.split(':').next().unwrap_or_default();
        let is_number = !user.is_empty() && user.bytes().all(|digit| digit.is_ascii_digit());
        Some(if is_number { Self::Number } else { Self::Name(user) })
    }
}
