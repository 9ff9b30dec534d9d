//! `dhi vex get`: prints the signed VEX of an image and of its base.
//!
//! Only verified attestations are printed. Standard error names each of them, and what was not used.

use std::path::{Path, PathBuf};

use clap::Args;

use super::super::output::write;
use super::super::output_argument::file_name;
use super::super::printer::{Data, Printer, STDOUT};
use super::super::selection::{parsed, reference};
use super::super::session::Session;
use super::super::source_date::document_time;
use super::verifying::VerifyingArguments;
use crate::diagnostic::{Code, Diagnostic, Exit, Remedy};
use crate::evidence::PlatformEvidence;
use crate::gate::vex::{Effect, Loaded, SignedAttestation, VexOptions};
use crate::oci::{Digest, Platform, Reference};
use crate::report;
use crate::vex::merge::{MergeSource, merge};
use crate::vex::{SourceKind, SourcedDocument};

#[derive(Debug, Args)]
#[command(after_long_help = "\
Without `--platform`, if the image has several platforms, that of this machine is used.")]
pub(in crate::cli) struct Arguments {
    /// Image: `NAME[:TAG][@DIGEST]`, `oci:DIR[:NAME]`, `archive:FILE[:NAME]` or `docker-daemon:NAME[:TAG]`
    #[arg(value_name = "REF", add = super::super::completion::references())]
    reference: String,

    /// Only this platform (repeatable)
    #[arg(long, value_name = "OS/ARCH[/VARIANT]", value_parser = parsed::<Platform>, value_delimiter = ',')]
    platform: Vec<Platform>,

    /// Print each attestation as it was signed, instead of one merged document
    ///
    /// With `--output DIR`, each is written to a file of its own.
    #[arg(long)]
    per_attestation: bool,

    /// Report what was verified
    ///
    /// The report is written to standard error, with the equivalent cosign commands.
    #[arg(long)]
    verify: bool,

    #[command(flatten)]
    verifying: VerifyingArguments,

    /// Write to FILE instead of standard output
    #[arg(long, short, value_name = "FILE", value_parser = output, help_heading = "Output")]
    output: Option<PathBuf>,
}

fn output(text: &str) -> Result<PathBuf, String> {
    if text == STDOUT {
        return Ok(PathBuf::from(text));
    }
    file_name(text).map(PathBuf::from).map_err(|error| error.to_string())
}

pub(super) async fn run(arguments: Arguments, printer: &Printer) -> Result<Exit, Diagnostic> {
    let image = reference(&arguments.reference)?;
    let (loaded, session) = arguments.load(&image, printer).await?;
    let exit = said(&image, &arguments, &loaded, printer);
    let documents: Vec<&SourcedDocument> =
        loaded.documents.iter().filter(|document| document.source.trust.may_suppress()).collect();
    if documents.is_empty() {
        // A failure may hide what was asked for.
        if exit != Exit::Pass {
            return Ok(exit);
        }
        let what = format!("{image} has no VEX attestation that verifies");
        let reference = image.to_string();
        return Err(Diagnostic::new(Code::ATTEST_NONE, what).remedy(Remedy::ListAttestations { reference }));
    }
    for document in &documents {
        printer.note(&line(document));
    }
    if arguments.verify {
        let plain_hosts = arguments.verifying.access.plain_hosts()?;
        let cosign = arguments.verifying.trust.cosign(&session.trust, &plain_hosts);
        for SignedAttestation { attestation, attested } in signed(&loaded, &documents) {
            printer.note(&format!(
                "verified: {}, log {}",
                attestation.digest,
                attested.signature().log().as_str()
            ));
            let command = cosign.attestation(&attested.subject(), attestation, attested.signature());
            printer.note(&format!("equivalent cosign command: {command}"));
        }
    }
    let file = arguments.output.as_deref();
    if arguments.per_attestation {
        write_each(&loaded, &documents, file, printer)?;
    } else {
        write_merged(&loaded, &documents, file, printer)?;
    }
    Ok(exit)
}

impl Arguments {
    /// Loads the VEX of the image: of the requested platforms, or of that of this machine. An image for other platforms
    /// alone is loaded as a whole.
    async fn load<'a>(
        &self,
        image: &Reference,
        printer: &'a Printer,
    ) -> Result<(Loaded, Session<'a>), Diagnostic> {
        let own = Platform {
            os: "linux".to_owned(),
            architecture: std::env::consts::ARCH.to_owned(),
            variant: None,
        };
        let own = [own.normalized()];
        let platforms = if self.platform.is_empty() { &own[..] } else { &self.platform };
        let (loaded, session) = self.load_platforms(image, platforms, printer).await?;
        let has_image = loaded.evidence().is_some_and(|evidence| !evidence.platforms.is_empty());
        if has_image || !self.platform.is_empty() {
            return Ok((loaded, session));
        }
        self.load_platforms(image, &[], printer).await
    }

    async fn load_platforms<'a>(
        &self,
        image: &Reference,
        platforms: &[Platform],
        printer: &'a Printer,
    ) -> Result<(Loaded, Session<'a>), Diagnostic> {
        let opened = self.verifying.open(platforms, printer).await?;
        let options = VexOptions { image: Some(image.clone()), ..VexOptions::default() };
        Ok((opened.load(&options, &[]).await?, opened.session))
    }
}

