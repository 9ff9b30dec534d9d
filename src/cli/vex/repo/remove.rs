//! `dhi vex repo remove`: removes repositories from the list, and their copies.

use clap::Args;

use super::super::super::output::write_data;
use super::super::super::printer::{Data, Printer};
use super::super::super::trust_store::StoredTrust;
use super::copies::CopyArguments;
use crate::diagnostic::{Diagnostic, Exit};
use crate::limits::Limits;
use crate::trust_store::vex_repository::RepositoryList;

#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    /// Repository
    #[arg(value_name = "NAME", required = true)]
    names: Vec<String>,

    #[command(flatten)]
    copies: CopyArguments,
}

pub(super) async fn run(arguments: &Arguments, printer: &Printer) -> Result<Exit, Diagnostic> {
    let limits = Limits::default();
    let stored = StoredTrust::of_user();
    let directory = stored.directory()?;
    let copies = arguments.copies.stored()?;
    let lock = directory.lock(&limits).await?;
    let mut list = RepositoryList::read(directory, &limits)?;
    let removed: Vec<_> = arguments.names.iter().map(|name| list.remove(name)).collect::<Result<_, _>>()?;
    list.write(directory, &lock)?;
    let mut text = String::new();
    for entry in &removed {
        copies.remove_copy(entry)?;
        text.push_str(&format!("removed  {}  {}\n", entry.name, entry.url));
    }
    write_data(Data::Text(&text), printer)?;
    Ok(Exit::Pass)
}
