//! `dhi verify`: every reference is judged, whatever became of the others, and the worst result is the exit code.

use std::collections::BTreeSet;
use std::fmt::Write;

use clap::Args;
use futures_util::future::join_all;

use super::access::AccessArguments;
use super::output::OutputArguments;
use super::policy::PolicyArguments;
use super::printer::Printer;
use super::progress::Counter;
use super::question::{QuestionArguments, reference};
use super::trust::TrustArguments;
use crate::error::{Exit, Problem};
use crate::gate::Decision;
use crate::limits::Limits;
use crate::oci::Reference;
use crate::report::{Image, Report, comment};

#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 everything holds, 1 a policy said no, 2 wrong usage, 3 something does not exist,
4 a proof is bad, 5 not allowed, 6 not available. `dhi help error ID` explains an error.

Examples:
  dhi verify dhi.io/python:3.13
  dhi verify --platform linux/arm64 --predicate-type https://spdx.dev/Document dhi.io/python:3.13
  dhi verify --policy none --key cosign.pub registry.example.com/team/api:1.0
  dhi verify --format json oci:mirror/python:3.13")]
pub(super) struct Arguments {
    /// What to verify: `NAME[:TAG][@DIGEST]`, `oci:DIR[:TAG]` (a layout directory), `archive:FILE[:TAG]` (a tar of one)
    #[arg(required = true, value_name = "REF", add = super::completion::references())]
    references: Vec<String>,

    #[command(flatten)]
    question: QuestionArguments,

    #[command(flatten)]
    policy: PolicyArguments,

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

pub(super) async fn run(arguments: Arguments, printer: &Printer) -> Result<Exit, Problem> {
    let limits = Limits::default();
    let rules = arguments.policy.read(&arguments.question, &limits, arguments.access.offline).await?;
    let references: Vec<Reference> =
        arguments.references.iter().map(|text| reference(text)).collect::<Result<_, _>>()?;
    let trust = arguments.trust.read(&limits, arguments.access.offline, printer).await?;
    let registry = arguments.access.open(&limits, printer)?;
    let counter = Counter::new(printer);

    let gate =
        arguments.policy.gate(&rules, &trust, &arguments.trust, &arguments.question.namespace, &limits);
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
    let report = Report {
        trust: &trust,
        policy: rules.policy,
        exceptions: rules.excuses(&excused, printer),
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
