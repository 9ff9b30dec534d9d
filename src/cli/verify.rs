//! `dhi verify`: judges every reference, even after another one failed. The exit code is the most severe one.

use std::future::ready;

use clap::Args;
use futures_util::StreamExt;

use super::judging::{JudgingArguments, Outcome};
use super::printer::Printer;
use super::selection::reference;
use super::vsa_output::EmitArguments;
use crate::diagnostic::{Diagnostic, Exit};
use crate::oci::Reference;
use crate::report::VerifyEnd;

#[derive(Debug, Args)]
#[command(after_long_help = super::exit_codes::text())]
pub(super) struct Arguments {
    /// What to verify: `NAME[:TAG][@DIGEST]`, `oci:DIR[:NAME]` (layout directory), `archive:FILE[:NAME]` (archive of
    /// a layout), `docker-daemon:NAME[:TAG]` (image of the local engine)
    #[arg(required = true, value_name = "REF", add = super::completion::references())]
    references: Vec<String>,

    #[command(flatten)]
    judging: JudgingArguments,

    /// Print the equivalent cosign commands instead of the result
    #[arg(long, help_heading = None::<&str>)]
    print_cosign: bool,

    #[command(flatten)]
    emit: EmitArguments,
}

pub(super) async fn run(arguments: Arguments, printer: &Printer) -> Result<Exit, Diagnostic> {
    let Arguments { references, judging: flags, print_cosign, emit } = arguments;
    let references: Vec<Reference> =
        references.iter().map(|text| reference(text)).collect::<Result<_, _>>()?;
    let judging = flags.open(printer).await?;
    let gate = judging.gate();
    let mut emitter = emit.open(&references, &flags, &judging.session, &gate).await?;
    let cosign = judging.cosign();
    let several = references.len() > 1;
    let (run, cosign) = (judging.run(), print_cosign.then_some(&cosign));
    let mut results = flags.output.verify(run, several, cosign, &emit.files(), printer)?;

    let mut outcome = Outcome::new();
    let session = &judging.session;
    let questions = references.into_iter().map(|reference| {
        let options = judging.options(&reference);
        (reference, options)
    });
    let decisions = gate.decide_all(&session.registry, questions, session.limits.images_at_once);
    let work = decisions.for_each(|decided| {
        if let Some(emitter) = &mut emitter {
            emitter.prepare(&decided, &gate);
        }
        judging.take(decided, &mut outcome, |image| results.add(image, printer));
        ready(())
    });
    judging.during(work).await;

    let mut failures = match emitter {
        Some(emitter) => emitter.emit(session, &gate).await,
        None => Vec::new(),
    };
    let (exceptions, tally) = (judging.applied_exceptions(&outcome), &outcome.tally);
    failures.extend(results.finish(VerifyEnd { exceptions: &exceptions, tally }, printer));
    // A failed write does not hide a more severe verdict.
    Ok(printer.report_failures(tally.exit(), failures))
}
