//! The formats of `dhi definition lint`.

use std::collections::{BTreeMap, BTreeSet};

use clap::ValueEnum;

use super::super::renderings::{OutputFormat, Renderings, Syntax};
use super::excerpt::excerpt;
use super::source::check_output;
use crate::builder::definition::{Finding, LineIndex, Rule, Severity};
use crate::builder::lint::{FileResult, Run, help};
use crate::diagnostic::Diagnostic;
use crate::report::Style;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Table,
    /// For programs: docs/schemas/definition-lint-1.json
    Json,
    /// SARIF 2.1.0, for code scanning and editors
    Sarif,
    /// Annotations of a GitHub Actions run
    Github,
}

impl OutputFormat for Format {
    fn syntax(self) -> Syntax {
        match self {
            Self::Json | Self::Sarif => Syntax::Json,
            Self::Table | Self::Github => Syntax::Text,
        }
    }
}

impl Format {
    /// The text of a run. With `notes`, people see the notes too.
    pub(super) fn render(self, run: &Run<'_>, notes: bool, style: Style) -> String {
        match self {
            Self::Table => excerpts(run, notes, style),
            Self::Json => run.json(),
            Self::Sarif => run.sarif(),
            Self::Github => run.github(notes),
        }
    }
}

/// Refuses results that would replace each other, or a definition that is checked.
///
/// # Errors
///
/// `usage/arguments`.
pub(super) fn check_outputs(
    outputs: &Renderings<Format>,
    definitions: &BTreeSet<String>,
) -> Result<(), Diagnostic> {
    outputs.check([])?;
    outputs.files().try_for_each(|(_, file)| check_output(file, definitions.iter().map(String::as_str)))
}

/// Every finding with its excerpt, and what was found in all. Files without a text are not among them: they are printed
/// as the errors of the run. What to do about a rule is said once, with its first finding.
fn excerpts(run: &Run<'_>, notes: bool, style: Style) -> String {
    let mut advised: BTreeMap<Rule, usize> = BTreeMap::new();
    for finding in run.files.iter().flat_map(|file| shown(file, notes)).filter(|one| one.suggestion.is_none())
    {
        *advised.entry(finding.rule).or_default() += 1;
    }
    let mut text = String::new();
    for file in run.files {
        let index = LineIndex::new(&file.text);
        for finding in shown(file, notes) {
            let help = match finding.suggestion {
                Some(_) => help(finding),
                // It is removed, so that it is said once.
                None => advised.remove(&finding.rule).and_then(|count| Some(advice(&help(finding)?, count))),
            };
            text.push_str(&excerpt(&file.file, &file.text, &index, finding, help.as_deref(), style));
            text.push('\n');
        }
    }
    let word = run.verdict().as_str();
    let verdict = if run.is_fail() { style.bad(word) } else { style.good(word) };
    text + &style.lines(&format!("{verdict}: {}", run.summary()), 2)
}

/// The findings of a file that people see.
fn shown(file: &FileResult, notes: bool) -> impl Iterator<Item = &Finding> {
    let has_excerpt = !file.text.is_empty();
    file.findings.iter().filter(move |finding| {
        (has_excerpt || finding.rule != Rule::UNREADABLE) && (notes || finding.severity != Severity::Note)
    })
}

/// What to do about a rule, with the number of findings if there are several.
fn advice(help: &str, count: usize) -> String {
    if count == 1 { help.to_owned() } else { format!("{help} ({count} findings of this rule)") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_to_do_about_a_rule_is_said_once_with_its_count() {
        let text = "a: b\nc: d\ne: f\n";
        let finding = |at: usize| Finding::new(Rule::MISSING_KEY, Severity::Error, at..at + 1, "no key");
        let certain = Finding::new(Rule::MISSING_KEY, Severity::Error, 10..11, "no key").suggest(10..11, "g");
        let note = Finding::new(Rule::MISSING_KEY, Severity::Note, 10..11, "no key");
        let findings = vec![finding(0), finding(5), certain, note];
        let file = FileResult { file: "a.yaml".to_owned(), text: text.to_owned(), findings };
        let run = Run { files: &[file], skipped: 0, deny_warnings: false };
        let shown = excerpts(&run, false, Style::default());
        assert_eq!(shown.matches("help: Add the key").count(), 1, "{shown}");
        assert!(shown.contains("= help: Add the key (2 findings of this rule)\n"), "{shown}");
        assert!(shown.contains("= help: write `g`\n"), "{shown}");
        assert!(excerpts(&run, true, Style::default()).contains("(3 findings of this rule)"));
    }
}
