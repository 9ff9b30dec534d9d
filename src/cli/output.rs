//! `--format` and `--output`: one result, several renderings, each written whole or not at all.

use std::io::Write;
use std::path::Path;

use clap::{Args, ValueEnum};

use super::printer::{Data, Printer};
use crate::error::{Id, Problem};
use crate::registry::remedy;
use crate::report::{self, Admission, Report, Style};

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct OutputArguments {
    /// Format of the result
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,

    /// Write to FILE instead of standard output, or, with `FORMAT=`, also write that format to FILE
    #[arg(long, short, value_name = "[FORMAT=]FILE", value_parser = target)]
    output: Vec<String>,

    /// In the table, show for each check which fact decided and where it comes from
    #[arg(long)]
    explain: bool,
}

/// The renderers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Table,
    /// For programs; its shape is in docs/schemas
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
    /// The format and the file of `FORMAT=FILE`.
    fn of(text: &str) -> Option<(Self, &str)> {
        let (format, file) = text.split_once('=')?;
        Some((Self::from_str(format, false).ok()?, file))
    }

    fn data(self, text: &str) -> Data<'_> {
        match self {
            Self::Json | Self::Sarif => Data::Json(text),
            Self::Table | Self::Junit | Self::Github | Self::Markdown => Data::Text(text),
        }
    }

    fn render(self, report: &Report<'_>, explain: bool, style: Style) -> String {
        match self {
            Self::Table if explain => report::explained(report, style),
            Self::Table => report::table(report, style),
            Self::Json => report::json(report),
            Self::Sarif => report::sarif(report.judged(), report.exit()),
            Self::Junit => report::junit(report.judged()),
            Self::Github => report::github(report.judged()),
            Self::Markdown => report::markdown(report.judged()),
        }
    }
}

/// Refuses at once what names no file: where a variable such as `GITHUB_STEP_SUMMARY` is not set.
fn target(text: &str) -> Result<String, String> {
    match Format::of(text).map_or(text, |(_, file)| file) {
        "" => Err("no file is named; is the variable set that holds its name?".to_owned()),
        _ => Ok(text.to_owned()),
    }
}

impl OutputArguments {
    /// Writes the report everywhere it was asked for.
    ///
    /// `instead` takes the place of the result on standard output.
    pub(super) fn write(
        &self,
        report: &Report<'_>,
        instead: Option<Data<'_>>,
        printer: &Printer,
    ) -> Result<(), Problem> {
        self.write_each(|format, style| format.render(report, self.explain, style), instead, printer)
    }

    /// As [`Self::write`], for the images of manifests.
    pub(super) fn write_admission(
        &self,
        admission: &Admission<'_>,
        instead: Option<Data<'_>>,
        printer: &Printer,
    ) -> Result<(), Problem> {
        let render = |format, style| match format {
            Format::Table => report::admission(admission, style),
            Format::Json => report::admission_json(admission),
            Format::Sarif => report::sarif(admission.judged(), admission.exit()),
            Format::Junit => report::junit(admission.judged()),
            Format::Github => report::github(admission.judged()),
            Format::Markdown => report::markdown(admission.judged()),
        };
        self.write_each(render, instead, printer)
    }

    fn write_each(
        &self,
        render: impl Fn(Format, Style) -> String,
        instead: Option<Data<'_>>,
        printer: &Printer,
    ) -> Result<(), Problem> {
        let mut to_stdout = true;
        for output in &self.output {
            let (format, file) = match Format::of(output) {
                Some(named) => named,
                None => {
                    to_stdout = false;
                    (self.format, output.as_str())
                }
            };
            let text = render(format, Style::default());
            if is_step_summary(Path::new(file)) {
                append_file(Path::new(file), &printer.shown(format.data(&text)))?;
            } else {
                write_file(Path::new(file), format.data(&text), printer)?;
            }
        }
        match instead {
            Some(text) => write_data(text, printer),
            None if to_stdout => write_data(self.format.data(&render(self.format, printer.style())), printer),
            None => Ok(()),
        }
    }
}

/// Writes to standard output.
pub(super) fn write_data(data: Data<'_>, printer: &Printer) -> Result<(), Problem> {
    printer.data(data).map_err(|error| {
        Problem::new(Id::OutputWrite, format!("standard output cannot be written: {error}"))
            .maybe_hint(remedy(&error).map(str::to_owned))
    })
}

/// Writes a file whole.
pub(super) fn write_file(path: &Path, data: Data<'_>, printer: &Printer) -> Result<(), Problem> {
    replace(path, &printer.shown(data)).map_err(|error| unwritten(path, &error))
}

/// Whether it is the file that GitHub Actions gives each step for its summary. Other commands of the step write
/// to it too, so it is the one file that is added to.
fn is_step_summary(path: &Path) -> bool {
    std::env::var_os("GITHUB_STEP_SUMMARY")
        .is_some_and(|summary| !summary.is_empty() && path == Path::new(&summary))
}

fn append_file(path: &Path, bytes: &[u8]) -> Result<(), Problem> {
    let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
    file.and_then(|mut file| file.write_all(bytes)).map_err(|error| unwritten(path, &error))
}

fn unwritten(path: &Path, error: &std::io::Error) -> Problem {
    Problem::new(Id::OutputWrite, format!("`{}` cannot be written: {error}", path.display()))
        .maybe_hint(remedy(error).map(str::to_owned))
}

/// Nobody sees half a result: it is written beside the file and put in its place whole. What is no regular file,
/// such as a pipe, is written to directly.
fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if path.metadata().is_ok_and(|metadata| !metadata.is_file()) {
        return std::fs::OpenOptions::new().write(true).open(path)?.write_all(bytes);
    }
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Else the name of the temporary file would be in the error of a missing directory.
    directory.metadata()?;
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map(|_| ()).map_err(|error| error.error)
}
