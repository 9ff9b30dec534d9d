//! `dhi vex repo`: the user's list of VEX repositories, and the copies of them.

mod add;
mod chosen;
mod copies;
mod list;
mod remove;
mod trivy_list;
mod update;

use clap::Subcommand;

use super::super::printer::Printer;
use crate::diagnostic::{Diagnostic, Exit};

pub(super) use chosen::chosen;
pub(super) use copies::CopyArguments;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Command {
    /// Add a repository to the list
    Add(add::Arguments),
    /// List the repositories, in the order of their priority
    List(list::Arguments),
    /// Fetch repositories
    Update(update::Arguments),
    /// Remove repositories from the list, and their copies
    Remove(remove::Arguments),
}

pub(super) async fn run(command: Command, printer: &Printer) -> Result<Exit, Diagnostic> {
    match command {
        Command::Add(arguments) => add::run(&arguments, printer).await,
        Command::List(arguments) => list::run(&arguments, printer),
        Command::Update(arguments) => update::run(&arguments, printer).await,
        Command::Remove(arguments) => remove::run(&arguments, printer).await,
    }
}
