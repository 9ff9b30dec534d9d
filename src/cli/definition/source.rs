//! Definitions that a command names: files, `-` for standard input, and `https` URLs.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use super::super::printer::Printer;
use super::super::registry_options::path;
use super::super::session::Session;
use crate::builder::source::Source;
use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic as _};
use crate::report::quoted;

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

/// Refuses an output that would replace a definition that is read.
///
/// # Errors
///
/// `usage/arguments`.
pub(in crate::cli) fn check_output<'a>(
    output: &Path,
    definitions: impl IntoIterator<Item = &'a str>,
) -> Result<(), Diagnostic> {
    // A new file is none of them.
    let Ok(real) = fs::canonicalize(output) else { return Ok(()) };
    let is_read = |name: &str| fs::canonicalize(name).is_ok_and(|definition| definition == real);
    if real.is_file() && definitions.into_iter().any(is_read) {
        let text = "write to another file".to_owned();
        let what = format!("`{}` is read, and would be replaced by the result", output.display());
        return Err(Diagnostic::new(Code::USAGE_ARGUMENTS, what).remedy(Remedy::ChangeCommandLine { text }));
    }
    Ok(())
}

/// Refuses a root of a repository that is no directory.
///
/// # Errors
///
/// `usage/arguments`.
pub(in crate::cli) fn check_context(context: Option<&Path>) -> Result<(), Diagnostic> {
    match context {
        Some(root) if !root.is_dir() => {
            let text = "give the directory that holds the files that definitions name".to_owned();
            let what = format!("`--context {}` is no directory", root.display());
            Err(Diagnostic::new(Code::USAGE_ARGUMENTS, what).remedy(Remedy::ChangeCommandLine { text }))
        }
        _ => Ok(()),
    }
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
    let text = text.map_err(|error| match Path::new(name).is_dir() {
        true => {
            let text = format!(
                "name one definition; `dhi definition lint {}` checks all of a directory",
                quoted(name)
            );
            error.to_diagnostic().remedy(Remedy::ChangeCommandLine { text })
        }
        false => error.to_diagnostic(),
    })?;
    Ok(SourceText { name: source.name(), text })
}
