//! `dhi definition render`: writes a definition as it is evaluated for one platform.

use std::path::PathBuf;

use clap::Args;

use super::super::output::write;
use super::super::printer::{Data, Printer, file_of};
use super::load::DefinitionArguments;
use crate::builder::platform::{Resolved, render};
use crate::diagnostic::{Diagnostic, Exit};

#[derive(Debug, Args)]
#[command(after_long_help = "\
The result is a definition without templates, conditions, matrices and included files, in the order of keys of the \
catalog. Two definitions that mean the same give the same bytes. Names that no variable has stay as they are written. \
A definition with errors is not written: `dhi definition lint` shows them. docs/definitions.md has the rules.")]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    definition: DefinitionArguments,

    /// Write to FILE instead of standard output
    #[arg(long, short, value_name = "FILE", value_hint = clap::ValueHint::FilePath, help_heading = "Output")]
    output: Option<PathBuf>,
}

pub(super) async fn run(arguments: Arguments, printer: &Printer) -> Result<Exit, Diagnostic> {
    let loaded = arguments.definition.load(file_of(arguments.output.as_deref()), printer).await?;
    let is_choice = loaded.evaluated.len() > 1;
    // There is always one: a definition without platforms is for all.
    for (platform, definition) in loaded.evaluated.into_iter().take(1) {
        if is_choice {
            printer.note(&format!("showing {platform}; choose with `--platform`"));
        }
        let text = render(&Resolved { platform, definition });
        write(arguments.output.as_deref(), Data::Raw(text.as_bytes()), printer)?;
    }
    Ok(Exit::Pass)
}
