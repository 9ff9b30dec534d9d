//! A secret is never printed: not in an error, not in a log, not by `{:?}`.

use std::fmt;

/// Text that must not be shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes the text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for the request that needs it.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Text of a foreign answer, fit to be shown: one line, bounded, without control characters and without any
/// of `secrets`.
pub(super) fn presentable(text: &str, secrets: &[Secret]) -> String {
    const LONGEST: usize = 200;
    let text = redact(text, secrets);
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect();
    let line: String = words.join(" ");
    if line.chars().count() > LONGEST { line.chars().take(LONGEST).chain(['…']).collect() } else { line }
}

/// `text` without any of `secrets`.
pub(super) fn redact(text: &str, secrets: &[Secret]) -> String {
    let mut secrets: Vec<&str> =
        secrets.iter().map(Secret::expose).filter(|secret| !secret.is_empty()).collect();
    // One secret can be a part of another.
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    secrets.into_iter().fold(text.to_owned(), |text, secret| text.replace(secret, "***"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_printed() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret:?} {:#?}", Some(&secret)).matches("hunter2").count(), 0);
        assert_eq!(presentable("you sent hunter2\n\u{1b}[31m", &[secret]), "you sent *** [31m");
        assert_eq!(presentable(&"é".repeat(999), &[]).chars().count(), 201);
    }
}
