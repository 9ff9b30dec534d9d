//! What a referrer turned out to be.

use crate::attestation::PredicateFacts;
use crate::evidence::{AttestationEvidence, AttestationForm, BuildRecord, Listed};
use crate::oci::{Digest, Repository};
use crate::trust::{Reduced, Verified};

/// What a referrer turned out to be.
pub(super) enum Referrer {
    Judged(Box<AttestationEvidence>),
    /// Good, but whether enough have signed is known only with all the others.
    Signed(Box<EnvelopedAttestation>),
    Listed(Listed),
    /// Of its build, by whoever built it. Signed by nobody.
    BuildRecord(BuildRecord),
}

/// A statement about the image, with good signatures of given keys or identities.
pub(super) struct EnvelopedAttestation {
    pub(super) digest: Digest,
    pub(super) found_in: Repository,
    pub(super) form: AttestationForm,
    /// The statement, once for each good signature.
    pub(super) statements: Vec<Verified<Reduced<PredicateFacts>>>,
}
