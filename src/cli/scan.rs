//! `dhi scan`: findings of images, with verified VEX applied, and a gate on what remains.

mod attested;
mod compare;
mod directory;
mod findings;
mod output;
mod signals;

use clap::Args;

use super::hint_texts::CommandHints;
use super::output::OutputFiles;
use super::printer::Printer;
use super::selection::reference;
use super::vex::gates::{GateArguments, SeverityName};
use super::vex::output::{Destination, Format, Output, Pieces, page};
use super::vex::reports;
use super::vex::run::{Application, ApplyingArguments};
use crate::diagnostic::{Code, Diagnostic, Exit, Remedy};
use crate::gate::vex::Loaded;
use crate::oci::Reference;
use crate::report::{
    FindingSource, Listed, Page, PipelineFormat, SARIF_RUNS, ScanRun, ScanTable, ScannedImage, Shown, Style,
};
use crate::vex::gating::judge;
use crate::vex::scan_report::{Rewritten, WriteOptions};
use crate::vex::{Gate, GateResult, Scan, Severity};
#[cfg(feature = "rego")]
pub(super) use attested::attested_scan;
use compare::{CompareArguments, Comparing};
use directory::ScanDirectory;
#[cfg(feature = "rego")]
pub(super) use findings::ATTESTATION;
use findings::{Finder, FindingArguments, Given};
use output::OutputArguments;

#[derive(Debug, Args)]
#[command(after_long_help = "\
The image is resolved and verified first, and the scanner gets it by digest. Without `--platform`, the image for this \
machine is scanned.\n\
The exit code is 0 if no gate is set or it passes, and 1 if it fails; never 1 for an error. It is 2 if an input cannot \
be read or no scanner is installed, 3 if an image or the attested scan does not exist, 6 if the scanner fails, and that \
of `dhi verify` if VEX attestations of the image cannot be read, or their proof is bad. For several images, the most \
severe one counts.")]
pub(super) struct Arguments {
    /// Images: `NAME[:TAG][@DIGEST]`, `oci:DIR[:NAME]`, `archive:FILE[:NAME]` or `docker-daemon:NAME[:TAG]`
    #[arg(required = true, value_name = "REF", add = super::completion::references())]
    references: Vec<String>,

    #[command(flatten)]
    compare: CompareArguments,

    #[command(flatten)]
    findings: FindingArguments,

    /// Show only findings of these severities
    ///
    /// unknown, negligible, low, medium, high, critical. The gate judges all, and those that count for it are shown.
    /// JSON, SARIF, JUnit, comparisons and written reports have all.
    #[arg(
        long,
        value_enum,
        value_name = "SEVERITY",
        value_delimiter = ',',
        hide_possible_values = true,
        ignore_case = true
    )]
    severity: Vec<SeverityName>,

    #[command(flatten)]
    applying: ApplyingArguments,

    #[command(flatten)]
    gate: GateArguments,

    #[command(flatten)]
    output: OutputArguments,
}

/// Everything about one image whose findings are known.
struct Found {
    loaded: Loaded,
    application: Application,
    source: FindingSource,
    rewritten: Vec<Rewritten>,
    result: GateResult,
}

