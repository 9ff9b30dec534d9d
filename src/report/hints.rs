//! The texts that a program supplies to renderers: hints, which name its own options and commands, and the pages of
//! error codes.

use std::borrow::Cow;

use crate::diagnostic::{Code, Diagnostic, Remedy};

/// The hints and error pages of one program. Every renderer that shows diagnostics needs them.
pub trait HintTexts {
    /// The text of a remedy: one line without a full stop, with commands that can be pasted.
    fn remedy(&self, remedy: &Remedy) -> Cow<'static, str>;

    /// The pages of all error codes, in the order of the documentation.
    fn pages(&self) -> &[ErrorPage];

    /// The hint of a diagnostic in one line. `None` if it has no remedy.
    fn hint(&self, diagnostic: &Diagnostic) -> Option<String> {
        let lines: Vec<Cow<'_, str>> = diagnostic.remedies.iter().map(|remedy| self.remedy(remedy)).collect();
        (!lines.is_empty()).then(|| lines.join("; "))
    }
}

/// The page of an error code. The texts are whole sentences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorPage {
    /// The code.
    pub code: Code,
    /// The usual cause.
    pub cause: &'static str,
    /// What was checked before the error, and what was not.
    pub checked: &'static str,
    /// What to do.
    pub remedy: &'static str,
    /// A command line that produces the error.
    pub example: &'static str,
}

/// Returns the same text for every remedy.
#[cfg(test)]
pub(super) struct OneText(pub(super) &'static str);

#[cfg(test)]
impl HintTexts for OneText {
    fn remedy(&self, _: &Remedy) -> Cow<'static, str> {
        self.0.into()
    }

    fn pages(&self) -> &[ErrorPage] {
        &[]
    }
}
