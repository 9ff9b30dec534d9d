//! The flags of `dhi verify` and `dhi admit check`, and one run that judges images with them.

use std::collections::BTreeSet;

use clap::Args;
use jiff::Timestamp;

use super::hint_texts::CommandHints;
use super::policy_arguments::PolicyArguments;
use super::printer::Printer;
use super::registry_options::RegistryArguments;
use super::selection::SelectionArguments;
use super::session::Session;
use super::trust::TrustArguments;
use super::verdict_output::OutputArguments;
use super::verifier::build;
use crate::admission::NotJudged;
use crate::diagnostic::{Diagnostic, closest};
use crate::evidence::Tally;
use crate::gate::{Decided, Decision, Gate, Verifier};
use crate::oci::Reference;
use crate::policy::ExceptionStatus;
#[cfg(feature = "rego")]
use crate::policy::rego::Evaluated;
use crate::report::{AppliedException, Cosign, Image, Location, Run, RunPolicies};
use crate::verify::Options;

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
    verifier: Verifier,
    policies: RunPolicies,
    now: Timestamp,
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
        let builder = Verifier::builder()
            .limits(session.limits.clone())
            .offline(session.is_offline())
            .progress(printer.progress().clone());
        let builder = self.policy.add_to(self.selection.add_to(builder), &session).await?;
        let verifier = build(self.trust.add_to(builder, &session).await?)?;
        let now = Timestamp::now();
        let session = session.with_trust(&verifier, now).with_registry(&self.access)?;
        let plain_hosts = self.access.plain_hosts()?;
        let policies = RunPolicies::new(verifier.policy(), verifier.added_policies());
        Ok(Judging { session, arguments: self, verifier, policies, now, plain_hosts })
    }
}

impl Judging<'_> {
    /// The gate that decides about each image.
    pub(super) fn gate(&self) -> Gate<'_> {
        self.verifier.gate(&self.session.trust, self.now)
    }

    /// The verification options for `reference`.
    pub(super) fn options(&self, reference: &Reference) -> Options {
        self.verifier.options(reference)
    }

    /// The parameters of the equivalent cosign commands.
    pub(super) fn cosign(&self) -> Cosign<'_> {
        self.arguments.trust.cosign(&self.session.trust, &self.plain_hosts)
    }

    /// The facts about the run that reports show. `location` is the file that names all references.
    pub(super) fn run<'a>(&'a self, location: Option<&'a Location>) -> Run<'a> {
        Run {
            location,
            texts: &CommandHints,
            trust: &self.session.trust,
            policies: &self.policies,
            effective_time: self.arguments.trust.effective_time,
        }
    }

    /// The result of one decision. Its exceptions are added to `outcome`.
    pub(super) fn image(&self, decided: Decided, outcome: &mut Outcome) -> Image {
        self.session.printer.progress().image_done();
        let Decided { reference, result, .. } = decided;
        let (result, base, refused) = match result {
            Ok(decision) => {
                let Decision { source, verdict, base, vsa_rejection: refused, .. } = decision;
                outcome.excused.extend(decision.used_exceptions);
                #[cfg(feature = "rego")]
                self.print(&decision.evaluated);
                (Ok((source, verdict)), base, refused)
            }
            Err(error) => (Err(error.diagnostic_for(&reference)), None, None),
        };
        if let Some(refused) = refused {
            let note = format!("{reference} is verified, since no summary is accepted: {refused}");
            self.session.printer.note(&note);
        }
        Image { reference: reference.into(), result, base, place: None }
    }

    /// Prints what policies print, if their settings ask for it.
    #[cfg(feature = "rego")]
    fn print(&self, evaluated: &[Evaluated]) {
        for policy in evaluated {
            let evaluations = policy.results().iter().filter_map(|(_, result)| result.as_ref().ok());
            for line in evaluations.flat_map(|evaluation| &evaluation.prints) {
                self.session.printer.note(&format!("{}: {line}", policy.policy().metadata().name));
            }
        }
    }

    /// Applies exceptions to texts of manifests that are not judged.
    pub(super) fn excuse_texts(&self, not_judged: &mut [NotJudged], outcome: &mut Outcome) {
        let exceptions = self.verifier.exceptions();
        let excused = not_judged.iter_mut().filter_map(|item| item.excuse(exceptions, self.now));
        outcome.excused.extend(excused);
    }

    /// What a note says about an exception for a policy that is not evaluated.
    fn not_evaluated(&self, policy: Option<&str>) -> Option<String> {
        let evaluated = || self.policies.added().iter().map(|added| added.name.as_str());
        let policy = policy.filter(|policy| !evaluated().any(|name| name == *policy))?;
        let meant = closest(policy, evaluated()).map(|name| format!("; did you mean `{name}`?"));
        Some(format!(": the policy `{policy}` is not evaluated{}", meant.unwrap_or_default()))
    }

    /// The status of each exception. Prints a note for each that was not used.
    pub(super) fn applied_exceptions(&self, outcome: &Outcome) -> Vec<AppliedException> {
        let all = self.verifier.exceptions();
        let applied = all.statuses(&outcome.excused, self.now).map(|(exception, outcome)| AppliedException {
            target: exception.to_string(),
            is_text: exception.is_about_text(),
            check: exception.check,
            policy: exception.policy.clone(),
            reason: exception.reason.clone(),
            expires: exception.expires.to_string(),
            outcome,
        });
        let applied: Vec<AppliedException> = applied.collect();
        for exception in applied.iter().filter(|exception| exception.outcome != ExceptionStatus::Used) {
            let other = self.not_evaluated(exception.policy.as_deref()).unwrap_or_default();
            self.session.printer.note(&format!(
                "the exception for `{}` ({}) of {} is {}{other}",
                exception.target,
                exception.check,
                all.origin(),
                exception.outcome.as_str()
            ));
        }
        applied
    }
}

impl Outcome {
    pub(super) fn new() -> Self {
        Self { tally: Tally::default(), excused: BTreeSet::new() }
    }

    /// Counts one result.
    pub(super) fn add(&mut self, image: &Image) {
        self.tally.add(&image.conclusion(), image.exit());
    }
}
