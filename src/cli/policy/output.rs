//! `--format`, `--output` and `--result-file` of `dhi policy eval`.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::super::output::{OutputFiles, write_data};
use super::super::output_argument::{file_name, format_and_file};
use super::super::output_file::{check_writable, write_file, write_result};
use super::super::printer::{Data, Printer, STDOUT};
use crate::diagnostic::{Diagnostic, Exit};
use crate::report::{PipelineFormat, PolicyRun, Style};

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct OutputArguments {
    /// table, json, sarif, junit, github, markdown
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,

    /// Write to FILE instead of standard output
    ///
    /// `FORMAT=FILE` also writes that format to FILE. Repeatable.
    #[arg(long, short, value_name = "[FORMAT=]FILE", value_parser = format_and_file::<Format>)]
    output: Vec<String>,

    /// Also write results as `docker scout policy --result-file` does (for one image)
    #[arg(long, value_name = "FILE", value_parser = file_name, value_hint = clap::ValueHint::FilePath)]
    result_file: Option<String>,

    /// Print only what did not pass, on standard error
    #[arg(long, short, conflicts_with = "format")]
    quiet: bool,
}

/// The output formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Table,
    /// For programs: docs/schemas/policy-1.json
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// JUnit XML, for Jenkins and GitLab
    Junit,
    /// Annotations of a GitHub Actions run
    Github,
    /// For the summary of a GitHub Actions step, or a comment
    Markdown,
}

impl Format {
    /// Parses `FORMAT=FILE`.
    fn of(text: &str) -> Option<(Self, &str)> {
        let (format, file) = text.split_once('=')?;
        Some((Self::from_str(format, false).ok()?, file))
    }

    fn render(self, run: &PolicyRun<'_>, exit: Exit, style: Style) -> String {
        match self {
            Self::Table => run.table(style),
            Self::Json => run.json(exit),
            Self::Sarif => run.pipeline(PipelineFormat::Sarif, exit),
            Self::Junit => run.pipeline(PipelineFormat::Junit, exit),
            Self::Github => run.pipeline(PipelineFormat::Github, exit),
            Self::Markdown => run.pipeline(PipelineFormat::Markdown, exit),
        }
    }

    /// How secrets are removed from a rendering.
    fn data(self, text: &str) -> Data<'_> {
        match self {
            Self::Json | Self::Sarif => Data::Json(text),
            Self::Junit => Data::Xml(text),
            Self::Table | Self::Github | Self::Markdown => Data::Text(text),
        }
    }
}

impl OutputArguments {
    /// Makes the run print nothing but errors, if that is requested. To be called before anything is printed.
    pub(super) fn apply_quiet(&self, printer: &Printer) {
        if self.quiet {
            printer.print_only_errors();
        }
    }

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

    /// Refuses results that would replace each other, and those that cannot be written.
    ///
    /// # Errors
    ///
    /// `usage/arguments`.
    pub(super) fn check(&self) -> Result<(), Diagnostic> {
        let mut all = OutputFiles::default();
        for (_, file) in self.files().0 {
            all.add(&file)?;
        }
        self.result_file.iter().try_for_each(|file| all.add(Path::new(file)))?;
        let files = self.files().0.into_iter().map(|(_, file)| file);
        files.chain(self.result_file.iter().map(PathBuf::from)).try_for_each(|file| check_writable(&file))
    }

    /// Whether a file of results is written.
    pub(super) fn has_result_file(&self) -> bool {
        self.result_file.is_some()
    }

    /// Refuses a file of results about several images.
    ///
    /// # Errors
    ///
    /// `policy/selection`.
    pub(super) fn check_images(&self, run: &PolicyRun<'_>) -> Result<(), Diagnostic> {
        if self.result_file.is_some() && run.images.len() > 1 {
            run.result_file()?;
        }
        Ok(())
    }

    /// Writes all outputs, and returns the errors. One that cannot be written does not stop the others. `exit` is the
    /// exit code of the run.
    pub(super) fn write(&self, run: &PolicyRun<'_>, exit: Exit, printer: &Printer) -> Vec<Diagnostic> {
        let (files, to_stdout) = self.files();
        let mut failures = Vec::new();
        for (format, file) in files {
            let text = format.render(run, exit, Style::default());
            let redacted = printer.redacted(format.data(&text));
            failures.extend(write_result(&file, &mut &*redacted).err());
        }
        if let Some(file) = &self.result_file {
            let written = match run.result_file() {
                Ok(text) => write_file(Path::new(file), Data::Json(&text), printer),
                Err(error) => Err(error.into()),
            };
            failures.extend(written.err());
        }
        if self.quiet {
            let text = run.findings(printer.stderr_style());
            printer.data_to_stderr(&mut &*printer.redacted(Data::Text(&text)));
        } else if to_stdout {
            let text = self.format.render(run, exit, printer.style());
            failures.extend(write_data(self.format.data(&text), printer).err());
        }
        failures
    }
}
