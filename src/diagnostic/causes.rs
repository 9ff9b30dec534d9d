//! The chain of causes of a library's error. The innermost cause is usually the most informative.

use std::error::Error;
use std::{fmt, io};

/// The messages of an error and of its causes, outermost first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Causes(Vec<String>);

impl Causes {
    /// The messages of `error` and its sources.
    pub fn from_error(error: &(dyn Error + 'static)) -> Self {
        let chain = std::iter::successors(Some(error), |&error| error.source());
        Self(chain.map(ToString::to_string).collect())
    }

    /// A cause that no library reported.
    pub fn from_message(message: impl Into<String>) -> Self {
        Self(vec![message.into()])
    }

    /// Replaces each message by `edit` of it.
    #[must_use]
    pub fn map(self, edit: impl FnMut(String) -> String) -> Self {
        Self(self.0.into_iter().map(edit).collect())
    }

    /// Whether one of the messages is `message`.
    pub fn contains(&self, message: &str) -> bool {
        self.0.iter().any(|cause| cause == message)
    }

    /// Whether one of the messages contains `text`.
    pub fn any_contains(&self, text: &str) -> bool {
        self.0.iter().any(|cause| cause.contains(text))
    }

    /// The innermost cause.
    pub fn innermost(&self) -> &str {
        self.0.last().map_or("", String::as_str)
    }
}

/// All messages, without those that the previous message ends with.
impl fmt::Display for Causes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut before: Option<&str> = None;
        for cause in &self.0 {
            match before {
                None => f.write_str(cause)?,
                Some(before) if before.ends_with(cause.as_str()) => continue,
                Some(_) => write!(f, ": {cause}")?,
            }
            before = Some(cause);
        }
        Ok(())
    }
}

/// An error of the operating system in its words, without its number: `no such file or directory`.
#[derive(Clone, Copy, Debug)]
pub struct IoCause<'a>(pub &'a io::Error);

impl fmt::Display for IoCause<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string();
        let Some(number) = self.0.raw_os_error() else { return f.write_str(&text) };
        let text = text.strip_suffix(&format!(" (os error {number})")).unwrap_or(&text);
        let mut rest = text.chars();
        // The words continue a sentence.
        let first = rest.next().map(|first| first.to_ascii_lowercase());
        f.write_str(&first.into_iter().chain(rest).collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{words}")]
    struct Link {
        words: &'static str,
        #[source]
        next: Option<Box<Link>>,
    }

    fn chain(words: &[&'static str]) -> Link {
        let (first, rest) = words.split_first().unwrap();
        Link { words: first, next: (!rest.is_empty()).then(|| Box::new(chain(rest))) }
    }

    #[test]
    fn each_cause_is_shown_once() {
        let causes = Causes::from_error(&chain(&["send", "connect: refused", "refused", "os error 111"]));
        assert_eq!(causes.to_string(), "send: connect: refused: os error 111");
        assert_eq!(causes.innermost(), "os error 111");
        assert!(causes.contains("refused") && !causes.contains("connect"));
        assert!(causes.any_contains("connect") && !causes.any_contains("refused: os"));
        let hidden = causes.map(|cause| cause.replace("refused", "***"));
        assert_eq!(hidden.to_string(), "send: connect: ***: os error 111");
        assert_eq!(Causes::from_message("slow").innermost(), "slow");
    }

    #[test]
    fn errors_of_the_system_are_shown_without_their_number() {
        let missing = io::Error::from_raw_os_error(2);
        assert_eq!(IoCause(&missing).to_string(), "no such file or directory");
        assert_eq!(IoCause(&io::Error::other("`X` it is")).to_string(), "`X` it is");
    }
}
