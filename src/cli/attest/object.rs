//! The objects that attestations are about: an image, or the index of all images.

use std::borrow::Cow;

use crate::evidence::{
    AttestationEvidence, Attested, Evidence, Failure, ListedReferrer, PlatformEvidence, UnknownList,
};
use crate::oci::Digest;

/// An object with its attestations.
#[derive(Clone, Copy)]
pub(super) enum Object<'a> {
    /// The index.
    Index(&'a Evidence),
    /// An image of the evidence.
    Image(&'a PlatformEvidence, &'a Evidence),
}

impl<'a> Object<'a> {
    /// The index, if there is one, and all images.
    pub(super) fn all(evidence: &'a Evidence) -> Vec<Self> {
        let index = evidence.root.is_index.then_some(Self::Index(evidence));
        let images = evidence.platforms.iter().map(|platform| Self::Image(platform, evidence));
        index.into_iter().chain(images).collect()
    }

    pub(super) fn is_index(&self) -> bool {
        matches!(self, Self::Index(_))
    }

    /// The image, if it is one.
    pub(super) fn image(&self) -> Option<&'a PlatformEvidence> {
        match self {
            Self::Index(_) => None,
            Self::Image(image, _) => Some(image),
        }
    }

    /// The name for people.
    pub(super) fn label(&self) -> String {
        match self {
            Self::Index(_) => "the index".to_owned(),
            Self::Image(image, _) => image.label(),
        }
    }

    pub(super) fn digest(&self) -> Digest {
        match self {
            Self::Index(evidence) => evidence.root.digest,
            Self::Image(image, _) => image.digest,
        }
    }

    pub(super) fn attestations(&self) -> impl Iterator<Item = &'a AttestationEvidence> + use<'a> {
        match self {
            Self::Index(evidence) => evidence.about_index.attestations.iter(),
            Self::Image(image, _) => image.attestations.iter(),
        }
    }

    pub(super) fn listed(&self) -> impl Iterator<Item = &'a ListedReferrer> + use<'a> {
        match self {
            Self::Index(evidence) => evidence.about_index.listed.iter(),
            Self::Image(image, _) => image.listed.iter(),
        }
    }

    /// The failures that hide attestations, and those of other sources that could not be queried.
    pub(super) fn failures(&self) -> (&'a [Failure], &'a [Failure]) {
        match self {
            Self::Index(evidence) => (&evidence.about_index.failures, &evidence.about_index.not_checked),
            Self::Image(image, _) => (&image.failures, &image.not_checked),
        }
    }

    /// Lists whose content is unknown.
    pub(super) fn unknown_lists(&self) -> &'a [UnknownList] {
        match self {
            Self::Index(evidence) => &evidence.about_index.unknown_lists,
            Self::Image(image, _) => &image.unknown_lists,
        }
    }

    /// The outcome of one of its attestations.
    pub(super) fn outcome_of(
        &self,
        attestation: &'a AttestationEvidence,
    ) -> Result<&'a Attested, Cow<'a, Failure>> {
        match self {
            Self::Index(evidence) => evidence.about_index.outcome_of(attestation, evidence.root.digest),
            Self::Image(image, evidence) => image.outcome_of(attestation, evidence.root.digest),
        }
    }
}
