//! `dhi vex lint`: checks VEX documents.

use std::path::PathBuf;
use std::sync::Arc;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, ValueEnum};
use jiff::{SignedDuration, Timestamp};

use super::super::duration::positive_duration;
use super::super::output::write_data;
use super::super::printer::{Data, Printer};
use super::super::trust::time;
use super::repo::{CopyArguments, chosen};
use super::reports;
use crate::diagnostic::{Diagnostic, Exit, ToDiagnostic};
use crate::gate::vex::{RepositoryLookup, UnverifiedFile, read_unverified, read_unverified_repositories};
use crate::limits::Limits;
use crate::report::LintRun;
use crate::vex::lint::{lint, statement_lines};
use crate::vex::repository::lookups;
use crate::vex::{ImageFacts, Profile, StatementSet};

#[derive(Debug, Args)]
#[command(after_long_help = "\
Signatures are not verified. The exit code is 0 if there is nothing but notes, 1 if there is an error or a \
warning, 2 if a file cannot be read. docs/schemas/vex-lint-1.json is the schema of `--format json`.")]
pub(in crate::cli) struct Arguments {
    /// VEX document, or directory of documents: OpenVEX, CSAF, CycloneDX, and attestations of them
    #[arg(required_unless_present = "vex_repo", value_name = "FILE|DIR", value_hint = clap::ValueHint::AnyPath)]
    files: Vec<PathBuf>,

    /// Copy of the VEX repository NAME of `dhi vex repo`, or of `all`
    ///
    /// Repeatable. With `--report`, the documents that it lists for packages of the reports, else all. Nothing is fetched:
    /// `dhi vex repo update` does that.
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    vex_repo: Vec<String>,

    #[command(flatten)]
    copies: CopyArguments,

    /// Report of a scanner: also find statements that are about none of its findings (repeatable)
    #[arg(long, value_name = "REPORT", value_hint = clap::ValueHint::FilePath)]
    report: Vec<String>,

    /// Report documents whose newest statement is older than this, such as `30d`
    #[arg(long, value_name = "DURATION", value_parser = positive_duration)]
    max_vex_age: Option<SignedDuration>,

    /// Time against which times in the future are told (RFC 3339; default: now)
    #[arg(long, value_name = "TIME", value_parser = time)]
    effective_time: Option<Timestamp>,

    /// Format of the result
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Table,
    /// For programs: docs/schemas/vex-lint-1.json
    Json,
    /// SARIF 2.1.0, each result at the line of its statement
    Sarif,
}

pub(super) async fn run(arguments: &Arguments, printer: &Printer) -> Result<Exit, Diagnostic> {
    let now = arguments.effective_time.unwrap_or_else(Timestamp::now);
    let (mut files, mut unread) = read_unverified(&arguments.files, arguments.max_vex_age, now)
        .map_err(|error| error.to_diagnostic())?;
    let reports = reports::read_all(&arguments.report)?;
    let scans: Vec<_> = reports.into_iter().flat_map(|report| report.scans).collect();
    let repositories = chosen(&arguments.vex_repo, &Limits::default())?;
    if !repositories.is_empty() {
        let copies = Arc::new(arguments.copies.stored()?);
        let lookup = RepositoryLookup { copies, repositories, profile: Profile::Dhi };
        let packages: Vec<_> = scans.iter().flat_map(|scan| lookups(scan, &ImageFacts::default())).collect();
        let packages = (!arguments.report.is_empty()).then_some(packages.as_slice());
        let listed = read_unverified_repositories(&lookup, packages, arguments.max_vex_age, now).await?;
        files.extend(listed.0);
        unread.extend(listed.1);
    }
    for text in unread {
        printer.warning(&text);
    }
    let lines: Vec<_> = files.iter().flat_map(lines_of).collect();
    let statements = StatementSet::new(files.into_iter().flat_map(|file| file.documents).collect());
    let findings = lint(&statements, &scans, now);
    let run = LintRun { statements: &statements, findings: &findings, lines: &lines };
    match arguments.format {
        Format::Table => write_data(Data::Text(&run.table(printer.style())), printer)?,
        Format::Json => write_data(Data::Json(&run.json()), printer)?,
        Format::Sarif => write_data(Data::Json(&run.sarif()), printer)?,
    }
    Ok(if run.has_fault() { Exit::Fail } else { Exit::Pass })
}

/// For each document in a file, the lines of its statements. Empty if not each of them has one.
fn lines_of(file: &UnverifiedFile) -> Vec<Vec<usize>> {
    let known = std::str::from_utf8(&file.content).map(statement_lines).unwrap_or_default();
    let mut known = known.into_iter();
    let documents = file.documents.iter().map(|sourced| {
        let lines = known.next().unwrap_or_default();
        if lines.len() == sourced.document.statements.len() { lines } else { Vec::new() }
    });
    documents.collect()
}
