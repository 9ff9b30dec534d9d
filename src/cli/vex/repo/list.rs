//! `dhi vex repo list`: the repositories, and how old their copies are.

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use super::super::super::output::write_data;
use super::super::super::printer::{Data, Printer};
use super::super::super::trust_store::StoredTrust;
use super::copies::CopyArguments;
use crate::diagnostic::{Diagnostic, Exit};
use crate::limits::Limits;
use crate::report::columns::columns;
use crate::trust_store::vex_repository::{LoginSource, RepositoryEntry, RepositoryList};

#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    copies: CopyArguments,

    /// Format of the list
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Table,
    /// For programs: `name`, `url`, `login` (null without one of its own), `keys`, `updated`, `checked`
    Json,
}

/// A repository, and when its copy was fetched and checked.
type Row<'a> = (&'a RepositoryEntry, Option<(Timestamp, Timestamp)>);

pub(super) fn run(arguments: &Arguments, printer: &Printer) -> Result<Exit, Diagnostic> {
    let list = RepositoryList::read(StoredTrust::of_user().directory()?, &Limits::default())?;
    let copies = arguments.copies.stored()?;
    let rows: Vec<Row<'_>> = list.entries().iter().map(|entry| (entry, copies.times(entry))).collect();
    match arguments.format {
        Format::Json => write_data(Data::Json(&json(&rows)), printer)?,
        Format::Table if rows.is_empty() => {
            printer.note("there are no VEX repositories; `dhi vex repo add NAME URL` adds one");
        }
        Format::Table => {
            let header = ["NAME", "URL", "SIGNED BY", "LOGIN", "FETCHED"].map(str::to_owned);
            let rows = rows.iter().map(|(entry, times)| {
                let keys: Vec<&str> = entry.keys.iter().map(|key| key.name.as_str()).collect();
                let keys = if keys.is_empty() { "keys of the run".to_owned() } else { keys.join(", ") };
                let fetched =
                    times.map_or_else(|| "never".to_owned(), |(updated, _)| format!("{updated:.0}"));
                vec![entry.name.to_string(), entry.url.to_string(), keys, login(&entry.login), fetched]
            });
            write_data(Data::Text(&columns(header, rows, printer.style())), printer)?;
        }
    }
    Ok(Exit::Pass)
}

fn login(login: &LoginSource) -> String {
    match login {
        LoginSource::Password { username, variable } => format!("{username}, ${variable}"),
        LoginSource::Token { variable } => format!("token, ${variable}"),
        _ => "of the host".to_owned(),
    }
}

/// The login that is stored for a repository. `None`: it has none of its own, and that of its host is used on demand.
fn own_login(login: &LoginSource) -> Option<&LoginSource> {
    (*login != LoginSource::Configured).then_some(login)
}

fn json(rows: &[Row<'_>]) -> String {
    let repositories: Vec<_> = rows
        .iter()
        .map(|(entry, times)| {
            let keys: Vec<_> = entry
                .keys
                .iter()
                .map(|key| serde_json::json!({ "name": key.name, "pem": key.pem }))
                .collect();
            serde_json::json!({
                "name": entry.name.as_str(),
                "url": entry.url.as_str(),
                "login": own_login(&entry.login),
                "keys": keys,
                "updated": times.map(|(updated, _)| updated.to_string()),
                "checked": times.map(|(_, checked)| checked.to_string()),
            })
        })
        .collect();
    let document = serde_json::json!({ "schemaVersion": 1, "repositories": repositories });
    format!("{document:#}\n")
}
