//! `dhi help`: the help of a command, the page of an error code, and other topics.

mod layout;
mod pages;
mod policies;
mod topic;

use clap::{Args, Command};

use super::output::write_data;
use super::printer::{Data, Printer};
use crate::diagnostic::{Diagnostic, Exit};
pub(super) use layout::{short_help, with_layout};
pub(super) use pages::page;
pub(super) use topic::names;
use topic::{Topic, find};

/// The columns of text that is not for a terminal.
const PIPED: usize = 80;

/// The most columns of text.
const WIDEST: usize = 100;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A command (`verify`, `attest list`), an error code or rule (`trust/wrong-key`, `wrong-key`), `exit-codes`,
    /// `policies`, or `topics` for a list
    #[arg(value_name = "TOPIC")]
    topic: Vec<String>,
}

pub(super) fn run(
    arguments: &Arguments,
    mut command_line: Command,
    printer: &Printer,
) -> Result<Exit, Diagnostic> {
    command_line.build();
    let width = printer.style().width.map_or(PIPED, |width| width.min(WIDEST));
    let words: Vec<&str> = arguments.topic.iter().map(String::as_str).collect();
    let Topic { text, instead_of } = find(&words, &command_line, width)?;
    if let Some((asked, name)) = instead_of {
        printer.note(&format!("there is no topic `{asked}`; this is `{name}`"));
    }
    write_data(Data::Text(&text), printer)?;
    Ok(Exit::Pass)
}
