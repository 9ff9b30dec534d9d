//! `dhi definition lint`: checks definitions.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::super::printer::Printer;
use super::super::renderings::Renderings;
use super::super::trust::time;
use super::lint_output::{Format, check_outputs};
use super::source::{SourceArguments, SourceText, check_context, read};
use crate::builder::files::{Found, Repository, find, guessed_sources, known_sources};
use crate::builder::lint::{FileResult, Run, SourceFiles, Surroundings, TagOwners, check, sources};
use crate::builder::platform::{Error, complete};
use crate::diagnostic::{Code, Diagnostic, Exit, ToDiagnostic as _};

#[derive(Debug, Args)]
#[command(after_long_help = "\
Every finding has a rule, which `dhi help RULE` explains. Notes are counted, and shown with `-v`. The exit code is 0 if \
there is no error, 1 if there is one, or a warning with `--deny-warnings`, 2 if a file cannot be read or is not YAML, and \
4 if a limit is reached. The other files are checked all the same. docs/schemas/definition-lint-1.json is the schema of \
`--format json`.")]
pub(in crate::cli) struct Arguments {
    /// Definitions: files, directories, `-` for standard input, `https` URLs
    ///
    /// In directories, all `*.yaml` and `*.yml` below that begin with the line `# syntax=…build:…`.
    #[arg(required = true, value_name = "PATH", value_hint = clap::ValueHint::AnyPath)]
    paths: Vec<String>,

    /// Root of the repository of the definitions, whose files their `paths` take
    ///
    /// A missing file is then an error. By default, the root is looked for above each definition, and a missing file is a note.
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    context: Option<PathBuf>,

    /// Fail if there is a warning
    #[arg(long)]
    deny_warnings: bool,

    /// Time against which the end of life is told (RFC 3339; default: now)
    #[arg(long, value_name = "TIME", value_parser = time)]
    effective_time: Option<Timestamp>,

    #[command(flatten)]
    source: SourceArguments,

    #[command(flatten)]
    output: Renderings<Format>,
}

pub(super) async fn run(arguments: Arguments, printer: &Printer) -> Result<Exit, Diagnostic> {
    check_context(arguments.context.as_deref())?;
    let session = arguments.source.session(printer)?;
    let found = find(&arguments.paths).map_err(|error| error.to_diagnostic())?;
    let Found { names, skipped, doubtful, unread } = found;
    check_outputs(&arguments.output, &names)?;
    for text in doubtful.iter().chain(&unread) {
        printer.warning(text);
    }
    if printer.is_verbose() {
        for name in &skipped {
            printer.note(&format!("`{name}` is no definition"));
        }
    }
    if names.is_empty() {
        printer.warning("no definition was found, so nothing is checked");
    }
    let mut checked = Checked::new(&arguments);
    let (mut failures, mut checked_exit) = (Vec::new(), Exit::Pass);
    for name in &names {
        match read(&session, name).await {
            Ok(source) => {
                // It is among the findings, unless there is no text to show.
                let is_shown = !source.text.is_empty();
                match checked.file(source) {
                    Some(diagnostic) if is_shown && diagnostic.code == Code::DEFINITION_UNREADABLE => {
                        checked_exit = checked_exit.max(diagnostic.exit());
                    }
                    failure => failures.extend(failure),
                }
            }
            Err(diagnostic) => {
                checked.add(FileResult::unread(name.clone(), diagnostic.message.clone()));
                failures.push(diagnostic);
            }
        }
    }
    let files: Vec<FileResult> = checked.files.into_values().collect();
    let run = Run { files: &files, skipped: skipped.len(), deny_warnings: arguments.deny_warnings };
    let exit = if run.is_fail() { Exit::Fail } else { Exit::Pass };
    let exit = exit.max(checked_exit);
    let render = |format: Format, style| format.render(&run, printer.is_verbose(), style);
    failures.extend(arguments.output.write(render, printer));
    Ok(printer.report_failures(exit, failures))
}

/// The files so far.
struct Checked<'a> {
    context: Option<&'a Path>,
    now: Timestamp,
    tags: TagOwners,
    files: BTreeMap<String, FileResult>,
}

impl<'a> Checked<'a> {
    fn new(arguments: &'a Arguments) -> Self {
        let now = arguments.effective_time.unwrap_or_else(Timestamp::now);
        Self {
            context: arguments.context.as_deref(),
            now,
            tags: TagOwners::default(),
            files: BTreeMap::new(),
        }
    }

    /// Checks a file. The result is why it cannot be read.
    fn file(&mut self, source: SourceText) -> Option<Diagnostic> {
        let SourceText { name, text } = source;
        match self.results(&name, &text) {
            Ok(results) => {
                for result in results {
                    self.add(result);
                }
                None
            }
            Err(error) => {
                let diagnostic = error.to_diagnostic();
                self.add(FileResult::unreadable(name, text, &error));
                Some(diagnostic)
            }
        }
    }

    fn results(&mut self, name: &str, text: &str) -> Result<Vec<FileResult>, Error> {
        let complete = complete(name, text, &Repository::of(name, self.context))?;
        let written = sources(&complete.definition).map(|source| source.value.as_str());
        let sources = match self.context {
            Some(root) => known_sources(root, written),
            None if Path::new(name).is_file() => guessed_sources(Path::new(name), written),
            None => SourceFiles::Unknown,
        };
        let today = self.now.to_zoned(TimeZone::UTC).date();
        check(&complete, &Surroundings { file: name, today, sources }, &mut self.tags)
    }

    /// A file that several definitions include has its findings once.
    fn add(&mut self, mut result: FileResult) {
        // The text is only needed for excerpts.
        if result.findings.is_empty() {
            result.text = String::new();
        }
        match self.files.entry(result.file.clone()) {
            Entry::Vacant(entry) => {
                entry.insert(result);
            }
            Entry::Occupied(mut entry) => entry.get_mut().merge(result),
        }
    }
}
