//! `dhi admit`: the images of manifests are judged before anything is deployed.

use clap::{Args, Subcommand};

use super::access::AccessArguments;
use super::output::OutputArguments;
use super::policy::PolicyArguments;
use super::printer::{Data, Printer};
use super::progress::Counter;
use super::question::QuestionArguments;
use super::trust::TrustArguments;
use crate::admission::{Judge, find, pinned, read};
use crate::error::{Exit, Explain, Id, Problem};
use crate::limits::Limits;
use crate::oci::Reference;
use crate::report::{self, Admission, Report};

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

pub(super) async fn run(command: Command, printer: &Printer) -> Result<Exit, Problem> {
    let Command::Check(arguments) = command;
    let limits = Limits::default();
    let offline = arguments.access.offline;
    let rules = arguments.policy.read(&arguments.question, &limits, offline, printer).await?;
    let (inputs, links) = read(&arguments.files, std::io::stdin().lock()).map_err(|error| error.problem())?;
    let mut found = find(&inputs, &links).map_err(|error| error.problem())?;
    let trust = arguments.trust.read(&limits, arguments.access.offline, printer).await?;
    let registry = arguments.access.open(&limits, printer)?;
    let counter = Counter::new(printer);
    let judge = Judge {
        registry: &registry,
        gate: arguments.policy.gate(
            &rules,
            &trust,
            &arguments.trust,
            &arguments.question.namespace,
            arguments.access.offline,
            &limits,
        ),
        options: |reference: &Reference| {
            arguments.question.options(
                reference,
                arguments.trust.gives_keys(),
                arguments.trust.tagged(),
                &limits,
                counter.clone(),
            )
        },
    };
    let judged = counter.during(printer, judge.judge(&found, &limits)).await;
    let judged = judged.map_err(|error| error.problem())?;
    for (reference, refused) in &judged.refused {
        printer.note(&format!("{reference} is verified anew, no summary answers: {refused}"));
    }
    let strict = (arguments.strict && !found.not_judged.is_empty()).then(|| {
        let what = match found.not_judged.len() {
            1 => "a part of the manifests was not judged".to_owned(),
            count => format!("{count} parts of the manifests were not judged"),
        };
        Problem::new(Id::AdmitNotJudged, what)
            .hint("leave `--strict` out to accept what is listed as not judged")
    });
    let admission = Admission {
        report: Report {
            trust: &trust,
            policy: rules.policy,
            exceptions: rules.excuses(&judged.excused, printer),
            effective_time: arguments.trust.effective_time,
            images: judged.images,
        },
        uses: judged.uses,
        refused: std::mem::take(&mut found.refused),
        not_judged: std::mem::take(&mut found.not_judged),
        strict,
        objects: found.objects,
    };
    let exit = admission.exit();
    // Whoever pipes manifests on gets them whole or gets nothing; the result is then talk.
    let resolved = if arguments.resolve {
        printer.aside(|style| report::admission(&admission, style));
        match exit {
            Exit::Pass => {
                pinned(&inputs, &found, &admission.report.images).map_err(|error| error.problem())?
            }
            _ => String::new(),
        }
    } else {
        String::new()
    };
    let instead = arguments.resolve.then_some(Data::Raw(resolved.as_bytes()));
    // A result that cannot be written does not hide a worse verdict.
    Ok(match arguments.output.write_admission(&admission, instead, printer) {
        Ok(()) => exit,
        Err(problem) => {
            printer.problem(&problem);
            exit.max(problem.exit())
        }
    })
}
