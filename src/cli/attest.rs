//! `dhi attest`: what is attested about an image, and the attestations themselves.

mod add;

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::access::AccessArguments;
use super::output::write;
use super::printer::{Data, Printer};
use super::progress::Counter;
use super::question::{QuestionArguments, reference};
use super::remedies::CommandWords;
use super::session::Session;
use super::trust::TrustArguments;
use crate::attestation::{short_title, summary_of};
use crate::diagnostic::{Code, Diagnostic, Exit, Remedy, ToDiagnostic as _};
use crate::evidence::{AttestationEvidence, Attested, Evidence, ListedReason, PlatformEvidence};
use crate::oci::{AmbiguousPlatform, Platform, Reference};
use crate::report;
use crate::verify::{Options, Tagged, verify};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the attestations of an image or chart, with what each says and who signed it
    List(Box<List>),
    /// Print an attestation, once it is verified
    Get(Box<Get>),
    /// Attach a predicate to an image, signed
    Add(Box<add::Add>),
}

#[derive(Debug, Args)]
#[command(after_help = "\
The list says what is there; `dhi verify` decides. Only what verifies is summarised.")]
pub(super) struct List {
    /// Image or chart: `NAME[:TAG][@DIGEST]`, `oci:DIR[:TAG]` or `archive:FILE[:TAG]`
    #[arg(value_name = "REF", add = super::completion::references())]
    reference: String,

    #[command(flatten)]
    question: QuestionArguments,

    #[command(flatten)]
    trust: TrustArguments,

    #[command(flatten)]
    access: AccessArguments,

    /// Format of the list
    #[arg(long, value_enum, default_value_t = ListFormat::Table, help_heading = "Output")]
    format: ListFormat,

    /// Write to FILE instead of standard output
    #[arg(long, short, value_name = "FILE", help_heading = "Output")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ListFormat {
    /// For people
    #[value(alias = "list")]
    Table,
    /// For programs: docs/schemas/attest-list-1.json
    Json,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Without `--platform` the one of this machine is taken where the image has several.

Examples:
  dhi attest get dhi.io/python:3.13 --predicate-type https://spdx.dev/Document --predicate -o sbom.spdx.json
  dhi attest get dhi.io/python:3.13 77d0aa --format table")]
pub(super) struct Get {
    /// Image or chart: `NAME[:TAG][@DIGEST]`, `oci:DIR[:TAG]` or `archive:FILE[:TAG]`
    #[arg(value_name = "REF", add = super::completion::references())]
    reference: String,

    /// Digest of the attestation, or its first hex digits
    #[arg(value_name = "DIGEST")]
    digest: Option<String>,

    /// Print the predicate alone, not the whole statement
    #[arg(long)]
    predicate: bool,

    /// Say what was verified, with the equal cosign command, on standard error
    #[arg(long)]
    verify: bool,

    #[command(flatten)]
    question: QuestionArguments,

    #[command(flatten)]
    trust: TrustArguments,

    #[command(flatten)]
    access: AccessArguments,

    /// What to print
    #[arg(long, value_enum, default_value_t = GetFormat::Raw, help_heading = "Output")]
    format: GetFormat,

    /// Write to FILE instead of standard output
    #[arg(long, short, value_name = "FILE", help_heading = "Output")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum GetFormat {
    /// The bytes as they were signed
    Raw,
    /// A page for people
    Table,
}

pub(super) async fn run(command: Command, printer: &Printer) -> Result<Exit, Diagnostic> {
    match command {
        Command::List(arguments) => list(*arguments, printer).await,
        Command::Get(arguments) => get(*arguments, printer).await,
        Command::Add(arguments) => add::run(*arguments, printer).await,
    }
}

/// Everything that both commands have to find out.
async fn evidence<'a>(
    text: &str,
    question: &QuestionArguments,
    trust: &TrustArguments,
    access: &AccessArguments,
    printer: &'a Printer,
) -> Result<(Reference, Session<'a>, Evidence), Diagnostic> {
    let reference = reference(text)?;
    let session = access.session(printer)?;
    let session = session.with_trust(trust).await?.with_registry(access)?;
    let counter = Counter::new(printer);
    // A list says all that is there.
    let options = Options {
        judge_bundles: trust.gives_keys(),
        tagged: Tagged::Always,
        keep_statements: true,
        limits: session.limits.clone(),
        progress: Some(counter.clone()),
        ..question.options(&reference)
    };
    let evidence = counter
        .during(printer, verify(&session.registry, &reference, &session.trust, &options))
        .await
        .map_err(|error| error.problem_for(&reference))?;
    if let Some(age) = report::age(&evidence.root, &evidence.platforms) {
        printer.note(&age);
    }
    if let Some(asked) = evidence.missing().next() {
        let problem =
            Diagnostic::new(Code::VERIFY_NO_SUCH_PLATFORM, format!("{reference} has no image for {asked}"));
        let there = evidence.there().join(", ");
        return Err(if there.is_empty() { problem } else { problem.fact("there", there) });
    }
    if evidence.platforms.is_empty() {
        return Err(Diagnostic::new(
            Code::VERIFY_NO_SUCH_PLATFORM,
            format!("{reference} has no image to look at"),
        ));
    }
    Ok((reference, session, evidence))
}

