//! `--format`, `--output` and `--result-file` of `dhi policy eval`.

use std::path::Path;

use clap::{Args, ValueEnum};

use super::super::output_argument::file_name;
use super::super::output_file::{check_writable, write_file};
use super::super::printer::{Data, Printer};
use super::super::renderings::{OutputFormat, Renderings, Syntax};
use crate::diagnostic::{Diagnostic, Exit};
use crate::report::{PipelineFormat, PolicyRun, Style};

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct OutputArguments {
    #[command(flatten)]
    renderings: Renderings<Format>,

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

impl OutputFormat for Format {
    fn syntax(self) -> Syntax {
        match self {
            Self::Json | Self::Sarif => Syntax::Json,
            Self::Junit => Syntax::Xml,
            Self::Table | Self::Github | Self::Markdown => Syntax::Text,
        }
    }
}

impl Format {
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
}

impl OutputArguments {
    /// Makes the run print nothing but errors, if that is requested. To be called before anything is printed.
    pub(super) fn apply_quiet(&self, printer: &Printer) {
        if self.quiet {
            printer.print_only_errors();
        }
    }

    /// Refuses results that would replace each other, and those that cannot be written.
    ///
    /// # Errors
    ///
    /// `usage/arguments`.
    pub(super) fn check(&self) -> Result<(), Diagnostic> {
        let result_file = self.result_file.as_deref().map(Path::new);
        self.renderings.check(result_file)?;
        self.renderings.files().map(|(_, file)| file).chain(result_file).try_for_each(check_writable)
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
        let render = |format: Format, style| format.render(run, exit, style);
        let mut failures = self.renderings.write_files(render, printer);
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
        } else {
            failures.extend(self.renderings.write_stdout(render, printer));
        }
        failures
    }
}
