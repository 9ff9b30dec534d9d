//! `dhi admit`: the images of manifests are judged before anything is deployed.

use std::collections::BTreeSet;

use clap::{Args, Subcommand};

use super::access::AccessArguments;
use super::output::{OutputArguments, write_data};
use super::policy::PolicyArguments;
use super::printer::{Data, Printer};
use super::progress::Counter;
use super::question::QuestionArguments;
use super::trust::TrustArguments;
use crate::admission::{Admission, Judge, Judged, UsedImage, find, pinned, read};
use crate::diagnostic::{Code, Diagnostic, Exit, ToDiagnostic};
use crate::limits::Limits;
use crate::oci::{Digest, Reference};
use crate::report::Run;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Verify every image of Kubernetes manifests and Compose files, and apply nothing
    Check(Box<CheckArguments>),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes are those of `dhi verify`. Without any Kubernetes object or Compose service it is 2.
The shape of `--format json` is docs/schemas/admit-1.json.

Examples:
  helm template web ./chart | dhi admit check -
  dhi admit check --format json deploy/
  dhi admit check --resolve deploy.yaml | kubectl apply -f -")]
pub(super) struct CheckArguments {
    /// Manifests: a file, a directory with all `*.yaml`, `*.yml` and `*.json` below it, or `-` for standard input
    #[arg(required = true, value_name = "FILE", value_hint = clap::ValueHint::AnyPath)]
    files: Vec<String>,

    /// Print the manifests with the verified digests behind their images, if everything passed
    #[arg(long)]
    resolve: bool,

    /// Fail if something was not judged
    #[arg(long)]
    strict: bool,

    #[command(flatten)]
    question: QuestionArguments,

    #[command(flatten)]
    policy: PolicyArguments,

    #[command(flatten)]
    trust: TrustArguments,

    #[command(flatten)]
    access: AccessArguments,

    #[command(flatten)]
    output: OutputArguments,
}

pub(super) async fn run(command: Command, printer: &Printer) -> Result<Exit, Diagnostic> {
    let Command::Check(arguments) = command;
    let limits = Limits::default();
    let offline = arguments.access.offline;
    let rules = arguments.policy.read(&arguments.question, &limits, offline, printer).await?;
    let (inputs, unread) =
        read(&arguments.files, std::io::stdin().lock()).map_err(|error| error.to_diagnostic())?;
    let mut found = find(&inputs, &unread).map_err(|error| error.to_diagnostic())?;
    let trust = arguments.trust.read(&limits, arguments.access.offline, printer).await?;
    let registry = arguments.access.open(&limits, printer)?;
    let counter = Counter::new(printer);
    let gate = arguments.policy.gate(
        &rules,
        &trust,
        &arguments.trust,
        &arguments.question.namespace,
        arguments.access.offline,
        &limits,
    );
    let memory = gate.base.memory.clone();
    let judge = Judge {
        registry: &registry,
        gate,
        options: |reference: &Reference| {
            let (gives_keys, tagged) = (arguments.trust.gives_keys(), arguments.trust.tagged());
            arguments.question.options(reference, gives_keys, tagged, &limits, &memory, counter.clone())
        },
    };
    let run = Run { trust: &trust, policy: rules.policy, effective_time: arguments.trust.effective_time };
    let mut results = arguments.output.admission(run, arguments.resolve, printer);
    let mut exit = Exit::Pass;
    let mut excused = BTreeSet::new();
    let mut digests: Vec<(Reference, Option<Digest>)> = Vec::new();
    let done = |judged: Judged<'_>| {
        let Judged { image, uses, excused: by, refused } = judged;
        excused.extend(by);
        exit = exit.max(image.exit());
        counter.aside(|| {
            if let Some(refused) = refused {
                let reference = &image.reference;
                printer.note(&format!("{reference} is verified anew, no summary answers: {refused}"));
            }
            results.add(UsedImage { image: &image, uses }, printer);
        });
        let digest = image.result.ok().map(|(basis, _)| basis.pin());
        digests.extend(digest.map(|digest| (image.reference, digest)));
    };
    let judged = counter.during(printer, judge.judge(&found, &limits, done)).await;
    judged.map_err(|error| error.to_diagnostic())?;
    let strict = (arguments.strict && !found.not_judged.is_empty()).then(|| {
        let what = match found.not_judged.len() {
            1 => "a part of the manifests was not judged".to_owned(),
            count => format!("{count} parts of the manifests were not judged"),
        };
        Diagnostic::new(Code::ADMIT_NOT_JUDGED, what)
            .hint("leave `--strict` out to accept what is listed as not judged")
    });
    // What excused nothing is said.
    rules.excuses(&excused, printer);
    let admission = Admission {
        images: exit,
        refused: std::mem::take(&mut found.refused),
        not_judged: std::mem::take(&mut found.not_judged),
        strict,
        objects: found.objects,
    };
    let exit = admission.exit();
    let mut problems = results.finish(&admission, printer);
    // Whoever pipes manifests on gets them whole or gets nothing.
    if arguments.resolve && exit == Exit::Pass {
        let resolved = pinned(&inputs, &found, &digests).map_err(|error| error.to_diagnostic())?;
        problems.extend(write_data(Data::Raw(resolved.as_bytes()), printer).err());
    }
    // A result that cannot be written does not hide a worse verdict.
    Ok(problems.into_iter().fold(exit, |exit, problem| {
        printer.problem(&problem);
        exit.max(problem.exit())
    }))
}
