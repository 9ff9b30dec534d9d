//! `dhi vex repo update`: fetches repositories, whether or not their interval is over.

use std::path::PathBuf;

use clap::Args;

use super::super::super::output::write_data;
use super::super::super::printer::{Data, Printer};
use super::super::super::registry_options::path;
use super::super::super::session::Session;
use super::chosen::chosen;
use super::copies::CopyArguments;
use crate::diagnostic::{Diagnostic, Exit, ToDiagnostic};
use crate::trust_store::vex_repository::Refresh;

#[derive(Debug, Args)]
#[command(after_long_help = "\
Each repository is asked whether its content changed. A repository that cannot be fetched keeps its copy, and the \
exit code is 5 if a login is missing, 4 if a limit is exceeded, else 6.")]
pub(in crate::cli) struct Arguments {
    /// Repository [default: all of the list]
    #[arg(value_name = "NAME")]
    names: Vec<String>,

    #[command(flatten)]
    copies: CopyArguments,

    /// Trust the certificate authorities in FILE (PEM) in addition to the platform's
    #[arg(long, value_name = "FILE", env = "DHI_CA", value_parser = path())]
    ca: Vec<PathBuf>,
}

pub(super) async fn run(arguments: &Arguments, printer: &Printer) -> Result<Exit, Diagnostic> {
    let session = Session::start(false, &arguments.ca, printer)?;
    let all = ["all".to_owned()];
    let names = if arguments.names.is_empty() { all.as_slice() } else { arguments.names.as_slice() };
    let repositories = chosen(names, &session.limits)?;
    let copies = arguments.copies.updated(&session)?;
    let mut exit = Exit::Pass;
    for entry in &repositories {
        let opened = copies.open(entry, Refresh::Now).await;
        let failed = match opened {
            Ok(opened) => match opened.not_updated {
                None => {
                    if let Some(error) = opened.not_stored {
                        printer.diagnostic(&error.to_diagnostic());
                        exit = exit.max(error.to_diagnostic().exit());
                        continue;
                    }
                    let what = if opened.is_new { "updated" } else { "unchanged" };
                    let text = format!("{what}  {}  of {:.0}\n", entry.name, opened.updated);
                    write_data(Data::Text(&text), printer)?;
                    continue;
                }
                Some(error) => {
                    error.to_diagnostic().fact("copy", format_args!("of {:.0}, kept", opened.updated))
                }
            },
            Err(error) => error.to_diagnostic(),
        };
        printer.diagnostic(&failed);
        exit = exit.max(failed.exit());
    }
    Ok(exit)
}
