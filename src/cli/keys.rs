//! `dhi keys`: lists the keys that `dhi verify` trusts with the same flags, updates them, and generates signing keys.

mod generate;
mod update;

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::output::write_data;
use super::printer::{Data, Printer};
use super::registry_options::path;
use super::session::Session;
use super::trust::TrustArguments;
use super::verifier::build;
use crate::diagnostic::{Diagnostic, Exit};
use crate::gate::Verifier;
use crate::report;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the trusted keys: name, fingerprint, state, dates, origin
    List(Box<List>),
    /// Add a DHI key that a trusted DHI key signed, or update Sigstore's trusted root
    Update(Box<update::Update>),
    /// Generate a key pair to sign with
    Generate(generate::Generate),
}

#[derive(Debug, Args)]
pub(super) struct List {
    #[command(flatten)]
    trust: TrustArguments,

    /// Trust the certificate authorities in FILE (PEM) in addition to the platform's
    #[arg(long, value_name = "FILE", env = "DHI_CA", value_parser = path())]
    ca: Vec<PathBuf>,

    /// Fetch nothing
    #[arg(long)]
    offline: bool,

    /// Format of the list
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Table,
    /// For programs: docs/schemas/keys-2.json
    Json,
}

pub(super) async fn run(command: Command, printer: &Printer) -> Result<Exit, Diagnostic> {
    let arguments = match command {
        Command::List(arguments) => arguments,
        Command::Update(arguments) => return update::run(&arguments, printer).await,
        Command::Generate(arguments) => return generate::run(&arguments, printer),
    };
    let session = Session::start(arguments.offline, &arguments.ca, printer)?;
    let now = jiff::Timestamp::now();
    let trust = build(arguments.trust.add_to(Verifier::builder(), &session).await?)?.trust_at(now);
    match arguments.format {
        Format::Table => write_data(Data::Text(&report::keys(&trust, now, printer.style())), printer)?,
        Format::Json => write_data(Data::Json(&report::keys_json(&trust)), printer)?,
    }
    Ok(Exit::Pass)
}
