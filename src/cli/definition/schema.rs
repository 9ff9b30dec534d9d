//! `dhi definition schema`: prints the JSON Schema of definitions.

use std::path::PathBuf;

use clap::Args;

use super::super::output::write;
use super::super::printer::{Data, Printer};
use crate::builder::schema::schema;
use crate::diagnostic::{Diagnostic, Exit};

#[derive(Debug, Args)]
#[command(after_long_help = "\
Editors with the YAML language server, such as VS Code with the extension YAML, use it for definitions that name it in a \
comment: `# yaml-language-server: $schema=definition.schema.json`. The comment stands below the line `# syntax=`, which \
must be the first line.")]
pub(in crate::cli) struct Arguments {
    /// Write to FILE instead of standard output
    #[arg(long, short, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    output: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments, printer: &Printer) -> Result<Exit, Diagnostic> {
    let text = format!("{:#}\n", schema());
    write(arguments.output.as_deref(), Data::Raw(text.as_bytes()), printer)?;
    Ok(Exit::Pass)
}
