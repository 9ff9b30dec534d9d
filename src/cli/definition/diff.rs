//! `dhi definition diff`: what a change of a definition means.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::super::output::write;
use super::super::output_argument::file_or_stdout;
use super::super::printer::{Data, Printer, STDOUT, file_of};
use super::load::{ContextArguments, Loaded, load};
use super::source::{SourceArguments, check_output};
use crate::builder::diff::{Side, diff};
use crate::diagnostic::{Code, Diagnostic, Exit, Remedy};

#[derive(Debug, Args)]
#[command(after_long_help = "\
What both definitions mean is compared, for each platform: the order of keys, quotes, comments, and values that a variable
has now do not count. What weakens the product, or lets more into its build, comes first. With `-v`, the lines of
scripts that changed follow. A definition with errors is not compared. The exit code is 0, as that of `git diff`; with
`--exit-code` it is 1 if there are changes.")]
pub(in crate::cli) struct Arguments {
    /// Definition before the change: a file, `-` for standard input, or an `https` URL
    #[arg(value_name = "FROM", value_hint = clap::ValueHint::FilePath)]
    from: String,

    /// Definition after the change
    #[arg(value_name = "TO", value_hint = clap::ValueHint::FilePath)]
    to: String,

    /// Exit with 1 if there are changes
    #[arg(long)]
    exit_code: bool,

    #[command(flatten)]
    context: ContextArguments,

    #[command(flatten)]
    source: SourceArguments,

    /// Format of the result
    #[arg(long, value_enum, default_value_t = Format::Text, help_heading = "Output")]
    format: Format,

    /// Write to FILE instead of standard output
    #[arg(long, short, value_name = "FILE", value_parser = file_or_stdout::<Format>, help_heading = "Output")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs: docs/schemas/definition-diff-1.json
    Json,
    /// For a pull request, or the summary of a GitHub Actions step
    Markdown,
}

pub(super) async fn run(arguments: Arguments, printer: &Printer) -> Result<Exit, Diagnostic> {
    if [&arguments.from, &arguments.to].iter().all(|name| *name == STDOUT) {
        let text = "write one of them to a file".to_owned();
        let what = "both definitions are `-`, and standard input has one";
        return Err(Diagnostic::new(Code::USAGE_ARGUMENTS, what).remedy(Remedy::ChangeCommandLine { text }));
    }
    if let Some(output) = file_of(arguments.output.as_deref()) {
        check_output(output, [arguments.from.as_str(), arguments.to.as_str()])?;
    }
    let session = arguments.source.session(printer)?;
    let context = arguments.context.context.as_deref();
    let from = side(&load(&session, &arguments.from, context, None).await?);
    let to = side(&load(&session, &arguments.to, context, None).await?);
    let difference = diff(from, to);
    let output = arguments.output.as_deref();
    match arguments.format {
        Format::Text => {
            let table = difference.table(printer.style_of(output), printer.is_verbose());
            write(output, Data::Text(&table), printer)?;
        }
        Format::Json => write(output, Data::Json(&difference.json()), printer)?,
        Format::Markdown => write(output, Data::Text(&difference.markdown()), printer)?,
    }
    let is_gate = arguments.exit_code && !difference.is_empty();
    Ok(if is_gate { Exit::Fail } else { Exit::Pass })
}

fn side(loaded: &Loaded) -> Side {
    Side::new(&loaded.name, &loaded.written, &loaded.evaluated)
}
