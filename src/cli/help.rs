//! `dhi help`: the help of a command, or the page of an error id.

use clap::{Args, Command};

use super::error_pages::{self, PAGES};
use super::output::write_data;
use super::printer::{Data, Printer};
use crate::diagnostic::{Code, Diagnostic, Exit, Remedy};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A command (`verify`, `attest list`), or `error` and an error id (`error trust/wrong-key`)
    #[arg(value_name = "TOPIC")]
    topic: Vec<String>,
}

pub(super) fn run(
    arguments: &Arguments,
    command_line: Command,
    printer: &Printer,
) -> Result<Exit, Diagnostic> {
    let topic: Vec<&str> = arguments.topic.iter().map(String::as_str).collect();
    let text = match topic.as_slice() {
        ["error"] => {
            let codes = PAGES.iter().map(|page| page.code);
            codes.map(|code| format!("{:30}  {}\n", code.as_str(), code.title())).collect()
        }
        ["error", id] => {
            let id = id.trim_start_matches("error[").trim_end_matches(']');
            let page = PAGES.iter().find(|page| page.code.as_str() == id).ok_or_else(|| {
                Diagnostic::new(Code::USAGE_ARGUMENTS, format!("there is no error id `{id}`"))
                    .remedy(Remedy::ListCodes)
            })?;
            error_pages::text(page)
        }
        command => {
            let mut found = command_line;
            found.build();
            for name in command {
                found = found.find_subcommand(name).cloned().ok_or_else(|| {
                    Diagnostic::new(
                        Code::USAGE_ARGUMENTS,
                        format!("there is no command `{}`", command.join(" ")),
                    )
                    .remedy(Remedy::ListCommands)
                })?;
            }
            found.render_long_help().to_string()
        }
    };
    write_data(Data::Text(&text), printer)?;
    Ok(Exit::Pass)
}
