//! `--format` and `--output` of commands that judge images: one result in several renderings.

use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use tempfile::SpooledTempFile;

use super::output::{cannot_write_stdout, write_data};
use super::output_file::write_result;
use super::printer::Printer;
use super::references::References;
use super::renderings::{OutputFormat, Renderings, Syntax};
use super::source_date::document_time;
use crate::admission::AdmissionRenderer;
use crate::diagnostic::{Code, Diagnostic, IoCause, Remedy};
use crate::report::{
    Cosign, Frame, Layout, Page, Parts, PipelineFormat, Renderer, Run, Style, VerifyRenderer,
};

/// Bytes of one rendering that are kept in memory before a temporary file is used.
const IN_MEMORY: usize = 1 << 20;

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct OutputArguments {
    #[command(flatten)]
    renderings: Renderings<Format>,

    /// In the table, show for each check the deciding facts and their sources
    #[arg(long)]
    explain: bool,

    /// Print only what did not pass, on standard error
    #[arg(long, short, conflicts_with_all = ["format", "explain"])]
    quiet: bool,
}

/// The output formats.
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
    /// One page that loads nothing, to look at, print or send
    Html,
    /// Each image that passed as `REF@DIGEST`, a line each; findings go to standard error
    Digest,
}

impl OutputFormat for Format {
    fn syntax(self) -> Syntax {
        match self {
            Self::Json | Self::Sarif => Syntax::Json,
            Self::Junit | Self::Html => Syntax::Xml,
            Self::Table | Self::Github | Self::Markdown | Self::Digest => Syntax::Text,
        }
    }
}

impl Format {
    /// The format as a pipeline format, if it is one.
    fn pipeline(self) -> Option<PipelineFormat> {
        match self {
            Self::Table | Self::Json | Self::Html | Self::Digest => None,
            Self::Sarif => Some(PipelineFormat::Sarif),
            Self::Junit => Some(PipelineFormat::Junit),
            Self::Github => Some(PipelineFormat::Github),
            Self::Markdown => Some(PipelineFormat::Markdown),
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

    /// Refuses to record facts if no JSON document is written, which alone holds them.
    pub(super) fn check_facts(&self, facts: bool) -> Result<(), Diagnostic> {
        if !facts || self.renderings.has(Format::Json) {
            return Ok(());
        }
        let text = "add `--format json` or `--output json=FILE`".to_owned();
        let what = "`--facts` records facts in the JSON document, and none is written";
        Err(Diagnostic::new(Code::USAGE_ARGUMENTS, what).remedy(Remedy::ChangeCommandLine { text }))
    }

    /// How pages are made.
    fn page(&self, printer: &Printer) -> Result<Page, Diagnostic> {
        // Only a page has a time, so nothing else fails at a malformed variable.
        let time = if self.renderings.has(Format::Html) { document_time()? } else { Timestamp::UNIX_EPOCH };
        Ok(printer.page(time))
    }

    /// Whether findings go to standard error, since standard output has no place for them.
    fn shows_only_errors(&self) -> bool {
        self.quiet || self.renderings.format() == Format::Digest
    }

    /// Prepares all outputs of `dhi verify` for these references. With `cosign`, standard output shows the cosign
    /// commands instead of the result. `other_files` are files that the run writes too.
    pub(super) fn verify<'a>(
        &self,
        run: Run<'a>,
        references: &References,
        cosign: Option<&'a Cosign<'a>>,
        other_files: &[String],
        printer: &Printer,
    ) -> Result<Results<VerifyRenderer<'a>>, Diagnostic> {
        let page = self.page(printer)?;
        let layout = Layout::for_references(references.texts(), printer.is_verbose(), self.explain);
        let renderer = |format: Format, style| match (format, format.pipeline()) {
            (_, Some(pipeline)) => VerifyRenderer::pipeline(run, pipeline),
            (Format::Json, _) => VerifyRenderer::json(run),
            (Format::Html, _) => VerifyRenderer::html(run, page.clone()),
            (Format::Digest, _) => VerifyRenderer::digests(run),
            _ => VerifyRenderer::table(run, layout, style),
        };
        let Sinks { files: mut sinks, stdout } = self.sinks(renderer, other_files, printer)?;
        if self.shows_only_errors() && cosign.is_none() {
            let errors = VerifyRenderer::errors(run, !self.quiet, printer.stderr_style());
            sinks.push(Sink::new(errors, Syntax::Text, Destination::Stderr));
        }
        match cosign {
            None if self.quiet => {}
            Some(cosign) => {
                sinks.push(Sink::new(VerifyRenderer::cosign(run, cosign), Syntax::Text, Destination::Stdout));
            }
            None => sinks.extend(stdout),
        }
        Ok(Results { sinks, diagnostics: Vec::new() })
    }

