//! `dhi vex`: applies VEX statements to reports of scanners, and reads, writes and checks VEX documents.

mod apply;
mod create;
mod explain;
mod export;
pub(super) mod gates;
mod get;
mod lint;
pub(super) mod output;
mod repo;
pub(super) mod reports;
mod rules;
pub(super) mod run;
mod sources;
pub(super) mod verifying;

use clap::Subcommand;

use super::printer::Printer;
use crate::diagnostic::{Diagnostic, Exit};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Apply VEX to reports of scanners, and show the findings that remain
    Apply(Box<apply::Arguments>),
    /// Write a VEX document, or add statements to one
    Create(Box<create::Arguments>),
    /// Explain the decision about a finding
    Explain(Box<explain::Arguments>),
    /// Write a VEX document with which a scanner reaches the same decisions
    Export(Box<export::Arguments>),
    /// Print the signed VEX of an image and of its base
    Get(Box<get::Arguments>),
    /// Check VEX documents: what is not valid, cannot match, matches too much or does nothing
    Lint(lint::Arguments),
    /// List, add, fetch and remove VEX repositories
    #[command(subcommand)]
    Repo(repo::Command),
}

pub(super) async fn run(command: Command, printer: &Printer) -> Result<Exit, Diagnostic> {
    match command {
        Command::Apply(arguments) => apply::run(*arguments, printer).await,
        Command::Create(arguments) => create::run(*arguments, printer),
        Command::Explain(arguments) => explain::run(*arguments, printer).await,
        Command::Export(arguments) => export::run(*arguments, printer).await,
        Command::Get(arguments) => get::run(*arguments, printer).await,
        Command::Lint(arguments) => lint::run(&arguments, printer).await,
        Command::Repo(command) => repo::run(command, printer).await,
    }
}
