//! `dhi attest`: lists, prints and adds attestations.
//!
//! Only a verified statement is printed, or an unsigned one of a build with a warning. Of several statements none is
//! chosen by order: the user has to select one.

mod add;
mod object;
mod statement;
mod unsigned;

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;

use super::hint_texts::CommandHints;
use super::output::write;
use super::output_argument::file_or_stdout;
use super::printer::{Data, Printer};
use super::registry_options::RegistryArguments;
use super::selection::{SelectionArguments, reference};
use super::session::Session;
use super::trust::TrustArguments;
use super::verifier::build;
use crate::attestation::short_title;
use crate::diagnostic::{Code, Diagnostic, Exit, Remedy, ToDiagnostic as _};
use crate::evidence::{AttestationEvidence, Evidence, IdentifiedBy, PlatformEvidence, available_types};
use crate::gate::Verifier;
use crate::oci::{AmbiguousPlatform, Platform, Reference};
use crate::report;
use crate::verify::{CosignTags, Options, referrer_tree, verify};
use object::Object;
use statement::{DigestPrefix, GetFormat, render};
use unsigned::{Demands, Unsigned};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the attestations of an image or chart and their signers
    List(Box<List>),
    /// Verify and print an attestation
    ///
    /// An unsigned attestation of a build is printed with a warning.
    Get(Box<Get>),
    /// Sign a predicate and attach it to an image
    Add(Box<add::Add>),
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
The list has no verdict: `dhi verify` decides. Only verified attestations are summarised.")]
pub(super) struct List {
    /// Image or chart: `NAME[:TAG][@DIGEST]`, `oci:DIR[:NAME]`, `archive:FILE[:NAME]` or `docker-daemon:NAME[:TAG]`
    #[arg(value_name = "REF", add = super::completion::references())]
    reference: String,

    #[command(flatten)]
    selection: SelectionArguments,

    #[command(flatten)]
    trust: TrustArguments,

    #[command(flatten)]
    access: RegistryArguments,

    /// Show all referrers as a tree
    ///
    /// The tree has signatures, attestations, summaries, and their own referrers.
    #[arg(long)]
    all: bool,

    /// Format of the list
    #[arg(long, value_enum, default_value_t = ListFormat::Table, help_heading = "Output")]
    format: ListFormat,

    /// Write to FILE instead of standard output
    #[arg(long, short, value_name = "FILE", value_parser = file_or_stdout::<ListFormat>, help_heading = "Output")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ListFormat {
    /// For people
    #[value(alias = "list")]
    Table,
    /// For programs: docs/schemas/attest-list-2.json
    Json,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Without `--platform`, if the image has several platforms, that of this machine is used.")]
pub(super) struct Get {
    /// Image or chart: `NAME[:TAG][@DIGEST]`, `oci:DIR[:NAME]`, `archive:FILE[:NAME]` or `docker-daemon:NAME[:TAG]`
    #[arg(value_name = "REF", add = super::completion::references())]
    reference: String,

    /// Digest of the attestation, or its first hex digits
    #[arg(value_name = "DIGEST")]
    digest: Option<String>,

    /// Print only the predicate, not the whole statement
    #[arg(long)]
    predicate: bool,

    /// Report what was verified
    ///
    /// The report is written to standard error, with the equivalent cosign command.
    #[arg(long)]
    verify: bool,

    #[command(flatten)]
    selection: SelectionArguments,

    #[command(flatten)]
    trust: TrustArguments,

    #[command(flatten)]
    access: RegistryArguments,

    /// What to print
    #[arg(long, value_enum, default_value_t = GetFormat::Raw, help_heading = "Output")]
    format: GetFormat,

    /// Write to FILE instead of standard output
    #[arg(long, short, value_name = "FILE", value_parser = file_or_stdout::<GetFormat>, help_heading = "Output")]
    output: Option<PathBuf>,
}

pub(super) async fn run(command: Command, printer: &Printer) -> Result<Exit, Diagnostic> {
    match command {
        Command::List(arguments) => list(*arguments, printer).await,
        Command::Get(arguments) => get(*arguments, printer).await,
        Command::Add(arguments) => add::run(*arguments, printer).await,
    }
}

/// The evidence of one reference, with the run that collected it.
struct Collected<'a> {
    reference: Reference,
    verifier: Verifier,
    session: Session<'a>,
    options: Options,
    evidence: Evidence,
}