pub(super) async fn run(arguments: Arguments, printer: &Printer) -> Result<Exit, Diagnostic> {
    arguments.output.apply_quiet(printer);
    let written = &arguments.references;
    let outputs = arguments.output.outputs(written.len())?;
    check_files(&outputs, written)?;
    let page = page(&outputs, printer)?;
    arguments.gate.check()?;
    let baseline = arguments.baseline()?;
    let references: Vec<Reference> =
        written.iter().map(|text| reference(text)).collect::<Result<_, Diagnostic>>()?;
    let compared = arguments.compare.reference(written.len())?;
    if let (Some(reference), Some(baseline)) = (references.first(), &baseline)
        && let Some(other) = other_baseline(reference, baseline)
    {
        printer.note(&format!(
            "the baseline is a report about `{other}`: what it has in common with {reference} is not new"
        ));
    }
    let mut given = arguments.findings.read(written.len() + usize::from(compared.is_some()))?;
    let directory = ScanDirectory::new()?;
    let _signals = signals::stop_scanners_on_signals(directory.path());
    let mut finder =
        Finder::open(&arguments.findings, &arguments.applying, &given, &directory, printer).await?;
    let severities: Vec<Severity> = arguments.severity.iter().map(|name| name.severity()).collect();
    let shown = Shown { severities: &severities, only_fixed: arguments.gate.ignore_unfixed };
    let gate = Gate {
        // A scanner that this run starts gets no configuration that suppresses anything.
        accepts_listed: given.iter().all(|given| matches!(given, Given::Scanner)),
        ..arguments.gate.gate(arguments.applying.requires_verified())
    };
    let writes_reports = outputs.iter().any(|output| output.format == Format::Report);

    printer.progress().images(given.len());
    let given_of_compared = compared.as_ref().and_then(|_| given.pop());
    let mut images = Vec::new();
    for (reference, given) in references.iter().zip(given) {
        let found = finder.find(reference, given).await.and_then(|found| {
            let mut found = Found::new(found);
            found.judge(&gate, baseline.as_deref(), writes_reports).map(|()| found)
        });
        printer.progress().image_done();
        images.push(found);
    }
    // Nothing in the image that it is compared with makes the run fail.
    let no_gate = Gate::default();
    let mut other = None;
    if let (Some(to), Some((from, given))) = (references.first(), compared.zip(given_of_compared)) {
        let found = finder.find(&from, given).await.and_then(|found| {
            let mut found = Found::new(found);
            found.judge(&no_gate, None, false).map(|()| found)
        });
        printer.progress().image_done();
        other = Some((found, Comparing::new(&mut finder, &from, to).await?));
    }
    let shows_table = outputs.iter().any(|output| output.format == Format::Table);
    if !shows_table {
        let all = images.iter().chain(other.iter().map(|(found, _)| found));
        all.filter_map(|image| image.as_ref().err()).for_each(|error| printer.diagnostic(error));
    }
    let other = other.as_ref().map(|(found, comparing)| (scanned("", found, &no_gate, shown), comparing));
    let run = ScanRun {
        images: written.iter().zip(&images).map(|(name, found)| scanned(name, found, &gate, shown)).collect(),
        texts: &CommandHints,
    };
    if run.images.len() > SARIF_RUNS && outputs.iter().any(|output| output.format == Format::Sarif) {
        let what = format!("GitHub accepts {SARIF_RUNS} runs in one SARIF file, and each image is one");
        printer.warning(&what);
    }
    let how = ScanTable {
        listed: if arguments.output.show_suppressed { Listed::All } else { Listed::Remaining },
        all_images: printer.is_verbose(),
        style: Style::default(),
    };
    let mut failures = Vec::new();
    for output in &outputs {
        let compared = other.as_ref().and_then(|(from, comparing)| {
            comparing.rendering(output.format, from, &run, (style(output, printer), &page))
        });
        let written = match compared.or_else(|| rendering(output, &run, (how, &page), printer)) {
            Some(text) => output.to.write(output.format, &text, printer),
            None => write_reports(written, &images, &output.to, printer),
        };
        failures.extend(written.err());
    }
    let exit = other.map_or(Exit::Pass, |(from, _)| from.exit());
    Ok(printer.report_failures(run.exit().max(exit), failures))
}

impl Arguments {
    /// The findings of an earlier report of the image.
    fn baseline(&self) -> Result<Option<Vec<Scan>>, Diagnostic> {
        let Some(file) = &self.gate.baseline else { return Ok(None) };
        if self.references.len() > 1 {
            let text = "scan one image for each baseline".to_owned();
            let what = "`--baseline` is a report about one image, and several are scanned";
            return Err(
                Diagnostic::new(Code::USAGE_ARGUMENTS, what).remedy(Remedy::ChangeCommandLine { text })
            );
        }
        reports::read(&file.to_string_lossy()).map(|report| Some(report.scans))
    }
}

impl Found {
    fn new((loaded, application, source): (Loaded, Application, FindingSource)) -> Self {
        let result = GateResult::default();
        Self { loaded, application, source, rewritten: Vec::new(), result }
    }

