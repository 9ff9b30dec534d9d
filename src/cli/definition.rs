//! `dhi definition`: checks, explains and writes definitions of images, packages and charts.

mod excerpt;
mod lint;
mod lint_output;
pub(in crate::cli) mod source;

use clap::Subcommand;

use super::printer::Printer;
use crate::diagnostic::{Diagnostic, Exit};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Check definitions: what is wrong, risky or worth knowing
    Lint(Box<lint::Arguments>),
}

pub(super) async fn run(command: Command, printer: &Printer) -> Result<Exit, Diagnostic> {
    match command {
        Command::Lint(arguments) => lint::run(*arguments, printer).await,
    }
}