/// The types that could have been asked for.
fn with_types(problem: Diagnostic, platforms: &[&PlatformEvidence]) -> Diagnostic {
    let judged = platforms.iter().flat_map(|platform| &platform.attestations);
    let judged = judged.filter_map(|attestation| attestation.predicate_type.as_deref());
    let passed_over = platforms.iter().flat_map(|platform| &platform.listed);
    let passed_over = passed_over.filter(|listed| listed.reason == ListedReason::NotAskedFor);
    let types: BTreeSet<&str> =
        judged.chain(passed_over.filter_map(|listed| listed.predicate_type.as_deref())).collect();
    types.into_iter().take(20).fold(problem, |problem, name| problem.fact("there", name))
}

/// What kept attestations from being seen.
fn problems(platforms: &[&PlatformEvidence], printer: &Printer) -> Exit {
    let mut exit = Exit::Pass;
    for platform in platforms {
        for failure in &platform.problems {
            let problem = failure.to_diagnostic().about(platform.label());
            printer.problem(&problem);
            exit = exit.max(problem.exit());
        }
        for unknown in &platform.unknown_lists {
            let problem = unknown.failure.to_diagnostic().about(platform.label());
            // There may be more; where there is nothing else, this is no "none".
            if platform.attestations.is_empty() && platform.listed.is_empty() {
                printer.problem(&problem);
                exit = exit.max(problem.exit());
            } else {
                printer.warned(&problem);
            }
        }
        for failure in &platform.not_checked {
            printer.warned(&failure.to_diagnostic());
        }
    }
    exit
}

async fn list(arguments: List, printer: &Printer) -> Result<Exit, Diagnostic> {
    let List { reference, question, trust, access, format, output } = arguments;
    let (_, _, evidence) = evidence(&reference, &question, &trust, &access, printer).await?;
    let style = printer.style_of(output.as_deref());
    let text = match format {
        ListFormat::Table => report::list(&evidence, style),
        ListFormat::Json => report::list_json(&evidence, &CommandWords),
    };
    let data = match format {
        ListFormat::Table => Data::Text(&text),
        ListFormat::Json => Data::Json(&text),
    };
    write(output.as_deref(), data, printer)?;
    Ok(problems(&evidence.platforms.iter().collect::<Vec<_>>(), printer))
}

async fn get(arguments: Get, printer: &Printer) -> Result<Exit, Diagnostic> {
    let Get {
        reference,
        digest,
        predicate,
        verify,
        question,
        trust: trust_arguments,
        access,
        format,
        output,
    } = arguments;
    let (reference, session, evidence) =
        evidence(&reference, &question, &trust_arguments, &access, printer).await?;
    let wanted = Wanted::parse(digest.as_deref())?;
    let (platform, attestation) = select(&evidence, &reference, &wanted, &question, printer)?;
    // An attestation may be good and its image not the one that the index promises.
    if !platform.problems.is_empty() {
        return Ok(problems(&[platform], printer));
    }
    let attested = platform.outcome_of(attestation, evidence.root.digest).map_err(|failure| {
        let problem = failure.to_diagnostic().fact("attestation", attestation.digest);
        let title = attestation.title();
        problem.about(format_args!("{title} of {}", platform.label()))
    })?;
    let style = printer.style_of(output.as_deref());
    let bytes = render(attested, predicate, format, style)?;
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
            platform.label(),
            attested.signature().signer(),
            attested.signature().log().as_str()
        ));
        printer.note(&format!(
            "the same with cosign: {}",
            cosign.attestation(platform, attestation, attested.signature())
        ));
    }
    Ok(Exit::Pass)
}

fn render(
    attested: &Attested,
    predicate: bool,
    format: GetFormat,
    style: report::Style,
) -> Result<Vec<u8>, Diagnostic> {
    let signed =
        attested.whole().ok_or_else(|| Diagnostic::new(Code::BUG_INTERNAL, "the statement was not kept"))?;
    let none = || Diagnostic::new(Code::ATTEST_UNREADABLE, "the statement has no predicate");
    match (format, predicate) {
        (GetFormat::Raw, false) => Ok(signed.bytes().to_vec()),
        (GetFormat::Raw, true) => {
            Ok(signed.statement().predicate.as_ref().ok_or_else(none)?.get().as_bytes().to_vec())
        }
        (GetFormat::Table, _) => {
            signed.statement().predicate.as_ref().ok_or_else(none)?;
            Ok(report::page(&summary_of(signed.statement()), style).into_bytes())
        }
    }
}

