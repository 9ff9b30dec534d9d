//! Reads what labels, annotations and layers of an image claim about its base.
//!
//! Anyone can write them. They name candidates, and a base that contradicts them is refuted; they prove nothing.

use std::collections::BTreeMap;

use super::super::platform::PlatformEvidence;
use super::layers::{self, Boundary, CHAIN_ID, Layers, Mismatch, chain_id};
use crate::oci::reference::{DHI, DOCKER_HUB};
use crate::oci::{Digest, Reference, Repository};

/// Prefix of the labels that hardened images carry and their children inherit.
const LABELS: &str = "com.docker.dhi.";
/// Annotation that names the image, `dhi/NAME` on hardened ones.
pub(super) const TITLE: &str = "org.opencontainers.image.title";
/// Annotation that names the base (OCI image specification, `annotations.md`).
pub(crate) const BASE_NAME: &str = "org.opencontainers.image.base.name";
/// Annotation with the base's digest.
pub(crate) const BASE_DIGEST: &str = "org.opencontainers.image.base.digest";

/// Whether labels or annotations claim that the image is a hardened image or built on one. Anyone can write them.
pub fn claims_dhi(platform: &PlatformEvidence, root: &BTreeMap<String, String>) -> bool {
    let labels = platform.config.iter().map(|config| &config.labels);
    labels.chain(&platform.annotations).chain([root]).any(|claims| {
        claims.keys().any(|name| name.starts_with(LABELS))
            || claims.get(TITLE).is_some_and(|title| title.starts_with("dhi/"))
            || claims.get(BASE_NAME).is_some_and(|name| is_docker(name))
    })
}

/// Whether a reference names one of Docker's own repositories of hardened images.
fn is_docker(text: &str) -> bool {
    let Ok(reference) = text.parse::<Reference>() else { return false };
    match &reference.repository {
        Repository::Remote(name) => {
            name.host() == DHI || name.host() == DOCKER_HUB && name.path().starts_with("dhi/")
        }
        Repository::Layout(_) | Repository::Archive(_) | Repository::Local(_) => false,
    }
}

/// Compares the layers: all layers of `base` must be the first ones of `child`. `None` if one of them has no
/// configuration.
pub fn boundary(child: &PlatformEvidence, base: &PlatformEvidence) -> Option<Result<Boundary, Mismatch>> {
    let (child_config, base_config) = (child.config.as_ref()?, base.config.as_ref()?);
    Some(layers::compare(
        Layers { declared: &child_config.diff_ids, stored: &child.layers },
        Layers { declared: &base_config.diff_ids, stored: &base.layers },
    ))
}

/// Checks the ChainID labels of `child` and `base` against the layers of `base`, which is a hardened image by its own
/// attestations and ends at `boundary`.
///
/// An image built on a hardened image inherits the label. The label is about the nearest hardened image below, so it
/// refutes no parent in between.
///
/// # Errors
///
/// [`Mismatch::ChainId`] if a label has another ChainID.
pub fn check_chain_id(
    child: &PlatformEvidence,
    base: &PlatformEvidence,
    boundary: &Boundary,
) -> Result<(), Mismatch> {
    let found = boundary.chain_id;
    let text = found.to_string();
    for (owner, image) in [("the image", child), ("it", base)] {
        let label = image.config.as_ref().and_then(|config| config.labels.get(CHAIN_ID));
        if let Some(label) = label.filter(|label| **label != text) {
            return Err(Mismatch::ChainId { whose: owner, label: label.clone(), found });
        }
    }
    Ok(())
}

/// Whether the ChainID label of a hardened image matches none of the beginnings of the image's own layers: the image
/// was squashed, or the label is false. No base can be proven then.
pub fn is_label_of_no_layers(child: &PlatformEvidence) -> bool {
    let Some(config) = &child.config else { return false };
    let Some(label) = config.labels.get(CHAIN_ID) else { return false };
    // A value that is not a digest matches no layers.
    let Ok(label) = label.parse::<Digest>() else { return true };
    let mut chain: Option<Digest> = None;
    !config.diff_ids.iter().any(|next| {
        let longer = match chain {
            None => *next,
            Some(chain) => Digest::of(format!("{chain} {next}").as_bytes()),
        };
        chain = Some(longer);
        longer == label
    })
}

/// Whether the ChainID label matches all layers of the image, as on a hardened image itself and not on an image built
/// on it.
pub(super) fn is_label_of_all_layers(image: &PlatformEvidence) -> bool {
    let Some(config) = &image.config else { return false };
    let label = config.labels.get(CHAIN_ID).and_then(|label| label.parse::<Digest>().ok());
    label.is_some() && label == chain_id(&config.diff_ids)
}
