//! The VEX of an image and of the base that it is proven to be built on.
//!
//! 1. The image is verified as every command does, for the predicate types that are needed.
//! 2. Its base is searched and proven, as `verify::base` does.
//! 3. The proven bases are verified too: their VEX, and their SBOMs, which prove the origin of packages.

use std::collections::BTreeSet;

use super::attested::{self, AttestedDocuments, Of, kept_types};
use super::error::Error;
use super::origins::ImageOrigins;
use super::problem::Problem;
use super::report_subject::{self, ReportSubject};
use super::sbom::Packages;
use crate::attestation::PredicateSelector;
use crate::diagnostic::ToDiagnostic;
use crate::evidence::{
    Base, BaseAnswer, BaseProof, Evidence, Gap, NameRule, NotHardenedReason, PlatformEvidence, namespaces,
};
use crate::gate::Verifier;
use crate::oci::{Digest, Reference};
use crate::registry::Registry;
use crate::trust::Trust;
use crate::verify::{self, CosignTags, KeepStatements, Options, Scope, verify};
use crate::vex::SourcedDocument;

/// An image with its VEX and its base.
#[derive(Debug)]
pub(super) struct ImageSources {
    /// The evidence about the image. Of all predicate types, only those were judged that are VEX or prove a base.
    pub(super) evidence: Evidence,
    /// What each platform is built on.
    pub(super) proof: BaseProof,
    /// The evidence about each proven base.
    pub(super) bases: Vec<(Base, Evidence)>,
    /// The documents of the image and of its bases.
    pub(super) documents: Vec<SourcedDocument>,
    /// What could not be used.
    pub(super) problems: Vec<Problem>,
}

