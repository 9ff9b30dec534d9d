//! `dhi policy`: evaluates and lists policies in Rego.

mod bundle_output;
mod bundles;
mod pull;
mod push;

use clap::Subcommand;

use super::printer::Printer;
use crate::diagnostic::{Diagnostic, Exit};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Fetch a policy bundle, write it, and pin it
    Pull(Box<pull::Arguments>),
    /// Store policies as a bundle in a registry, and sign it
    Push(Box<push::Arguments>),
}

pub(super) async fn run(command: Command, printer: &Printer) -> Result<Exit, Diagnostic> {
    match command {
        Command::Pull(arguments) => pull::run(*arguments, printer).await,
        Command::Push(arguments) => push::run(*arguments, printer).await,
    }
}
