//! Loads VEX: the attestations of an image and of its base, and files, each with who signed it.
//!
//! Invariant: statements may suppress findings only if a trusted signer signed exactly the bytes they were read from, or
//! if the caller names their source as trusted. A bad proof is never lifted. What could not be used is a [`Problem`].

mod attested;
mod error;
mod file_sources;
mod files;
mod image_sources;
mod named_sources;
mod origins;
mod problem;
mod report_subject;
mod sbom;
#[cfg(test)]
mod tests;
mod unverified;
mod unverified_files;

use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};

pub use attested::SignedAttestation;
pub use error::Error;
pub use problem::{Effect, Problem};
pub use report_subject::ReportSubject;
pub use unverified_files::{UnverifiedFile, read_unverified};

use super::Verifier;
use crate::diagnostic::{Code, Diagnostic};
use crate::evidence::{BaseAnswer, BaseProof, Evidence, Failure};
use crate::oci::{Digest, Platform, Reference};
use crate::registry::{Registry, with_byte_budget};
use crate::verify::Alias;
use crate::vex::{
    FoundPackage, HardenedStatus, ImageFacts, Origin, RepositoryAlias, Scanned, SourceTrust, SourcedDocument,
    VerifiedImage,
};
use image_sources::ImageSources;
use named_sources::NamedSources;

/// Which VEX is loaded, and what of it may suppress findings.
#[derive(Clone, Debug, Default)]
pub struct VexOptions {
    /// The scanned image, whose VEX attestations count.
    pub image: Option<Reference>,
    /// Files, and directories of files.
    pub paths: Vec<PathBuf>,
    /// Sources that may suppress findings without a signature, by name. A bad signature stays bad.
    pub trust_unsigned: Vec<String>,
    /// The maximum age of the newest statement of a document. Older documents suppress nothing.
    pub max_age: Option<SignedDuration>,
    /// Sources in the order in which they decide, by name. All others follow.
    pub priority: Vec<String>,
    /// Whether the caller states that the image is hardened.
    pub assume_hardened: bool,
}

/// The loaded VEX, and what is known about the image.
#[derive(Debug)]
pub struct Loaded {
    /// The documents, those of the image first, then those of its base, then files in the order given.
    pub documents: Vec<SourcedDocument>,
    /// What could not be used.
    pub problems: Vec<Problem>,
    image: Option<ImageSources>,
    aliases: Vec<RepositoryAlias>,
    assume_hardened: bool,
}

impl Verifier {
    /// Loads the VEX that `options` names. `now` is the time of the run, `reports` are the reports that it will be
    /// applied to.
    ///
    /// 1. Files are read.
    /// 2. The image is resolved and compared with the reports.
    /// 3. Its VEX attestations and those of its proven base are verified.
    /// 4. Documents that are trusted by name, or too old, are marked.
    ///
    /// # Errors
    ///
    /// [`Error`] if an input cannot be read, a report is about another image, or an option names no source. Everything
    /// else is a [`Problem`].
    pub async fn load_vex(
        &self,
        registry: &dyn Registry,
        options: &VexOptions,
        reports: &[ReportSubject<'_>],
        now: Timestamp,
    ) -> Result<Loaded, Error> {
        let trust = self.trust_at(now);
        let limits = self.limits();
        let (files, unread) = files::read(&options.paths)?;
        let mut problems: Vec<Problem> = unread
            .into_iter()
            .map(|unread| {
                let what = format!("`{}` is not read: {}", unread.path, unread.reason);
                Problem::not_used(Diagnostic::new(Code::VEX_DOCUMENT, what))
            })
            .collect();
        let mut of_files = Vec::new();
        for file in &files {
            let documents = file_sources::documents(file, &trust, limits, &mut problems)?;
            of_files.extend(documents.into_iter().map(|document| (document, Some(file.given.clone()))));
        }
        let image = match &options.image {
            // One budget of bytes covers the image and its bases.
            Some(image) => {
                let load = image_sources::load(self, registry, &trust, image, reports);
                Some(with_byte_budget(load).await?)
            }
            None => None,
        };
        let mut image = image;
        if let Some(image) = &mut image {
            problems.append(&mut image.problems);
        }
        let of_image = image.as_mut().map(|image| std::mem::take(&mut image.documents)).unwrap_or_default();
        let all = of_image.into_iter().map(|document| (document, None)).chain(of_files).collect();
        let mut named = NamedSources::new(all, &options.paths);
        named.trust(&options.trust_unsigned)?;
        named.order(&options.priority)?;
        let mut documents = named.into_documents();
        if let Some(max_age) = options.max_age {
            for document in &mut documents {
                refuse_if_old(document, max_age, now);
            }
        }
        let aliases = self.base_options().aliases.iter().map(alias).collect();
        Ok(Loaded { documents, problems, image, aliases, assume_hardened: options.assume_hardened })
    }
}

/// Marks a document whose newest statement is too old.
fn refuse_if_old(document: &mut SourcedDocument, max_age: SignedDuration, now: Timestamp) {
    let newest = document.document.newest_time(now);
    let is_old = newest.is_none_or(|newest| now.duration_since(newest) > max_age);
    if is_old && document.source.trust.may_suppress() {
        document.source.trust = SourceTrust::TooOld { newest };
    }
}

fn alias(alias: &Alias) -> RepositoryAlias {
    RepositoryAlias { mirror: alias.copy.to_string(), original: alias.original.to_string() }
}

impl Loaded {
    /// What is known about the image that a report is about.
    pub fn facts(&self, subject: &Scanned) -> ImageFacts {
        let mut facts = ImageFacts { aliases: self.aliases.clone(), ..ImageFacts::default() };
        if let Some(image) = &self.image {
            let positions = report_subject::images_of(&image.evidence, subject);
            facts.verified = Some(verified(&image.evidence));
            facts.hardened = hardened(positions.iter().map(|position| image.answer(*position)));
            facts.base_references = positions.iter().flat_map(|one| image.base_references(*one)).collect();
            facts.base_references.dedup();
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

    /// The evidence about the image. Of all predicate types, only those were judged that are VEX or prove a base.
    pub fn evidence(&self) -> Option<&Evidence> {
        self.image.as_ref().map(|image| &image.evidence)
    }

    /// What each platform of the image is built on.
    pub fn base_proof(&self) -> Option<&BaseProof> {
        self.image.as_ref().map(|image| &image.proof)
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
    let judged = judged.map(|image| (image.digest, image.named_platform().cloned()));
    let others = evidence.passed_over.iter();
    let others = others.map(|entry| (entry.digest, Some(entry.platform.clone())));
    let images: Vec<(Digest, Option<Platform>)> = judged.chain(others).collect();
    VerifiedImage { root: evidence.root.digest, images }
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
