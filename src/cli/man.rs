//! `dhi man`: manual pages, generated from the same definitions as `--help`.

use std::path::PathBuf;

use clap::{Args, Command};
use clap_mangen::Man;

use super::output::write_data;
use super::output_file::write_file;
use super::printer::{Data, Printer};
use crate::diagnostic::{Code, Diagnostic, Exit, IoCause};
use crate::registry::write_remedy;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Write one page for each command into DIR instead of the main page to standard output
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

pub(super) fn run(
    arguments: &Arguments,
    mut command: Command,
    printer: &Printer,
) -> Result<Exit, Diagnostic> {
    command.build();
    let Some(directory) = &arguments.dir else {
        write_data(Data::Raw(&page(&command)?), printer)?;
        return Ok(Exit::Pass);
    };
    std::fs::create_dir_all(directory).map_err(|error| {
        Diagnostic::new(
            Code::OUTPUT_WRITE,
            format!("directory `{}` cannot be created: {}", directory.display(), IoCause(&error)),
        )
        .maybe_remedy(write_remedy(&error))
    })?;
    let mut commands = vec![command];
    while let Some(command) = commands.pop() {
        let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned();
        write_file(&directory.join(format!("{name}.1")), Data::Raw(&page(&command)?), printer)?;
        commands.extend(command.get_subcommands().filter(|command| !command.is_hide_set()).cloned());
    }
    Ok(Exit::Pass)
}

fn page(command: &Command) -> Result<Vec<u8>, Diagnostic> {
    let mut page = Vec::new();
    // The generator leaves out what comes before the arguments. A paragraph keeps each example on a line of its own.
    let examples = command.get_before_help().map(|text| text.to_string().replace('\n', "\n\n"));
    let texts = [command.get_after_long_help().map(ToString::to_string), examples];
    let behind: Vec<String> = texts.into_iter().flatten().collect();
    Man::new(command.clone().after_long_help(behind.join("\n\n"))).render(&mut page).map_err(|error| {
        Diagnostic::new(Code::BUG_INTERNAL, format!("manual page of `{}`: {error}", command.get_name()))
    })?;
    Ok(page)
}
