//! The result of checking definitions: what counts, and as JSON and commands of GitHub Actions.

use serde::Serialize;

use super::catalogue::rule_text;
use super::result::FileResult;
use crate::builder::definition::{Finding, Keyword, LineIndex, Position, Severity};
use crate::evidence::ConclusionKind;
use crate::report::Location;
use crate::report::github::line_at;
use crate::report::json::text;
use crate::report::style::printable;

/// The version of `docs/schemas/definition-lint-1.json`.
const SCHEMA_VERSION: u32 = 1;

/// All files that were checked.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// The files, sorted by their path.
    pub files: &'a [FileResult],
    /// Files of directories that are no definitions.
    pub skipped: usize,
    /// Whether a warning is a reason to fail.
    pub deny_warnings: bool,
}

/// The numbers of findings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Findings with the severity `error`.
    pub errors: usize,
    /// Findings with the severity `warning`.
    pub warnings: usize,
    /// Findings with the severity `note`.
    pub notes: usize,
}

impl Run<'_> {
    /// The numbers of findings in all files.
    pub fn counts(&self) -> Counts {
        let count = |severity| self.files.iter().map(|file| file.count(severity)).sum();
        Counts {
            errors: count(Severity::Error),
            warnings: count(Severity::Warning),
            notes: count(Severity::Note),
        }
    }

    /// Whether there is a reason to fail.
    pub fn is_fail(&self) -> bool {
        let counts = self.counts();
        counts.errors > 0 || (self.deny_warnings && counts.warnings > 0)
    }

    /// `pass` or `fail`.
    pub fn verdict(&self) -> ConclusionKind {
        if self.is_fail() { ConclusionKind::Fail } else { ConclusionKind::Pass }
    }

    /// What was checked and found, in a few words.
    pub fn summary(&self) -> String {
        let Counts { errors, warnings, notes } = self.counts();
        let mut parts = vec![
            counted(self.files.len(), "file"),
            counted(errors, "error"),
            counted(warnings, "warning"),
            counted(notes, "note"),
        ];
        if self.skipped > 0 {
            parts.push(format!("{} that {} no definition", counted(self.skipped, "file"), are(self.skipped)));
        }
        parts.join(", ")
    }

    /// The JSON document: `docs/schemas/definition-lint-1.json`.
    pub fn json(&self) -> String {
        let mut findings = Vec::new();
        for (number, file) in self.files.iter().enumerate() {
            let index = LineIndex::new(&file.text);
            findings.extend(file.findings.iter().map(|finding| FindingJson::new(number, finding, &index)));
        }
        text(&RunJson {
            schema_version: SCHEMA_VERSION,
            verdict: self.verdict().id(),
            counts: self.counts(),
            files: self.files.iter().map(|file| FileJson { name: &file.file }).collect(),
            skipped: self.skipped,
            findings,
        })
    }

    /// Commands of GitHub Actions, each at the place of its finding. Notes are among them on request.
    pub fn github(&self, notes: bool) -> String {
        let mut commands = String::new();
        for file in self.files {
            let index = LineIndex::new(&file.text);
            for finding in &file.findings {
                let command = match finding.severity {
                    Severity::Error => "error",
                    Severity::Warning => "warning",
                    Severity::Note if notes => "notice",
                    Severity::Note => continue,
                };
                let (start, end) = ends(finding, &index);
                let place = Location { file: file.file.clone(), line: start.line };
                // GitHub refuses columns of an annotation with several lines.
                let columns = (start.line == end.line)
                    .then(|| (start.column, end.column.saturating_sub(1).max(start.column)));
                let mut lines = vec![printable(&finding.message)];
                lines.extend(finding.notes.iter().map(|note| printable(note)));
                lines.extend(help(finding).map(|help| printable(&help)));
                commands.push_str(&line_at(
                    command,
                    Some(&place),
                    columns,
                    finding.rule.as_str(),
                    &lines.join("\n"),
                ));
            }
        }
        let title = self.verdict().as_str();
        commands + &line_at("notice", None, None, title, &self.summary())
    }
}

/// What to do about a finding: the text to write instead, or the advice of its rule.
pub fn help(finding: &Finding) -> Option<String> {
    match &finding.suggestion {
        Some(suggestion) if suggestion.text.is_empty() => Some("remove it".to_owned()),
        Some(suggestion) => Some(format!("write `{}`", suggestion.text)),
        None => rule_text(finding.rule).map(|text| text.action.trim_end_matches('.').to_owned()),
    }
}

/// The first character of a finding, and the one after its last.
pub(super) fn ends(finding: &Finding, index: &LineIndex<'_>) -> (Position, Position) {
    (index.position(finding.range.start), index.position(finding.range.end))
}

fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

fn are(number: usize) -> &'static str {
    if number == 1 { "is" } else { "are" }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RunJson<'a> {
    schema_version: u32,
    verdict: &'static str,
    counts: Counts,
    files: Vec<FileJson<'a>>,
    skipped: usize,
    findings: Vec<FindingJson<'a>>,
}

#[derive(Serialize)]
struct FileJson<'a> {
    name: &'a str,
}

#[derive(Serialize)]
struct FindingJson<'a> {
    level: &'static str,
    rule: &'static str,
    file: usize,
    start: PositionJson,
    end: PositionJson,
    message: &'a str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    notes: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    suggestion: Option<SuggestionJson<'a>>,
}

#[derive(Serialize)]
struct PositionJson {
    line: usize,
    column: usize,
}

#[derive(Serialize)]
struct SuggestionJson<'a> {
    start: PositionJson,
    end: PositionJson,
    text: &'a str,
}

impl From<Position> for PositionJson {
    fn from(position: Position) -> Self {
        Self { line: position.line, column: position.column }
    }
}

impl<'a> FindingJson<'a> {
    fn new(file: usize, finding: &'a Finding, index: &LineIndex<'_>) -> Self {
        let (start, end) = ends(finding, index);
        let suggestion = finding.suggestion.as_ref().map(|suggestion| SuggestionJson {
            start: index.position(suggestion.range.start).into(),
            end: index.position(suggestion.range.end).into(),
            text: &suggestion.text,
        });
        Self {
            level: finding.severity.as_str(),
            rule: finding.rule.as_str(),
            file,
            start: start.into(),
            end: end.into(),
            message: &finding.message,
            notes: &finding.notes,
            suggestion,
        }
    }
}
