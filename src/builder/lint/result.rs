//! What was found in one file.

use super::catalogue::severity;
use crate::builder::definition::{Finding, Rule, Severity};
use crate::builder::platform;
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
    /// A definition that is not YAML with one meaning, or includes such a file, or reaches a limit.
    pub fn unreadable(file: String, text: String, error: &platform::Error) -> Self {
        let is_own = |named: &str| named == file;
        let (line, column, message) = match error {
            platform::Error::Yaml(yaml::Error::Unreadable { file, line, column, cause }) if is_own(file) => {
                (*line, *column, cause.clone())
            }
            platform::Error::Yaml(yaml::Error::Exceeded { file, line, exceeded }) if is_own(file) => {
                (*line, None, exceeded.to_string())
            }
            other => (1, None, other.to_string()),
        };
        let mut start = 0;
        for written in text.split_inclusive('\n').take(line.saturating_sub(1)) {
            start += written.len();
        }
        let written = text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        // Without a column, the whole line is marked.
        let begin = match column {
            Some(column) => {
                written.char_indices().nth(column.saturating_sub(1)).map_or(written.len(), |(at, _)| at)
            }
            None => written.len() - written.trim_start().len(),
        };
        let range = start + begin..start + written.trim_end().len().max(begin);
        let finding = Finding::new(Rule::UNREADABLE, severity(Rule::UNREADABLE), range, message);
        Self { file, text, findings: vec![finding] }
    }

    /// A definition without a text, and why.
    pub fn unread(file: String, why: String) -> Self {
        let finding = Finding::new(Rule::UNREADABLE, severity(Rule::UNREADABLE), 0..0, why);
        Self { file, text: String::new(), findings: vec![finding] }
    }

    /// Adds the findings of another definition about the same file.
    pub fn merge(&mut self, other: Self) {
        if self.findings.is_empty() {
            self.text = other.text;
        }
        let new = other.findings.into_iter().filter(|finding| !self.findings.contains(finding));
        self.findings.extend(new.collect::<Vec<_>>());
        self.sort();
    }

    /// Puts the findings in the order of the text.
    pub(super) fn sort(&mut self) {
        self.findings.sort_by(|one, other| {
            let key = |finding: &Finding| (finding.range.start, finding.range.end, finding.rule);
            key(one).cmp(&key(other)).then_with(|| one.message.cmp(&other.message))
        });
    }

    /// The number of findings with this severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }
}