async fn evidence<'a>(
    text: &str,
    selection: &SelectionArguments,
    trust: &TrustArguments,
    access: &RegistryArguments,
    printer: &'a Printer,
) -> Result<Collected<'a>, Diagnostic> {
    let reference = reference(text)?;
    let session = access.session(printer)?;
    let builder = Verifier::builder()
        .limits(session.limits.clone())
        .progress(printer.progress().clone())
        .keep_statements();
    let verifier = build(trust.add_to(selection.add_to(builder), &session).await?)?;
    let session = session.with_trust(&verifier, Timestamp::now()).with_registry(access)?;
    // The list shows all attestations.
    let options = Options { cosign_tags: CosignTags::Always, ..verifier.options(&reference) };
    let evidence = verify(&session.registry, &reference, &session.trust, &options)
        .await
        .map_err(|error| error.diagnostic_for(&reference))?;
    if let Some(identified) = evidence.identified() {
        let by = identified.map_err(|other| other.to_diagnostic())?;
        let what = evidence.identification(by);
        printer.note(&format!("{reference} was pulled as {}; {what}", evidence.reference));
    }
    if let Some(age) = report::age(&evidence.root, &evidence.platforms) {
        printer.note(&age);
    }
    if let Some(asked) = evidence.missing_platforms().next() {
        let diagnostic =
            Diagnostic::new(Code::VERIFY_NO_SUCH_PLATFORM, format!("{reference} has no image for {asked}"));
        let available = evidence.available_platforms();
        let Some(platform) = available.first().cloned() else { return Err(diagnostic) };
        let diagnostic = diagnostic.fact("available", available.join(", "));
        return Err(diagnostic.remedy(Remedy::ChoosePlatform { platform }));
    }
    if evidence.platforms.is_empty() {
        return Err(Diagnostic::new(Code::VERIFY_NO_SUCH_PLATFORM, format!("{reference} has no image")));
    }
    Ok(Collected { reference, verifier, session, options, evidence })
}

