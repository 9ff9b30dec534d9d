//! `dhi policy eval`: evaluates policies for the images of one reference.
//!
//! The images are verified first, as `dhi verify` does it with the same flags. Policies in Rego are added to the policy
//! that decides.

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use jiff::Timestamp;

use super::super::base::BaseArguments;
use super::super::hint_texts::CommandHints;
use super::super::printer::Printer;
use super::super::registry_options::RegistryArguments;
use super::super::selection::{parsed, reference, repository};
use super::super::trust::TrustArguments;
use super::super::verifier::build;
use super::named::NamedPolicy;
use super::output::OutputArguments;
use super::sources::{Policies, SourceArguments, built_in, read};
use crate::diagnostic::{Code, Diagnostic, Exit, IoCause, Remedy};
use crate::gate::evaluator::Evaluator;
use crate::gate::{Decision, Verifier, VerifierBuilder};
use crate::oci::{Platform, Reference, Repository};
use crate::policy::rego::{Evaluated, RegoPolicy};
use crate::policy::{BuiltIn, PolicySet, PolicySource};
use crate::report::{EvaluatedImage, Image, PolicyProof, PolicyRun, Run, RunPolicies};

#[derive(Debug, Args)]
#[command(after_long_help = "\
Without a flag that names policies, all built-in ones are evaluated. The image is verified as `dhi verify` does
it: a policy never passes an image that is not hardened, not built on a hardened image and not signed by a key
of the command line.")]
pub(in crate::cli) struct Arguments {
    /// Image: `NAME[:TAG][@DIGEST]`, `oci:DIR[:NAME]`, `archive:FILE[:NAME]` or `docker-daemon:NAME[:TAG]`
    #[arg(value_name = "REF", add = super::super::completion::references())]
    target: String,

    /// Policy by name, or Rego file (repeatable)
    ///
    /// `attested` or `signed` decide instead of `dhi-or-dhi-based`. `dhi policy list` lists the others.
    #[arg(long, value_name = "NAME|FILE", value_parser = NonEmptyStringValueParser::new(), help_heading = "Policies")]
    policy: Vec<String>,

    #[command(flatten)]
    sources: SourceArguments,

    /// Accepted as `docker scout policy` has it, without effect: the exit code is always 1 if a policy does not hold
    #[arg(long, short, help_heading = "Policies")]
    exit_code: bool,

    /// Exit with 0 whatever policies decide
    ///
    /// Files that cannot be used, images that do not exist and bad proofs keep their exit codes.
    #[arg(long, help_heading = "Policies")]
    report_only: bool,

    /// Only this platform (repeatable; default: all)
    #[arg(long, value_name = "OS/ARCH[/VARIANT]", value_parser = parsed::<Platform>, value_delimiter = ',')]
    platform: Vec<Platform>,

    /// Accept customizations of ORG
    ///
    /// An image that this organisation customized counts as a hardened image. Repeatable.
    #[arg(long, value_name = "ORG", visible_alias = "org", value_parser = NonEmptyStringValueParser::new())]
    namespace: Vec<String>,

    /// Require this name in the signed payloads, such as `dhi/python`
    #[arg(long, value_name = "NAME")]
    signed_name: Option<String>,

    /// Read attestations and signatures of the image only from REPO
    #[arg(long, value_name = "REPO", value_parser = repository)]
    attestations: Option<Repository>,

    #[command(flatten)]
    bases: BaseArguments,

    #[command(flatten)]
    trust: TrustArguments,

    #[command(flatten)]
    access: RegistryArguments,

    #[command(flatten)]
    output: OutputArguments,
}

pub(super) async fn run(arguments: Arguments, printer: &Printer) -> Result<Exit, Diagnostic> {
    arguments.output.apply_quiet(printer);
    arguments.output.check()?;
    let reference = reference(&arguments.target)?;
    let session = arguments.access.session(printer)?.with_registry(&arguments.access)?;
    let (deciding, named) = arguments.named(&session).await?;
    let decides = deciding.unwrap_or(BuiltIn::DhiOrDhiBased);
    let policies = arguments.sources.load(named, Some(decides.as_str()), &session).await?;
    let prints = policies.debug || printer.is_verbose();
    let builder = Verifier::builder()
        .limits(session.limits.clone())
        .offline(session.is_offline())
        .progress(printer.progress().clone());
    let builder = arguments.add_to(builder, deciding, &policies, prints)?;
    let verifier = build(arguments.trust.add_to(builder, &session).await?)?;
    let now = Timestamp::now();
    let session = session.with_trust(&verifier, now);
    let gate = verifier.gate(&session.trust, now);
    let decided = gate.decide(&session.registry, &reference, &verifier.options(&reference)).await;
    let (images, image) = match decided {
        Ok(decision) => evaluated(decision, &reference, &policies.set),
        Err(error) => {
            let result = Err(error.diagnostic_for(&reference));
            (Vec::new(), Image { reference: reference.clone().into(), result, base: None, place: None })
        }
    };
    let run_policies = RunPolicies::new(verifier.policy(), verifier.added_policies());
    let run = Run {
        location: None,
        texts: &CommandHints,
        trust: &session.trust,
        policies: &run_policies,
        effective_time: arguments.trust.effective_time,
    };
    let run = PolicyRun {
        texts: &CommandHints,
        target: reference.to_string(),
        proof: PolicyProof::Verified { run, image: &image },
        set: &policies.set,
        images,
        prints,
        effective_time: arguments.trust.effective_time,
    };
    Ok(arguments.finish(&run, printer))
}

