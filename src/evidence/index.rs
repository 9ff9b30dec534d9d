//! The attestations about an index as a whole.
//!
//! The index names every image in it by digest, so a policy may accept such an attestation for the images
//! ([`AcceptedEvidence`](super::accepted_evidence::AcceptedEvidence)). It never proves what an image is built on.

use std::borrow::Cow;

use super::attested::{AttestationEvidence, Attested, ListedReferrer};
use super::failure::Failure;
use super::object_attestations::ObjectAttestations;
use super::unknown_list::{UnknownList, most_severe, unread_sources};
use crate::oci::Digest;

/// The attestations about an index, without those of the images in it.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct IndexEvidence {
    /// Attestations that were judged, by predicate type and digest.
    pub attestations: Vec<AttestationEvidence>,
    /// Referrers that were found and not judged. Signatures of the index are not among them.
    pub listed: Vec<ListedReferrer>,
    /// Why its referrers could not be listed.
    pub failures: Vec<Failure>,
    /// Sources that could not be read. They matter only if the rest is not enough.
    pub not_checked: Vec<Failure>,
    /// Lists with unknown content. If nothing was found, the index may still have attestations.
    pub unknown_lists: Vec<UnknownList>,
}

impl IndexEvidence {
    /// The result of `attestation` for the index with the digest `root`.
    ///
    /// # Errors
    ///
    /// The [`Failure`] of the attestation, or that it is about another object.
    pub fn outcome_of<'a>(
        &self,
        attestation: &'a AttestationEvidence,
        root: Digest,
    ) -> Result<&'a Attested, Cow<'a, Failure>> {
        self.about(root).outcome_of(attestation)
    }

    /// The judged attestations, each with its result for the index with the digest `root`.
    pub fn judged(
        &self,
        root: Digest,
    ) -> impl Iterator<Item = (&AttestationEvidence, Result<&Attested, Cow<'_, Failure>>)> {
        self.about(root).judged()
    }

    /// The attestations that verified.
    pub fn verified(&self, root: Digest) -> impl Iterator<Item = (&AttestationEvidence, &Attested)> {
        self.about(root).verified()
    }

    fn about(&self, root: Digest) -> ObjectAttestations<'_> {
        ObjectAttestations { attestations: &self.attestations, object: root, index: None }
    }

    /// Why sources could not be read.
    pub fn unread_sources(&self) -> impl Iterator<Item = &Failure> {
        unread_sources(&self.unknown_lists, &self.not_checked)
    }

    /// The list with unknown content that failed most severely.
    pub fn unknown_list(&self) -> Option<&UnknownList> {
        most_severe(&self.unknown_lists)
    }

    /// Whether no referrers of the index are known.
    pub fn is_empty(&self) -> bool {
        self.attestations.is_empty() && self.listed.is_empty()
    }
}
