//! `dhi vex explain`: every statement about one finding, and why each applies or does not.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::super::output::write;
use super::super::output_argument::file_or_stdout;
use super::super::printer::{Data, Printer};
use super::run::ApplyingArguments;
use super::sources::ImageArguments;
use crate::diagnostic::{Code, Diagnostic, Exit, Remedy, closest};
use crate::report::{DecidedFinding, Shown};
use crate::vex::gating::judge;
use crate::vex::matching::go_vex::purl_matches;
use crate::vex::{Finding, Gate, PackageUrl};

#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    /// Finding: the id of a vulnerability, or another id of it that the report has
    #[arg(value_name = "FINDING")]
    finding: String,

    /// Report of a scanner, or `-` for standard input
    #[arg(required = true, value_name = "REPORT", value_hint = clap::ValueHint::FilePath)]
    reports: Vec<String>,

    /// Only in this package: a name or a package URL
    #[arg(long, value_name = "PACKAGE")]
    package: Option<String>,

    #[command(flatten)]
    image: ImageArguments,

    #[command(flatten)]
    applying: ApplyingArguments,

    /// Format of the explanation
    #[arg(long, value_enum, default_value_t = ExplainFormat::Table, help_heading = "Output")]
    format: ExplainFormat,

    /// Write to FILE instead of standard output
    #[arg(long, short, value_name = "FILE", value_parser = file_or_stdout::<ExplainFormat>, help_heading = "Output")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ExplainFormat {
    /// For people
    Table,
    /// For programs; its shape is in docs/schemas
    Json,
}

pub(super) async fn run(arguments: Arguments, printer: &Printer) -> Result<Exit, Diagnostic> {
    let Arguments { finding, reports, package, image, applying, format, output } = arguments;
    let application = applying.apply(&image, &reports, printer).await?;
    let gate = Gate::default();
    let result = judge(&application.applied, &gate, None);
    let run = application.run(&gate, &result, Shown::default());
    let is_asked = |one: &DecidedFinding<'_>| {
        has_id(one.finding, &finding) && package.as_deref().is_none_or(|package| is_in(one.finding, package))
    };
    let asked: Vec<DecidedFinding<'_>> = run.findings().filter(is_asked).collect();
    if asked.is_empty() {
        return Err(not_found(&finding, package.as_deref(), run.findings().map(|one| one.finding)));
    }
    let style = printer.style_of(output.as_deref());
    let text = match format {
        ExplainFormat::Table => run.explain(&asked, style),
        ExplainFormat::Json => run.explain_json(&asked),
    };
    let data = match format {
        ExplainFormat::Table => Data::Text(&text),
        ExplainFormat::Json => Data::Json(&text),
    };
    write(output.as_deref(), data, printer)?;
    Ok(run.exit())
}

fn has_id(finding: &Finding, id: &str) -> bool {
    std::iter::once(&finding.id).chain(&finding.aliases).any(|one| one.eq_ignore_ascii_case(id))
}

fn is_in(finding: &Finding, package: &str) -> bool {
    let found = &finding.package;
    let is_met = |asked: &PackageUrl| found.purl.as_ref().is_some_and(|found| purl_matches(asked, found));
    found.name == package || PackageUrl::parse(package).is_ok_and(|asked| is_met(&asked))
}

fn not_found<'a>(id: &str, package: Option<&str>, findings: impl Iterator<Item = &'a Finding>) -> Diagnostic {
    let findings: Vec<&Finding> = findings.collect();
    let packages: Vec<&str> = findings
        .iter()
        .filter(|finding| has_id(finding, id))
        .map(|finding| finding.package.name.as_str())
        .collect();
    if let Some(package) = package.filter(|_| !packages.is_empty()) {
        let diagnostic =
            Diagnostic::new(Code::VEX_NO_FINDING, format!("`{id}` is not found in package `{package}`"));
        return diagnostic.fact("found in", packages.join(", "));
    }
    let ids: Vec<String> = findings.iter().map(|finding| finding.id.to_ascii_lowercase()).collect();
    let diagnostic = Diagnostic::new(Code::VEX_NO_FINDING, format!("no report has a finding `{id}`"));
    let diagnostic = diagnostic.fact("findings", findings.len().to_string());
    diagnostic.maybe_remedy(closest(id, ids.iter().map(String::as_str)).map(|near| {
        let near = findings.iter().map(|finding| &finding.id).find(|id| id.eq_ignore_ascii_case(near));
        let text = format!("did you mean `{}`?", near.map_or(id, String::as_str));
        Remedy::ChangeCommandLine { text }
    }))
}
