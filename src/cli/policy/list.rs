//! `dhi policy list`: the policies that a run with the same flags evaluates, with their metadata.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::super::output::write_data;
use super::super::printer::{Data, Printer};
use super::super::registry_options::path;
use super::super::session::Session;
use super::sources::SourceArguments;
use crate::diagnostic::{Diagnostic, Exit};
use crate::report::PolicyList;

#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    sources: SourceArguments,

    /// Trust the certificate authorities in FILE (PEM) in addition to the platform's
    #[arg(long, value_name = "FILE", env = "DHI_CA", value_parser = path())]
    ca: Vec<PathBuf>,

    /// Fetch nothing
    #[arg(long)]
    offline: bool,

    /// Format of the list
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Table,
    /// For programs: docs/schemas/policy-list-1.json
    Json,
}

pub(super) async fn run(arguments: Arguments, printer: &Printer) -> Result<Exit, Diagnostic> {
    let session = Session::start(arguments.offline, &arguments.ca, printer)?;
    let policies = arguments.sources.load(Vec::new(), &session).await?;
    let list = PolicyList { set: &policies.set, details: printer.is_verbose() };
    match arguments.format {
        Format::Table => write_data(Data::Text(&list.table(printer.style())), printer)?,
        Format::Json => write_data(Data::Json(&list.json()), printer)?,
    }
    Ok(Exit::Pass)
}
