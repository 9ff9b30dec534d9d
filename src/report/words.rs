//! What renderers leave to the program that shows their text: the words for what to do, which name its own options and
//! commands, and the pages of its codes.

use std::borrow::Cow;

use crate::diagnostic::{Code, Diagnostic, Remedy};

/// The words of one program. Every renderer that shows diagnostics takes them.
pub trait Words {
    /// A remedy in one line without a full stop, to be pasted where possible.
    fn remedy(&self, remedy: &Remedy) -> Cow<'static, str>;

    /// The pages of all codes, in the order in which they are documented.
    fn pages(&self) -> &[ErrorPage];

    /// What to do about a diagnostic, in one line.
    fn hint(&self, diagnostic: &Diagnostic) -> Option<String> {
        let lines: Vec<Cow<'_, str>> = diagnostic.remedies.iter().map(|remedy| self.remedy(remedy)).collect();
        (!lines.is_empty()).then(|| lines.join("; "))
    }
}

/// What is known of a code beyond what it says itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorPage {
    /// The code.
    pub code: Code,
    /// What usually brings it about.
    pub cause: &'static str,
    /// What was found out nevertheless, and what was not.
    pub checked: &'static str,
    /// What to do.
    pub remedy: &'static str,
    /// A command line that meets it.
    pub example: &'static str,
}

/// Words that say one text of every remedy.
#[cfg(test)]
pub(super) struct OneText(pub(super) &'static str);

#[cfg(test)]
impl Words for OneText {
    fn remedy(&self, _: &Remedy) -> Cow<'static, str> {
        self.0.into()
    }

    fn pages(&self) -> &[ErrorPage] {
        &[]
    }
}
