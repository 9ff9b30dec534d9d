//! Definitions that a command names: files, `-` for standard input, and `https` URLs.

use std::path::PathBuf;

use clap::Args;

use super::super::printer::Printer;
use super::super::registry_options::path;
use super::super::session::Session;
use crate::builder::source::Source;
use crate::diagnostic::{Diagnostic, ToDiagnostic as _};

/// The flags of commands that read definitions from URLs.
#[derive(Debug, Args)]
#[command(next_help_heading = "Access")]
pub(in crate::cli) struct SourceArguments {
    /// Open no socket: refuse definitions from URLs
    #[arg(long)]
    offline: bool,

    /// Trust the certificate authorities in FILE (PEM) in addition to the platform's
    #[arg(long, value_name = "FILE", env = "DHI_CA", value_parser = path())]
    ca: Vec<PathBuf>,
}

impl SourceArguments {
    /// Starts a session in which [`read`] works.
    ///
    /// # Errors
    ///
    /// The error of a file of certificate authorities.
    pub(in crate::cli) fn session<'a>(
        &self,
        printer: &'a Printer,
    ) -> Result<Session<'a, (), ()>, Diagnostic> {
        Session::start(self.offline, &self.ca, printer)
    }
}

/// The text of a definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct SourceText {
    /// The name for messages and results: the path, `-`, or the URL without its query.
    pub(in crate::cli) name: String,
    /// The text.
    pub(in crate::cli) text: String,
}

/// Reads the file, standard input (`-`) or `https` URL that `name` means.
///
/// # Errors
///
/// `definition/source` if it cannot be read, the code of the failure for a URL.
pub(in crate::cli) async fn read<R, T>(
    session: &Session<'_, R, T>,
    name: &str,
) -> Result<SourceText, Diagnostic> {
    let source = Source::parse(name).map_err(|error| error.to_diagnostic())?;
    let text = source.read(&session.limits, session.transport.as_deref()).await;
    Ok(SourceText { name: source.name(), text: text.map_err(|error| error.to_diagnostic())? })
}
