//! Recorded facts in place of a verified image: which image a report is about, and the recorded VEX of that image.
//!
//! Recorded facts prove nothing, and nor does what is decided with them. Reports are bound to the recorded digests by
//! the rules for verified images. The recorded VEX counts as trusted by the user, who names the file; that of a base is
//! not recorded.

use bytes::Bytes;

use super::attested::is_vex;
use super::error::Error;
use super::report_subject::{KnownImage, ReportSubject};
use crate::oci::{Digest, Manifest, Platform};
use crate::policy::facts::{AttestationStatus, ImageFacts as PolicyFacts, RecordedFacts, Standing};
use crate::vex::document;
use crate::vex::{
    HardenedStatus, ImageFacts, LazyDigest, Scanned, Source, SourceKind, SourceTrust, SourcedDocument,
    VerifiedImage,
};

/// The prefix of the names of hardened images, and the registry that has them.
const HARDENED: (&str, &str) = ("dhi/", "dhi.io/");

/// The recorded images of one reference.
#[derive(Debug)]
pub(super) struct RecordedReference {
    reference: String,
    known: KnownImage,
    images: Vec<RecordedImage>,
}

/// A recorded image.
#[derive(Debug)]
struct RecordedImage {
    digest: Digest,
    platform: Option<Platform>,
    config: Option<Digest>,
    standing: Standing,
    name: String,
}

