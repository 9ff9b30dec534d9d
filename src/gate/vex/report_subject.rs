//! Compares the image that a report names with the image that the caller names.

use std::fmt::Display;

use super::error::Error;
use crate::evidence::Evidence;
use crate::oci::{Digest, Manifest, Platform, Reference, Version};
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
    /// Whether the report names a digest that is none of these.
    fn names_other(&self, known: &[Digest]) -> bool {
        self.subject.digests().any(|(_, digest)| !known.contains(&digest))
    }

    /// Whether the report is about another image than the one that is known. Every digest that it names counts. The
    /// digest of the manifest that Grype computes may be one that no registry has: it can confirm an image, and a
    /// digest that is not known says nothing. All tools compute the same digest of the configuration.
    pub(super) fn is_about_other(&self, known: &KnownImage) -> bool {
        let (computed, id) = (read(&self.subject.manifest_digest), read(&self.subject.image_id));
        let is_image = |digest: &Digest| known.images.contains(digest);
        let is_other = |digest: &Digest| known.others.iter().any(|(other, _)| other == digest);
        // An engine that stores indexes has their digest as the ID of the image.
        let is_id = |id: &Digest| known.configs.contains(id) || is_image(id) || known.root == *id;
        if id.is_some_and(|id| known.has_all_configs && !is_id(&id))
            || computed.is_some_and(|one| is_other(&one))
        {
            return true;
        }
        let is_computed = computed.is_some_and(|digest| is_image(&digest));
        let is_named = |digest: Digest| digest == known.root || is_image(&digest);
        let mut named = self.subject.digests().map(|(_, digest)| digest);
        // A digest that is not known may be that of an index which contains the confirmed image.
        if named.any(|digest| is_other(&digest) || !(is_computed || is_named(digest))) {
            return true;
        }
        let is_confirmed = is_computed || id.is_some_and(|id| known.configs.contains(&id));
        !is_confirmed && self.is_for_other_platform(known)
    }

    /// Whether it names this image by its digest or by that of its configuration.
    pub(super) fn names(&self, image: Digest, config: Option<Digest>) -> bool {
        let (computed, id) = (read(&self.subject.manifest_digest), read(&self.subject.image_id));
        computed == Some(image)
            || self.subject.digests().any(|(_, named)| named == image)
            || (config.is_some() && config == id)
    }

    /// Whether it names the root, or an image that was asked for.
    pub(super) fn names_one_of(&self, known: &KnownImage) -> bool {
        let id = read(&self.subject.image_id);
        id.is_some_and(|id| known.configs.contains(&id))
            || self.subject.digests().any(|(_, named)| named == known.root)
            || known.images.iter().any(|image| self.names(*image, None))
    }

    /// Whether only images that were not asked for are for the platform that the report names.
    fn is_for_other_platform(&self, known: &KnownImage) -> bool {
        let Some(reported) = &self.subject.architecture else { return false };
        !known.platforms.iter().any(|platform| fits(reported, platform))
            && known.others.iter().any(|(_, platform)| fits(reported, platform))
    }

    pub(super) fn other_image(&self, image: &impl Display, digest: Digest, unread: Option<String>) -> Error {
        Error::OtherImage {
            report: self.report.to_owned(),
            image: image.to_string(),
            digest: digest.to_string(),
            reported: self.reported(),
            unread,
        }
    }
}

impl ReportSubject<'_> {
    /// What the report names: the digests in repositories, else those that the scanner computed.
    fn reported(&self) -> Vec<String> {
        let named: Vec<String> = self.subject.digests().map(|(reference, _)| reference.to_owned()).collect();
        if !named.is_empty() {
            return named;
        }
        let Scanned { manifest_digest, image_id, .. } = self.subject;
        let manifest = manifest_digest.iter().map(|digest| format!("manifest {digest}"));
        manifest.chain(image_id.iter().map(|id| format!("image ID {id}"))).collect()
    }
}

/// What is known about the image that the caller names.
#[derive(Debug)]
pub(super) struct KnownImage {
    /// The digest of its root.
    pub(super) root: Digest,
    /// The images that were asked for.
    pub(super) images: Vec<Digest>,
    /// Their platforms, where they name one.
    pub(super) platforms: Vec<Platform>,
    /// The digests of their configurations.
    pub(super) configs: Vec<Digest>,
    /// Whether the configuration of each is known.
    pub(super) has_all_configs: bool,
    /// Images of the index for platforms that were not asked for.
    pub(super) others: Vec<(Digest, Platform)>,
}

impl KnownImage {
    fn new(evidence: &Evidence) -> Self {
        let images = &evidence.platforms;
        let configs: Vec<Digest> =
            images.iter().filter_map(|image| Some(image.config.as_ref()?.digest)).collect();
        Self {
            root: evidence.root.digest,
            images: images.iter().map(|image| image.digest).collect(),
            platforms: images.iter().filter_map(|image| image.named_platform().cloned()).collect(),
            has_all_configs: !images.is_empty() && configs.len() == images.len(),
            configs,
            others: evidence.passed_over.iter().map(|one| (one.digest, one.platform.clone())).collect(),
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
    // What the scanner computed may confirm the image.
    let differs = |report: &&ReportSubject<'_>, known: &[Digest]| {
        let is_confirmed = read(&report.subject.manifest_digest).is_some_and(|one| known.contains(&one));
        !is_confirmed && report.names_other(known)
    };
    let Some(first) = reports.iter().find(|report| differs(report, &[digest])) else { return Ok(()) };
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
    match reports.iter().find(|report| differs(report, &known)) {
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
    let known = KnownImage::new(evidence);
    match reports.iter().find(|report| report.is_about_other(&known)) {
        Some(other) => Err(other.other_image(image, evidence.root.digest, None)),
        None => Ok(()),
    }
}

/// Positions of the images that the subject may be: those whose digest or ID it names, else those of its platform, else all.
pub(super) fn images_of(evidence: &Evidence, subject: &Scanned) -> Vec<usize> {
    let report = ReportSubject { report: "", subject };
    let positions = |is_it: &dyn Fn(usize) -> bool| -> Vec<usize> {
        (0..evidence.platforms.len()).filter(|position| is_it(*position)).collect()
    };
    let named = positions(&|position| {
        evidence.platforms.get(position).is_some_and(|image| {
            report.names(image.digest, image.config.as_ref().map(|config| config.digest))
        })
    });
    if !named.is_empty() {
        return named;
    }
    let of_platform = positions(&|position| {
        let platform = evidence.platforms.get(position).and_then(|platform| platform.named_platform());
        subject.architecture.as_deref().zip(platform).is_some_and(|(reported, image)| fits(reported, image))
    });
    if of_platform.is_empty() { positions(&|_| true) } else { of_platform }
}

/// A digest as a report writes it. Its case does not count.
fn read(text: &Option<String>) -> Option<Digest> {
    text.as_ref()?.to_ascii_lowercase().parse().ok()
}
