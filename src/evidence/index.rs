//! What is attested about an index as a whole. It names every image in it by digest, so such an attestation may answer
//! where a policy takes it ([`AnsweredBy`](super::answered_by::AnsweredBy)). What an image is, it never says.

use std::borrow::Cow;

use super::attested::{AttestationEvidence, Attested, Listed};
use super::failure::Failure;
use super::object_attestations::ObjectAttestations;
use super::unknown_list::{UnknownList, most_severe, unasked};
use crate::oci::Digest;

/// The attestations about an index, beside those of the images in it.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct IndexEvidence {
    /// Attestations that were judged, by predicate type and digest.
    pub attestations: Vec<AttestationEvidence>,
    /// Referrers that were found and not judged. Signatures of the index are not among them.
    pub listed: Vec<Listed>,
    /// What kept its referrers from being listed.
    pub failures: Vec<Failure>,
    /// What could not be asked, and matters only if the rest does not suffice.
    pub not_checked: Vec<Failure>,
    /// Lists of which it is unknown what they hold. That nothing was found is then no absence.
    pub unknown_lists: Vec<UnknownList>,
}

impl IndexEvidence {
    /// What came of `attestation` for the index with the digest `root`. A proof counts for the object that it was found
    /// to be about, and for no other.
    pub fn outcome_of<'a>(
        &self,
        attestation: &'a AttestationEvidence,
        root: Digest,
    ) -> Result<&'a Attested, Cow<'a, Failure>> {
        self.about(root).outcome_of(attestation)
    }

    /// The attestations that were judged, each with what came of it for the index with the digest `root`.
    pub fn judged(
        &self,
        root: Digest,
    ) -> impl Iterator<Item = (&AttestationEvidence, Result<&Attested, Cow<'_, Failure>>)> {
        self.about(root).judged()
    }

    /// Those that verified, with their facts.
    pub fn verified(&self, root: Digest) -> impl Iterator<Item = (&AttestationEvidence, &Attested)> {
        self.about(root).verified()
    }

    fn about(&self, root: Digest) -> ObjectAttestations<'_> {
        ObjectAttestations { attestations: &self.attestations, object: root, index: None }
    }

    /// What could not be asked, or did not answer.
    pub fn unasked(&self) -> impl Iterator<Item = &Failure> {
        unasked(&self.unknown_lists, &self.not_checked)
    }

    /// The most severe reason for which it is unknown whether there is more.
    pub fn unknown_list(&self) -> Option<&UnknownList> {
        most_severe(&self.unknown_lists)
    }

    /// Whether nothing at all is known to hang on the index.
    pub fn is_empty(&self) -> bool {
        self.attestations.is_empty() && self.listed.is_empty()
    }
}