/// Loads the VEX of `image`.
///
/// # Errors
///
/// [`Error::OtherImage`] if a report is about another image, [`Error::Image`] if the image cannot be resolved, and
/// [`Error::LocalImage`] if the image of a local engine is not the one that it was pulled as.
pub(super) async fn load(
    verifier: &Verifier,
    registry: &dyn Registry,
    trust: &Trust,
    image: &Reference,
    reports: &[ReportSubject<'_>],
) -> Result<ImageSources, Error> {
    report_subject::check_by_digest(registry, image, reports).await?;
    let options = image_options(verifier, image);
    let mut evidence = verify(registry, image, trust, &options)
        .await
        .map_err(|error| Error::Image { reference: Box::new(image.clone()), error })?;
    if let Some(Err(other)) = evidence.identified() {
        return Err(Error::LocalImage(other));
    }
    report_subject::check(&evidence, image, reports)?;
    // Whatever is proven does not depend on what was asked for.
    evidence.predicate_types.clear();
    let own = AttestedDocuments::read(&evidence, Of::Image, registry, &options).await;
    let (mut documents, mut problems) = (own.documents, own.problems);
    let proof = verify::base(registry, &evidence, trust, &verifier.base_options()).await;
    problems.extend(proof.failures.iter().map(|failure| Problem::incomplete(failure.to_diagnostic())));
    let mut bases: Vec<(Base, Evidence)> = Vec::new();
    for platform in &proof.platforms {
        match &platform.answer {
            BaseAnswer::DhiBased(base) if bases.iter().all(|(known, _)| known.manifest != base.manifest) => {
                let options = base_options(verifier, &evidence, base);
                match verify(registry, &base.reference, trust, &options).await {
                    Ok(found) => {
                        let attested = AttestedDocuments::read(&found, Of::Base, registry, &options).await;
                        documents.extend(attested.documents);
                        problems.extend(attested.problems);
                        bases.push(((**base).clone(), found));
                    }
                    Err(error) => {
                        let diagnostic = error.diagnostic_for(&base.reference).about("the base image");
                        problems.push(Problem::incomplete(diagnostic));
                    }
                }
            }
            // It is unknown whether there is a base, whose VEX would count.
            BaseAnswer::Undetermined(gap) if !is_reported(gap, &evidence) => {
                let diagnostic = gap.to_diagnostic().about(&platform.label);
                problems.push(match gap.is_bad() || gap.is_open() {
                    true => Problem::incomplete(diagnostic),
                    false => Problem::not_used(diagnostic),
                });
            }
            BaseAnswer::ClaimsOnly(cause) => {
                problems.push(Problem::not_used(cause.to_diagnostic().about(&platform.label)));
            }
            _ => {}
        }
    }
    Ok(ImageSources { evidence, proof, bases, documents, problems })
}

/// Whether the gap is a failure of the image or of its VEX, which is a problem already.
fn is_reported(gap: &Gap, evidence: &Evidence) -> bool {
    let Gap::OwnAttestations(
        NotHardenedReason::Image(failure) | NotHardenedReason::Attestation { failure, .. },
    ) = gap
    else {
        return false;
    };
    attested::failures(evidence).contains(failure)
}

impl ImageSources {
    /// The proven base of the image at this position, with its evidence.
    fn base_of(&self, position: usize) -> Option<&(Base, Evidence)> {
        let platform = self.proof.platforms.iter().find(|platform| platform.key.position == position)?;
        let BaseAnswer::DhiBased(base) = &platform.answer else { return None };
        self.bases.iter().find(|(known, _)| known.manifest == base.manifest)
    }

    /// The proven base of the image with this digest, as it was verified.
    pub(super) fn base_image(&self, image: Digest) -> Option<&PlatformEvidence> {
        let position = self.evidence.platforms.iter().position(|platform| platform.digest == image)?;
        let (base, found) = self.base_of(position)?;
        found.platforms.iter().find(|platform| platform.digest == base.manifest)
    }

    /// What the image at this position is, if it was answered.
    pub(super) fn answer(&self, position: usize) -> Option<&BaseAnswer> {
        let platform = self.proof.platforms.iter().find(|platform| platform.key.position == position)?;
        Some(&platform.answer)
    }

    /// The repository as which the DHI key signed the image at this position, and that of its proven base.
    pub(super) fn signed_as(&self, position: usize) -> (Option<String>, Option<String>) {
        match self.answer(position) {
            Some(BaseAnswer::Dhi(hardened)) => (hardened.signed_as(), None),
            Some(BaseAnswer::DhiBased(base)) => (None, base.hardened.signed_as()),
            _ => (None, None),
        }
    }

    /// The proven base of the image at this position, as whole references: its manifest and its index.
    pub(super) fn base_references(&self, position: usize) -> Vec<String> {
        let Some(BaseAnswer::DhiBased(base)) = self.answer(position) else { return Vec::new() };
        let digests: BTreeSet<Digest> = [base.manifest, base.digest].into();
        digests.into_iter().map(|digest| format!("{}@{digest}", base.reference.repository)).collect()
    }

    /// Where the packages of the image at this position come from. `None`: no base of it is proven.
    pub(super) fn origins(&self, position: usize) -> Option<ImageOrigins> {
        let (base, found) = self.base_of(position)?;
        let config = self.evidence.platforms.get(position)?.config.as_ref()?;
        let (below, above) = config.diff_ids.split_at_checked(base.boundary.layers)?;
        Some(ImageOrigins {
            base_layers: below.iter().copied().collect(),
            own_layers: above.iter().filter(|layer| !below.contains(layer)).copied().collect(),
            packages: packages(found, base.manifest),
        })
    }
}

/// The packages in the verified SBOMs of the base.
fn packages(found: &Evidence, manifest: Digest) -> Option<Packages> {
    let mut packages = Packages::default();
    let mut is_read = false;
    for image in found.platforms.iter().filter(|image| image.digest == manifest && image.failures.is_empty())
    {
        for (_, attested) in image.verified(found.root.digest) {
            let Some(whole) = attested.whole() else { continue };
            if PredicateSelector::sbom().includes(&whole.statement().predicate_type)
                && let Some(predicate) = &whole.statement().predicate
            {
                is_read |= packages.add(predicate.get());
            }
        }
    }
    is_read.then_some(packages)
}

fn image_options(verifier: &Verifier, image: &Reference) -> Options {
    let options = verifier.options(image);
    // All attestations are read, also those that cosign stores under tags.
    let cosign_tags = if options.judge_enveloped { CosignTags::Always } else { options.cosign_tags };
    Options {
        predicate_types: vec![PredicateSelector::vex(), PredicateSelector::base_proof()],
        keep_statements: KeepStatements::OfTypes(kept_types()),
        scope: Scope::ImagesAndIndex { counts: true },
        cosign_tags,
        ..options
    }
}

/// The options for a proven base: the names that count for it as a base, and nothing that the caller requires of the
/// image itself.
fn base_options(verifier: &Verifier, child: &Evidence, base: &Base) -> Options {
    let asked = verifier.base_options();
    let namespaces = namespaces(&child.reference, &asked.namespaces);
    let platforms = if base.platform.is_named() { vec![base.platform.clone()] } else { Vec::new() };
    Options {
        platforms,
        predicate_types: vec![PredicateSelector::vex(), PredicateSelector::sbom()],
        keep_statements: KeepStatements::All,
        scope: Scope::ImagesAndIndex { counts: true },
        names: NameRule::of(&base.reference, namespaces, None),
        judge_enveloped: asked.judge_enveloped,
        cosign_tags: if asked.judge_enveloped { CosignTags::Always } else { asked.cosign_tags },
        limits: asked.limits,
        memory: asked.memory,
        ..Options::of(&base.reference)
    }
}
