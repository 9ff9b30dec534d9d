//! `dhi vex apply`: applies VEX to reports of scanners, writes them again, and gates what remains.

use clap::Args;

use super::super::printer::Printer;
use super::gates::GateArguments;
use super::output::{Destination, Format, Output, OutputArguments, Pieces, page};
use super::reports;
use super::run::{Application, ApplyingArguments};
use super::sources::ImageArguments;
use crate::diagnostic::{Diagnostic, Exit};
use crate::report::{AppliedRun, ImageEvidence, Listed, Page, PipelineFormat, Shown};
use crate::vex::Scan;
use crate::vex::gating::judge;
use crate::vex::scan_report::{Rewritten, WriteOptions};

#[derive(Debug, Args)]
#[command(after_long_help = "\
Reports of Grype, Trivy and OSV-Scanner in JSON, SARIF of Grype, Trivy and Scout, and CycloneDX are read.\n\
The exit code is 0 if no gate is set or it passes, 1 if it fails, 2 if an input cannot be read. It is \
that of `dhi verify` if VEX attestations of the image cannot be read, or their proof is bad.")]
pub(in crate::cli) struct Arguments {
    /// Report of a scanner, or `-` for standard input
    #[arg(required = true, value_name = "REPORT", value_hint = clap::ValueHint::FilePath)]
    reports: Vec<String>,

    #[command(flatten)]
    image: ImageArguments,

    #[command(flatten)]
    applying: ApplyingArguments,

    #[command(flatten)]
    gate: GateArguments,

    #[command(flatten)]
    output: OutputArguments,
}

pub(super) async fn run(arguments: Arguments, printer: &Printer) -> Result<Exit, Diagnostic> {
    let Arguments { reports: files, image, applying, gate: gating, output } = arguments;
    output.apply_quiet(printer);
    let outputs = output.outputs(files.len())?;
    OutputArguments::check_files(&outputs, &files)?;
    gating.check()?;
    let baseline = gating.baseline.as_deref().map(baseline).transpose()?;
    let page = page(&outputs, printer)?;
    let application = applying.apply(&image, &files, printer).await?;
    let gate = gating.gate(application.rules.require_verified);
    let result = judge(&application.applied, &gate, baseline.as_deref());
    let shown = Shown { only_fixed: gating.ignore_unfixed, ..Shown::default() };
    let run = application.run(&gate, &result, shown);
    let rewritten = if outputs.iter().any(|output| output.format == Format::Report) {
        rewrite(&application, WriteOptions { drop: output.drop })?
    } else {
        Vec::new()
    };
    let overruled: usize = rewritten.iter().map(Rewritten::overruled).sum();
    if overruled > 0 {
        let what = if overruled == 1 {
            "1 suppression that was".to_owned()
        } else {
            format!("{overruled} suppressions that were")
        };
        printer.note(&format!(
            "{what} under review in the report is set to accepted, since a statement suppresses the result"
        ));
    }
    let listed = if output.show_suppressed { Listed::All } else { Listed::Remaining };
    let mut failures = Vec::new();
    for Output { format, to } in &outputs {
        let written = match rendering(*format, to, run, (listed, application.image(), &page), printer) {
            Some(text) => to.write(*format, &text, printer),
            None => write_reports(&application, &rewritten, to, printer),
        };
        failures.extend(written.err());
    }
    Ok(printer.report_failures(run.exit(), failures))
}

/// The findings of an earlier report.
fn baseline(file: &std::path::Path) -> Result<Vec<Scan>, Diagnostic> {
    reports::read(&file.to_string_lossy()).map(|report| report.scans)
}

/// All reports with the decisions. Nothing is written if one of them has no place for decisions.
fn rewrite(application: &Application, options: WriteOptions) -> Result<Vec<Rewritten>, Diagnostic> {
    let Application { reports, applied, .. } = application;
    let each = reports.iter().zip(&applied.reports);
    each.map(|(report, decided)| Ok(report.rewrite(decided, &applied.statements, &options)?)).collect()
}

fn write_reports(
    application: &Application,
    rewritten: &[Rewritten],
    to: &Destination,
    printer: &Printer,
) -> Result<(), Diagnostic> {
    let names = application.applied.reports.iter().map(|report| report.name.as_str());
    for (name, report) in names.zip(rewritten) {
        let to = to.for_report(name, rewritten.len())?;
        to.write_bytes(&mut Pieces::new(report.pieces()), printer)?;
    }
    Ok(())
}

/// The text of a rendering; `None` for the reports themselves.
fn rendering(
    format: Format,
    to: &Destination,
    run: AppliedRun<'_>,
    (listed, image, page): (Listed, Option<ImageEvidence<'_>>, &Page),
    printer: &Printer,
) -> Option<String> {
    let style = match to {
        Destination::Stdout => printer.style(),
        Destination::Stderr => printer.stderr_style(),
        Destination::File(_) => crate::report::Style::default(),
    };
    match format {
        Format::Report => None,
        Format::Table => Some(run.table(listed, style)),
        Format::Json => Some(run.json()),
        Format::Sarif => Some(run.pipeline(PipelineFormat::Sarif)),
        Format::Junit => Some(run.pipeline(PipelineFormat::Junit)),
        Format::Github => Some(run.pipeline(PipelineFormat::Github)),
        Format::Markdown => Some(run.pipeline(PipelineFormat::Markdown)),
        Format::Html => Some(run.html(image, page.clone())),
    }
}
