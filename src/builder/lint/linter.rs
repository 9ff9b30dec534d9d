//! The state of checking one definition.

use std::collections::HashSet;
use std::ops::Range;

use super::catalogue::severity;
use super::limits::LINT_FINDINGS;
use super::surroundings::Surroundings;
use super::unread::Unread;
use crate::builder::definition::{
    Contents, Definition, Finding, Kind, PathEntry, Rule, Severity, Stage, Text, as_scalar, has_template,
};
use crate::diagnostic::closest;

/// One definition, and the findings so far.
pub(super) struct Linter<'a> {
    pub(super) text: &'a str,
    pub(super) definition: &'a Definition,
    pub(super) surroundings: &'a Surroundings<'a>,
    pub(super) unread: Unread,
    is_whole: bool,
    /// Whether the definition is one that was evaluated for a platform.
    is_evaluated: bool,
    /// What was found in the definition as it is written.
    written: HashSet<(Rule, Range<usize>)>,
    /// What was found in evaluated definitions: platforms differ in little.
    evaluated: HashSet<(Rule, Range<usize>, String)>,
    findings: Vec<Finding>,
    omitted: usize,
    worst_omitted: Severity,
}

impl<'a> Linter<'a> {
    /// `findings` are those of the reader, `is_whole` is whether nothing of the definition is missing.
    pub(super) fn new(
        text: &'a str,
        definition: &'a Definition,
        surroundings: &'a Surroundings<'a>,
        findings: &[Finding],
        is_whole: bool,
    ) -> Self {
        Self {
            text,
            definition,
            surroundings,
            unread: Unread::new(findings),
            is_whole,
            is_evaluated: false,
            written: HashSet::new(),
            evaluated: HashSet::new(),
            findings: Vec::new(),
            omitted: 0,
            worst_omitted: Severity::Note,
        }
    }

    /// Goes on with the definition as it is evaluated for a platform. What was found in the written one is not reported
    /// again.
    pub(super) fn evaluate(&mut self, resolved: &'a Definition) {
        self.definition = resolved;
        self.is_evaluated = true;
    }

    /// A finding with the severity of its rule.
    pub(super) fn finding(&self, rule: Rule, range: Range<usize>, message: impl Into<String>) -> Finding {
        Finding::new(rule, severity(rule), self.first_line(range), message)
    }

    /// A finding with the value to write instead of a text, unless that has several lines.
    pub(super) fn suggest(&self, finding: Finding, text: &Text, value: &str) -> Finding {
        let written = self.text.get(text.range.clone()).unwrap_or_default();
        if written.is_empty() || written.starts_with(['|', '>']) || written.contains(['\n', '\r']) {
            return finding;
        }
        finding.suggest(text.range.clone(), as_scalar(written, value))
    }

    /// Adds a finding.
    pub(super) fn report(&mut self, mut finding: Finding) {
        let place = (finding.rule, finding.range.clone());
        if self.is_evaluated {
            let key = (finding.rule, finding.range.clone(), finding.message.clone());
            if self.written.contains(&place) || !self.evaluated.insert(key) {
                return;
            }
            // What is wrong is in the variable, and others may use it.
            let is_template = |range: &Range<usize>| self.text.get(range.clone()).is_none_or(has_template);
            finding.suggestion = finding.suggestion.filter(|suggestion| !is_template(&suggestion.range));
        } else {
            self.written.insert(place);
        }
        if self.lists_findings() {
            self.findings.push(finding);
        } else {
            self.omitted += 1;
            self.worst_omitted = self.worst_omitted.min(finding.severity);
        }
    }

    /// Adds a finding with the severity of its rule.
    pub(super) fn find(&mut self, rule: Rule, range: Range<usize>, message: impl Into<String>) {
        let finding = self.finding(rule, range, message);
        self.report(finding);
    }

    /// Whether findings are still listed, so that it pays to look for a suggestion.
    pub(super) fn lists_findings(&self) -> bool {
        self.findings.len() < LINT_FINDINGS
    }

    /// The findings in the order of the text.
    pub(super) fn finish(mut self) -> Vec<Finding> {
        self.findings.sort_by_key(|finding| (finding.range.start, finding.rule));
        if self.omitted > 0 {
            let message = format!("{} more findings are not listed", self.omitted);
            let end = self.text.len();
            self.findings.push(Finding::new(Rule::TOO_MANY, self.worst_omitted, end..end, message));
        }
        self.findings
    }

    /// Whether it is a whole definition. A file that completes others lacks what they have.
    pub(super) fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Whether it is a whole definition of an image.
    pub(super) fn is_image(&self) -> bool {
        self.is_whole && self.definition.kind() == Kind::Image
    }

    /// The place for what is missing in the definition: its image, or its beginning.
    pub(super) fn head(&self) -> Range<usize> {
        let named = self.definition.image.as_ref().or(self.definition.name.as_ref());
        named.map_or(self.definition.range.start..self.definition.range.start, |text| text.range.clone())
    }

    /// The contents of the product and of each stage.
    pub(super) fn contents(&self) -> impl Iterator<Item = (Option<&'a Stage>, &'a Contents)> + use<'a> {
        let definition = self.definition;
        let stages = definition.stages.iter();
        let stages = stages.filter_map(|stage| Some((Some(stage), stage.contents.as_ref()?)));
        definition.contents.iter().map(|contents| (None, contents)).chain(stages)
    }

    /// The paths of the product and of each stage.
    pub(super) fn paths(&self) -> impl Iterator<Item = (Option<&'a Stage>, &'a PathEntry)> + use<'a> {
        let definition = self.definition;
        let stages = definition.stages.iter();
        let stages = stages.flat_map(|stage| stage.paths.iter().map(move |entry| (Some(stage), entry)));
        definition.paths.iter().map(|entry| (None, entry)).chain(stages)
    }

    fn first_line(&self, range: Range<usize>) -> Range<usize> {
        let written = self.text.get(range.clone()).unwrap_or_default();
        let line = written.split(['\n', '\r']).next().unwrap_or_default();
        range.start..range.start + line.trim_end().len()
    }
}

/// The known name that is most similar to a text. Long texts and long lists are not compared.
pub(super) fn similar<'n>(text: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    const LONGEST: usize = 100;
    const MOST: usize = 200;
    if text.len() > LONGEST {
        return None;
    }
    // Names of variables are in upper case, and only lower case is compared.
    let known = known.into_iter().filter(|name| name.len() <= LONGEST).take(MOST);
    let known: Vec<(String, &str)> = known.map(|name| (name.to_ascii_lowercase(), name)).collect();
    let found = closest(text, known.iter().map(|(lower, _)| lower.as_str()))?;
    known.iter().find(|(lower, _)| lower == found).map(|(_, name)| *name)
}

/// Text of a definition in a message.
pub(super) fn shown(text: &str) -> String {
    const LONGEST: usize = 120;
    let mut shown: String = text.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown.replace("\\\"", "\"").replace("\\'", "'").replace('`', "'")
}
