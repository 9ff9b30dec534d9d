//! `dhi verify`: every reference is judged, whatever became of the others, and the worst result is the exit code.

use std::collections::BTreeSet;
use std::fmt::Write;

use clap::Args;
use futures_util::future::join_all;

use super::access::AccessArguments;
use super::output::OutputArguments;
use super::policy::PolicyArguments;
use super::printer::{Data, Printer};
use super::progress::Counter;
use super::question::{QuestionArguments, reference};
use super::summary::EmitArguments;
use super::trust::TrustArguments;
use crate::error::{Exit, Problem};
use crate::evidence::Basis;
use crate::limits::Limits;
use crate::oci::Reference;
use crate::report::{Image, Report, comment};
use crate::verify::Options;

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

pub(super) async fn run(arguments: Arguments, printer: &Printer) -> Result<Exit, Problem> {
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
    let asked: Vec<(Reference, Options)> = references
        .into_iter()
        .map(|reference| {
            let options = question.options(&reference, gives_keys, tagged, &limits, counter.clone());
            (reference, options)
        })
        .collect();
    let targets = asked
        .iter()
        .map(|(reference, options)| options.attestations.as_ref().unwrap_or(&reference.repository));
    let emitter = arguments
        .emit
        .open(targets, policy.accept.verifier_id.as_deref(), &gate, &arguments.access, &limits)
        .await?;

    let work = asked.iter().map(|(reference, options)| gate.decide(&registry, reference, options));
    let decided = counter.during(printer, join_all(work)).await;
    let unsummarised = match &emitter {
        Some(emitter) => {
            let asked = asked.iter().zip(&decided);
            let found: Vec<_> = asked
                .filter_map(|((reference, options), decided)| {
                    Some((reference, options, decided.as_ref().ok()?))
                })
                .collect();
            emitter.emit(&found, &gate, &registry, &limits, printer).await
        }
        None => Vec::new(),
    };
    let mut excused: BTreeSet<usize> = BTreeSet::new();
    let images = asked.into_iter().zip(decided).map(|((reference, _), decided)| {
        let result = match decided {
            Ok(decision) => {
                excused.extend(decision.excused);
                if let Some(refused) = decision.refused {
                    printer.note(&format!("{reference} is verified anew, no summary answers: {refused}"));
                }
                Ok((decision.basis, decision.verdict))
            }
            Err(error) => Err(error.problem_for(&reference)),
        };
        Image { reference, result }
    });
    let images: Vec<Image> = images.collect();
    let report = Report {
        trust: &trust,
        policy: rules.policy,
        exceptions: rules.excuses(&excused, printer),
        effective_time: arguments.trust.effective_time,
        images,
    };
    let plain_hosts = arguments.access.plain_hosts()?;
    let commands = arguments.print_cosign.then(|| {
        let cosign = arguments.trust.cosign(&trust, &plain_hosts);
        let mut text = String::new();
        for image in &report.images {
            let word = if image.exit() == Exit::Pass { "pass" } else { "fail" };
            let _ = writeln!(text, "{}", comment(&format!("{}: {word}", image.reference)));
            if let Ok((Basis::Evidence(evidence), _)) = &image.result {
                for line in cosign.commands(evidence) {
                    let _ = writeln!(text, "{line}");
                }
            }
        }
        text
    });
    // What cannot be written does not hide a worse verdict.
    let written = arguments.output.write(&report, commands.as_deref().map(Data::Text), printer);
    let unwritten = written.err().into_iter().chain(unsummarised);
    Ok(unwritten.fold(report.exit(), |exit, problem| {
        printer.problem(&problem);
        exit.max(problem.exit())
    }))
}
