//! A failure as data: a stable code with one exit code, what is wrong with which object, facts, and what to do. Each
//! module declares its own codes. The program that shows a diagnostic has the words for what to do, with options and commands.

mod causes;
mod code;
mod exit;
mod remedy;

use std::fmt;

pub use causes::Causes;
pub(crate) use code::codes;
pub use code::{CODES, Catalogue, Code};
pub use exit::Exit;
pub use remedy::{PrivateKeyForm, PublicKeyForm, Remedy, TextEncoding};

/// Characters of a fact.
pub(crate) const FACT: usize = 500;

/// One failure as it is shown to a person or written to a report: what is wrong with which thing, the facts
/// side by side, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diagnostic {
    /// Which of the known causes.
    pub code: Code,
    /// What is wrong with which thing, without a full stop.
    pub message: String,
    /// Name and value, such as `expected` and a digest.
    pub facts: Vec<(String, String)>,
    /// What to do.
    pub remedies: Vec<Remedy>,
}

impl Diagnostic {
    /// A diagnostic without facts and remedies.
    pub fn new(code: Code, what: impl Into<String>) -> Self {
        Self { code, message: what.into(), facts: Vec::new(), remedies: Vec::new() }
    }

    /// Adds a fact.
    #[must_use]
    pub fn fact(mut self, name: &str, value: impl fmt::Display) -> Self {
        let mut value = value.to_string();
        // Text from outside can be as long as a manifest.
        if let Some((end, _)) = value.char_indices().nth(FACT) {
            value.truncate(end);
            value.push_str("..");
        }
        self.facts.push((name.to_owned(), value));
        self
    }

    /// Sets the remedy, in place of any other.
    #[must_use]
    pub fn remedy(mut self, remedy: Remedy) -> Self {
        self.remedies = vec![remedy];
        self
    }

    /// Sets the remedy if there is one, in place of any other.
    #[must_use]
    pub fn maybe_remedy(self, remedy: Option<Remedy>) -> Self {
        match remedy {
            Some(remedy) => self.remedy(remedy),
            None => self,
        }
    }

    /// Says first what it is about.
    #[must_use]
    pub fn about(self, what: impl fmt::Display) -> Self {
        Self { message: format!("{what}: {}", self.message), ..self }
    }

    /// The exit code of its code.
    pub fn exit(&self) -> Exit {
        self.code.exit()
    }
}

/// What the error of each module can do.
pub trait ToDiagnostic {
    /// The error as a person should see it.
    fn to_diagnostic(&self) -> Diagnostic;

    /// Its stable code.
    fn code(&self) -> Code {
        self.to_diagnostic().code
    }
}

impl<E: ToDiagnostic> From<E> for Diagnostic {
    fn from(error: E) -> Self {
        error.to_diagnostic()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_severe_exit_wins_in_the_documented_order() {
        use Exit::*;
        let order = [Pass, Fail, Usage, Missing, Unavailable, Denied, Limit, BadProof, Bug];
        assert!(order.is_sorted());
        assert_eq!(order.map(Exit::code), [0, 1, 2, 3, 6, 5, 4, 4, 70]);
    }
}
