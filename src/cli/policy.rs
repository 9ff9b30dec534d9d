//! `dhi policy`: evaluates and lists policies in Rego.

mod eval;
mod list;
mod named;
mod output;
mod sources;

use clap::Subcommand;

use super::printer::Printer;
use crate::diagnostic::{Diagnostic, Exit};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Evaluate policies for an image, and show what each decides
    Eval(Box<eval::Arguments>),
    /// List policies: built-in ones, and those in files
    List(Box<list::Arguments>),
}

pub(super) async fn run(command: Command, printer: &Printer) -> Result<Exit, Diagnostic> {
    match command {
        Command::Eval(arguments) => eval::run(*arguments, printer).await,
        Command::List(arguments) => list::run(*arguments, printer).await,
    }
}
