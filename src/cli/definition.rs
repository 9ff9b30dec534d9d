//! `dhi definition`: checks, explains and writes definitions of images, packages and charts.

mod excerpt;
mod init;
mod lint;
mod lint_output;
mod rules_page;
mod schema;
pub(in crate::cli) mod source;

pub use rules_page::document as rules_page;

use clap::Subcommand;

use super::printer::Printer;
use crate::diagnostic::{Diagnostic, Exit};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Check definitions: what is wrong, risky or worth knowing
    Lint(Box<lint::Arguments>),
    /// Write a new definition, commented, to begin with
    Init(init::Arguments),
    /// Print the JSON Schema of definitions, for editors
    Schema(schema::Arguments),
}

pub(super) async fn run(command: Command, printer: &Printer) -> Result<Exit, Diagnostic> {
    match command {
        Command::Lint(arguments) => lint::run(*arguments, printer).await,
        Command::Init(arguments) => init::run(&arguments, printer),
        Command::Schema(arguments) => schema::run(&arguments, printer),
    }
}
