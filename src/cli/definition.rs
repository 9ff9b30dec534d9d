//! `dhi definition`: checks, explains, evaluates, compares and writes definitions of images, packages and charts.

mod diff;
mod excerpt;
mod explain;
pub(in crate::cli) mod init;
mod lint;
mod lint_output;
pub(in crate::cli) mod load;
mod lock;
mod lock_diff;
pub(in crate::cli) mod lock_file;
pub(in crate::cli) mod lock_output;
mod render;
pub(in crate::cli) mod rules_page;
mod schema;
pub(in crate::cli) mod source;

pub use rules_page::document as rules_document;

use clap::Subcommand;

use super::printer::Printer;
use crate::diagnostic::{Diagnostic, Exit};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Tell what changed from one definition to another, for reviewers
    Diff(Box<diff::Arguments>),
    /// Tell what a definition makes, and what its build fetches and does
    Explain(Box<explain::Arguments>),
    /// Write a new definition, commented, to begin with
    Init(init::Arguments),
    /// Check definitions: what is wrong, risky or worth knowing
    Lint(Box<lint::Arguments>),
    /// Choose the packages of a definition, and lock what its build fetches
    Lock(Box<lock::Arguments>),
    /// Write a definition as it is evaluated for one platform
    Render(Box<render::Arguments>),
    /// Print the JSON Schema of definitions, for editors
    Schema(schema::Arguments),
}

pub(super) async fn run(command: Command, printer: &Printer) -> Result<Exit, Diagnostic> {
    match command {
        Command::Diff(arguments) => diff::run(*arguments, printer).await,
        Command::Explain(arguments) => explain::run(*arguments, printer).await,
        Command::Init(arguments) => init::run(&arguments, printer),
        Command::Lint(arguments) => lint::run(*arguments, printer).await,
        Command::Lock(arguments) => lock::run(*arguments, printer).await,
        Command::Render(arguments) => render::run(*arguments, printer).await,
        Command::Schema(arguments) => schema::run(&arguments, printer),
    }
}