    /// Prepares all outputs of `dhi admit check`. With `resolve` the result goes to standard error, since standard
    /// output has the manifests.
    pub(super) fn admission<'a>(
        &self,
        run: Run<'a>,
        resolve: bool,
        printer: &Printer,
    ) -> Result<Results<AdmissionRenderer<'a>>, Diagnostic> {
        let page = self.page(printer)?;
        let renderer = |format: Format, style| match (format, format.pipeline()) {
            (_, Some(pipeline)) => AdmissionRenderer::pipeline(run, pipeline),
            (Format::Json, _) => AdmissionRenderer::json(run),
            (Format::Html, _) => AdmissionRenderer::html(run, page.clone()),
            (Format::Digest, _) => AdmissionRenderer::digests(run),
            _ => AdmissionRenderer::table(run, style),
        };
        let Sinks { files: mut sinks, stdout } = self.sinks(renderer, &[], printer)?;
        if self.quiet || (self.shows_only_errors() && !resolve) {
            let errors = AdmissionRenderer::errors(run, !self.quiet, printer.stderr_style());
            sinks.push(Sink::new(errors, Syntax::Text, Destination::Stderr));
        }
        if self.quiet {
            // Standard output has the manifests of `resolve`, or nothing.
        } else if resolve {
            let table = AdmissionRenderer::table(run, printer.stderr_style());
            sinks.push(Sink::new(table, Syntax::Text, Destination::Stderr));
        } else {
            sinks.extend(stdout);
        }
        Ok(Results { sinks, diagnostics: Vec::new() })
    }

    /// The named files, and standard output unless a file replaces it.
    fn sinks<R>(
        &self,
        renderer: impl Fn(Format, Style) -> R,
        other_files: &[String],
        printer: &Printer,
    ) -> Result<Sinks<R>, Diagnostic> {
        self.renderings.check(other_files.iter().map(Path::new))?;
        let sink = |format: Format, style, destination| {
            Sink::new(renderer(format, style), format.syntax(), destination)
        };
        let files = self.renderings.files();
        let files =
            files.map(|(format, file)| sink(format, Style::default(), Destination::File(file.to_owned())));
        let stdout = || sink(self.renderings.format(), printer.style(), Destination::Stdout);
        Ok(Sinks { files: files.collect(), stdout: self.renderings.has_stdout().then(stdout) })
    }
}

/// All outputs of one command. Results are added one by one and not kept: what can be shown at once is shown, other
/// text is buffered in temporary files.
pub(super) struct Results<R> {
    sinks: Vec<Sink<R>>,
    diagnostics: Vec<Diagnostic>,
}

/// The outputs that flags name.
struct Sinks<R> {
    files: Vec<Sink<R>>,
    /// Standard output, unless a file replaces it.
    stdout: Option<Sink<R>>,
}

/// One output.
struct Sink<R> {
    renderer: R,
    syntax: Syntax,
    destination: Destination,
    /// The lists of the rendering so far, without secrets.
    parts: [SpooledTempFile; 2],
    /// Set after a failed write; later results are not written.
    broken: bool,
}

enum Destination {
    Stdout,
    /// Standard error.
    Stderr,
    File(PathBuf),
}

impl<R> Sink<R> {
    fn new(renderer: R, syntax: Syntax, destination: Destination) -> Self {
        let part = || SpooledTempFile::new(IN_MEMORY);
        Self { renderer, syntax, destination, parts: [part(), part()], broken: false }
    }
}

impl<R: Renderer> Results<R> {
    /// Adds one result to every output.
    pub(super) fn add(&mut self, item: R::Item<'_>, printer: &Printer) {
        for sink in self.sinks.iter_mut().filter(|sink| !sink.broken) {
            let parts = sink.renderer.add(item);
            let written = match (&sink.destination, sink.renderer.streams()) {
                (Destination::Stdout, true) => write_data(sink.syntax.data(&parts.concat()), printer),
                _ => sink.buffer(&parts, printer),
            };
            if let Err(diagnostic) = written {
                sink.broken = true;
                self.diagnostics.push(diagnostic);
            }
        }
    }

    /// Completes every output and returns the errors. An output that cannot be written does not stop the others.
    pub(super) fn finish(mut self, end: R::End<'_>, printer: &Printer) -> Vec<Diagnostic> {
        for sink in self.sinks.iter_mut().filter(|sink| !sink.broken) {
            let frame = sink.renderer.finish(end);
            self.diagnostics.extend(sink.complete(&frame, printer).err());
        }
        self.diagnostics
    }
}

impl<R: Renderer> Sink<R> {
    fn buffer(&mut self, parts: &Parts, printer: &Printer) -> Result<(), Diagnostic> {
        let mut pairs = self.parts.iter_mut().zip(parts);
        let put =
            pairs.try_for_each(|(file, part)| file.write_all(&printer.redacted(self.syntax.data(part))));
        put.map_err(|error| cannot_buffer(&error))
    }

    fn complete(&mut self, frame: &Frame, printer: &Printer) -> Result<(), Diagnostic> {
        let [first, second] = &mut self.parts;
        for part in [&mut *first, &mut *second] {
            part.rewind().map_err(|error| cannot_buffer(&error))?;
        }
        let Frame(around) = frame;
        let [before, between, after] = around.each_ref().map(|text| printer.redacted(self.syntax.data(text)));
        let mut text = (&*before).chain(first).chain(&*between).chain(second).chain(&*after);
        match &self.destination {
            Destination::Stdout => printer.data(&mut text).map_err(|error| cannot_write_stdout(&error)),
            Destination::Stderr => {
                printer.data_to_stderr(&mut text);
                Ok(())
            }
            Destination::File(path) => write_result(path, &mut text),
        }
    }
}

/// The error for results that cannot be buffered.
fn cannot_buffer(error: &io::Error) -> Diagnostic {
    let folder = std::env::temp_dir();
    Diagnostic::new(
        Code::OUTPUT_WRITE,
        format!("results cannot be buffered in `{}`: {}", folder.display(), IoCause(error)),
    )
    .remedy(Remedy::ChooseTemporaryDirectory)
}
