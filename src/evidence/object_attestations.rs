//! The attestations about one object, and the result of each for that object.
//!
//! An attestation counts only for the object that its statement names: a good signature over a statement about
//! another object is a failure here.

use std::borrow::Cow;

use super::attested::{AttestationEvidence, Attested};
use super::failure::Failure;
use crate::oci::Digest;
use crate::trust::Error;

/// The attestations found for one object.
#[derive(Clone, Copy, Debug)]
pub(super) struct ObjectAttestations<'a> {
    /// All of them, in the order of the evidence.
    pub(super) attestations: &'a [AttestationEvidence],
    /// Digest of the object.
    pub(super) object: Digest,
    /// Digest of the index around it, if attestations about the index count too.
    pub(super) index: Option<Digest>,
}

impl<'a> ObjectAttestations<'a> {
    /// Each attestation with its result for the object.
    pub(super) fn judged(
        self,
    ) -> impl Iterator<Item = (&'a AttestationEvidence, Result<&'a Attested, Cow<'a, Failure>>)> {
        self.attestations.iter().map(move |attestation| (attestation, self.outcome_of(attestation)))
    }

    /// The attestations that verified, with what was proven.
    pub(super) fn verified(self) -> impl Iterator<Item = (&'a AttestationEvidence, &'a Attested)> {
        self.judged().filter_map(|(attestation, outcome)| Some((attestation, outcome.ok()?)))
    }

    /// The result of `attestation` for the object.
    pub(super) fn outcome_of<'b>(
        &self,
        attestation: &'b AttestationEvidence,
    ) -> Result<&'b Attested, Cow<'b, Failure>> {
        let attested = attestation.outcome.as_ref().map_err(Cow::Borrowed)?;
        let subject = attested.subject();
        if subject == self.object || Some(subject) == self.index {
            return Ok(attested);
        }
        let subjects = vec![subject.to_string()];
        Err(Cow::Owned(Error::StatementSubject { subjects, expected: self.object }.into()))
    }
}
