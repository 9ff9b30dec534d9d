//! `dhi definition explain`: what a definition means.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::super::output::write;
use super::super::output_argument::file_or_stdout;
use super::super::printer::{Data, Printer, file_of};
use super::init::keyword;
use super::load::{ContextArguments, load};
use super::source::{SourceArguments, check_output};
use crate::builder::definition::TargetPlatform;
use crate::builder::explain::Explanation;
use crate::diagnostic::{Diagnostic, Exit};

#[derive(Debug, Args)]
#[command(after_long_help = "\
Everything is told for one platform: the first of the definition, or that of `--platform`. What is different for others
follows. A definition with errors is not explained: `dhi definition lint` shows them.")]
pub(in crate::cli) struct Arguments {
    /// Definition: a file, `-` for standard input, or an `https` URL
    #[arg(value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    definition: String,

    /// Only this platform
    #[arg(long, value_name = "PLATFORM", value_parser = keyword::<TargetPlatform>())]
    platform: Option<TargetPlatform>,

    #[command(flatten)]
    context: ContextArguments,

    #[command(flatten)]
    source: SourceArguments,

    /// Format of the explanation
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
    /// For programs: docs/schemas/definition-explain-1.json
    Json,
}

pub(super) async fn run(arguments: Arguments, printer: &Printer) -> Result<Exit, Diagnostic> {
    if let Some(output) = file_of(arguments.output.as_deref()) {
        check_output(output, [arguments.definition.as_str()])?;
    }
    let session = arguments.source.session(printer)?;
    let context = arguments.context.context.as_deref();
    let loaded = load(&session, &arguments.definition, context, arguments.platform).await?;
    let explanation = Explanation::new(&loaded.name, &loaded.written, &loaded.evaluated);
    let output = arguments.output.as_deref();
    match arguments.format {
        Format::Text => write(output, Data::Text(&explanation.text(printer.style_of(output))), printer)?,
        Format::Json => write(output, Data::Json(&explanation.json()), printer)?,
    }
    Ok(Exit::Pass)
}