/// The most severe failure that hides attestations.
fn unavailable(objects: &[Object<'_>]) -> Option<Diagnostic> {
    let failures = objects.iter().flat_map(|object| {
        let (failures, _) = object.failures();
        failures.iter().map(|failure| failure.to_diagnostic().about(object.label()))
    });
    failures.max_by_key(Diagnostic::exit)
}

/// Prints the failures that hide attestations, and returns the most severe exit code.
fn failures(objects: &[Object<'_>], printer: &Printer) -> Exit {
    let mut exit = Exit::Pass;
    for object in objects {
        let (failures, not_checked) = object.failures();
        for failure in failures {
            let diagnostic = failure.to_diagnostic().about(object.label());
            printer.diagnostic(&diagnostic);
            exit = exit.max(diagnostic.exit());
        }
        let is_empty = object.attestations().next().is_none() && object.listed().next().is_none();
        for unknown in object.unknown_lists() {
            let diagnostic = unknown.failure.to_diagnostic().about(object.label());
            // An unknown list may have attestations: without any other, the result is not "none".
            if is_empty {
                printer.diagnostic(&diagnostic);
                exit = exit.max(diagnostic.exit());
            } else {
                printer.diagnostic_as_warning(&diagnostic);
            }
        }
        for failure in not_checked {
            printer.diagnostic_as_warning(&failure.to_diagnostic());
        }
    }
    exit
}

async fn list(arguments: List, printer: &Printer) -> Result<Exit, Diagnostic> {
    let List { reference, selection, trust, access, all, format, output } = arguments;
    let Collected { session, options, evidence, .. } =
        evidence(&reference, &selection, &trust, &access, printer).await?;
    let tree = match all {
        true => Some(referrer_tree(&session.registry, &evidence, &session.trust, &options).await),
        false => None,
    };
    let style = printer.style_of(output.as_deref());
    let text = match (format, &tree) {
        (ListFormat::Table, Some(tree)) => report::tree(&evidence, tree, style, &CommandHints),
        (ListFormat::Table, None) => report::list(&evidence, style, &CommandHints),
        (ListFormat::Json, tree) => report::list_json(&evidence, tree.as_deref(), &CommandHints),
    };
    let data = match format {
        ListFormat::Table => Data::Text(&text),
        ListFormat::Json => Data::Json(&text),
    };
    write(output.as_deref(), data, printer)?;
    Ok(failures(&Object::all(&evidence), printer))
}

async fn get(arguments: Get, printer: &Printer) -> Result<Exit, Diagnostic> {
    let Get {
        reference,
        digest,
        predicate,
        verify,
        selection,
        trust: trust_arguments,
        access,
        format,
        output,
    } = arguments;
    let Collected { reference, verifier, session, evidence, .. } =
        evidence(&reference, &selection, &trust_arguments, &access, printer).await?;
    let digest_prefix = DigestPrefix::parse(digest.as_deref())?;
    let (object, attestation) = match select(&evidence, &reference, &digest_prefix, &selection, printer)? {
        Selected::Signed(object, attestation) => (object, attestation),
        Selected::FromBuild(unsigned) => {
            let demands = Demands {
                by_flags: verify || trust_arguments.demands_proof(),
                // An image of a local engine has two names: that in the engine, and the one it was pulled as.
                by_name: [&reference, &evidence.reference]
                    .into_iter()
                    .any(|reference| verifier.options(reference).names.requires_signature()),
            };
            unsigned.print(&evidence, &session, demands, format, predicate, output.as_deref()).await?;
            return Ok(Exit::Pass);
        }
    };
    // An attestation may be valid while its image differs from the index.
    if !object.failures().0.is_empty() {
        return Ok(failures(&[object], printer));
    }
    let attested = object.outcome_of(attestation).map_err(|failure| {
        let diagnostic = failure.to_diagnostic().fact("attestation", attestation.digest);
        let title = attestation.title();
        diagnostic.about(format_args!("{title} of {}", object.label()))
    })?;
    let style = printer.style_of(output.as_deref());
    let signed =
        attested.whole().ok_or_else(|| Diagnostic::new(Code::BUG_INTERNAL, "the statement was not kept"))?;
    let bytes = render(signed.bytes(), signed.statement(), predicate, format, style)?;
    let text = String::from_utf8_lossy(&bytes);
    let data = match format {
        GetFormat::Raw => Data::Raw(&bytes),
        GetFormat::Table => Data::Text(&text),
    };
    write(output.as_deref(), data, printer)?;
    if verify {
        let plain_hosts = access.plain_hosts()?;
        let cosign = trust_arguments.cosign(&session.trust, &plain_hosts);
        printer.note(&format!(
            "verified: {} of {}, signed by {}, log {}",
            short_title(&attested.statement().predicate_type),
            object.label(),
            attested.signature().signer(),
            attested.signature().log().as_str()
        ));
        printer.note(&format!(
            "equivalent cosign command: {}",
            cosign.attestation(&object.digest(), attestation, attested.signature())
        ));
    }
    Ok(Exit::Pass)
}

/// The selected statement.
enum Selected<'a> {
    /// A judged attestation.
    Signed(Object<'a>, &'a AttestationEvidence),
    /// An unsigned statement, if there is no other.
    FromBuild(Unsigned<'a>),
}

/// The image that every engine chooses for `platform`.
///
/// # Errors
///
/// [`AmbiguousPlatform`] if engines may choose different images.
fn image_for<'a>(
    platform: &Platform,
    evidence: &'a Evidence,
    reference: &Reference,
) -> Result<&'a PlatformEvidence, Diagnostic> {
    let mut images: Vec<&PlatformEvidence> = Vec::new();
    for image in evidence.platforms.iter().filter(|image| image.may_be_chosen_for(platform)) {
        if !images.iter().any(|known| known.digest == image.digest) {
            images.push(image);
        }
    }
    match images.as_slice() {
        [one] => Ok(one),
        several => {
            let images = several.iter().map(|image| (image.label(), image.digest)).collect();
            let reference = reference.clone();
            Err(AmbiguousPlatform { reference, wanted: platform.clone(), images }.into())
        }
    }
}

