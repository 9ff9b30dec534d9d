//! `dhi verify`.

use std::sync::Arc;

use clap::{Args, ValueEnum};
use futures_util::future::join_all;

use super::access::AccessArguments;
use super::output::OutputArguments;
use super::printer::Printer;
use super::progress::Counter;
use super::trust::TrustArguments;
use crate::error::{Exit, Explain, Problem};
use crate::evidence::{NameRule, Requirements, judge};
use crate::limits::Limits;
use crate::oci::{Platform, Reference, Repository};
use crate::report::{Image, Report};
use crate::verify::{Options, Progress, verify};

#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 everything holds, 1 a policy said no, 2 wrong usage, 3 something does not exist,
4 a proof is bad, 5 not allowed, 6 not available. `docs/errors.md` lists every error id.

Examples:
  dhi verify dhi.io/python:3.13
  dhi verify --platform linux/arm64 --predicate-type https://spdx.dev/Document dhi.io/python:3.13
  dhi verify --format json oci:mirror/python:3.13")]
pub(super) struct Arguments {
    /// What to verify: `NAME[:TAG][@DIGEST]`, or `oci:DIR[:TAG][@DIGEST]` for a layout directory
    #[arg(required = true, value_name = "REF")]
    references: Vec<String>,

    /// Only this platform (repeatable; default: all)
    #[arg(long, value_name = "OS/ARCH[/VARIANT]", value_parser = platform)]
    platform: Vec<Platform>,

    /// Only attestations of this predicate type (repeatable; default: all)
    #[arg(long, value_name = "URI")]
    predicate_type: Vec<String>,

    /// Accept customisations of this organisation as hardened images
    #[arg(long, value_name = "ORG")]
    namespace: Vec<String>,

    /// Demand this name in the signed payloads, such as `dhi/python`
    #[arg(long, value_name = "NAME")]
    signed_name: Option<String>,

    /// Demand a signature of the index itself
    #[arg(long)]
    require_index_signature: bool,

    /// The only repository that attestations and signatures are taken from
    #[arg(long, value_name = "REPO")]
    attestations: Option<String>,

    /// The policy to decide by
    #[arg(long, value_enum, default_value_t = Policy::None)]
    policy: Policy,

    #[command(flatten)]
    trust: TrustArguments,

    #[command(flatten)]
    access: AccessArguments,

    #[command(flatten)]
    output: OutputArguments,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Policy {
    /// Signatures and attestations alone: every one must verify, and each platform must have one
    None,
}

fn platform(text: &str) -> Result<Platform, String> {
    text.parse().map_err(|error: crate::oci::Error| error.to_string())
}

pub(super) async fn run(arguments: Arguments, printer: &Printer) -> Result<Exit, Problem> {
    let Policy::None = arguments.policy;
    let limits = Limits::default();
    let references: Vec<Reference> = arguments
        .references
        .iter()
        .map(|text| text.parse::<Reference>().map_err(|error| error.problem()))
        .collect::<Result<_, _>>()?;
    let attestations = arguments.attestations.as_deref().map(repository).transpose()?;
    let trust = arguments.trust.read(&limits, arguments.access.offline, printer).await?;
    let registry = arguments.access.open(&limits, printer)?;
    let counter = Counter::new(printer);

    let one = |reference: Reference| {
        let options = Options {
            platforms: arguments.platform.clone(),
            predicate_types: arguments.predicate_type.clone(),
            names: NameRule::of(&reference, arguments.namespace.clone(), arguments.signed_name.clone()),
            attestations: attestations.clone(),
            judge_bundles: arguments.trust.gives_keys(),
            limits: limits.clone(),
            progress: Some(counter.clone() as Arc<dyn Progress>),
        };
        let requirements = Requirements { require_root_signature: arguments.require_index_signature };
        let (registry, trust) = (&registry, &trust);
        async move {
            let result = match verify(registry, &reference, trust, &options).await {
                Ok(evidence) => {
                    let verdict = judge(&evidence, &requirements);
                    Ok((evidence, verdict))
                }
                Err(error) => Err(error.problem_for(&reference)),
            };
            Image { reference, result }
        }
    };
    let images = counter.during(printer, join_all(references.into_iter().map(one))).await;
    let report = Report { trust: &trust, effective_time: arguments.trust.effective_time, images };
    let exit = report.exit();
    // A result that cannot be written does not hide a worse verdict.
    Ok(match arguments.output.write(&report, printer) {
        Ok(()) => exit,
        Err(problem) => {
            printer.problem(&problem);
            exit.max(problem.exit())
        }
    })
}

/// A repository is a reference without tag and digest.
fn repository(text: &str) -> Result<Repository, Problem> {
    let reference: Reference = text.parse().map_err(|error: crate::oci::Error| error.problem())?;
    Ok(reference.repository)
}
