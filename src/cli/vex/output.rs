//! `--format` and `--output` of `dhi vex apply`: the report with the decisions, and renderings of the result.
//!
//! Standard output holds either the report alone or one rendering. The table is always shown to people: on standard
//! output if no data goes there, else on standard error.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use super::super::output::{OutputFiles, cannot_write_stdout};
use super::super::output_argument::{format_and_file, named};
use super::super::output_file::write_result;
use super::super::printer::{Data, Printer, STDOUT};
use super::super::source_date::document_time;
use crate::diagnostic::{Code, Diagnostic, Remedy};
use crate::report::Page;

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(in crate::cli) struct OutputArguments {
    /// report, table, json, sarif, junit, github, markdown, html
    ///
    /// `report` is the scanner's own format. By default the report, and a table on standard error. For several reports, the table.
    #[arg(long, value_enum, hide_possible_values = true)]
    format: Option<Format>,

    /// Write to FILE instead of standard output
    ///
    /// `FORMAT=FILE` also writes that format to FILE. Repeatable. For several reports, FILE is a directory.
    #[arg(long, short, value_name = "[FORMAT=]FILE", value_parser = format_and_file::<Format>)]
    output: Vec<String>,

    /// Remove suppressed results from SARIF instead of marking them
    ///
    /// GitHub closes an alert only if its result is gone.
    #[arg(long)]
    pub(super) drop: bool,

    /// Show every finding with its decision, also those that are suppressed
    #[arg(long)]
    pub(super) show_suppressed: bool,

    /// Print no table
    #[arg(long, short)]
    quiet: bool,
}

/// The output formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Format {
    /// The report in its own format, with the decisions
    Report,
    /// For people
    Table,
    /// For programs; its shape is in docs/schemas
    Json,
    /// SARIF 2.1.0 of the findings that remain
    Sarif,
    /// JUnit XML
    Junit,
    /// Annotations of a GitHub Actions run
    Github,
    /// For the summary of a GitHub Actions step
    Markdown,
    /// One page that loads nothing, to look at, print or send
    Html,
}

/// One output of the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct Output {
    /// What is written.
    pub(in crate::cli) format: Format,
    /// Where.
    pub(in crate::cli) to: Destination,
}

/// Where an output goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Destination {
    Stdout,
    Stderr,
    File(PathBuf),
}

impl OutputArguments {
    /// All outputs of a run over this many reports. The table for people is among them.
    ///
    /// # Errors
    ///
    /// `usage/arguments` if several reports would be written to one place.
    pub(in crate::cli) fn outputs(&self, reports: usize) -> Result<Vec<Output>, Diagnostic> {
        let default = if reports == 1 { Format::Report } else { Format::Table };
        outputs(self.format, default, &self.output, self.quiet, reports)
    }

    /// Refuses results that would replace each other: two outputs in one file, or two reports of one name.
    ///
    /// # Errors
    ///
    /// `usage/arguments`.
    pub(in crate::cli) fn check_files(outputs: &[Output], reports: &[String]) -> Result<(), Diagnostic> {
        let mut files = OutputFiles::default();
        for Output { format, to } in outputs {
            if *format != Format::Report {
                if let Destination::File(path) = to {
                    files.add(path)?;
                }
                continue;
            }
            for report in reports {
                if let Destination::File(path) = to.for_report(report, reports.len())? {
                    files.add(&path)?;
                }
            }
        }
        Ok(())
    }

    /// Makes the run print nothing but errors, if that is requested.
    pub(in crate::cli) fn apply_quiet(&self, printer: &Printer) {
        if self.quiet {
            printer.print_only_errors();
        }
    }
}

/// All outputs of a run over this many reports. `format` is what the user chose for standard output, `default` what is
/// written there without a choice, and `written` the values of `--output`. A file without a format is for the reports,
/// unless a format is chosen.
///
/// # Errors
///
/// `usage/arguments` if several reports would be written to one place.
pub(in crate::cli) fn outputs(
    format: Option<Format>,
    default: Format,
    written: &[String],
    quiet: bool,
    reports: usize,
) -> Result<Vec<Output>, Diagnostic> {
    let of_stdout = format.unwrap_or(default);
    let mut outputs = Vec::new();
    let mut to_stdout = true;
    for written in written {
        if written == STDOUT {
            continue;
        }
        let (format, file) = match named::<Format>(written) {
            Some(named) => named,
            None => {
                to_stdout = false;
                (format.unwrap_or(Format::Report), written.as_str())
            }
        };
        outputs.push(Output { format, to: Destination::File(PathBuf::from(file)) });
    }
    let to_stdout = to_stdout || written.iter().any(|written| written == STDOUT);
    if to_stdout && of_stdout == Format::Report && reports != 1 {
        let what = format!("{reports} reports cannot be written to standard output");
        return Err(usage(&what, "write them to a directory with `--output DIR`"));
    }
    // Only a table that the user names by its format is printed by a quiet run.
    let is_silent = quiet && format.is_none() && of_stdout == Format::Table;
    if to_stdout && !is_silent {
        outputs.push(Output { format: of_stdout, to: Destination::Stdout });
    }
    let table = |to| Output { format: Format::Table, to };
    if quiet {
        return Ok(outputs);
    }
    match (to_stdout, of_stdout) {
        (false, _) => outputs.push(table(Destination::Stdout)),
        (true, Format::Report) => outputs.push(table(Destination::Stderr)),
        (true, _) => {}
    }
    Ok(outputs)
}

