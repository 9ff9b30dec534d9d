//! `dhi verify`: every reference is judged, whatever became of the others, and the worst result is the exit code.

use std::collections::BTreeSet;
use std::pin::pin;

use clap::Args;
use futures_util::StreamExt;
use futures_util::stream;

use super::access::AccessArguments;
use super::output::OutputArguments;
use super::policy::PolicyArguments;
use super::printer::Printer;
use super::progress::Counter;
use super::question::{QuestionArguments, reference};
use super::summary::EmitArguments;
use super::trust::TrustArguments;
use crate::diagnostic::{Diagnostic, Exit};
use crate::limits::Limits;
use crate::oci::Reference;
use crate::report::{Image, Run, VerifyEnd};

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

    /// Print the equal cosign commands instead of the result
    #[arg(long)]
    print_cosign: bool,

    #[command(flatten)]
    policy: PolicyArguments,

    #[command(flatten)]
    emit: EmitArguments,

    #[command(flatten)]
    trust: TrustArguments,

    #[command(flatten)]
    access: AccessArguments,

    #[command(flatten)]
    output: OutputArguments,
}

pub(super) async fn run(arguments: Arguments, printer: &Printer) -> Result<Exit, Diagnostic> {
    let limits = Limits::default();
    let offline = arguments.access.offline;
    let rules = arguments.policy.read(&arguments.question, &limits, offline, printer).await?;
    let references: Vec<Reference> =
        arguments.references.iter().map(|text| reference(text)).collect::<Result<_, _>>()?;
    let trust = arguments.trust.read(&limits, offline, printer).await?;
    let registry = arguments.access.open(&limits, printer)?;
    let counter = Counter::new(printer);

    let (question, policy) = (&arguments.question, &arguments.policy);
    let gate = policy.gate(&rules, &trust, &arguments.trust, &question.namespace, offline, &limits);
    let (gives_keys, tagged) = (arguments.trust.gives_keys(), arguments.trust.tagged());
    let options = |reference: &Reference| {
        question.options(reference, gives_keys, tagged, &limits, &gate.base.memory, counter.clone())
    };
    let targets =
        references.iter().map(|reference| question.attestations.as_ref().unwrap_or(&reference.repository));
    let emitter = arguments
        .emit
        .open(targets, policy.accept.verifier_id.as_deref(), &gate, &arguments.access, &limits)
        .await?;
    let plain_hosts = arguments.access.plain_hosts()?;
    let cosign = arguments.trust.cosign(&trust, &plain_hosts);
    let run = Run { trust: &trust, policy: rules.policy, effective_time: arguments.trust.effective_time };
    let mut results = arguments.output.verify(run, arguments.print_cosign.then_some(&cosign), printer);

    let decide = |reference: Reference| async {
        let options = options(&reference);
        let decided = gate.decide(&registry, &reference, &options).await;
        (reference, options, decided)
    };
    // Each is made when its turn comes and reduced to what is written once it and those before it are decided, so that
    // any number of references takes no more memory than a few.
    let mut work = pin!(stream::iter(references).map(decide).buffered(limits.images_at_once));
    let mut exit = Exit::Pass;
    let mut excused: BTreeSet<usize> = BTreeSet::new();
    let mut summarizable = Vec::new();
    let decide_all = async {
        while let Some((reference, options, decided)) = work.next().await {
            if let (Some(emitter), Ok(decision)) = (&emitter, &decided) {
                summarizable.push(emitter.prepare(&reference, &options, decision, &gate));
            }
            let result = match decided {
                Ok(decision) => {
                    excused.extend(decision.excused);
                    if let Some(refused) = decision.refused {
                        counter.aside(|| {
                            printer.note(&format!(
                                "{reference} is verified anew, no summary answers: {refused}"
                            ));
                        });
                    }
                    Ok((decision.basis, decision.verdict))
                }
                Err(error) => Err(error.problem_for(&reference)),
            };
            let image = Image { reference, result };
            exit = exit.max(image.exit());
            counter.aside(|| results.add(&image, printer));
        }
    };
    counter.during(printer, decide_all).await;
    let mut problems = match &emitter {
        Some(emitter) => emitter.emit(summarizable, &gate, &registry, &limits, printer).await,
        None => Vec::new(),
    };
    let exceptions = rules.excuses(&excused, printer);
    // What cannot be written does not hide a worse verdict.
    problems.extend(results.finish(VerifyEnd { exceptions: &exceptions, exit }, printer));
    Ok(problems.into_iter().fold(exit, |exit, problem| {
        printer.problem(&problem);
        exit.max(problem.exit())
    }))
}
