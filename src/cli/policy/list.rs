//! `dhi policy list`: the policies that a run with the same flags evaluates, with their metadata.

use clap::{Args, ValueEnum};

use super::super::output::write_data;
use super::super::printer::{Data, Printer};
use super::super::registry_options::RegistryArguments;
use super::sources::{Defaults, SourceArguments};
use crate::diagnostic::{Diagnostic, Exit};
use crate::report::PolicyList;

#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    sources: SourceArguments,

    /// Format of the list
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,

    #[command(flatten)]
    access: RegistryArguments,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Table,
    /// For programs: docs/schemas/policy-list-1.json
    Json,
}

pub(super) async fn run(arguments: Arguments, printer: &Printer) -> Result<Exit, Diagnostic> {
    let session = arguments.access.session(printer)?.with_registry(&arguments.access)?;
    let defaults = Defaults { decides: None, all: true };
    let policies = arguments.sources.load(Vec::new(), defaults, &session).await?;
    let list = PolicyList { set: &policies.set, details: printer.is_verbose() };
    match arguments.format {
        Format::Table => write_data(Data::Text(&list.table(printer.style())), printer)?,
        Format::Json => write_data(Data::Json(&list.json()), printer)?,
    }
    Ok(Exit::Pass)
}
