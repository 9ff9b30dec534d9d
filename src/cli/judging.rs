//! The flags of commands that judge images, and the run that they describe.

use std::collections::BTreeSet;
use std::sync::Arc;

use clap::Args;

use super::output::OutputArguments;
use super::policy::{PolicyArguments, Rules};
use super::printer::Printer;
use super::progress::Counter;
use super::registry_options::RegistryArguments;
use super::remedies::CommandWords;
use super::selection::SelectionArguments;
use super::session::Session;
use super::trust::TrustArguments;
use crate::admission::NotJudged;
use crate::diagnostic::Diagnostic;
use crate::evidence::{Requirements, Tally};
use crate::gate::{Decided, Decision, Gate};
use crate::oci::Reference;
use crate::report::{AppliedException, Cosign, Image, Run};
use crate::verify::{Memory, Options};

#[derive(Debug, Args)]
pub(super) struct JudgingArguments {
    #[command(flatten)]
    pub(super) question: SelectionArguments,

    #[command(flatten)]
    pub(super) policy: PolicyArguments,

    #[command(flatten)]
    pub(super) trust: TrustArguments,

    #[command(flatten)]
    pub(super) access: RegistryArguments,

    #[command(flatten)]
    pub(super) output: OutputArguments,
}

/// One run that judges images: everything that the flags name, read and opened.
pub(super) struct Judging<'a> {
    pub(super) session: Session<'a>,
    arguments: &'a JudgingArguments,
    rules: Rules,
    memory: Memory,
    counter: Arc<Counter>,
    plain_hosts: Vec<String>,
}

/// What is kept of all decisions until the last one is made.
pub(super) struct Outcome {
    /// Their conclusions.
    pub(super) tally: Tally,
    /// Places of the exceptions that were used.
    excused: BTreeSet<usize>,
}

impl JudgingArguments {
    /// Reads and opens everything that the flags name.
    pub(super) async fn open<'a>(&'a self, printer: &'a Printer) -> Result<Judging<'a>, Diagnostic> {
        let session = self.access.session(printer)?;
        let rules = self.policy.read(&self.question, &self.trust, &session).await?;
        let session = session.with_trust(&self.trust).await?.with_registry(&self.access)?;
        Ok(Judging {
            session,
            arguments: self,
            rules,
            memory: Memory::default(),
            counter: Counter::new(printer),
            plain_hosts: self.access.plain_hosts()?,
        })
    }
}

impl Judging<'_> {
    /// What decides about each image.
    pub(super) fn gate(&self) -> Gate<'_> {
        let Self { session, arguments, rules, memory, .. } = self;
        let JudgingArguments { question, policy, trust, .. } = arguments;
        Gate {
            trust: &session.trust,
            policy: rules.policy,
            requirements: Requirements { require_root_signature: policy.require_index_signature },
            base: policy.base.options(&question.namespace, trust, &session.limits, memory),
            exceptions: &rules.exceptions,
            enforce_from: rules.enforce_from,
            now: rules.now,
            effective_time: trust.effective_time,
            offline: session.is_offline(),
            accept: rules.accept.as_ref(),
        }
    }

    /// What is asked about `reference`.
    pub(super) fn options(&self, reference: &Reference) -> Options {
        let JudgingArguments { question, policy, trust, .. } = self.arguments;
        Options {
            judge_bundles: trust.gives_keys(),
            tagged: trust.tagged(),
            root_annotations: policy.root_annotations(),
            limits: self.session.limits.clone(),
            memory: self.memory.clone(),
            progress: Some(self.counter.clone()),
            ..question.options(reference)
        }
    }

    /// What cosign has to be told for the same checks.
    pub(super) fn cosign(&self) -> Cosign<'_> {
        self.arguments.trust.cosign(&self.session.trust, &self.plain_hosts)
    }

    /// What reports say of the run as a whole.
    pub(super) fn run(&self) -> Run<'_> {
        Run {
            words: &CommandWords,
            trust: &self.session.trust,
            policy: self.rules.policy,
            effective_time: self.arguments.trust.effective_time,
        }
    }

    /// Waits for `decisions`, with progress on standard error.
    pub(super) async fn during<D>(&self, decisions: impl Future<Output = D>) -> D {
        self.counter.during(self.session.printer, decisions).await
    }

    /// Takes one decision into `outcome`, and has `show` print the result of it.
    pub(super) fn take(&self, decided: Decided, outcome: &mut Outcome, show: impl FnOnce(&Image)) {
        let Decided { reference, result, .. } = decided;
        let (result, refused) = match result {
            Ok(Decision { basis, verdict, excused, refused, .. }) => {
                outcome.excused.extend(excused);
                (Ok((basis, verdict)), refused)
            }
            Err(error) => (Err(error.diagnostic_for(&reference)), None),
        };
        let image = Image { reference, result };
        outcome.tally.add(&image.conclusion(), image.exit());
        self.counter.aside(|| {
            if let Some(refused) = refused {
                let reference = &image.reference;
                let note = format!("{reference} is verified anew, no summary answers: {refused}");
                self.session.printer.note(&note);
            }
            show(&image);
        });
    }

    /// Has exceptions excuse texts of manifests that are not judged.
    pub(super) fn excuse_texts(&self, left: &mut [NotJudged], outcome: &mut Outcome) {
        let Rules { exceptions, now, .. } = &self.rules;
        let excused = left.iter_mut().filter_map(|one| one.excuse(exceptions, *now));
        outcome.excused.extend(excused);
    }

    /// What became of each exception.
    pub(super) fn excuses(&self, outcome: &Outcome) -> Vec<AppliedException> {
        self.rules.excuses(&outcome.excused, self.session.printer)
    }
}

impl Outcome {
    pub(super) fn new() -> Self {
        Self { tally: Tally::default(), excused: BTreeSet::new() }
    }
}
