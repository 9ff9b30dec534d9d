//! What is wrong with a definition, or worth knowing about it.

use std::fmt;
use std::ops::Range;

use super::keyword::keywords;

/// One observation about a definition.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Finding {
    /// The rule that found it.
    pub rule: Rule,
    /// How much it counts.
    pub severity: Severity,
    /// The bytes of the text that it is about.
    pub range: Range<usize>,
    /// What is wrong, without a full stop.
    pub message: String,
    /// A few words beside the marked text. May be empty.
    pub label: String,
    /// More that helps to understand it, one sentence each.
    pub notes: Vec<String>,
    /// The text to write instead.
    pub suggestion: Option<Suggestion>,
}

/// A replacement of a part of the text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Suggestion {
    /// The bytes that are replaced.
    pub range: Range<usize>,
    /// What they are replaced with.
    pub text: String,
}

keywords! {
    /// How much a finding counts.
    Severity {
        /// The definition cannot be used as it is.
        Error = "error",
        /// The definition can be used, and this is probably a mistake.
        Warning = "warning",
        /// Worth knowing.
        Note = "note",
    }
}

/// A rule with a stable ID: `definition/name` in kebab case. Each module declares its own with `rules!`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Rule {
    id: &'static str,
    title: &'static str,
}

impl Rule {
    /// Only `rules!` makes one.
    #[doc(hidden)]
    pub(crate) const fn declared(id: &'static str, title: &'static str) -> Self {
        Self { id, title }
    }

    /// The ID.
    pub fn as_str(self) -> &'static str {
        self.id
    }

    /// What it finds, in one line without a full stop.
    pub fn title(self) -> &'static str {
        self.title
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id)
    }
}

/// Declares the rules of a module: each becomes a constant of [`Rule`], and all of them `RULES`.
macro_rules! rules {
    ($($name:ident = $id:literal, $title:literal;)*) => {
        impl $crate::builder::definition::Rule {
            $(
                #[doc = concat!("`", $id, "`: ", $title, ".")]
                pub const $name: Self = Self::declared($id, $title);
            )*
        }

        /// The rules that this module declares.
        pub const RULES: &[$crate::builder::definition::Rule] =
            &[$($crate::builder::definition::Rule::$name,)*];
    };
}

pub(crate) use rules;

impl Finding {
    /// A finding without label, notes and suggestion.
    pub fn new(rule: Rule, severity: Severity, range: Range<usize>, message: impl Into<String>) -> Self {
        let (message, label, notes) = (message.into(), String::new(), Vec::new());
        Self { rule, severity, range, message, label, notes, suggestion: None }
    }

    /// With a few words beside the marked text.
    #[must_use]
    pub fn label(self, label: impl Into<String>) -> Self {
        Self { label: label.into(), ..self }
    }

    /// With another note.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// With the text that replaces a part of the definition.
    #[must_use]
    pub fn suggest(self, range: Range<usize>, text: impl Into<String>) -> Self {
        Self { suggestion: Some(Suggestion { range, text: text.into() }), ..self }
    }
}
