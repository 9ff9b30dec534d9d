//! `dhi completion`: what a shell needs to complete arguments, references that were used before included.

use clap::{Args, Command, ValueEnum};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use clap_complete::{CompleteEnv, Shell as Static, generate};

use super::config::Config;
use super::output::write_data;
use super::printer::{Data, Printer};
use crate::diagnostic::{Diagnostic, Exit};
use crate::registry::Cache;

#[derive(Debug, Args)]
#[command(after_help = "\
The script completes commands and flags. In bash, zsh and fish references that were verified on this
machine before are completed too, when the shell asks `dhi` itself:
  bash:  source <(COMPLETE=bash dhi)
  zsh:   source <(COMPLETE=zsh dhi)
  fish:  COMPLETE=fish dhi | source")]
pub(super) struct Arguments {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
    Powershell,
}

/// Answers a shell that asks for completions, and ends the process then.
pub(super) fn answer_shell(command: fn() -> Command) {
    CompleteEnv::with_factory(command).complete();
}

/// What begins references that are not of a registry.
const SCHEMES: [&str; 3] = ["archive:", "docker-daemon:", "oci:"];

/// Completes references from the cache, and schemes. Nothing is fetched.
pub(super) fn references() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &std::ffi::OsStr| {
        let current = current.to_string_lossy();
        let named = std::env::var_os("DHI_CACHE_DIR").filter(|value| !value.is_empty());
        let directory = named.map(std::path::PathBuf::from);
        let directory = directory.or_else(|| Config::of_environment().ok()?.cache_dir);
        // An empty word is completed by what was used before alone.
        let schemes = SCHEMES.iter().filter(|_| !current.is_empty()).map(|scheme| (*scheme).to_owned());
        Cache::open(directory)
            .known_references()
            .into_iter()
            .chain(schemes)
            .filter(|known| known.starts_with(current.as_ref()))
            .map(CompletionCandidate::new)
            .collect()
    })
}

pub(super) fn run(
    arguments: &Arguments,
    mut command: Command,
    printer: &Printer,
) -> Result<Exit, Diagnostic> {
    let shell = match arguments.shell {
        Shell::Bash => Static::Bash,
        Shell::Zsh => Static::Zsh,
        Shell::Fish => Static::Fish,
        Shell::Powershell => Static::PowerShell,
    };
    let mut script = Vec::new();
    generate(shell, &mut command, "dhi", &mut script);
    write_data(Data::Raw(&script), printer)?;
    Ok(Exit::Pass)
}
