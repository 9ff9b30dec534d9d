//! What an error says of its causes: libraries put a cause behind each error, and the last one mostly says most.

use std::error::Error;
use std::fmt;

/// The words of an error and of what caused it, outermost first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Causes(Vec<String>);

impl Causes {
    /// Those of `error`.
    pub fn of(error: &(dyn Error + 'static)) -> Self {
        let chain = std::iter::successors(Some(error), |&error| error.source());
        Self(chain.map(ToString::to_string).collect())
    }

    /// A cause that no library reported.
    pub fn one(words: impl Into<String>) -> Self {
        Self(vec![words.into()])
    }

    /// The same with other words for each.
    #[must_use]
    pub fn map(self, words: impl FnMut(String) -> String) -> Self {
        Self(self.0.into_iter().map(words).collect())
    }

    /// Whether one of them is said in exactly these words.
    pub fn has(&self, words: &str) -> bool {
        self.0.iter().any(|cause| cause == words)
    }

    /// Whether one of them holds these words.
    pub fn mention(&self, words: &str) -> bool {
        self.0.iter().any(|cause| cause.contains(words))
    }

    /// The innermost cause.
    pub fn innermost(&self) -> &str {
        self.0.last().map_or("", String::as_str)
    }
}

/// All of them, without those that the one before repeats.
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
    fn all_causes_are_told_once_and_the_last_is_known() {
        let causes = Causes::of(&chain(&["send", "connect: refused", "refused", "os error 111"]));
        assert_eq!(causes.to_string(), "send: connect: refused: os error 111");
        assert_eq!(causes.innermost(), "os error 111");
        assert!(causes.has("refused") && !causes.has("connect"));
        assert!(causes.mention("connect") && !causes.mention("refused: os"));
        let hidden = causes.map(|cause| cause.replace("refused", "***"));
        assert_eq!(hidden.to_string(), "send: connect: ***: os error 111");
        assert_eq!(Causes::one("slow").innermost(), "slow");
    }
}
