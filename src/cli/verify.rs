//! `dhi verify`: judges every reference, even after another one failed. The exit code is the most severe one.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::pin::pin;

use clap::Args;
use futures_util::StreamExt;

use super::judging::{JudgingArguments, Outcome};
use super::location::location;
use super::printer::Printer;
use super::references::{Given, References, Request};
use super::vsa_output::EmitArguments;
use crate::diagnostic::{Diagnostic, Exit};
use crate::report::{Image, Location, VerifyEnd};
use crate::verify::{KeepStatements, Options};

#[derive(Debug, Args)]
#[command(after_long_help = super::exit_codes::text())]
pub(super) struct Arguments {
    /// What to verify: `NAME[:TAG][@DIGEST]`, `oci:DIR[:NAME]` (layout directory), `archive:FILE[:NAME]` (archive of
    /// a layout), `docker-daemon:NAME[:TAG]` (image of the local engine)
    #[arg(required_unless_present = "from", value_name = "REF", add = super::completion::references())]
    references: Vec<String>,

    /// Verify the references in FILE (`-`: standard input)
    ///
    /// They are verified in addition to REF. FILE has one reference on each line; blank lines and `#` comments are
    /// skipped.
    #[arg(long, value_name = "FILE|-", value_hint = clap::ValueHint::FilePath)]
    from: Option<String>,

    #[command(flatten)]
    judging: JudgingArguments,

    /// The file that names the image: SARIF results and GitHub annotations point to it (default: the list of `--from`)
    #[arg(long, value_name = "FILE[:LINE]", value_parser = location, help_heading = "Output")]
    location: Option<Location>,

    /// Print the equivalent cosign commands instead of the result
    #[arg(long, help_heading = None::<&str>, conflicts_with_all = ["quiet", "format"])]
    print_cosign: bool,

    /// Record in the JSON document what policies read, for `dhi policy eval`: statements, manifests, configurations
    #[arg(long, help_heading = "Output", conflicts_with_all = ["quiet", "print_cosign"])]
    facts: bool,

    #[command(flatten)]
    emit: EmitArguments,
}

pub(super) async fn run(arguments: Arguments, printer: &Printer) -> Result<Exit, Diagnostic> {
    let Arguments { references, from, judging: flags, location, print_cosign, facts, emit } = arguments;
    flags.output.apply_quiet(printer);
    let references = References::read(&references, from.as_deref())?;
    flags.output.check_facts(facts)?;
    let judging = flags.open(printer).await?;
    let gate = judging.gate();
    let mut emitter = emit.open(&references.distinct, &flags, &judging.session, &gate).await?;
    let cosign = judging.cosign();
    let (run, cosign) = (judging.run(location.as_ref()), print_cosign.then_some(&cosign));
    let mut results = flags.output.verify(run, &references, cosign, &emit.files(), printer)?;

    let mut outcome = Outcome::new();
    let session = &judging.session;
    let References { given, distinct } = references;
    printer.progress().images(distinct.len());
    let questions = distinct.into_iter().map(|reference| {
        let options = judging.options(&reference);
        let options = match facts {
            true => Options { keep_statements: KeepStatements::All, keep_documents: true, ..options },
            false => options,
        };
        (reference, options)
    });
    let mut decisions = pin!(gate.decide_all(&session.registry, questions, session.limits.images_at_once));
    // The results of references that are given again later.
    let mut kept: HashMap<usize, (Image, usize)> = HashMap::new();
    for Given { place, request } in given {
        let mut show = |image: &Image, outcome: &mut Outcome| {
            outcome.add(image);
            results.add(image, printer);
        };
        match request {
            Request::Malformed(image) => show(&image, &mut outcome),
            Request::First { number, repeats } => {
                let Some(decided) = decisions.next().await else { break };
                if let Some(emitter) = &mut emitter {
                    emitter.prepare(&decided, &gate);
                }
                let image = Image { place, ..judging.image(decided, &mut outcome) };
                show(&image, &mut outcome);
                if repeats > 0 {
                    kept.insert(number, (image, repeats));
                }
            }
            Request::Again { number } => {
                if let Entry::Occupied(mut known) = kept.entry(number) {
                    let (image, left) = known.get_mut();
                    image.place = place;
                    show(image, &mut outcome);
                    *left -= 1;
                    if *left == 0 {
                        known.remove();
                    }
                }
            }
        }
    }

    let mut failures = match emitter {
        Some(emitter) => emitter.emit(session, &gate).await,
        None => Vec::new(),
    };
    let (exceptions, tally) = (judging.applied_exceptions(&outcome), &outcome.tally);
    failures.extend(results.finish(VerifyEnd { exceptions: &exceptions, tally }, printer));
    // A failed write does not hide a more severe verdict.
    Ok(printer.report_failures(tally.exit(), failures))
}
