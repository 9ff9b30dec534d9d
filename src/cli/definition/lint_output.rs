//! `--format` and `--output` of `dhi definition lint`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::super::output::{OutputFiles, write_data};
use super::super::output_argument::format_and_file;
use super::super::output_file::write_result;
use super::super::printer::{Data, Printer, STDOUT};
use super::excerpt::excerpt;
use super::source::check_output;
use crate::builder::definition::{LineIndex, Rule, Severity};
use crate::builder::lint::Run;
use crate::diagnostic::Diagnostic;
use crate::report::Style;

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct OutputArguments {
    /// text, json, sarif, github
    #[arg(long, value_enum, default_value_t = Format::Text, hide_possible_values = true)]
    format: Format,

    /// Write to FILE instead of standard output
    ///
    /// `FORMAT=FILE` also writes that format to FILE. Repeatable.
    #[arg(long, short, value_name = "[FORMAT=]FILE", value_parser = format_and_file::<Format>)]
    output: Vec<String>,
}

/// The output formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs: docs/schemas/definition-lint-1.json
    Json,
    /// SARIF 2.1.0, for code scanning and editors
    Sarif,
    /// Annotations of a GitHub Actions run
    Github,
}

impl Format {
    /// Parses `FORMAT=FILE`.
    fn of(text: &str) -> Option<(Self, &str)> {
        let (format, file) = text.split_once('=')?;
        Some((Self::from_str(format, false).ok()?, file))
    }

    fn render(self, run: &Run<'_>, notes: bool, style: Style) -> String {
        match self {
            Self::Text => text(run, notes, style),
            Self::Json => run.json(),
            Self::Sarif => run.sarif(),
            Self::Github => run.github(notes),
        }
    }

    /// How secrets are removed from a rendering.
    fn data(self, text: &str) -> Data<'_> {
        match self {
            Self::Json | Self::Sarif => Data::Json(text),
            Self::Text | Self::Github => Data::Text(text),
        }
    }
}

/// Every finding with its excerpt, and what was found in all. Files without a text are not among them: they are printed
/// as the errors of the run.
fn text(run: &Run<'_>, notes: bool, style: Style) -> String {
    let mut text = String::new();
    for file in run.files {
        let index = LineIndex::new(&file.text);
        let has_excerpt = !file.text.is_empty();
        let findings = file.findings.iter().filter(|finding| has_excerpt || finding.rule != Rule::UNREADABLE);
        for finding in findings.filter(|finding| notes || finding.severity != Severity::Note) {
            text.push_str(&excerpt(&file.file, &file.text, &index, finding, style));
            text.push('\n');
        }
    }
    let word = run.verdict().as_str();
    let verdict = if run.is_fail() { style.bad(word) } else { style.good(word) };
    text + &style.lines(&format!("{verdict}: {}", run.summary()), 2)
}

impl OutputArguments {
    /// The named files with their formats, and whether there is a rendering on standard output.
    fn files(&self) -> (Vec<(Format, PathBuf)>, bool) {
        let mut files = Vec::new();
        let mut to_stdout = true;
        for output in self.output.iter().filter(|output| *output != STDOUT) {
            let (format, file) = match Format::of(output) {
                Some(named) => named,
                None => {
                    to_stdout = false;
                    (self.format, output.as_str())
                }
            };
            files.push((format, PathBuf::from(file)));
        }
        (files, to_stdout || self.output.iter().any(|output| output == STDOUT))
    }

    /// Refuses results that would replace each other, or a definition that is checked.
    ///
    /// # Errors
    ///
    /// `usage/arguments`.
    pub(super) fn check<'a>(
        &self,
        definitions: &(impl Iterator<Item = &'a str> + Clone),
    ) -> Result<(), Diagnostic> {
        let mut all = OutputFiles::default();
        self.files().0.iter().try_for_each(|(_, file)| {
            all.add(file)?;
            check_output(file, definitions.clone())
        })
    }

    /// Writes all outputs, and returns the errors. One that cannot be written does not stop the others.
    pub(super) fn write(&self, run: &Run<'_>, printer: &Printer) -> Vec<Diagnostic> {
        let (files, to_stdout) = self.files();
        let notes = printer.is_verbose();
        let mut failures = Vec::new();
        for (format, file) in files {
            let text = format.render(run, notes, Style::default());
            let redacted = printer.redacted(format.data(&text));
            failures.extend(write_result(&file, &mut &*redacted).err());
        }
        if to_stdout {
            let text = self.format.render(run, notes, printer.style());
            failures.extend(write_data(self.format.data(&text), printer).err());
        }
        failures
    }
}
