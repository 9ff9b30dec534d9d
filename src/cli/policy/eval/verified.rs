//! Evaluates policies for an image that is verified.

use jiff::Timestamp;

use super::super::super::evaluator::evaluator;
use super::super::super::hint_texts::CommandHints;
use super::super::super::named_policies::NamedPolicies;
use super::super::super::printer::Printer;
use super::super::super::selection::reference;
use super::super::super::session::Session;
use super::super::super::verifier::build;
use super::super::sources::Defaults;
use super::Arguments;
use super::findings::findings;
use crate::diagnostic::{Diagnostic, Exit};
use crate::evidence::Evidence;
use crate::gate::{Decision, Verifier, VerifierBuilder};
use crate::oci::Reference;
use crate::policy::rego::Evaluated;
use crate::policy::{BuiltIn, PolicySet};
use crate::registry::Router;
use crate::report::{EvaluatedImage, Image, PolicyProof, PolicyRun, Run, RunPolicies};

/// Verifies the image, evaluates the policies, and writes the results.
pub(super) async fn run(arguments: &Arguments, printer: &Printer) -> Result<Exit, Diagnostic> {
    let reference = reference(&arguments.target)?;
    let named = NamedPolicies::of(&arguments.policy, printer)?;
    let session = arguments.access.session(printer)?.with_registry(&arguments.access)?;
    let first = arguments.read(&named, &session).await?;
    let decides = named.deciding.unwrap_or(BuiltIn::DhiOrDhiBased);
    let defaults = Defaults { decides: Some(decides.as_str()), all: false };
    let policies = arguments.sources.load(first, defaults, &session).await?;
    let prints = policies.debug || printer.is_verbose();
    let builder = arguments.verifying(&session).await?;
    let builder = named.deciding.into_iter().fold(builder, VerifierBuilder::policy);
    let added = policies.set.policies().iter().map(|selected| selected.policy.clone());
    let builder = builder.evaluator(evaluator()?).prints(prints).bindings(arguments.shows_bindings());
    let builder = added.fold(builder, VerifierBuilder::rego);
    let now = Timestamp::now();
    let findings = if arguments.report.is_empty() {
        Vec::new()
    } else {
        let at = arguments.trust.effective_time.unwrap_or(now);
        let verifier = build(arguments.verifying(&session).await?)?;
        findings(&arguments.report, &reference, &verifier, &session.registry, at).await?
    };
    let verifier = build(findings.into_iter().fold(builder, VerifierBuilder::findings))?;
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
    let effective_time = arguments.trust.effective_time;
    let is_asked =
        |name: &str| images.is_empty() || images.iter().any(|image| image.is_asked(&policies.set, name));
    let run_policies = RunPolicies::new(verifier.policy(), verifier.added_policies()).evaluated(is_asked);
    let run = Run {
        location: arguments.location.as_ref(),
        texts: &CommandHints,
        trust: &session.trust,
        policies: &run_policies,
        effective_time,
    };
    let run = PolicyRun {
        texts: &CommandHints,
        target: reference.to_string(),
        location: arguments.location.as_ref(),
        proof: PolicyProof::Verified { run, image: &image },
        set: &policies.set,
        images,
        bindings: arguments.facts,
        prints,
        effective_time,
    };
    arguments.finish(&run, printer)
}

impl Arguments {
    /// What is verified about the image, without a policy.
    async fn verifying<T>(&self, session: &Session<'_, Router, T>) -> Result<VerifierBuilder, Diagnostic> {
        let builder = Verifier::builder()
            .limits(session.limits.clone())
            .offline(session.is_offline())
            .progress(session.printer.progress().clone());
        self.trust.add_to(self.select(builder), session).await
    }

    /// Adds what is verified about the image to `builder`.
    fn select(&self, builder: VerifierBuilder) -> VerifierBuilder {
        let builder = self.platform.iter().cloned().fold(builder, VerifierBuilder::platform);
        let builder = self.namespace.iter().cloned().fold(builder, VerifierBuilder::namespace);
        let builder = self.signed_name.iter().cloned().fold(builder, VerifierBuilder::signed_name);
        let builder = self.attestations.iter().cloned().fold(builder, VerifierBuilder::attestations);
        self.bases.add_to(builder)
    }
}

/// The results for each image, and the result of the verification.
fn evaluated(decision: Decision, reference: &Reference, set: &PolicySet) -> (Vec<EvaluatedImage>, Image) {
    let results = decision.evaluated();
    let of = |name: &str| results.iter().find(|of_policy| of_policy.policy().metadata().name == name);
    let images = decision.evidence().into_iter().flat_map(Evidence::images);
    let images = images.map(|(key, platform)| {
        let result = |name: &str| {
            let results = of(name).map(Evaluated::results).unwrap_or_default();
            results.iter().find(|(known, _)| *known == key).map(|(_, result)| result)
        };
        let (reference, platform) = (reference.to_string(), platform.label());
        EvaluatedImage::verified(reference, platform, key, set, decision.verdict(), result)
    });
    let images = images.collect();
    let Decision { source, verdict, base, .. } = decision;
    (images, Image { reference: reference.clone().into(), result: Ok((source, verdict)), base, place: None })
}
