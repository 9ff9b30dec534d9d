//! What was found in one file.

use super::catalogue::severity;
use crate::builder::definition::{Finding, Rule, Severity};
use crate::yaml;

/// One file and its findings.
#[derive(Clone, Debug)]
pub struct FileResult {
    /// The path as the user wrote it, `-` for standard input.
    pub file: String,
    /// The whole text.
    pub text: String,
    /// The findings, in the order of the text.
    pub findings: Vec<Finding>,
}

impl FileResult {
    /// A file that is not YAML with one meaning.
    pub fn unreadable(file: String, text: String, error: &yaml::Error) -> Self {
        let (line, message) = match error {
            yaml::Error::Unreadable { line, cause, .. } => (*line, cause.clone()),
            yaml::Error::Exceeded { line, exceeded, .. } => (*line, exceeded.to_string()),
        };
        let mut start = 0;
        for written in text.split_inclusive('\n').take(line.saturating_sub(1)) {
            start += written.len();
        }
        let length = text.get(start..).and_then(|rest| rest.lines().next()).map_or(0, str::len);
        let finding =
            Finding::new(Rule::UNREADABLE, severity(Rule::UNREADABLE), start..start + length, message);
        Self { file, text, findings: vec![finding] }
    }

    /// Adds findings, and sorts all by their place.
    pub fn add(&mut self, findings: impl IntoIterator<Item = Finding>) {
        self.findings.extend(findings);
        self.findings.sort_by_key(|finding| (finding.range.start, finding.rule));
    }

    /// The number of findings with this severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }
}