/// The references of the facts, and the VEX that is recorded with them.
///
/// # Errors
///
/// [`Error::OtherImage`] for a report that is about none of the images, [`Error::Document`] for recorded VEX that
/// cannot be read.
pub(super) fn load(
    facts: &RecordedFacts,
    reports: &[ReportSubject<'_>],
) -> Result<(Vec<RecordedReference>, Vec<SourcedDocument>), Error> {
    let mut groups: Vec<(&str, Digest, Vec<&PolicyFacts>)> = Vec::new();
    for image in facts.images() {
        let (reference, root) = (image.reference.as_str(), image.root.digest);
        match groups.iter_mut().find(|(known, digest, _)| (*known, *digest) == (reference, root)) {
            Some((_, _, images)) => images.push(image),
            None => groups.push((reference, root, vec![image])),
        }
    }
    let mut references = Vec::new();
    let mut documents = Vec::new();
    for (reference, root, images) in groups {
        for image in &images {
            documents.extend(recorded_vex(image)?);
        }
        references.push(RecordedReference::new(reference, root, &images));
    }
    for report in reports {
        let is_other = |reference: &RecordedReference| report.is_about_other(&reference.known);
        if let Some(first) = references.first().filter(|_| references.iter().all(is_other)) {
            return Err(report.other_image(&first.name(), first.known.root, None));
        }
    }
    Ok((references, documents))
}

/// What the references say about the image that a report is about.
pub(super) fn facts_of(references: &[RecordedReference], subject: &Scanned) -> ImageFacts {
    let report = ReportSubject { report: "", subject };
    let mut fitting = references.iter().filter(|reference| !report.is_about_other(&reference.known));
    let named = fitting.clone().find(|reference| report.names_one_of(&reference.known));
    named.or_else(|| fitting.next()).map(|reference| reference.facts(&report)).unwrap_or_default()
}

impl RecordedReference {
    fn new(reference: &str, root: Digest, facts: &[&PolicyFacts]) -> Self {
        let images: Vec<RecordedImage> = facts.iter().map(|facts| RecordedImage::new(facts)).collect();
        let configs: Vec<Digest> = images.iter().filter_map(|image| image.config).collect();
        let known = KnownImage {
            root,
            images: images.iter().map(|image| image.digest).collect(),
            platforms: images.iter().filter_map(|image| image.platform.clone()).collect(),
            has_all_configs: configs.len() == images.len(),
            configs,
            others: facts.first().map(|first| others(first, &images)).unwrap_or_default(),
        };
        Self { reference: reference.to_owned(), known, images }
    }

    /// What names it in messages. A policy input has no reference.
    fn name(&self) -> String {
        match self.reference.is_empty() {
            true => self.known.root.to_string(),
            false => self.reference.clone(),
        }
    }

    fn facts(&self, report: &ReportSubject<'_>) -> ImageFacts {
        let others = self.known.others.iter();
        let others = others.map(|(digest, platform)| (*digest, Some(platform.clone())));
        let images = self.images.iter().map(|image| (image.digest, image.platform.clone()));
        let configs = self.images.iter().filter_map(|image| Some((image.config?, image.digest)));
        let verified = VerifiedImage {
            root: self.known.root,
            images: images.chain(others).collect(),
            configs: configs.collect(),
        };
        // The images that the report may be about.
        let is_named = |image: &&RecordedImage| report.names(image.digest, image.config);
        let mut about: Vec<&RecordedImage> = self.images.iter().filter(is_named).collect();
        if about.is_empty() {
            about = self.images.iter().collect();
        }
        let is_hardened = about.iter().all(|image| image.standing == Standing::Dhi);
        let first = about.first().map(|image| image.name.as_str());
        let name = first.filter(|name| about.iter().all(|image| image.name == *name));
        let name = name.and_then(|name| name.strip_prefix(HARDENED.0)).filter(|_| is_hardened);
        ImageFacts {
            verified: Some(verified),
            hardened: match is_hardened {
                true => HardenedStatus::Assumed,
                false => HardenedStatus::Unproven,
            },
            signed_as: name.map(|name| format!("{}{name}", HARDENED.1)),
            ..ImageFacts::default()
        }
    }
}

impl RecordedImage {
    fn new(facts: &PolicyFacts) -> Self {
        let manifest = facts.manifest.as_ref().map(|document| document.get());
        let config = match manifest.map(|text| Manifest::parse(text.as_bytes(), None)) {
            Some(Ok(Manifest::Image(manifest))) => Some(manifest.config.digest),
            Some(Ok(Manifest::Index(_)) | Err(_)) | None => None,
        };
        Self {
            digest: facts.digest,
            platform: facts.platform.is_named().then(|| facts.platform.clone()),
            config,
            standing: facts.standing,
            name: facts.name.clone(),
        }
    }
}

/// The other images of the recorded index that name a platform.
fn others(facts: &PolicyFacts, images: &[RecordedImage]) -> Vec<(Digest, Platform)> {
    let Some(index) = &facts.index else { return Vec::new() };
    let Ok(Manifest::Index(index)) = Manifest::parse(index.document.get().as_bytes(), None) else {
        return Vec::new();
    };
    let others =
        index.manifests.into_iter().filter(|entry| images.iter().all(|image| image.digest != entry.digest));
    others.filter_map(|entry| Some((entry.digest, entry.platform.filter(Platform::is_named)?))).collect()
}

/// The VEX documents that were verified when the facts were recorded.
fn recorded_vex(facts: &PolicyFacts) -> Result<Vec<SourcedDocument>, Error> {
    let mut documents = Vec::new();
    for attestation in &facts.attestations {
        let is_vex = attestation.predicate_type.as_deref().is_some_and(is_vex);
        let Some(statement) = attestation.statement.as_ref().filter(|_| is_vex) else { continue };
        if attestation.status != AttestationStatus::Verified {
            continue;
        }
        let bytes = Bytes::copy_from_slice(statement.get().as_bytes());
        let name = format!("recorded VEX of {} {}", facts.name, attestation.digest.short());
        let document = document::of_statement(&bytes, &name)?;
        let source = Source {
            name,
            kind: SourceKind::Image { attestation: attestation.digest },
            digest: LazyDigest::of(bytes),
            trust: SourceTrust::TrustedByUser,
            priority: 0,
        };
        documents.push(SourcedDocument { source, document });
    }
    Ok(documents)
}
