//! `--format` and `--output`: one result, several renderings, each written whole or not at all.

use std::collections::BTreeSet;
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use tempfile::SpooledTempFile;

use super::printer::{Data, Printer, STDOUT, file_of};
use crate::admission::AdmissionRenderer;
use crate::diagnostic::{Code, Diagnostic, Remedy};
use crate::registry::remedy;
use crate::report::{Cosign, Frame, Parts, PipelineFormat, Renderer, Run, Style, VerifyRenderer};

/// Text of one rendering that waits in memory rather than in a file, in bytes.
const IN_MEMORY: usize = 1 << 20;

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

    fn kind(self) -> Kind {
        match self {
            Self::Json | Self::Sarif => Kind::Json,
            Self::Junit => Kind::Xml,
            Self::Table | Self::Github | Self::Markdown => Kind::Text,
        }
    }

    /// The format for pipelines, where it is one.
    fn pipeline(self) -> Option<PipelineFormat> {
        match self {
            Self::Table | Self::Json => None,
            Self::Sarif => Some(PipelineFormat::Sarif),
            Self::Junit => Some(PipelineFormat::Junit),
            Self::Github => Some(PipelineFormat::Github),
            Self::Markdown => Some(PipelineFormat::Markdown),
        }
    }
}

/// Refuses at once what names no file, or standard output by a format that `--format` has to name.
fn target(text: &str) -> Result<String, String> {
    match Format::of(text) {
        Some((_, "-")) => Err("standard output has the format of `--format`".to_owned()),
        Some((_, file)) => named(file).map(|_| text.to_owned()),
        None if text == STDOUT => Ok(text.to_owned()),
        None => named(text),
    }
}

/// The name of a file: not nothing, as where a variable such as `GITHUB_STEP_SUMMARY` is not set, and not `-`.
pub(super) fn named(text: &str) -> Result<String, String> {
    match text {
        "" => Err("no file is named; is the variable set that holds its name?".to_owned()),
        STDOUT => Err("`-` is standard output, and a file is needed here".to_owned()),
        file => Ok(file.to_owned()),
    }
}

/// Files that results are written to, each of which can hold one.
#[derive(Default)]
struct Files(BTreeSet<PathBuf>);

impl Files {
    /// Takes one more, or says that there would be two results in it.
    fn add(&mut self, file: &Path) -> Result<(), Diagnostic> {
        let directory =
            file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // What is not there yet has no path of its own, but its directory has.
        let directory = directory.canonicalize().unwrap_or_else(|_| directory.to_owned());
        let whole = file.file_name().map_or_else(|| file.to_owned(), |name| directory.join(name));
        if self.0.insert(whole) {
            return Ok(());
        }
        let what = format!(
            "two results would be written to `{}`, and the last would replace the first",
            file.display()
        );
        Err(Diagnostic::new(Code::USAGE_ARGUMENTS, what))
    }
}

