//! `dhi version`: the version of the program, for people and programs.

use clap::{Args, ValueEnum};

use super::output::write_data;
use super::printer::{Data, Printer};
use crate::diagnostic::{Diagnostic, Exit};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// The line of `--version`
    Text,
    /// For programs: `version`, `os`, `architecture`
    Json,
}

pub(super) fn run(arguments: &Arguments, printer: &Printer) -> Result<Exit, Diagnostic> {
    let version = env!("CARGO_PKG_VERSION");
    match arguments.format {
        Format::Text => write_data(Data::Text(&format!("dhi {version}\n")), printer)?,
        Format::Json => {
            let document = serde_json::json!({
                "schemaVersion": 1,
                "version": version,
                "os": std::env::consts::OS,
                "architecture": std::env::consts::ARCH,
            });
            write_data(Data::Json(&format!("{document:#}\n")), printer)?;
        }
    }
    Ok(Exit::Pass)
}