/// Selects one attestation.
///
/// 1. The objects: those of `--platform`; else all if a digest is given; else the image of the local engine or of this
///    machine's platform, and the index.
/// 2. The attestations of these objects that match.
/// 3. If none matches: an unsigned statement of a build, unless a signed one may be hidden.
///
/// # Errors
///
/// `usage/arguments` if several match, `attest/none` or `attest/predicate-missing` if none does, or the failure that
/// may hide it.
fn select<'a>(
    evidence: &'a Evidence,
    reference: &Reference,
    digest_prefix: &DigestPrefix,
    selection: &SelectionArguments,
    printer: &Printer,
) -> Result<Selected<'a>, Diagnostic> {
    let mut objects = Object::all(evidence);
    let mut own_machine = None;
    if !selection.platform.is_empty() {
        objects.clear();
        for platform in &selection.platform {
            objects.push(Object::Image(image_for(platform, evidence, reference)?, evidence));
        }
    } else if digest_prefix.0.is_none()
        && let Some(Ok(IdentifiedBy::Manifest(key) | IdentifiedBy::Config(key))) = evidence.identified()
        && let Some(own) = evidence.platforms.get(key.position)
    {
        // The engine has one of the images.
        objects.retain(Object::is_index);
        objects.push(Object::Image(own, evidence));
    } else if evidence.platforms.len() > 1 && digest_prefix.0.is_none() {
        let architecture = std::env::consts::ARCH.to_owned();
        let own = Platform { os: "linux".to_owned(), architecture, variant: None }.normalized();
        if evidence.platforms.iter().any(|platform| platform.is_for(&own)) {
            let one = image_for(&own, evidence, reference)?;
            own_machine = Some(one.digest);
            objects.retain(Object::is_index);
            objects.push(Object::Image(one, evidence));
        }
    }
    let mut found: Vec<(Object<'_>, &AttestationEvidence)> = Vec::new();
    for object in &objects {
        for attestation in
            object.attestations().filter(|attestation| digest_prefix.matches(attestation.digest))
        {
            // A chart may use an attestation about its index, which is then found twice.
            let known = |(other, known): &(Object<'_>, &AttestationEvidence)| {
                other.is_index() && known.digest == attestation.digest
            };
            if !found.iter().any(known) {
                found.push((*object, attestation));
            }
        }
    }
    match found.as_slice() {
        [one] => {
            let label = one.0.label();
            if own_machine == Some(one.0.digest()) {
                printer.note(&format!("showing {label}; choose with `--platform`"));
            } else if one.0.is_index() && digest_prefix.0.is_none() {
                printer.note("showing the attestation about the index, for all its platforms");
            } else if objects.len() > 1 && digest_prefix.0.is_none() {
                printer.note(&format!("showing {label}; no other platform has such an attestation"));
            }
            Ok(Selected::Signed(one.0, one.1))
        }
        [] => {
            let platforms: Vec<&PlatformEvidence> = objects.iter().filter_map(Object::image).collect();
            let from_build = Unsigned::find(evidence, &platforms, digest_prefix)?;
            // A digest selects the statement, even if other lists are unknown.
            if digest_prefix.0.is_some()
                && let Some(unsigned) = from_build
            {
                return Ok(Selected::FromBuild(unsigned));
            }
            let unknown = objects.iter().find_map(|object| Some((object, object.unknown_lists().first()?)));
            if let Some((object, unknown)) = unknown {
                return Err(unknown.failure.to_diagnostic().about(object.label()));
            }
            // A failed object may have the requested attestation.
            if let Some(worst) = unavailable(&objects) {
                return Err(worst);
            }
            failures(&objects, printer);
            if let Some(unsigned) = from_build {
                return Ok(Selected::FromBuild(unsigned));
            }
            let there: usize =
                objects.iter().map(|object| object.attestations().count() + object.listed().count()).sum();
            let elsewhere = !selection.platform.is_empty() && !evidence.about_index.is_empty();
            Err(if there == 0 && !elsewhere {
                Diagnostic::new(Code::ATTEST_NONE, format!("{reference} has no attestation"))
            } else {
                let diagnostic = Diagnostic::new(
                    Code::ATTEST_PREDICATE_MISSING,
                    format!("{reference} has no such attestation"),
                )
                .remedy(match elsewhere {
                    true => Remedy::AskAboutIndex,
                    false => Remedy::ListAttestations { reference: reference.to_string() },
                });
                // The requested attestation may exist, by another signer.
                let listed = objects.iter().flat_map(Object::listed).find(|listed| match digest_prefix.0 {
                    Some(_) => digest_prefix.matches(listed.digest),
                    None => listed.is_among(&evidence.predicate_types),
                });
                if let Some(listed) = listed {
                    return Err(diagnostic
                        .fact("not judged", &listed.reason)
                        .maybe_remedy(listed.reason.remedy()));
                }
                let about = evidence.about_index.attestations.len() + evidence.about_index.listed.len();
                let diagnostic =
                    if elsewhere { diagnostic.fact("about the index", about) } else { diagnostic };
                match digest_prefix.0 {
                    Some(_) => diagnostic.fact("available", format_args!("{there} others")),
                    None => {
                        let judged = objects.iter().flat_map(Object::attestations);
                        let listed = objects.iter().flat_map(Object::listed);
                        let there = available_types(judged, listed);
                        there.iter().fold(diagnostic, |diagnostic, one| diagnostic.fact("available", one))
                    }
                }
            })
        }
        several => {
            let mut diagnostic =
                Diagnostic::new(Code::USAGE_ARGUMENTS, format!("{} attestations match", several.len()));
            for (object, attestation) in several.iter().take(20) {
                let title = attestation.title();
                diagnostic = diagnostic
                    .fact(&attestation.digest.short(), format_args!("{title} of {}", object.label()));
            }
            Err(diagnostic.remedy(Remedy::NameAttestation))
        }
    }
}