impl OutputArguments {
    /// Opens every place that the results of `dhi verify` are written to, for one reference or `several`. `cosign` takes
    /// the place of the result on standard output; `others` are files that the run writes besides.
    pub(super) fn verify<'a>(
        &self,
        run: Run<'a>,
        several: bool,
        cosign: Option<&'a Cosign<'a>>,
        others: &[String],
        printer: &Printer,
    ) -> Result<Results<VerifyRenderer<'a>>, Diagnostic> {
        let renderer = |format: Format, style| match (format, format.pipeline()) {
            (_, Some(pipeline)) => VerifyRenderer::pipeline(run, pipeline),
            (Format::Json, _) => VerifyRenderer::json(run),
            _ => VerifyRenderer::table(run, several, self.explain, style),
        };
        let Sinks { files: mut sinks, stdout } = self.sinks(renderer, others, printer)?;
        match cosign {
            Some(cosign) => {
                sinks.push(Sink::new(VerifyRenderer::cosign(run, cosign), Kind::Text, To::Stdout));
            }
            None => sinks.extend(stdout),
        }
        Ok(Results { sinks, diagnostics: Vec::new() })
    }

    /// As [`Self::verify`], for the images of manifests. With `resolve` the result is talk, since standard output
    /// carries manifests.
    pub(super) fn admission<'a>(
        &self,
        run: Run<'a>,
        resolve: bool,
        printer: &Printer,
    ) -> Result<Results<AdmissionRenderer<'a>>, Diagnostic> {
        let renderer = |format: Format, style| match (format, format.pipeline()) {
            (_, Some(pipeline)) => AdmissionRenderer::pipeline(run, pipeline),
            (Format::Json, _) => AdmissionRenderer::json(run),
            _ => AdmissionRenderer::table(run, style),
        };
        let Sinks { files: mut sinks, stdout } = self.sinks(renderer, &[], printer)?;
        if resolve {
            let table = AdmissionRenderer::table(run, printer.talk_style());
            sinks.push(Sink::new(table, Kind::Text, To::Talk));
        } else {
            sinks.extend(stdout);
        }
        Ok(Results { sinks, diagnostics: Vec::new() })
    }

    /// The files that were named, and standard output, unless a file takes its place.
    fn sinks<R>(
        &self,
        renderer: impl Fn(Format, Style) -> R,
        others: &[String],
        printer: &Printer,
    ) -> Result<Sinks<R>, Diagnostic> {
        let mut files = Files::default();
        for file in others {
            files.add(Path::new(file))?;
        }
        let mut to_stdout = true;
        let mut written = Vec::new();
        for output in self.output.iter().filter(|output| *output != STDOUT) {
            let (format, file) = match Format::of(output) {
                Some(named) => named,
                None => {
                    to_stdout = false;
                    (self.format, output.as_str())
                }
            };
            let file = PathBuf::from(file);
            files.add(&file)?;
            written.push(Sink::new(renderer(format, Style::default()), format.kind(), To::File(file)));
        }
        let to_stdout = to_stdout || self.output.iter().any(|output| output == STDOUT);
        let stdout = || Sink::new(renderer(self.format, printer.style()), self.format.kind(), To::Stdout);
        Ok(Sinks { files: written, stdout: to_stdout.then(stdout) })
    }
}

/// Everything that the results of one command are written to. They are given one by one and not kept: what can be shown
/// at once is shown, the rest waits as text in temporary files.
pub(super) struct Results<R> {
    sinks: Vec<Sink<R>>,
    diagnostics: Vec<Diagnostic>,
}

/// The places that flags name.
struct Sinks<R> {
    files: Vec<Sink<R>>,
    /// Standard output, unless a file takes its place.
    stdout: Option<Sink<R>>,
}

/// One place.
struct Sink<R> {
    renderer: R,
    kind: Kind,
    to: To,
    /// The lists of the rendering, as far as they are known, without secrets.
    parts: [SpooledTempFile; 2],
    /// Set once it could not be written.
    broken: bool,
}

/// In which way a rendering is freed of secrets.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Text,
    Json,
    Xml,
}

impl Kind {
    fn data(self, text: &str) -> Data<'_> {
        match self {
            Self::Text => Data::Text(text),
            Self::Json => Data::Json(text),
            Self::Xml => Data::Xml(text),
        }
    }
}

enum To {
    Stdout,
    /// Standard error.
    Talk,
    File(PathBuf),
}

impl<R> Sink<R> {
    fn new(renderer: R, kind: Kind, to: To) -> Self {
        let part = || SpooledTempFile::new(IN_MEMORY);
        Self { renderer, kind, to, parts: [part(), part()], broken: false }
    }
}

impl<R: Renderer> Results<R> {
    /// Adds one result everywhere.
    pub(super) fn add(&mut self, item: R::Item<'_>, printer: &Printer) {
        for sink in self.sinks.iter_mut().filter(|sink| !sink.broken) {
            let parts = sink.renderer.add(item);
            let written = match (&sink.to, sink.renderer.streams()) {
                (To::Stdout, true) => write_data(sink.kind.data(&parts.concat()), printer),
                _ => sink.put_aside(&parts, printer),
            };
            if let Err(diagnostic) = written {
                sink.broken = true;
                self.diagnostics.push(diagnostic);
            }
        }
    }

    /// Completes every rendering, and gives all that could not be written: one place that cannot be written keeps no
    /// other from its result.
    pub(super) fn finish(mut self, end: R::End<'_>, printer: &Printer) -> Vec<Diagnostic> {
        for sink in self.sinks.iter_mut().filter(|sink| !sink.broken) {
            let frame = sink.renderer.finish(end);
            self.diagnostics.extend(sink.complete(&frame, printer).err());
        }
        self.diagnostics
    }
}

