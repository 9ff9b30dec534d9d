//! `dhi vex export`: writes a VEX document with which a scanner reaches the decisions of this program.

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, ValueEnum};
use jiff::Timestamp;

use super::super::output::cannot_write_stdout;
use super::super::output_argument::file_or_stdout;
use super::super::output_file::write_file;
use super::super::printer::{Data, Printer, file_of};
use super::super::source_date::document_time;
use super::super::trust::time;
use super::run::ApplyingArguments;
use super::sources::ImageArguments;
use crate::diagnostic::{Diagnostic, Exit};
use crate::oci::quote_untrusted;
use crate::vex::export::{Lacking, LackingWhy, Target, export};

/// The author of a document whose author the user does not name.
const AUTHOR: &str = "dhi vex export";

/// Suppressed findings that are named one by one.
const NAMED: usize = 10;

#[derive(Debug, Args)]
#[command(after_long_help = "\
The document has one statement for each finding that a statement decided. For Grype and Trivy it is checked with a \
model of the scanner: a finding that is kept here is never suppressed there, and suppressed findings that the scanner \
will report are listed. The model of Grype is tested with Grype itself, that of Trivy with recorded behaviour. \
Docker Scout has no model; give it the author with `docker scout cves --vex-author`.")]
pub(in crate::cli) struct Arguments {
    /// Report of a scanner, or `-` for standard input
    #[arg(value_name = "REPORT", value_hint = clap::ValueHint::FilePath)]
    report: String,

    /// Scanner that reads the document: grype, trivy, scout
    #[arg(long = "for", value_enum, value_name = "SCANNER", hide_possible_values = true)]
    target: TargetName,

    /// Author of the document
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    author: Option<String>,

    /// Time of the document [default: `SOURCE_DATE_EPOCH`, else now]
    #[arg(long, value_name = "TIME", value_parser = time)]
    timestamp: Option<Timestamp>,

    #[command(flatten)]
    image: ImageArguments,

    #[command(flatten)]
    applying: ApplyingArguments,

    /// Write to FILE instead of standard output
    #[arg(long, short, value_name = "FILE", value_parser = file_or_stdout::<TargetName>, help_heading = "Output")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum TargetName {
    /// Grype, with `--vex FILE`
    Grype,
    /// Trivy, with `--vex FILE`
    Trivy,
    /// Docker Scout, with `--vex-location`
    Scout,
}

pub(super) async fn run(arguments: Arguments, printer: &Printer) -> Result<Exit, Diagnostic> {
    let Arguments { report, target, author, timestamp, image, applying, output } = arguments;
    let time = timestamp.map_or_else(document_time, Ok)?;
    let target = match target {
        TargetName::Grype => Target::Grype,
        TargetName::Trivy => Target::Trivy,
        TargetName::Scout => Target::Scout,
    };
    let application = applying.apply(&image, &[report], printer).await?;
    for problem in application.diagnostics() {
        printer.diagnostic_as_warning(problem);
    }
    let author = author.as_deref().unwrap_or(AUTHOR);
    let exported = export(&application.applied, target, author, time);
    match file_of(output.as_deref()) {
        Some(path) => write_file(path, Data::Raw(exported.text.as_bytes()), printer)?,
        None => printer.data(&mut exported.text.as_bytes()).map_err(|error| cannot_write_stdout(&error))?,
    }
    printer.note(&match exported.statements {
        0 if exported.lacking.is_empty() => "0 statements: no statement decided a finding".to_owned(),
        0 => "0 statements".to_owned(),
        1 => "1 statement".to_owned(),
        many => format!("{many} statements"),
    });
    warn(&exported.lacking, printer);
    Ok(application.exit())
}

/// Names the suppressed findings that the scanner will report.
fn warn(lacking: &[Lacking], printer: &Printer) {
    for Lacking { id, package, why } in lacking.iter().take(NAMED) {
        let why = match why {
            LackingWhy::NoPackageUrl => "the report has no package URL for it",
            LackingWhy::Ambiguous => "the scanner cannot tell it from a finding that is kept",
            _ => "the scanner does not match the statement",
        };
        let (id, package) = (quote_untrusted(id), quote_untrusted(package));
        printer.warning(&format!("the scanner will report {id} in {package}: {why}"));
    }
    if lacking.len() > NAMED {
        printer
            .warning(&format!("the scanner will report {} more suppressed findings", lacking.len() - NAMED));
    }
}
