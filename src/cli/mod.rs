//! The command line. Each subcommand parses arguments, makes one call into the library, chooses a renderer and returns
//! an exit code.
//!
//! Nothing is decided here: verdicts come from `gate`, exit codes from the diagnostics and verdicts.

mod admit;
mod attest;
mod base;
mod cache;
mod closest;
mod codes;
mod completion;
mod config;
mod duration;
mod error_pages;
mod help;
mod hint_texts;
mod identity;
mod judging;
mod keys;
pub mod limits;
mod limits_page;
mod location;
mod log;
mod man;
mod output;
mod output_argument;
mod output_file;
mod policy;
mod predicate_types;
mod printer;
mod progress;
mod references;
mod registry_options;
mod selection;
mod session;
mod sign;
mod signing;
mod status_line;
mod terminal;
#[cfg(test)]
mod tests;
mod trust;
mod trust_store;
mod verifier;
mod verify;
mod vsa_input;
mod vsa_output;

use std::process::ExitCode;

use clap::{ArgAction, CommandFactory, Parser, Subcommand};

use crate::diagnostic::{Code, Diagnostic, Exit, IoCause, Remedy};
pub use codes::CODES;
pub use error_pages::{CATALOGUE, bullet, document as errors_page};
pub use hint_texts::CommandHints;
pub use limits_page::document as limits_page;
use printer::Printer;

/// Verify Docker Hardened Images, and images and charts built on them.
#[derive(Debug, Parser)]
#[command(
    name = "dhi",
    version,
    max_term_width = 100,
    propagate_version = true,
    disable_help_subcommand = true
)]
struct Arguments {
    /// Show all details, and HTTP requests on standard error (`-vv`, `DHI_LOG`: more)
    #[arg(long, short, global = true, display_order = 900, action = ArgAction::Count)]
    verbose: u8,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Verify the signatures and attestations of images and charts
    Verify(Box<verify::Arguments>),
    /// Tell whether an image is a hardened image or built on one, with the proof
    Base(Box<base::Arguments>),
    /// List, print and add attestations
    #[command(subcommand, visible_alias = "attestation")]
    Attest(attest::Command),
    /// Sign images and charts
    Sign(Box<sign::Arguments>),
    /// Check manifests before they are deployed
    #[command(subcommand)]
    Admit(admit::Command),
    /// List the trusted keys, update them, and generate a key to sign with
    #[command(subcommand)]
    Keys(keys::Command),
    /// Show and prune the cache
    #[command(subcommand)]
    Cache(cache::Command),
    /// Print a completion script for a shell
    Completion(completion::Arguments),
    /// Print the manual page
    Man(man::Arguments),
    /// Explain a command or an error
    Help(help::Arguments),
}

/// Runs the command line and returns the exit code of `docs/errors.md`.
pub fn main() -> ExitCode {
    completion::complete_for_shell(Arguments::command);
    let printer = Printer::new(&[signing::PASSWORD]);
    let exit = std::panic::catch_unwind(|| run(&printer)).unwrap_or_else(|_| {
        printer.diagnostic(
            &Diagnostic::new(Code::BUG_INTERNAL, "an internal invariant does not hold")
                .remedy(Remedy::ReportBug),
        );
        Exit::Bug
    });
    ExitCode::from(exit.code())
}

fn run(printer: &Printer) -> Exit {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are results, on stdout; everything else is wrong usage.
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Pass };
            printer.usage(&error);
            return exit;
        }
    };
    printer.set_verbosity(arguments.verbose);
    if let Err(diagnostic) = log::start(arguments.verbose, printer) {
        printer.diagnostic(&diagnostic);
        return diagnostic.exit();
    }
    // One provider for TLS and signatures. An error means that one is already installed.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            printer.diagnostic(&Diagnostic::new(
                Code::BUG_INTERNAL,
                format!("no threads could be started: {}", IoCause(&error)),
            ));
            return Exit::Bug;
        }
    };
    let command = async {
        match arguments.command {
            Command::Verify(arguments) => verify::run(*arguments, printer).await,
            Command::Base(arguments) => base::run(*arguments, printer).await,
            Command::Attest(command) => attest::run(command, printer).await,
            Command::Sign(arguments) => sign::run(*arguments, printer).await,
            Command::Admit(command) => admit::run(command, printer).await,
            Command::Keys(command) => keys::run(command, printer).await,
            Command::Cache(command) => cache::run(command, printer),
            Command::Completion(arguments) => completion::run(&arguments, Arguments::command(), printer),
            Command::Man(arguments) => man::run(&arguments, Arguments::command(), printer),
            Command::Help(arguments) => help::run(&arguments, Arguments::command(), printer),
        }
    };
    let result = runtime.block_on(printer.progress().during(printer, command));
    result.unwrap_or_else(|diagnostic| {
        printer.diagnostic(&diagnostic);
        diagnostic.exit()
    })
}