/// The results for each image, and the result of the verification.
fn evaluated(decision: Decision, reference: &Reference, set: &PolicySet) -> (Vec<EvaluatedImage>, Image) {
    let results = decision.evaluated();
    let of = |name: &str| results.iter().find(|of_policy| of_policy.policy().metadata().name == name);
    let images =
        decision.evidence().into_iter().flat_map(|evidence| evidence.images()).map(|(key, platform)| {
            let result = |name: &str| {
                let results = of(name).map(Evaluated::results).unwrap_or_default();
                results.iter().find(|(known, _)| *known == key).map(|(_, result)| result)
            };
            EvaluatedImage::new(reference.to_string(), platform.label(), key, set, result)
        });
    let images = images.collect();
    let Decision { source, verdict, base, .. } = decision;
    (images, Image { reference: reference.clone().into(), result: Ok((source, verdict)), base, place: None })
}

impl Arguments {
    /// The policy that decides, if it is named, and the policies in Rego of `--policy`.
    async fn named<R, T>(
        &self,
        session: &super::super::session::Session<'_, R, T>,
    ) -> Result<(Option<BuiltIn>, Vec<(RegoPolicy, PolicySource)>), Diagnostic> {
        let mut deciding: Option<BuiltIn> = None;
        let mut policies = Vec::new();
        for text in &self.policy {
            match NamedPolicy::parse(text)? {
                NamedPolicy::Deciding(policy) => match deciding.replace(policy) {
                    Some(first) if first != policy => {
                        let (first, second) = (first.as_str(), policy.as_str());
                        let what = format!("`--policy {first}` and `--policy {second}` decide differently");
                        let text = format!("name one of them: `--policy {first}`");
                        let diagnostic = Diagnostic::new(Code::USAGE_ARGUMENTS, what);
                        return Err(diagnostic.remedy(Remedy::ChangeCommandLine { text }));
                    }
                    _ => {}
                },
                NamedPolicy::Rego(policy) => policies.push((built_in(policy)?, PolicySource::BuiltIn)),
                NamedPolicy::File(file) => policies.push((read(&file, session).await?, PolicySource::File)),
            }
        }
        Ok((deciding, policies))
    }

    /// Adds what is verified and evaluated to `builder`.
    fn add_to(
        &self,
        builder: VerifierBuilder,
        deciding: Option<BuiltIn>,
        policies: &Policies,
        prints: bool,
    ) -> Result<VerifierBuilder, Diagnostic> {
        let builder = self.platform.iter().cloned().fold(builder, VerifierBuilder::platform);
        let builder = self.namespace.iter().cloned().fold(builder, VerifierBuilder::namespace);
        let builder = self.signed_name.iter().cloned().fold(builder, VerifierBuilder::signed_name);
        let builder = self.attestations.iter().cloned().fold(builder, VerifierBuilder::attestations);
        let builder = deciding.into_iter().fold(self.bases.add_to(builder), VerifierBuilder::policy);
        let selected = policies.set.policies().iter().map(|selected| selected.policy.clone());
        let builder = selected.fold(builder, VerifierBuilder::rego);
        Ok(builder.evaluator(evaluator()?).prints(prints))
    }

    /// Writes all outputs, and returns the exit code.
    fn finish(&self, run: &PolicyRun<'_>, printer: &Printer) -> Exit {
        let exit = if self.report_only { run.exit_without_results() } else { run.exit() };
        let failures = self.output.write(run, exit, printer);
        printer.report_failures(exit, failures)
    }
}

/// Evaluates in processes of this program.
fn evaluator() -> Result<Evaluator, Diagnostic> {
    let program = std::env::current_exe().map_err(|error| {
        let what = format!("the path of this program is unknown: {}", IoCause(&error));
        Diagnostic::new(Code::BUG_INTERNAL, what)
    })?;
    Ok(Evaluator::program(program))
}
