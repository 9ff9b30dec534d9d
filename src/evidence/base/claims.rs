//! What labels, annotations and layers of an image claim about its base. Anybody can write them: they name candidates,
//! and a base that they contradict is none.

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

/// Whether labels or annotations say that the image is a hardened one or built on one. Anybody can write them.
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

/// Where `base` ends in `child`: all of its layers must be the first ones. None where one of them has no configuration.
pub fn boundary(child: &PlatformEvidence, base: &PlatformEvidence) -> Option<Result<Boundary, Mismatch>> {
    let (child_config, base_config) = (child.config.as_ref()?, base.config.as_ref()?);
    Some(layers::compare(
        Layers { declared: &child_config.diff_ids, stored: &child.layers },
        Layers { declared: &base_config.diff_ids, stored: &base.layers },
    ))
}

/// Whether the ChainIDs that labels of `child` and `base` claim are that of the layers of `base`, which is a hardened
/// image by its own attestations and ends at `boundary`.
///
/// What is built on a hardened image inherits the label, which is then about the nearest hardened image below and says
/// nothing about images between that and the child.
pub fn check_chain_id(
    child: &PlatformEvidence,
    base: &PlatformEvidence,
    boundary: &Boundary,
) -> Result<(), Mismatch> {
    let found = boundary.chain_id;
    let text = found.to_string();
    for (whose, image) in [("the image", child), ("it", base)] {
        let label = image.config.as_ref().and_then(|config| config.labels.get(CHAIN_ID));
        if let Some(label) = label.filter(|label| **label != text) {
            return Err(Mismatch::ChainId { whose, label: label.clone(), found });
        }
    }
    Ok(())
}

/// Whether the label with the ChainID of a hardened image names none of the beginnings of the image's own layers:
/// it was squashed, or the label is a lie. No base can be proven then.
pub fn is_label_of_no_layers(child: &PlatformEvidence) -> bool {
    let Some(config) = &child.config else { return false };
    let Some(label) = config.labels.get(CHAIN_ID) else { return false };
    // What is no digest names no layers.
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

/// Whether that label names all layers of the image, as on a hardened image itself and not on what is built on it.
pub(super) fn is_label_of_all_layers(image: &PlatformEvidence) -> bool {
    let Some(config) = &image.config else { return false };
    let label = config.labels.get(CHAIN_ID).and_then(|label| label.parse::<Digest>().ok());
    label.is_some() && label == chain_id(&config.diff_ids)
}
