//! `--format` and `--output` of `dhi scan`.

use clap::Args;

use super::super::output_argument::format_and_file;
use super::super::printer::Printer;
use super::super::vex::output::{Format, Output, outputs};
use crate::diagnostic::Diagnostic;

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct OutputArguments {
    /// table, json, sarif, junit, github, markdown, html, report
    ///
    /// `report` is the scanner's own format, with the decisions. SARIF has a run for each image, without suppressed findings.
    #[arg(long, value_enum, hide_possible_values = true)]
    format: Option<Format>,

    /// Write to FILE instead of standard output
    ///
    /// `FORMAT=FILE` also writes that format to FILE. Repeatable. For reports of several images, FILE is a directory.
    #[arg(long, short, value_name = "[FORMAT=]FILE", value_parser = format_and_file::<Format>)]
    output: Vec<String>,

    /// Show every finding with its decision, also those that are suppressed
    #[arg(long)]
    pub(super) show_suppressed: bool,

    /// Print no table
    #[arg(long, short)]
    quiet: bool,
}

impl OutputArguments {
    /// All outputs of a run over this many images.
    ///
    /// # Errors
    ///
    /// `usage/arguments` if several reports would be written to one place.
    pub(super) fn outputs(&self, images: usize) -> Result<Vec<Output>, Diagnostic> {
        outputs(self.format, Format::Table, &self.output, self.quiet, images)
    }

    /// Makes the run print nothing but errors, if that is requested.
    pub(super) fn apply_quiet(&self, printer: &Printer) {
        if self.quiet {
            printer.print_only_errors();
        }
    }
}
