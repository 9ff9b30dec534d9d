//! Which image of a verified index a report is about.
//!
//! Invariant: no image is bound by a guess. Where two fit, none is. The digest that Grype computes of a manifest may be
//! one that no registry has: it only counts if the index contains it, and never against what the report names.

use super::architecture;
use crate::oci::{Digest, Platform};
use crate::vex::{Scanned, VerifiedImage};

/// The digest of the scanned image among those of the verified index: the one that the report names, else the one that
/// Grype computes, else the one with the image ID of the report, else the only one that fits the platform of the report.
/// `named` are the digests that the report names, in lower case.
pub fn scanned_image(verified: &VerifiedImage, subject: &Scanned, named: &[String]) -> Option<String> {
    let digests = || verified.images.iter().map(|(digest, _)| digest.to_string());
    if let Some(image) = digests().find(|digest| named.contains(digest)) {
        return Some(image);
    }
    let computed = subject.manifest_digest.as_ref().map(|digest| digest.to_ascii_lowercase());
    if let Some(image) = digests().find(|digest| computed.as_ref() == Some(digest)) {
        return Some(image);
    }
    if let Some(image) = image_of_config(verified, subject) {
        return Some(image.to_string());
    }
    let reported = subject.architecture.as_deref();
    // Of one image, nothing needs to be chosen.
    let is_single = verified.images.len() == 1;
    let mut fitting = verified.images.iter().filter(|(_, platform)| match (reported, platform) {
        (Some(reported), Some(platform)) => fits(reported, platform),
        _ => is_single,
    });
    match (fitting.next(), fitting.next()) {
        (Some((digest, _)), None) => Some(digest.to_string()),
        _ => None,
    }
}

/// The image whose configuration has the image ID of the report.
pub fn image_of_config(verified: &VerifiedImage, subject: &Scanned) -> Option<Digest> {
    let id: Digest = subject.image_id.as_ref()?.to_ascii_lowercase().parse().ok()?;
    verified.configs.iter().find(|(config, _)| *config == id).map(|(_, image)| *image)
}

/// Whether the index contains the digest, or is it.
pub fn contains(verified: &VerifiedImage, digest: &str) -> bool {
    verified.root.to_string() == digest
        || verified.images.iter().any(|(image, _)| image.to_string() == digest)
}

/// Whether an image is for the platform of a report: `arm64`, `arm/v7`, `linux/amd64`, `linux/arm/v7`. What the report
/// does not name fits.
pub fn fits(reported: &str, image: &Platform) -> bool {
    let is_variant = |part: &str| part.starts_with('v');
    let (os, architecture, variant) = match reported.split('/').collect::<Vec<_>>().as_slice() {
        [architecture, variant] if is_variant(variant) => (None, *architecture, Some(*variant)),
        [os, architecture] => (Some(*os), *architecture, None),
        [os, architecture, variant] => (Some(*os), *architecture, Some(*variant)),
        _ => (None, reported, None),
    };
    let reported = Platform {
        os: os.unwrap_or(&image.os).to_owned(),
        architecture: architecture::go_name(architecture),
        variant: variant.map(ToOwned::to_owned).or_else(|| image.variant.clone()),
    };
    reported.agrees_with(image)
}
