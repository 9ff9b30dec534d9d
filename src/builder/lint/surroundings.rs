//! What rules know besides the definition.

use std::collections::BTreeSet;

use jiff::civil::Date;

/// What is known besides the text of a definition.
#[derive(Clone, Debug)]
pub struct Surroundings<'a> {
    /// The path of the definition as the user wrote it.
    pub file: &'a str,
    /// The day on which it is judged.
    pub today: Date,
    /// The files that its `paths` can take.
    pub sources: SourceFiles,
}

/// The files of the repository that a definition is in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SourceFiles {
    /// Nothing is known: the rule is skipped.
    #[default]
    Unknown,
    /// The root of the repository is a guess. The set has the paths that exist below it.
    Guessed(BTreeSet<String>),
    /// The root is known. The set has the paths that exist, and for a missing one those beside it.
    Known(BTreeSet<String>),
}
