//! Diagnostics: failures as data, with code, message, facts and remedies.
//!
//! Each code is stable and has one exit code. Each module declares its own codes and converts its errors to
//! diagnostics ([`ToDiagnostic`]). A remedy is data: only the program that shows a diagnostic puts it into words, with
//! its options and commands.

mod causes;
mod closest;
mod code;
mod exit;
mod remedy;

use std::fmt;

pub use causes::{Causes, IoCause};
pub use closest::closest;
pub(crate) use code::codes;
pub use code::{CODES, Catalogue, Code};
pub use exit::Exit;
pub use remedy::{PrivateKeyForm, PublicKeyForm, Remedy, TextEncoding};

/// The most characters of a fact.
pub(crate) const FACT: usize = 500;

/// One finding as it is shown to a person or written to a report: code, message, facts and remedies.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diagnostic {
    /// The code of the cause.
    pub code: Code,
    /// What is wrong, with which object; without a full stop.
    pub message: String,
    /// Name and value, such as `expected` and a digest.
    pub facts: Vec<(String, String)>,
    /// What to do.
    pub remedies: Vec<Remedy>,
}

impl Diagnostic {
    /// A diagnostic without facts and remedies.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), facts: Vec::new(), remedies: Vec::new() }
    }

    /// Adds a fact. A long value is cut.
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

    /// Sets the remedy. Replaces any other.
    #[must_use]
    pub fn remedy(mut self, remedy: Remedy) -> Self {
        self.remedies = vec![remedy];
        self
    }

    /// Sets the remedy if there is one. Then it replaces any other.
    #[must_use]
    pub fn maybe_remedy(self, remedy: Option<Remedy>) -> Self {
        match remedy {
            Some(remedy) => self.remedy(remedy),
            None => self,
        }
    }

    /// Prefixes the message with the object that it is about.
    #[must_use]
    pub fn about(self, object: impl fmt::Display) -> Self {
        Self { message: format!("{object}: {}", self.message), ..self }
    }

    /// The exit code of its code.
    pub fn exit(&self) -> Exit {
        self.code.exit()
    }
}

/// Conversion of an error to a [`Diagnostic`]. The error type of each module implements it.
pub trait ToDiagnostic {
    /// The error as a diagnostic.
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
    fn exits_are_ordered_by_severity_as_documented() {
        use Exit::*;
        let order = [Pass, Fail, Usage, Missing, Unavailable, Denied, Limit, BadProof, Bug];
        assert!(order.is_sorted());
        assert_eq!(order.map(Exit::code), [0, 1, 2, 3, 6, 5, 4, 4, 70]);
    }
}
