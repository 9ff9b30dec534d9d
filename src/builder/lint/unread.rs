//! What the reader could not read: values that are absent because of another finding.

use std::collections::HashSet;
use std::ops::Range;

use crate::builder::definition::{Finding, Rule, Severity};

/// The parts of a definition that have errors. What is missing there is not reported: the error is the cause.
#[derive(Clone, Debug, Default)]
pub(super) struct Unread {
    /// The known keys that misspelled ones stand for.
    misspelled: HashSet<String>,
    /// Where the errors are.
    errors: Vec<Range<usize>>,
}

impl Unread {
    /// The parts with errors, by the findings of the reader.
    pub(super) fn new(findings: &[Finding]) -> Self {
        let unknown = findings.iter().filter(|finding| finding.rule == Rule::UNKNOWN_KEY);
        let errors = findings.iter().filter(|finding| finding.severity == Severity::Error);
        Self {
            misspelled: unknown
                .filter_map(|finding| Some(finding.suggestion.as_ref()?.text.clone()))
                .collect(),
            errors: errors.map(|finding| finding.range.clone()).collect(),
        }
    }

    /// Whether a misspelled key stands for this one.
    pub(super) fn is_misspelled(&self, key: &str) -> bool {
        self.misspelled.contains(key)
    }

    /// Whether an error is in a part of the text.
    pub(super) fn is_in(&self, part: &Range<usize>) -> bool {
        self.errors.iter().any(|error| part.start <= error.start && error.end <= part.end)
    }
}
