//! The flags of `dhi verify` and `dhi admit check`, and one run that judges images with them.

use std::collections::BTreeSet;
use std::sync::Arc;

use clap::Args;

use super::output::OutputArguments;
use super::policy::{PolicyArguments, PolicySettings};
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
    pub(super) selection: SelectionArguments,

    #[command(flatten)]
    pub(super) policy: PolicyArguments,

    #[command(flatten)]
    pub(super) trust: TrustArguments,

    #[command(flatten)]
    pub(super) access: RegistryArguments,

    #[command(flatten)]
    pub(super) output: OutputArguments,
}

/// One run that judges images. All files, keys and registries that the flags name are read and opened.
pub(super) struct Judging<'a> {
    pub(super) session: Session<'a>,
    arguments: &'a JudgingArguments,
    policy_settings: PolicySettings,
    memory: Memory,
    counter: Arc<Counter>,
    plain_hosts: Vec<String>,
}

/// What is kept of each decision until the last one is made.
pub(super) struct Outcome {
    /// The conclusions of all decisions.
    pub(super) tally: Tally,
    /// Indexes of the exceptions that were used.
    excused: BTreeSet<usize>,
}

impl JudgingArguments {
    /// Reads and opens everything that the flags name: policy files first, then trust, then registries.
    pub(super) async fn open<'a>(&'a self, printer: &'a Printer) -> Result<Judging<'a>, Diagnostic> {
        let session = self.access.session(printer)?;
        let policy_settings = self.policy.read(&self.selection, &self.trust, &session).await?;
        let session = session.with_trust(&self.trust).await?.with_registry(&self.access)?;
        Ok(Judging {
            session,
            arguments: self,
            policy_settings,
            memory: Memory::default(),
            counter: Counter::new(printer),
            plain_hosts: self.access.plain_hosts()?,
        })
    }
}

impl Judging<'_> {
    /// The gate that decides about each image.
    pub(super) fn gate(&self) -> Gate<'_> {
        let Self { session, arguments, policy_settings, memory, .. } = self;
        let JudgingArguments { selection, policy, trust, .. } = arguments;
        Gate {
            trust: &session.trust,
            policy: policy_settings.policy,
            requirements: Requirements { require_root_signature: policy.require_index_signature },
            base: policy.base.options(&selection.namespace, trust, &session.limits, memory),
            exceptions: &policy_settings.exceptions,
            enforce_from: policy_settings.enforce_from,
            now: policy_settings.now,
            effective_time: trust.effective_time,
            offline: session.is_offline(),
            accept: policy_settings.accept.as_ref(),
        }
    }

    /// The verification options for `reference`.
    pub(super) fn options(&self, reference: &Reference) -> Options {
        let JudgingArguments { selection, policy, trust, .. } = self.arguments;
        Options {
            judge_bundles: trust.gives_keys(),
            tagged: trust.tagged(),
            root_annotations: policy.root_annotations(),
            limits: self.session.limits.clone(),
            memory: self.memory.clone(),
            progress: Some(self.counter.clone()),
            ..selection.options(reference)
        }
    }

    /// The parameters of the equivalent cosign commands.
    pub(super) fn cosign(&self) -> Cosign<'_> {
        self.arguments.trust.cosign(&self.session.trust, &self.plain_hosts)
    }

    /// The facts about the run that reports show.
    pub(super) fn run(&self) -> Run<'_> {
        Run {
            words: &CommandWords,
            trust: &self.session.trust,
            policy: self.policy_settings.policy,
            effective_time: self.arguments.trust.effective_time,
        }
    }

    /// Waits for `decisions` and shows progress on standard error.
    pub(super) async fn during<D>(&self, decisions: impl Future<Output = D>) -> D {
        self.counter.during(self.session.printer, decisions).await
    }

    /// Adds one decision to `outcome`, and calls `show` to print its result.
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
        self.counter.suspended(|| {
            if let Some(refused) = refused {
                let reference = &image.reference;
                let note = format!("{reference} is verified, since no summary is accepted: {refused}");
                self.session.printer.note(&note);
            }
            show(&image);
        });
    }

    /// Applies exceptions to texts of manifests that are not judged.
    pub(super) fn excuse_texts(&self, not_judged: &mut [NotJudged], outcome: &mut Outcome) {
        let PolicySettings { exceptions, now, .. } = &self.policy_settings;
        let excused = not_judged.iter_mut().filter_map(|item| item.excuse(exceptions, *now));
        outcome.excused.extend(excused);
    }

    /// The status of each exception.
    pub(super) fn applied_exceptions(&self, outcome: &Outcome) -> Vec<AppliedException> {
        self.policy_settings.applied_exceptions(&outcome.excused, self.session.printer)
    }
}

impl Outcome {
    pub(super) fn new() -> Self {
        Self { tally: Tally::default(), excused: BTreeSet::new() }
    }
}
