//! The state of reading one definition: its text, the findings, and what has been visited.

use std::ops::Range;

use super::slot::Slot;
use crate::builder::definition::limits::{DEFINITION_DEPTH, DEFINITION_FINDINGS, DEFINITION_VALUES};
use crate::builder::definition::{Finding, Rule, Severity, as_scalar};
use crate::limits::Exceeded;
use crate::yaml::{ScalarType, Value};

/// Reads values and collects findings. Its methods are in the files of this module, one file for each part of a
/// definition. What cannot be read is `None`, with a finding.
pub(super) struct Reader<'a> {
    pub(super) text: &'a str,
    /// Whether keys are required. They are not in a file that only completes others.
    pub(super) is_whole: bool,
    findings: Vec<Finding>,
    /// The number of findings that are not listed, and the worst of them.
    omitted: usize,
    worst_omitted: Severity,
    visited: usize,
    /// The limit that was reached, and its line. Nothing is read after that.
    exceeded: Option<(usize, Exceeded)>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            is_whole: true,
            findings: Vec::new(),
            omitted: 0,
            worst_omitted: Severity::Note,
            visited: 0,
            exceeded: None,
        }
    }

    /// The findings in the order of the text, or the limit that was reached and its line.
    pub(super) fn finish(mut self) -> Result<Vec<Finding>, (usize, Exceeded)> {
        if let Some(exceeded) = self.exceeded {
            return Err(exceeded);
        }
        self.findings.sort_by_key(|finding| finding.range.start);
        if self.omitted > 0 {
            let message = format!("{} more findings are not listed", self.omitted);
            let end = self.text.len();
            self.findings.push(Finding::new(Rule::TOO_MANY, self.worst_omitted, end..end, message));
        }
        Ok(self.findings)
    }

    /// Counts a value. False once a limit is reached: then nothing more is read.
    pub(super) fn visit(&mut self, value: Value<'a>) -> bool {
        self.visited += 1;
        if self.visited > DEFINITION_VALUES && self.exceeded.is_none() {
            let exceeded =
                Exceeded::new("a definition with its aliases resolved", DEFINITION_VALUES, "values");
            self.exceeded = Some((value.line(), exceeded));
        }
        self.exceeded.is_none()
    }

    /// Whether the values in one at this depth are read.
    pub(super) fn descend(&mut self, value: Value<'a>, depth: usize) -> bool {
        if depth >= DEFINITION_DEPTH && self.exceeded.is_none() {
            let exceeded = Exceeded::new("the arguments of an action", DEFINITION_DEPTH, "levels");
            self.exceeded = Some((value.line(), exceeded));
        }
        self.exceeded.is_none()
    }

    /// Whether findings are still listed, so that it pays to look for a suggestion.
    pub(super) fn lists_findings(&self) -> bool {
        self.findings.len() < DEFINITION_FINDINGS
    }

    /// Adds a finding.
    pub(super) fn report(&mut self, finding: Finding) {
        if self.lists_findings() {
            self.findings.push(finding);
        } else {
            self.omitted += 1;
            self.worst_omitted = self.worst_omitted.min(finding.severity);
        }
    }

    /// Adds an error.
    pub(super) fn error(&mut self, rule: Rule, range: Range<usize>, message: impl Into<String>) {
        self.report(Finding::new(rule, Severity::Error, range, message));
    }

    /// Adds a warning.
    pub(super) fn warn(&mut self, rule: Rule, range: Range<usize>, message: impl Into<String>) {
        self.report(Finding::new(rule, Severity::Warning, range, message));
    }

    /// The text of a range.
    pub(super) fn written(&self, range: Range<usize>) -> &'a str {
        self.text.get(range).unwrap_or_default()
    }

    /// The part of a range that is on its first line.
    pub(super) fn first_line(&self, range: Range<usize>) -> Range<usize> {
        let line = self.written(range.clone()).split(['\n', '\r']).next().unwrap_or_default();
        range.start..range.start + line.trim_end().len()
    }

    /// Where a finding about a value points: to the value, or to its key if nothing is written.
    pub(super) fn place(&self, slot: &Slot<'a>) -> Range<usize> {
        match (slot.value.range(), slot.key.as_ref()) {
            (range, Some(key)) if range.is_empty() => key.clone(),
            (range, _) => self.first_line(range),
        }
    }

    /// Reports a value of the wrong type.
    pub(super) fn wrong_type(&mut self, slot: &Slot<'a>, expected: &str) {
        let found = found(slot.value);
        let range = self.place(slot);
        let message = format!("`{}`: expected {expected}, found {found}", slot.name);
        let mut finding = Finding::new(Rule::WRONG_TYPE, Severity::Error, range.clone(), message)
            .label(format!("expected {expected}"));
        let written = self.written(slot.value.range());
        let is_simple =
            !written.is_empty() && !written.contains(['\n', ',', '[', ']', '{', '}', '#', '&', '*']);
        if expected == "a list" && slot.value.scalar().is_some() && is_simple {
            finding = finding.suggest(range, format!("[{written}]"));
        }
        self.report(finding);
    }

    /// The text as a scalar of YAML that replaces `range`: quoted as the text there, or where it must be.
    pub(super) fn as_scalar(&self, range: Range<usize>, text: &str) -> String {
        as_scalar(self.written(range), text)
    }
}

/// What a value is, for people.
fn found(value: Value<'_>) -> String {
    if let Some(tag) = value.tag() {
        return format!("a value with the tag `{tag}`");
    }
    let Some(types) = value.scalar_types() else {
        return if value.is_mapping() { "a mapping" } else { "a list" }.to_owned();
    };
    type_name(if types.yaml_1_1 == ScalarType::Text { types.yaml_1_2 } else { types.yaml_1_1 }).to_owned()
}

/// A type, for people.
pub(super) fn type_name(scalar: ScalarType) -> &'static str {
    match scalar {
        ScalarType::Text => "a text",
        ScalarType::Null => "no value",
        ScalarType::Bool => "a boolean",
        ScalarType::Int | ScalarType::Float => "a number",
        ScalarType::Time => "a date",
        ScalarType::Indicator => "an indicator of YAML",
    }
}
