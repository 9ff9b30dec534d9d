//! The command line. Each subcommand parses arguments, makes one call into the library, chooses a renderer and returns
//! an exit code.
//!
//! Nothing is decided here: verdicts come from `gate`, exit codes from the diagnostics and verdicts.

mod admit;
mod attest;
mod base;
#[cfg(feature = "builder")]
mod build;
mod cache;
mod codes;
mod completion;
mod config;
#[cfg(feature = "builder")]
mod definition;
mod duration;
mod error_pages;
#[cfg(feature = "rego")]
mod evaluator;
mod exit_codes;
mod facts_file;
mod foreign_flags;
mod help;
mod hint_texts;
mod identity;
mod invocation;
mod judging;
mod keys;
pub mod limits;
mod limits_page;
mod location;
mod log;
mod man;
mod named_policies;
mod output;
mod output_argument;
mod output_file;
#[cfg(feature = "rego")]
mod policy;
mod policy_arguments;
mod predicate_types;
mod printer;
mod progress;
mod progress_display;
mod references;
mod registry_options;
mod renderings;
mod scan;
mod selection;
mod session;
mod shell_words;
mod sign;
mod signing;
mod source_date;
mod status_line;
mod terminal;
#[cfg(test)]
mod tests;
mod trust;
mod trust_store;
#[cfg(feature = "builder")]
mod unfinished;
mod usage_errors;
mod verdict_output;
mod verifier;
mod verify;
mod version;
mod vex;
mod vsa_input;
mod vsa_output;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{ArgAction, CommandFactory, FromArgMatches as _, Parser, Subcommand};

use crate::diagnostic::{Code, Diagnostic, Exit, IoCause, Remedy};
pub use codes::CODES;
#[cfg(feature = "builder")]
pub use definition::rules_document as definition_rules_page;
pub use error_pages::{CATALOGUE, bullet, document as errors_page};
pub use hint_texts::CommandHints;
use invocation::Invocation;
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
    /// Show all details and HTTP requests (`-vv`: more)
    ///
    /// The log is written to standard error. `DHI_LOG` selects parts of it.
    #[arg(long, short, global = true, display_order = 900, action = ArgAction::Count)]
    verbose: u8,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Verify the signatures and attestations of images and charts
    Verify(Box<verify::Arguments>),
    /// Tell whether an image is hardened or built on a hardened one
    Base(Box<base::Arguments>),
    /// List, print and add attestations
    #[command(subcommand, visible_alias = "attestation")]
    Attest(attest::Command),
    /// Sign images and charts
    Sign(Box<sign::Arguments>),
    /// Check manifests before they are deployed
    #[command(subcommand)]
    Admit(admit::Command),
    /// Evaluate and list policies in Rego
    #[cfg(feature = "rego")]
    #[command(subcommand)]
    Policy(policy::Command),
    /// Apply VEX to reports of scanners, and read and write VEX documents
    #[command(subcommand)]
    Vex(vex::Command),
    /// Scan images, apply verified VEX, and gate what remains
    Scan(Box<scan::Arguments>),
    /// Build the image of a definition, with SBOM, provenance and signature
    #[cfg(feature = "builder")]
    Build(Box<build::Arguments>),
    /// Check, explain and write definitions of images, packages and charts
    #[cfg(feature = "builder")]
    #[command(subcommand)]
    Definition(definition::Command),
    /// List and update trusted keys, and generate a key to sign with
    #[command(subcommand)]
    Keys(keys::Command),
    /// Show and prune the cache
    #[command(subcommand)]
    Cache(cache::Command),
    /// Print a completion script for a shell
    Completion(completion::Arguments),
    /// Print the manual page
    Man(man::Arguments),
    /// Print the version
    Version(version::Arguments),
    /// Explain a command, an error code, the exit codes or the policies
    Help(help::Arguments),
}

/// All commands and options, with their help and completions.
fn command_line() -> clap::Command {
    completion::with_values(help::with_layout(Arguments::command()))
}

/// Runs the command line and returns the exit code of `docs/errors.md`.
pub fn main() -> ExitCode {
    completion::complete_for_shell(command_line);
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
    let parsed = command_line().try_get_matches();
    let arguments = match parsed.and_then(|matches| Arguments::from_arg_matches(&matches)) {
        Ok(arguments) => arguments,
        Err(error) => return not_parsed(&error, printer),
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
            #[cfg(feature = "rego")]
            Command::Policy(command) => policy::run(command, printer).await,
            Command::Vex(command) => vex::run(command, printer).await,
            Command::Scan(arguments) => scan::run(*arguments, printer).await,
            #[cfg(feature = "builder")]
            Command::Build(arguments) => build::run(*arguments, printer).await,
            #[cfg(feature = "builder")]
            Command::Definition(command) => definition::run(command, printer).await,
            Command::Keys(command) => keys::run(command, printer).await,
            Command::Cache(command) => cache::run(command, printer),
            Command::Completion(arguments) => completion::run(&arguments, printer),
            Command::Man(arguments) => man::run(&arguments, command_line(), printer),
            Command::Version(arguments) => version::run(&arguments, printer),
            Command::Help(arguments) => help::run(&arguments, command_line(), printer),
        }
    };
    let result = runtime.block_on(progress_display::show_while(printer, command));
    result.unwrap_or_else(|diagnostic| {
        printer.diagnostic(&diagnostic);
        diagnostic.exit()
    })
}

/// Prints what replaces a result: help, the version, or what is wrong with the command line.
fn not_parsed(error: &clap::Error, printer: &Printer) -> Exit {
    let mut root = command_line();
    root.build();
    let arguments = std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned());
    let invocation = Invocation::new(&root, arguments);
    let is_help = error.kind() == ErrorKind::DisplayHelp;
    if is_help && invocation.requests_short_help() {
        printer.help(&help::short_help(invocation.command, &invocation.path));
        return Exit::Pass;
    }
    if is_help || error.kind() == ErrorKind::DisplayVersion {
        printer.parsed(error);
        return Exit::Pass;
    }
    // Without arguments, what there is.
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand && invocation.path.is_empty() {
        printer.help_to_stderr(&help::short_help(&root, ""));
        return Exit::Usage;
    }
    let diagnostic = usage_errors::diagnostic(error, &invocation, &root);
    printer.usage(&diagnostic);
    diagnostic.exit()
}