/// How pages are made.
///
/// # Errors
///
/// `usage/arguments` if the variable with the time is malformed, and a page is among the outputs.
pub(in crate::cli) fn page(outputs: &[Output], printer: &Printer) -> Result<Page, Diagnostic> {
    // Only a page has a time, so nothing else fails at a malformed variable.
    let has_page = outputs.iter().any(|output| output.format == Format::Html);
    Ok(printer.page(if has_page { document_time()? } else { Timestamp::UNIX_EPOCH }))
}

fn usage(what: &str, text: &str) -> Diagnostic {
    Diagnostic::new(Code::USAGE_ARGUMENTS, what).remedy(Remedy::ChangeCommandLine { text: text.to_owned() })
}

impl Format {
    /// How secrets are removed from a rendering.
    fn data(self, text: &str) -> Data<'_> {
        match self {
            Self::Json | Self::Sarif => Data::Json(text),
            Self::Junit | Self::Html => Data::Xml(text),
            Self::Report | Self::Table | Self::Github | Self::Markdown => Data::Text(text),
        }
    }
}

impl Destination {
    /// Writes a rendering.
    pub(in crate::cli) fn write(
        &self,
        format: Format,
        text: &str,
        printer: &Printer,
    ) -> Result<(), Diagnostic> {
        let redacted = printer.redacted(format.data(text));
        self.write_bytes(&mut &*redacted, printer)
    }

    /// Writes bytes as they are.
    pub(in crate::cli) fn write_bytes(
        &self,
        bytes: &mut impl Read,
        printer: &Printer,
    ) -> Result<(), Diagnostic> {
        match self {
            Self::Stdout => printer.data(bytes).map_err(|error| cannot_write_stdout(&error)),
            Self::Stderr => {
                printer.data_to_stderr(bytes);
                Ok(())
            }
            Self::File(path) => write_result(path, bytes),
        }
    }

    /// The file for one of several reports: in the directory that the user names, under the name of the report.
    ///
    /// # Errors
    ///
    /// `usage/arguments` if the destination is no directory, or the report has no file name.
    pub(in crate::cli) fn for_report(&self, report: &str, reports: usize) -> Result<Self, Diagnostic> {
        let Self::File(path) = self else { return Ok(self.clone()) };
        let is_directory = path.is_dir();
        if reports == 1 && !is_directory {
            return Ok(self.clone());
        }
        if !is_directory {
            let what = format!("{reports} reports need a directory, and `{}` is none", path.display());
            return Err(usage(&what, "create the directory, or name one that exists"));
        }
        let Some(name) = Path::new(report).file_name() else {
            let what = format!("`{report}` has no file name to write it under");
            return Err(usage(&what, "name a file with `--output FILE`"));
        };
        Ok(Self::File(path.join(name)))
    }
}

/// Reads pieces one after another.
pub(in crate::cli) struct Pieces<'a, I> {
    pieces: I,
    current: &'a [u8],
}

impl<'a, I: Iterator<Item = &'a [u8]>> Pieces<'a, I> {
    /// A reader of all pieces.
    pub(in crate::cli) fn new(pieces: I) -> Self {
        Self { pieces, current: &[] }
    }
}

impl<'a, I: Iterator<Item = &'a [u8]>> Read for Pieces<'a, I> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.current.is_empty() {
            match self.pieces.next() {
                Some(piece) => self.current = piece,
                None => return Ok(0),
            }
        }
        self.current.read(buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to_stdout(format: Option<Format>, default: Format, quiet: bool) -> Vec<Format> {
        let written = ["html=page.html".to_owned()];
        let all = outputs(format, default, &written, quiet, 1).unwrap();
        all.iter().filter(|one| one.to == Destination::Stdout).map(|one| one.format).collect()
    }

    #[test]
    fn a_quiet_run_prints_no_table_unless_it_is_named() {
        assert_eq!(to_stdout(None, Format::Table, true), []);
        assert_eq!(to_stdout(None, Format::Table, false), [Format::Table]);
        assert_eq!(to_stdout(Some(Format::Table), Format::Table, true), [Format::Table]);
        assert_eq!(to_stdout(Some(Format::Json), Format::Table, true), [Format::Json]);
        assert_eq!(to_stdout(None, Format::Report, true), [Format::Report]);
    }
}
