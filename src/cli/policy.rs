//! `dhi policy`: evaluates and lists policies in Rego.

mod list;
mod sources;

use clap::Subcommand;

use super::printer::Printer;
use crate::diagnostic::{Diagnostic, Exit};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List policies: built-in ones, and those in files
    List(Box<list::Arguments>),
}

pub(super) async fn run(command: Command, printer: &Printer) -> Result<Exit, Diagnostic> {
    match command {
        Command::List(arguments) => list::run(*arguments, printer).await,
    }
}
