//! `dhi admit`: judges the images of manifests before a deployment. Nothing is applied.

use clap::{Args, Subcommand};

use super::facts_file::check_manifests;
use super::judging::{JudgingArguments, Outcome};
use super::output::write_data;
use super::printer::{Data, Printer};
use crate::admission::{Admission, Use, UsedImage, find, judge, overrides, pinned, read};
use crate::diagnostic::{Diagnostic, Exit};
use crate::gate::Decided;
use crate::oci::{Digest, Reference};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Verify every image of Kubernetes manifests and Compose files; nothing is applied
    Check(Box<CheckArguments>),
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
The exit codes are those of `dhi verify`. It is 2 if there is no Kubernetes object or Compose service. \
docs/schemas/admit-2.json is the schema of `--format json`.")]
pub(super) struct CheckArguments {
    /// Manifests: a file, a directory (all `*.yaml`, `*.yml` and `*.json` below it), or `-` for standard input
    #[arg(required = true, value_name = "FILE", value_hint = clap::ValueHint::AnyPath)]
    files: Vec<String>,

    /// Print the manifests with the verified digests
    ///
    /// They are printed if everything passed, with the digests appended to the images.
    #[arg(long)]
    resolve: bool,

    /// Fail if something was not judged
    #[arg(long)]
    strict: bool,

    #[command(flatten)]
    judging: JudgingArguments,
}

pub(super) async fn run(command: Command, printer: &Printer) -> Result<Exit, Diagnostic> {
    let Command::Check(arguments) = command;
    let CheckArguments { files, resolve, strict, judging: flags } = *arguments;
    flags.output.apply_quiet(printer);
    let (inputs, unread) = read(&files, std::io::stdin().lock())?;
    for input in &inputs {
        check_manifests(&input.file, &input.text)?;
    }
    for path in overrides(&files) {
        printer.note(&format!("docker compose also reads `{path}`, which was not given"));
    }
    let mut found = find(&inputs, &unread)?;
    let judging = flags.open(printer).await?;
    let gate = judging.gate();
    let mut results = flags.output.admission(judging.run(None), resolve, printer)?;

    let mut outcome = Outcome::new();
    let mut digests: Vec<(Reference, Option<Digest>)> = Vec::new();
    let done = |decided: Decided, uses: &[Use]| {
        let digest = decided.result.as_ref().ok().map(|decision| decision.source.pin());
        digests.extend(digest.map(|digest| (decided.reference.clone(), digest)));
        let image = judging.image(decided, &mut outcome);
        outcome.add(&image);
        results.add(UsedImage { image: &image, uses }, printer);
    };
    let session = &judging.session;
    let options = |reference: &Reference| judging.options(reference);
    judge(&found, &gate, &session.registry, options, &session.limits, done).await?;

    judging.excuse_texts(&mut found.not_judged, &mut outcome);
    let exceptions = judging.applied_exceptions(&outcome);
    let admission = Admission {
        exceptions,
        images: outcome.tally,
        refused: std::mem::take(&mut found.refused),
        not_judged: std::mem::take(&mut found.not_judged),
        strict,
        objects: found.objects,
    };
    let exit = admission.tally().exit();
    let mut failures = results.finish(&admission, printer);
    // A pipe receives the complete manifests or nothing.
    if resolve && exit == Exit::Pass {
        let resolved = pinned(&inputs, &found, &digests)?;
        failures.extend(write_data(Data::Raw(resolved.as_bytes()), printer).err());
    }
    // A failed write does not hide a more severe verdict.
    Ok(printer.report_failures(exit, failures))
}