/// Prints what is known about the image and what was not used, and returns the most severe exit code.
fn said(image: &Reference, arguments: &Arguments, loaded: &Loaded, printer: &Printer) -> Exit {
    let mut exit = Exit::Pass;
    for problem in &loaded.problems {
        match problem.effect {
            Effect::NotUsed | Effect::None => printer.diagnostic_as_warning(&problem.diagnostic),
            Effect::Incomplete => {
                printer.diagnostic(&problem.diagnostic);
                exit = exit.max(problem.diagnostic.exit());
            }
        }
    }
    let Some(evidence) = loaded.evidence() else { return exit };
    if let Some(Ok(by)) = evidence.identified() {
        let what = evidence.identification(by);
        printer.note(&format!("{image} was pulled as {}; {what}", evidence.reference));
    }
    if let Some(age) = report::age(&evidence.root, &evidence.platforms) {
        printer.note(&age);
    }
    if arguments.platform.is_empty() && !evidence.passed_over.is_empty() {
        let shown: Vec<String> = evidence.platforms.iter().map(PlatformEvidence::label).collect();
        printer.note(&format!("showing {}; choose with `--platform`", shown.join(", ")));
    }
    exit
}

/// A source in one line: where it is from, how many statements it has, and who signed it.
fn line(document: &SourcedDocument) -> String {
    let SourcedDocument { source, document } = document;
    let count = document.statements.len();
    let statements = if count == 1 { "1 statement".to_owned() } else { format!("{count} statements") };
    let signers = source.trust.verified_by().map_or_else(String::new, |by| by.signers().join(", "));
    format!("{}: {statements}, signed by {signers}", source.name)
}

/// The attestations of these documents, in their order.
fn signed<'a>(loaded: &'a Loaded, documents: &[&SourcedDocument]) -> Vec<SignedAttestation<'a>> {
    let digests: Vec<Digest> = documents
        .iter()
        .filter_map(|document| match document.source.kind {
            SourceKind::Image { attestation } | SourceKind::Base { attestation } => Some(attestation),
            _ => None,
        })
        .collect();
    let of =
        |digest: &Digest| loaded.signed_attestations().find(|signed| signed.attestation.digest == *digest);
    digests.iter().filter_map(of).collect()
}

/// Writes all documents as one.
fn write_merged(
    loaded: &Loaded,
    documents: &[&SourcedDocument],
    output: Option<&Path>,
    printer: &Printer,
) -> Result<(), Diagnostic> {
    let sources: Vec<MergeSource<'_>> = documents.iter().copied().map(MergeSource::of).collect();
    // Attestations of the image and of its base are about images in two repositories.
    let is_of_image = |document: &&SourcedDocument| matches!(document.source.kind, SourceKind::Image { .. });
    let repository = loaded.evidence().map(|evidence| evidence.reference.repository.to_string());
    let repository = repository.filter(|_| documents.iter().all(is_of_image));
    let merged = merge(&sources, repository.as_deref(), document_time()?);
    if merged.left_out > 0 {
        let what = format!("{} statements have no product that can match, and are left out", merged.left_out);
        printer.note(&what);
    }
    write(output, Data::Raw(merged.text.as_bytes()), printer)
}

/// Writes each statement as it was signed: to a file of its own in a directory, or each on lines of its own.
fn write_each(
    loaded: &Loaded,
    documents: &[&SourcedDocument],
    output: Option<&Path>,
    printer: &Printer,
) -> Result<(), Diagnostic> {
    let signed = signed(loaded, documents);
    let directory = output.filter(|path| path.is_dir());
    if directory.is_none()
        && signed.len() > 1
        && let Some(file) = output.filter(|path| *path != Path::new(STDOUT))
    {
        let file = file.display().to_string();
        let what = format!("{} attestations would be written to one file, `{file}`", signed.len());
        let text = format!("create a directory for them: `mkdir {}`", report::quoted(&file));
        return Err(Diagnostic::new(Code::USAGE_ARGUMENTS, what).remedy(Remedy::ChangeCommandLine { text }));
    }
    let mut all = Vec::new();
    for SignedAttestation { attestation, attested } in &signed {
        let Some(whole) = attested.whole() else { continue };
        match directory {
            Some(directory) => {
                let hex = attestation.digest.hex();
                let name = format!("vex-{}.json", hex.get(..12).unwrap_or(&hex));
                write(Some(&directory.join(name)), Data::Raw(whole.bytes()), printer)?;
            }
            None => {
                all.extend_from_slice(whole.bytes());
                all.push(b'\n');
            }
        }
    }
    if directory.is_some() { Ok(()) } else { write(output, Data::Raw(&all), printer) }
}