impl<R: Renderer> Sink<R> {
    fn put_aside(&mut self, parts: &Parts, printer: &Printer) -> Result<(), Diagnostic> {
        let mut pairs = self.parts.iter_mut().zip(parts);
        let put = pairs.try_for_each(|(file, part)| file.write_all(&printer.shown(self.kind.data(part))));
        put.map_err(|error| aside(&error))
    }

    fn complete(&mut self, frame: &Frame, printer: &Printer) -> Result<(), Diagnostic> {
        let [first, second] = &mut self.parts;
        for part in [&mut *first, &mut *second] {
            part.rewind().map_err(|error| aside(&error))?;
        }
        let Frame(around) = frame;
        let [before, between, after] = around.each_ref().map(|text| printer.shown(self.kind.data(text)));
        let mut text = (&*before).chain(first).chain(&*between).chain(second).chain(&*after);
        match &self.to {
            To::Stdout => printer.data(&mut text).map_err(|error| no_stdout(&error)),
            To::Talk => {
                printer.aside(&mut text);
                Ok(())
            }
            To::File(path) if is_step_summary(path) => {
                append(path, &mut text).map_err(|error| unwritten(path, &error))
            }
            To::File(path) => replace(path, &mut text).map_err(|error| unwritten(path, &error)),
        }
    }
}

/// What could not be kept until all results are known.
fn aside(error: &io::Error) -> Diagnostic {
    let folder = std::env::temp_dir();
    Diagnostic::new(
        Code::OUTPUT_WRITE,
        format!("results cannot be put aside in `{}`: {error}", folder.display()),
    )
    .remedy(Remedy::ChooseTemporaryDirectory)
}

/// Writes to standard output.
pub(super) fn write_data(data: Data<'_>, printer: &Printer) -> Result<(), Diagnostic> {
    printer.data(&mut &*printer.shown(data)).map_err(|error| no_stdout(&error))
}

fn no_stdout(error: &io::Error) -> Diagnostic {
    Diagnostic::new(Code::OUTPUT_WRITE, format!("standard output cannot be written: {error}"))
        .maybe_remedy(remedy(error))
}

/// Writes to `file`, or else to standard output.
pub(super) fn write(file: Option<&Path>, data: Data<'_>, printer: &Printer) -> Result<(), Diagnostic> {
    match file_of(file) {
        Some(file) => write_file(file, data, printer),
        None => write_data(data, printer),
    }
}

/// Writes a file whole.
pub(super) fn write_file(path: &Path, data: Data<'_>, printer: &Printer) -> Result<(), Diagnostic> {
    replace(path, &mut &*printer.shown(data)).map_err(|error| unwritten(path, &error))
}

/// Whether it is the file that GitHub Actions gives each step for its summary. Other commands of the step write
/// to it too, so it is the one file that is added to.
fn is_step_summary(path: &Path) -> bool {
    std::env::var_os("GITHUB_STEP_SUMMARY")
        .is_some_and(|summary| !summary.is_empty() && path == Path::new(&summary))
}

fn append(path: &Path, text: &mut impl Read) -> io::Result<()> {
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path)?;
    io::copy(text, &mut file).map(drop)
}

fn unwritten(path: &Path, error: &io::Error) -> Diagnostic {
    Diagnostic::new(Code::OUTPUT_WRITE, format!("`{}` cannot be written: {error}", path.display()))
        .maybe_remedy(remedy(error))
}

/// Nobody sees half a result: it is written beside the file and put in its place whole. What is no regular file,
/// such as a pipe, is written to directly.
fn replace(path: &Path, text: &mut impl Read) -> io::Result<()> {
    if path.metadata().is_ok_and(|metadata| !metadata.is_file()) {
        let mut file = std::fs::OpenOptions::new().write(true).open(path)?;
        return io::copy(text, &mut file).map(drop);
    }
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Else the name of the temporary file would be in the error of a missing directory.
    directory.metadata()?;
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    io::copy(text, &mut file)?;
    file.as_file().sync_all()?;
    file.persist(path).map(|_| ()).map_err(|error| error.error)
}
