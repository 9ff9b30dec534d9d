//! `dhi policy`: evaluates, lists and shares policies in Rego.

mod bundle_output;
mod bundles;
mod eval;
mod list;
pub(super) mod one_policy;
mod output;
mod pull;
mod push;
mod sources;
mod test;

use clap::Subcommand;

use super::printer::Printer;
use crate::diagnostic::{Diagnostic, Exit};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Evaluate policies for an image, and show what each decides
    Eval(Box<eval::Arguments>),
    /// List policies: built-in ones, and those in files
    List(Box<list::Arguments>),
    /// Test policies with cases of facts and expected results
    Test(Box<test::Arguments>),
    /// Fetch a policy bundle, write it, and pin it
    Pull(Box<pull::Arguments>),
    /// Store policies as a bundle in a registry, and sign it
    #[command(visible_alias = "publish")]
    Push(Box<push::Arguments>),
}

pub(super) async fn run(command: Command, printer: &Printer) -> Result<Exit, Diagnostic> {
    match command {
        Command::Eval(arguments) => eval::run::run(*arguments, printer).await,
        Command::List(arguments) => list::run(*arguments, printer).await,
        Command::Test(arguments) => test::run(*arguments, printer).await,
        Command::Pull(arguments) => pull::run(*arguments, printer).await,
        Command::Push(arguments) => push::run(*arguments, printer).await,
    }
}
