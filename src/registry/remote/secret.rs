//! A secret is never printed: not in an error, not in a log, not by `{:?}`.

use std::fmt;

use crate::registry::Secrets;

/// Text that must not be shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes the text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for the request that needs it.
    pub(in crate::registry) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Text of a foreign answer, fit to be shown: one line, bounded, without control characters and without any secret of
/// the run, nor one of `own`, what was sent with the request, however short.
pub(super) fn presentable(text: &str, secrets: &Secrets, own: &[Secret]) -> String {
    const LONGEST: usize = 200;
    let own: Vec<&str> = own.iter().map(Secret::expose).collect();
    let text = secrets.redact_with(text, &own);
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect();
    let line: String = words.join(" ");
    if line.chars().count() > LONGEST { line.chars().take(LONGEST).chain(['…']).collect() } else { line }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_printed() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret:?} {:#?}", Some(&secret)).matches("hunter2").count(), 0);
        let secrets = Secrets::default();
        assert_eq!(presentable("you sent hunter2\n\u{1b}[31m", &secrets, &[secret]), "you sent *** [31m");
        assert_eq!(presentable(&"é".repeat(999), &secrets, &[]).chars().count(), 201);
        // Its own secrets do not hide the beginning of another one, nor the other way round.
        let (other, own) = (Secrets::default(), ["hunter2 tail", "a", ""].map(Secret::new));
        other.add("hunter2");
        other.add("banana!");
        assert_eq!(presentable("hunter2 tail, banana! x", &other, &own), "***, *** x");
        // What is cut off is looked at before.
        secrets.add("hunter2");
        let long = format!("{}HUNTER2", "x ".repeat(97));
        assert!(presentable(&long, &secrets, &[]).ends_with("x ***"), "{long}");
    }
}
