//! `dhi definition diff`: what a change of a definition means.

use std::path::Path;

use clap::{Args, ValueEnum};

use super::super::printer::{Printer, STDOUT};
use super::super::renderings::{OutputFormat, Renderings, Syntax};
use super::load::{ReadArguments, Reader};
use super::lock_diff::{LockDifference, is_lock};
use super::lock_file::read_lock;
use crate::builder::diff::{Side, diff};
use crate::builder::lock::Lock;
use crate::diagnostic::{Code, Diagnostic, Exit, Remedy};

/// The file that stands for no definition, as `git diff` names it.
const NONE: &str = "/dev/null";

#[derive(Debug, Args)]
#[command(after_long_help = "\
What both definitions mean is compared, for each platform: the order of keys, quotes, comments, and values that a \
variable has now do not count. What weakens the product, or lets more into its build, comes first. With `-v`, the lines \
of scripts that changed follow. A definition with errors is not compared. `/dev/null` is no definition: the other one is \
new, or was deleted. The exit code is 0, as that of `git diff`; with `--exit-code` it is 1 if there are changes. \
docs/schemas/definition-diff-1.json is the schema of `--format json`.

Two files whose names end in `.lock` are compared as locks: packages and their versions, repositories, keys, files, \
images. Other bytes under the same version or address come first. docs/schemas/lock-diff-1.json is the schema of their \
`--format json`.")]
pub(in crate::cli) struct Arguments {
    /// Definition or lock before the change: a file, `-` for standard input, an `https` URL, or `/dev/null`
    #[arg(value_name = "FROM", value_hint = clap::ValueHint::FilePath)]
    from: String,

    /// Definition or lock after the change
    #[arg(value_name = "TO", value_hint = clap::ValueHint::FilePath)]
    to: String,

    /// Exit with 1 if there are changes
    #[arg(long)]
    exit_code: bool,

    #[command(flatten)]
    read: ReadArguments,

    #[command(flatten)]
    output: Renderings<Format>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Table,
    /// For programs: docs/schemas/definition-diff-1.json, for locks docs/schemas/lock-diff-1.json
    Json,
    /// For a pull request, or the summary of a GitHub Actions step
    Markdown,
}

impl OutputFormat for Format {
    fn syntax(self) -> Syntax {
        match self {
            Self::Table | Self::Markdown => Syntax::Text,
            Self::Json => Syntax::Json,
        }
    }
}

pub(super) async fn run(arguments: Arguments, printer: &Printer) -> Result<Exit, Diagnostic> {
    let Arguments { from, to, exit_code, read, output } = &arguments;
    output.check([])?;
    if from == STDOUT && to == STDOUT {
        return Err(not_two(
            "both definitions are `-`, and standard input has one",
            "write one of them to a file",
        ));
    }
    if is_lock(from) || is_lock(to) {
        let difference = LockDifference::new((from, &lock(from)?), (to, &lock(to)?));
        let render = |format: Format, style| match format {
            Format::Table => difference.table(style),
            Format::Json => difference.json(),
            Format::Markdown => difference.markdown(),
        };
        let is_gate = *exit_code && !difference.is_empty();
        let exit = if is_gate { Exit::Fail } else { Exit::Pass };
        return Ok(printer.report_failures(exit, output.write(render, printer)));
    }
    let reader = read.open(&[from, to], output.files().map(|(_, file)| file), printer)?;
    let difference = match (side(&reader, from).await?, side(&reader, to).await?) {
        (None, None) => {
            return Err(not_two("both definitions are `/dev/null`, which is none", "name a definition"));
        }
        (None, Some(to)) => diff(Side::absent(NONE, &to), to),
        (Some(from), to) => {
            let to = to.unwrap_or_else(|| Side::absent(NONE, &from));
            diff(from, to)
        }
    };
    let render = |format: Format, style| match format {
        Format::Table => difference.table(style, printer.is_verbose()),
        Format::Json => difference.json(),
        Format::Markdown => difference.markdown(),
    };
    let is_gate = *exit_code && !difference.is_empty();
    let exit = if is_gate { Exit::Fail } else { Exit::Pass };
    Ok(printer.report_failures(exit, output.write(render, printer)))
}

/// One of both definitions. `None` for the file that stands for none.
async fn side(reader: &Reader<'_>, name: &str) -> Result<Option<Side>, Diagnostic> {
    if name == NONE {
        return Ok(None);
    }
    let loaded = reader.load(name, None).await?;
    Ok(Some(Side::new(&loaded.name, &loaded.written, &loaded.evaluated)))
}

/// One of two locks.
fn lock(name: &str) -> Result<Lock, Diagnostic> {
    if !is_lock(name) {
        let what = format!("`{name}` is no lock file, and a lock is compared with a lock");
        return Err(not_two(&what, "name two definitions, or two files whose names end in `.lock`"));
    }
    let missing = || Diagnostic::new(Code::LOCK_MISSING, format!("`{name}` does not exist"));
    read_lock(Path::new(name))?.ok_or_else(missing)
}

fn not_two(what: &str, text: &str) -> Diagnostic {
    Diagnostic::new(Code::USAGE_ARGUMENTS, what).remedy(Remedy::ChangeCommandLine { text: text.to_owned() })
}
