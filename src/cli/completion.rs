//! `dhi completion`: scripts for shells. With dynamic completion a shell also completes references that were verified
//! before.

use clap::{Args, Command, ValueEnum};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use clap_complete::{CompleteEnv, Shell as ScriptShell, generate};

use super::config::Config;
use super::output::write_data;
use super::printer::{Data, Printer};
use crate::diagnostic::{Diagnostic, Exit};
use crate::registry::Cache;

#[derive(Debug, Args)]
#[command(after_help = "\
The script completes commands and flags. Bash, zsh and fish can also complete references that were
verified on this machine before, if the shell runs `dhi` for each completion:
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

/// Prints completions and exits if a shell started the process for them.
pub(super) fn complete_for_shell(command: fn() -> Command) {
    CompleteEnv::with_factory(command).complete();
}

/// Schemes of references that do not name a registry.
const SCHEMES: [&str; 3] = ["archive:", "docker-daemon:", "oci:"];

/// Completes references from the cache, and schemes. Nothing is fetched.
pub(super) fn references() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &std::ffi::OsStr| {
        let current = current.to_string_lossy();
        let named = std::env::var_os("DHI_CACHE_DIR").filter(|value| !value.is_empty());
        let directory = named.map(std::path::PathBuf::from);
        let directory = directory.or_else(|| Config::of_environment().ok()?.cache_dir);
        // An empty word is completed only with references that were used before.
        let schemes = SCHEMES.iter().filter(|_| !current.is_empty()).map(|scheme| (*scheme).to_owned());
        Cache::open_existing(directory)
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
        Shell::Bash => ScriptShell::Bash,
        Shell::Zsh => ScriptShell::Zsh,
        Shell::Fish => ScriptShell::Fish,
        Shell::Powershell => ScriptShell::PowerShell,
    };
    let mut script = Vec::new();
    generate(shell, &mut command, "dhi", &mut script);
    write_data(Data::Raw(&script), printer)?;
    Ok(Exit::Pass)
}
