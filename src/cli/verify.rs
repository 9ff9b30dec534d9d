//! `dhi verify`: every reference is judged, whatever became of the others, and the worst result is the exit code.

use std::collections::BTreeSet;
use std::fmt::Write;

use clap::{Args, ValueEnum};
use futures_util::future::join_all;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::access::AccessArguments;
use super::base::BaseArguments;
use super::output::OutputArguments;
use super::printer::Printer;
use super::progress::Counter;
use super::question::{QuestionArguments, reference};
use super::trust::TrustArguments;
use crate::error::{Exit, Explain, Id, Problem};
use crate::evidence::Requirements;
use crate::gate::{Decision, Gate};
use crate::limits::Limits;
use crate::oci::Reference;
use crate::policy::{Exceptions, Policy, Use};
use crate::report::{Excuse, Image, Report, comment};
use crate::sources::Source;

#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 everything holds, 1 a policy said no, 2 wrong usage, 3 something does not exist,
4 a proof is bad, 5 not allowed, 6 not available. `dhi help error ID` explains an error.

Examples:
  dhi verify dhi.io/python:3.13
  dhi verify --platform linux/arm64 --predicate-type https://spdx.dev/Document dhi.io/python:3.13
  dhi verify --format json oci:mirror/python:3.13")]
pub(super) struct Arguments {
    /// What to verify: `NAME[:TAG][@DIGEST]`, `oci:DIR[:TAG]` (a layout directory), `archive:FILE[:TAG]` (a tar of one)
    #[arg(required = true, value_name = "REF", add = super::completion::references())]
    references: Vec<String>,

    #[command(flatten)]
    question: QuestionArguments,

    /// Demand a signature of the index itself
    #[arg(long)]
    require_index_signature: bool,

    /// The policy to decide by
    #[arg(long, value_enum, default_value_t = PolicyName::None)]
    policy: PolicyName,

    /// Findings of the policy that are excused: a YAML list of `{image, check, reason, expires}`
    #[arg(long, value_name = "FILE")]
    exceptions: Option<String>,

    /// Until this day findings of the policy are only warnings
    #[arg(long, value_name = "DATE")]
    enforce_from: Option<Date>,

    #[command(flatten)]
    base: BaseArguments,

    /// Print the equal cosign commands instead of the result
    #[arg(long)]
    print_cosign: bool,

    #[command(flatten)]
    trust: TrustArguments,

    #[command(flatten)]
    access: AccessArguments,

    #[command(flatten)]
    output: OutputArguments,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum PolicyName {
    /// Signatures and attestations alone: every one must verify, and each platform must have one
    None,
    /// Each platform is a hardened image, or built on one (see `dhi base`)
    DhiOrDhiBased,
}

pub(super) async fn run(arguments: Arguments, printer: &Printer) -> Result<Exit, Problem> {
    let limits = Limits::default();
    let policy = match arguments.policy {
        PolicyName::None => Policy::None,
        PolicyName::DhiOrDhiBased => Policy::DhiOrDhiBased,
    };
    if policy == Policy::None && (arguments.exceptions.is_some() || arguments.enforce_from.is_some()) {
        return Err(Problem::new(Id::UsageArguments, "without a policy there is nothing to excuse")
            .hint("give `--policy dhi-or-dhi-based`"));
    }
    let exceptions = match &arguments.exceptions {
        Some(file) => exceptions(file, &limits, arguments.access.offline).await?,
        None => Exceptions::default(),
    };
    let references: Vec<Reference> =
        arguments.references.iter().map(|text| reference(text)).collect::<Result<_, _>>()?;
    let trust = arguments.trust.read(&limits, arguments.access.offline, printer).await?;
    let registry = arguments.access.open(&limits, printer)?;
    let counter = Counter::new(printer);

    let now = Timestamp::now();
    let enforce_from = arguments
        .enforce_from
        .map(|day| day.to_zoned(TimeZone::UTC))
        .transpose()
        .map_err(|error| Problem::new(Id::UsageArguments, format!("`--enforce-from`: {error}")))?;
    let gate = Gate {
        trust: &trust,
        policy,
        requirements: Requirements { require_root_signature: arguments.require_index_signature },
        base: arguments.base.options(&arguments.question.namespace, &arguments.trust, &limits),
        exceptions: &exceptions,
        enforce_from: enforce_from.map(|day| day.timestamp()),
        now,
    };
    let one = |reference: Reference| {
        let options = arguments.question.options(
            &reference,
            arguments.trust.gives_keys(),
            arguments.trust.tagged(),
            &limits,
            counter.clone(),
        );
        let (registry, gate) = (&registry, &gate);
        async move {
            match gate.decide(registry, &reference, options).await {
                Ok(Decision { evidence, verdict, excused }) => {
                    (Image { reference, result: Ok((evidence, verdict)) }, excused)
                }
                Err(error) => {
                    let result = Err(error.problem_for(&reference));
                    (Image { reference, result }, BTreeSet::new())
                }
            }
        }
    };
    let decided = counter.during(printer, join_all(references.into_iter().map(one))).await;
    let (images, excused): (Vec<Image>, Vec<BTreeSet<usize>>) = decided.into_iter().unzip();
    let excused: BTreeSet<usize> = excused.into_iter().flatten().collect();
    let excuses: Vec<Excuse> = exceptions
        .uses(&excused, now)
        .map(|(exception, outcome)| Excuse {
            image: exception.to_string(),
            check: exception.check,
            reason: exception.reason.clone(),
            expires: exception.expires.to_string(),
            outcome,
        })
        .collect();
    for excuse in excuses.iter().filter(|excuse| excuse.outcome != Use::Used) {
        printer.note(&format!(
            "the exception for `{}` ({}) of {} is {}",
            excuse.image,
            excuse.check,
            exceptions.origin(),
            excuse.outcome.as_str()
        ));
    }
    let report = Report {
        trust: &trust,
        policy,
        exceptions: excuses,
        effective_time: arguments.trust.effective_time,
        images,
    };
    let exit = report.exit();
    let plain_hosts = arguments.access.plain_hosts()?;
    let commands = arguments.print_cosign.then(|| {
        let cosign = arguments.trust.cosign(&trust, &plain_hosts);
        let mut text = String::new();
        for image in &report.images {
            let word = if image.exit() == Exit::Pass { "pass" } else { "fail" };
            let _ = writeln!(text, "{}", comment(&format!("{}: {word}", image.reference)));
            if let Ok((evidence, _)) = &image.result {
                for line in cosign.commands(evidence) {
                    let _ = writeln!(text, "{line}");
                }
            }
        }
        text
    });
    // A result that cannot be written does not hide a worse verdict.
    Ok(match arguments.output.write(&report, commands.as_deref(), printer) {
        Ok(()) => exit,
        Err(problem) => {
            printer.problem(&problem);
            exit.max(problem.exit())
        }
    })
}

async fn exceptions(file: &str, limits: &Limits, offline: bool) -> Result<Exceptions, Problem> {
    let source = Source::parse(file).map_err(|error| error.problem())?;
    let bytes = source.read(limits, offline).await.map_err(|error| error.problem())?;
    Exceptions::from_yaml(&bytes, &source.to_string()).map_err(|error| error.problem())
}
