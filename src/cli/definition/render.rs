//! `dhi definition render`: writes a definition as it is evaluated for one platform.

use std::path::PathBuf;

use clap::Args;

use super::super::output::write;
use super::super::printer::{Data, Printer};
use super::init::keyword;
use super::load::{ContextArguments, load};
use super::source::SourceArguments;
use crate::builder::definition::{Keyword as _, TargetPlatform};
use crate::builder::platform::{Resolved, render};
use crate::diagnostic::{Diagnostic, Exit};

#[derive(Debug, Args)]
#[command(after_long_help = "\
Included files are merged, variables and expressions replaced, conditions and matrices evaluated, and entries for other
platforms left out. Names that the definition does not define stay as they are written. The result is a definition for this
one platform; rendered again, it does not change. A definition with errors is not rendered: `dhi definition lint` shows them.")]
pub(in crate::cli) struct Arguments {
    /// Definition: a file, `-` for standard input, or an `https` URL
    #[arg(value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    definition: String,

    /// Platform to evaluate for. Default: the first of the definition
    #[arg(long, value_name = "PLATFORM", value_parser = keyword::<TargetPlatform>())]
    platform: Option<TargetPlatform>,

    #[command(flatten)]
    context: ContextArguments,

    #[command(flatten)]
    source: SourceArguments,

    /// Write to FILE instead of standard output
    #[arg(long, short, value_name = "FILE", value_hint = clap::ValueHint::FilePath, help_heading = "Output")]
    output: Option<PathBuf>,
}

pub(super) async fn run(arguments: Arguments, printer: &Printer) -> Result<Exit, Diagnostic> {
    let session = arguments.source.session(printer)?;
    let context = arguments.context.context.as_deref();
    let loaded = load(&session, &arguments.definition, context, arguments.platform).await?;
    let mut evaluated = loaded.evaluated.into_iter();
    let Some((platform, definition)) = evaluated.next() else { return Ok(Exit::Pass) };
    let others: Vec<String> =
        evaluated.map(|(platform, _)| format!("`--platform {}`", platform.as_str())).collect();
    if !others.is_empty() {
        let rendered = platform.as_str();
        printer
            .note(&format!("rendered for {rendered}; {} renders for another platform", others.join(" or ")));
    }
    let text = render(&Resolved { platform, definition });
    write(arguments.output.as_deref(), Data::Raw(text.as_bytes()), printer)?;
    Ok(Exit::Pass)
}