    /// Writes the decisions into the reports, if that is asked for, then judges the findings.
    fn judge(
        &mut self,
        gate: &Gate,
        baseline: Option<&[Scan]>,
        writes_reports: bool,
    ) -> Result<(), Diagnostic> {
        let Application { reports, applied, .. } = &mut self.application;
        if writes_reports {
            let each = reports.iter().zip(&applied.reports);
            let written = each.map(|(report, decided)| {
                Ok(report.rewrite(decided, &applied.statements, &WriteOptions::default())?)
            });
            self.rewritten = written.collect::<Result<_, Diagnostic>>()?;
        }
        self.result = judge(applied, gate, baseline);
        Ok(())
    }
}

/// The image that a baseline names, if all its names are of other repositories. Tags and digests may differ.
fn other_baseline(reference: &Reference, baseline: &[Scan]) -> Option<String> {
    let mut names =
        baseline.iter().flat_map(|scan| scan.subject.references()).filter(|name| !name.is_empty());
    let is_same = |name: &str| {
        name == reference.to_string()
            || name.parse::<Reference>().is_ok_and(|named| named.repository == reference.repository)
    };
    let first = names.next()?;
    (!is_same(first) && !names.any(is_same)).then(|| first.to_owned())
}

fn scanned<'a>(
    name: &str,
    found: &'a Result<Found, Diagnostic>,
    gate: &'a Gate,
    shown: Shown<'a>,
) -> ScannedImage<'a> {
    match found {
        Ok(found) => {
            let evidence = found.loaded.evidence();
            ScannedImage {
                reference: name.to_owned(),
                digest: evidence.map(|evidence| evidence.root.digest),
                source: Some(found.source.clone()),
                evidence,
                base: found.loaded.base_proof(),
                result: Ok(found.application.run(gate, &found.result, shown)),
            }
        }
        Err(diagnostic) => ScannedImage {
            reference: name.to_owned(),
            digest: None,
            source: None,
            evidence: None,
            base: None,
            result: Err(diagnostic),
        },
    }
}

/// Refuses outputs that would replace each other.
fn check_files(outputs: &[Output], references: &[String]) -> Result<(), Diagnostic> {
    let mut files = OutputFiles::default();
    for Output { format, to } in outputs {
        if *format != Format::Report {
            if let Destination::File(path) = to {
                files.add(path)?;
            }
            continue;
        }
        for reference in references {
            if let Destination::File(path) = to.for_report(&report_name(reference), references.len())? {
                files.add(&path)?;
            }
        }
    }
    Ok(())
}

/// The file name of the report about an image, in a directory.
fn report_name(reference: &str) -> String {
    let name =
        reference.chars().map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' });
    format!("{}.json", name.collect::<String>().trim_start_matches('.'))
}

fn write_reports(
    references: &[String],
    images: &[Result<Found, Diagnostic>],
    to: &Destination,
    printer: &Printer,
) -> Result<(), Diagnostic> {
    for (reference, found) in references.iter().zip(images) {
        let Ok(found) = found else { continue };
        let to = to.for_report(&report_name(reference), images.len())?;
        for report in &found.rewritten {
            to.write_bytes(&mut Pieces::new(report.pieces()), printer)?;
        }
    }
    Ok(())
}

fn style(output: &Output, printer: &Printer) -> Style {
    match output.to {
        Destination::Stdout => printer.style(),
        Destination::Stderr => printer.stderr_style(),
        Destination::File(_) => Style::default(),
    }
}

/// The text of a rendering; `None` for the reports themselves.
fn rendering(
    output: &Output,
    run: &ScanRun<'_>,
    (how, page): (ScanTable, &Page),
    printer: &Printer,
) -> Option<String> {
    let style = style(output, printer);
    match output.format {
        Format::Report => None,
        Format::Table => Some(run.table(ScanTable { style, ..how })),
        Format::Json => Some(run.json()),
        Format::Sarif => Some(run.pipeline(PipelineFormat::Sarif)),
        Format::Junit => Some(run.pipeline(PipelineFormat::Junit)),
        Format::Github => Some(run.pipeline(PipelineFormat::Github)),
        Format::Markdown => Some(run.pipeline(PipelineFormat::Markdown)),
        Format::Html => Some(run.html(page.clone())),
    }
}
