//! The loaded VEX, and what is known about the image that a report is about.

use super::attested::{self, SignedAttestation};
use super::error::Error;
use super::image_sources::ImageSources;
use super::origins;
use super::problem::Problem;
use super::recorded::{self, RecordedReference};
use super::report_subject::{self, ReportSubject};
use crate::evidence::{BaseAnswer, BaseProof, Evidence, Failure, PlatformEvidence};
use crate::oci::{Digest, Platform};
use crate::policy::facts::RecordedFacts;
use crate::vex::{
    FoundPackage, HardenedStatus, ImageFacts, Origin, RepositoryAlias, Scanned, SourcedDocument,
    VerifiedImage,
};

/// The loaded VEX, and what is known about the image.
#[derive(Debug)]
pub struct Loaded {
    /// The documents, those of the image first, then those of its base, then files in the order given, then those of
    /// repositories.
    pub documents: Vec<SourcedDocument>,
    /// What could not be used.
    pub problems: Vec<Problem>,
    pub(super) image: Option<ImageSources>,
    /// The references of recorded facts, in place of an image.
    pub(super) recorded: Vec<RecordedReference>,
    pub(super) aliases: Vec<RepositoryAlias>,
    pub(super) assume_hardened: bool,
}

impl Loaded {
    /// The VEX that is recorded with `facts`, for these reports. Nothing of it is verified.
    ///
    /// # Errors
    ///
    /// [`Error::OtherImage`] for a report that is about none of the images, [`Error::Document`] for recorded VEX that
    /// cannot be read.
    pub fn recorded(facts: &RecordedFacts, reports: &[ReportSubject<'_>]) -> Result<Self, Error> {
        let (recorded, documents) = recorded::load(facts, reports)?;
        Ok(Self {
            documents,
            problems: Vec::new(),
            image: None,
            recorded,
            aliases: Vec::new(),
            assume_hardened: false,
        })
    }

    /// What is known about the image that a report is about.
    pub fn facts(&self, subject: &Scanned) -> ImageFacts {
        if !self.recorded.is_empty() {
            return recorded::facts_of(&self.recorded, subject);
        }
        let mut facts = ImageFacts { aliases: self.aliases.clone(), ..ImageFacts::default() };
        if let Some(image) = &self.image {
            let positions = report_subject::images_of(&image.evidence, subject);
            facts.verified = Some(verified(&image.evidence));
            facts.hardened = hardened(positions.iter().map(|position| image.answer(*position)));
            facts.base_references = positions.iter().flat_map(|one| image.base_references(*one)).collect();
            facts.base_references.dedup();
            // A name counts if it is that of each image that the report may be about.
            let mut names = positions.iter().map(|position| image.signed_as(*position));
            let first = names.next().unwrap_or_default();
            if names.all(|other| other == first) {
                (facts.signed_as, facts.base_signed_as) = first;
            }
        }
        if self.assume_hardened && facts.hardened != HardenedStatus::Hardened {
            facts.hardened = HardenedStatus::Assumed;
        }
        facts
    }

    /// Where each of these packages of the image that a report is about comes from.
    pub fn set_origins<'p>(&self, subject: &Scanned, packages: impl Iterator<Item = &'p mut FoundPackage>) {
        let Some(image) = &self.image else { return };
        let positions = report_subject::images_of(&image.evidence, subject);
        let origins: Vec<_> = positions.into_iter().map(|position| image.origins(position)).collect();
        for package in packages {
            package.origin = origins::common(
                origins
                    .iter()
                    .map(|image| image.as_ref().map_or(Origin::Unproven, |image| image.origin(package))),
            );
        }
    }

    /// Refuses reports of another image than the one that was verified.
    ///
    /// # Errors
    ///
    /// [`Error::OtherImage`] for the first report of another image.
    pub fn check(&self, reports: &[ReportSubject<'_>]) -> Result<(), Error> {
        match &self.image {
            Some(image) => report_subject::check(&image.evidence, &image.evidence.reference, reports),
            None => Ok(()),
        }
    }

    /// The evidence about the image. Of all predicate types, only those were judged that are VEX or prove a base.
    pub fn evidence(&self) -> Option<&Evidence> {
        self.image.as_ref().map(|image| &image.evidence)
    }

    /// What each platform of the image is built on.
    pub fn base_proof(&self) -> Option<&BaseProof> {
        self.image.as_ref().map(|image| &image.proof)
    }

    /// The image that this image is proven to be built on, as it was verified.
    pub fn base_image(&self, image: Digest) -> Option<&PlatformEvidence> {
        self.image.as_ref()?.base_image(image)
    }

    /// The verified attestations of the image and of its base whose statements were kept: all that may be VEX.
    pub fn signed_attestations(&self) -> impl Iterator<Item = SignedAttestation<'_>> {
        let image = self.image.iter().flat_map(|image| {
            let bases = image.bases.iter().map(|(_, evidence)| evidence);
            std::iter::once(&image.evidence).chain(bases)
        });
        image.flat_map(attested::signed)
    }
}

/// The root and the images in it. The digest of an image is bound by the index, whatever else is wrong with the image. An
/// image for another platform than its entry names is not among them.
fn verified(evidence: &Evidence) -> VerifiedImage {
    let contradicts = |failure: &Failure| matches!(failure, Failure::Platform { .. });
    let judged = evidence.platforms.iter().filter(|image| !image.failures.iter().any(contradicts));
    let configs =
        judged.clone().filter_map(|image| Some((image.config.as_ref()?.digest, image.digest))).collect();
    let judged = judged.map(|image| (image.digest, image.named_platform().cloned()));
    let others = evidence.passed_over.iter();
    let others = others.map(|entry| (entry.digest, Some(entry.platform.clone())));
    let images: Vec<(Digest, Option<Platform>)> = judged.chain(others).collect();
    VerifiedImage { root: evidence.root.digest, images, configs }
}

/// What holds for each of several images. Images that differ prove nothing together.
fn hardened<'a>(answers: impl Iterator<Item = Option<&'a BaseAnswer>>) -> HardenedStatus {
    let mut statuses = answers.map(|answer| match answer {
        Some(BaseAnswer::Dhi(_)) => HardenedStatus::Hardened,
        Some(BaseAnswer::DhiBased(_)) => HardenedStatus::BuiltOn,
        Some(BaseAnswer::NotDhi(_)) => HardenedStatus::Neither,
        Some(BaseAnswer::ClaimsOnly(_) | BaseAnswer::Undetermined(_)) | None => HardenedStatus::Unproven,
    });
    let Some(first) = statuses.next() else { return HardenedStatus::Unproven };
    if statuses.all(|other| other == first) { first } else { HardenedStatus::Unproven }
}
