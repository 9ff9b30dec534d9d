//! Compares the image that a report names with the image that the caller names.

use super::error::Error;
use crate::evidence::Evidence;
use crate::oci::{Digest, Manifest, Reference, Version};
use crate::registry::Registry;
use crate::vex::Scanned;
use crate::vex::matching::fits;

/// What a report says it is about.
#[derive(Clone, Copy, Debug)]
pub struct ReportSubject<'a> {
    /// The name of the report.
    pub report: &'a str,
    /// The subject of one of its scans.
    pub subject: &'a Scanned,
}

impl ReportSubject<'_> {
    /// Whether the report names a digest of an image. If not, only the caller tells which image it is about.
    pub fn names_digest(&self) -> bool {
        self.subject.digests().next().is_some()
    }

    /// Whether one of these digests is that of the scanned image. The digest of the manifest that Grype computes can
    /// confirm it.
    fn is_about(&self, known: &[Digest]) -> bool {
        let computed =
            self.subject.manifest_digest.as_deref().and_then(|digest| digest.parse::<Digest>().ok());
        let mut named = self.subject.digests().map(|(_, digest)| digest).chain(computed);
        named.any(|digest| known.contains(&digest))
    }

    fn other_image(&self, image: &Reference, digest: Digest, unread: Option<String>) -> Error {
        Error::OtherImage {
            report: self.report.to_owned(),
            image: image.to_string(),
            digest: digest.to_string(),
            reported: self.subject.digests().map(|(reference, _)| reference.to_owned()).collect(),
            unread,
        }
    }
}

/// Refuses reports of another image before anything about attestations is requested, if the caller names the image by
/// digest. Costs a request only if a report names another digest: that of an image in the index, perhaps.
///
/// # Errors
///
/// [`Error::OtherImage`] for the first report of another image.
pub(super) async fn check_by_digest(
    registry: &dyn Registry,
    image: &Reference,
    reports: &[ReportSubject<'_>],
) -> Result<(), Error> {
    let Some(digest) = image.digest else { return Ok(()) };
    let differs = |report: &&ReportSubject<'_>| report.names_digest() && !report.is_about(&[digest]);
    let Some(first) = reports.iter().find(differs) else { return Ok(()) };
    let content = match registry.manifest(&image.repository, &Version::Digest(digest)).await {
        Ok(content) => content,
        Err(error) => return Err(first.other_image(image, digest, Some(error.to_string()))),
    };
    let mut known = vec![digest];
    match Manifest::parse(&content.bytes, content.media_type.as_deref()) {
        // A nested index is read later.
        Ok(Manifest::Index(index)) if index.manifests.iter().any(|entry| is_index(&entry.media_type)) => {
            return Ok(());
        }
        Ok(Manifest::Index(index)) => known.extend(index.manifests.iter().map(|entry| entry.digest)),
        Ok(Manifest::Image(_)) | Err(_) => {}
    }
    match reports.iter().find(|report| report.names_digest() && !report.is_about(&known)) {
        Some(other) => Err(other.other_image(image, digest, None)),
        None => Ok(()),
    }
}

fn is_index(media_type: &str) -> bool {
    crate::oci::media_type::is_index(media_type)
}

/// Refuses reports of another image than the one that was verified.
///
/// # Errors
///
/// [`Error::OtherImage`] for the first report of another image.
pub(super) fn check(
    evidence: &Evidence,
    image: &Reference,
    reports: &[ReportSubject<'_>],
) -> Result<(), Error> {
    let images = evidence.platforms.iter().map(|platform| platform.digest);
    let others = evidence.passed_over.iter().map(|entry| entry.digest);
    let known: Vec<Digest> = std::iter::once(evidence.root.digest).chain(images).chain(others).collect();
    match reports.iter().find(|report| report.names_digest() && !report.is_about(&known)) {
        Some(other) => Err(other.other_image(image, evidence.root.digest, None)),
        None => Ok(()),
    }
}

/// Positions of the images that the subject may be: those whose digest it names, else those of its platform, else all.
pub(super) fn images_of(evidence: &Evidence, subject: &Scanned) -> Vec<usize> {
    let report = ReportSubject { report: "", subject };
    let positions = |is_it: &dyn Fn(usize) -> bool| -> Vec<usize> {
        (0..evidence.platforms.len()).filter(|position| is_it(*position)).collect()
    };
    let digest = |position: usize| evidence.platforms.get(position).map(|platform| platform.digest);
    let named = positions(&|position| digest(position).is_some_and(|digest| report.is_about(&[digest])));
    if !named.is_empty() {
        return named;
    }
    let of_platform = positions(&|position| {
        let platform = evidence.platforms.get(position).and_then(|platform| platform.named_platform());
        subject.architecture.as_deref().zip(platform).is_some_and(|(reported, image)| fits(reported, image))
    });
    if of_platform.is_empty() { positions(&|_| true) } else { of_platform }
}
