//! `dhi definition`: checks, explains and writes definitions of images, packages and charts.

mod init;
mod schema;
pub(in crate::cli) mod source;

use clap::Subcommand;

use super::printer::Printer;
use crate::diagnostic::{Diagnostic, Exit};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Write a new definition, commented, to begin with
    Init(init::Arguments),
    /// Print the JSON Schema of definitions, for editors
    Schema(schema::Arguments),
}

pub(super) fn run(command: Command, printer: &Printer) -> Result<Exit, Diagnostic> {
    match command {
        Command::Init(arguments) => init::run(&arguments, printer),
        Command::Schema(arguments) => schema::run(&arguments, printer),
    }
}
