//! `dhi completion`: scripts for shells. A script runs `dhi` for each completion, so values are completed too.

mod bash;
mod fish;
mod values;
mod zsh;

use clap::{Args, Command, ValueEnum};
use clap_complete::CompleteEnv;
use clap_complete::env::{EnvCompleter, Powershell, Shells};

use super::output::write_data;
use super::printer::{Data, Printer};
use crate::diagnostic::{Code, Diagnostic, Exit};
use bash::Bash;
use fish::Fish;
pub(super) use values::{references, with_values};
use zsh::Zsh;

/// The variable by which a shell requests completions.
const VARIABLE: &str = "COMPLETE";

/// The shells, by the names in [`VARIABLE`].
const SHELLS: Shells<'_> = Shells(&[&Bash, &Fish, &Powershell, &Zsh]);

#[derive(Debug, Args)]
#[command(after_help = "\
Commands, options and their values, files, and references that were verified on this machine are \
completed. To load the script in each shell:
  bash        source <(dhi completion bash)                  in ~/.bashrc
  zsh         source <(dhi completion zsh)                   in ~/.zshrc, after compinit
  fish        dhi completion fish | source                   in ~/.config/fish/config.fish
  PowerShell  dhi completion powershell | Out-String | Invoke-Expression")]
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
    CompleteEnv::with_factory(command).var(VARIABLE).shells(SHELLS).complete();
}

pub(super) fn run(arguments: &Arguments, printer: &Printer) -> Result<Exit, Diagnostic> {
    let shell: &dyn EnvCompleter = match arguments.shell {
        Shell::Bash => &Bash,
        Shell::Zsh => &Zsh,
        Shell::Fish => &Fish,
        Shell::Powershell => &Powershell,
    };
    let mut script = Vec::new();
    shell.write_registration(VARIABLE, "dhi", "dhi", "dhi", &mut script).map_err(|error| {
        Diagnostic::new(Code::BUG_INTERNAL, format!("the script cannot be written: {error}"))
    })?;
    write_data(Data::Raw(&script), printer)?;
    Ok(Exit::Pass)
}