/// An attestation named by its digest or the beginning of it.
struct Wanted(Option<String>);

impl Wanted {
    fn parse(text: Option<&str>) -> Result<Self, Diagnostic> {
        let Some(text) = text else { return Ok(Self(None)) };
        let hex = text.strip_prefix("sha256:").unwrap_or(text);
        let well_formed = (4..=64).contains(&hex.len()) && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        if well_formed {
            Ok(Self(Some(hex.to_ascii_lowercase())))
        } else {
            Err(Diagnostic::new(
                Code::USAGE_ARGUMENTS,
                format!("`{text}` is not a digest or the beginning of one"),
            )
            .remedy(Remedy::ListDigests))
        }
    }

    fn is(&self, attestation: &AttestationEvidence) -> bool {
        self.0.as_ref().is_none_or(|hex| attestation.digest.hex().starts_with(hex))
    }
}

/// The image that every engine takes for `platform`, for which there is one.
fn the_one_for<'a>(
    platform: &Platform,
    evidence: &'a Evidence,
    reference: &Reference,
) -> Result<&'a PlatformEvidence, Diagnostic> {
    let mut images: Vec<&PlatformEvidence> = Vec::new();
    for image in evidence.platforms.iter().filter(|image| image.may_answer(platform)) {
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

/// Finds the one attestation that is meant.
fn select<'a>(
    evidence: &'a Evidence,
    reference: &Reference,
    wanted: &Wanted,
    question: &QuestionArguments,
    printer: &Printer,
) -> Result<(&'a PlatformEvidence, &'a AttestationEvidence), Diagnostic> {
    let mut platforms: Vec<&PlatformEvidence> = evidence.platforms.iter().collect();
    if !question.platform.is_empty() {
        let mut asked = Vec::new();
        for platform in &question.platform {
            asked.push(the_one_for(platform, evidence, reference)?);
        }
        platforms = asked;
    } else if platforms.len() > 1 && wanted.0.is_none() {
        let architecture = std::env::consts::ARCH.to_owned();
        let own = Platform { os: "linux".to_owned(), architecture, variant: None }.normalized();
        if evidence.platforms.iter().any(|platform| platform.is_for(&own)) {
            let one = the_one_for(&own, evidence, reference)?;
            printer.note(&format!("the one of {}; `--platform` names another", one.label()));
            platforms = vec![one];
        }
    }
    let found: Vec<(&PlatformEvidence, &AttestationEvidence)> = platforms
        .iter()
        .flat_map(|platform| platform.attestations.iter().map(|attestation| (*platform, attestation)))
        .filter(|(_, attestation)| wanted.is(attestation))
        .collect();
    match found.as_slice() {
        [one] => {
            if platforms.len() > 1 && wanted.0.is_none() {
                printer.note(&format!(
                    "the one of {}; no other platform has such an attestation",
                    one.0.label()
                ));
            }
            Ok(*one)
        }
        [] => {
            let unknown = platforms.iter().find_map(|platform| Some((platform, platform.unknown_list()?)));
            if let Some((platform, unknown)) = unknown {
                return Err(unknown.failure.to_diagnostic().about(platform.label()));
            }
            let exit = problems(&platforms, printer);
            if exit != Exit::Pass {
                return Err(Diagnostic::new(
                    Code::ATTEST_NONE,
                    format!("no attestation of {reference} could be read"),
                ));
            }
            let there: usize =
                platforms.iter().map(|platform| platform.attestations.len() + platform.listed.len()).sum();
            Err(if there == 0 {
                Diagnostic::new(Code::ATTEST_NONE, format!("{reference} has no attestation"))
            } else {
                let problem = Diagnostic::new(
                    Code::ATTEST_PREDICATE_MISSING,
                    format!("{reference} has no such attestation"),
                )
                .remedy(Remedy::ListAttestations { reference: reference.to_string() });
                match wanted.0 {
                    Some(_) => problem.fact("there", format_args!("{there} others")),
                    None => with_types(problem, &platforms),
                }
            })
        }
        several => {
            let mut problem =
                Diagnostic::new(Code::USAGE_ARGUMENTS, format!("{} attestations match", several.len()));
            for (platform, attestation) in several.iter().take(20) {
                let title = attestation.title();
                problem = problem
                    .fact(&attestation.digest.short(), format_args!("{title} of {}", platform.label()));
            }
            Err(problem.remedy(Remedy::NameAttestation))
        }
    }
}
