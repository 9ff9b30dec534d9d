//! What a referrer turned out to be.

use crate::attestation::PredicateFacts;
use crate::evidence::{AttestationEvidence, AttestationForm, BuildRecord, Listed};
use crate::oci::{Digest, Repository};
use crate::trust::{Reduced, Verified};

/// What a referrer turned out to be.
pub(super) enum Referrer {
    Judged(Box<AttestationEvidence>),
    /// Good, but whether enough have signed is known only with all the others.
    Signed(Box<SelfSigned>),
    Listed(Listed),
    /// Of its build, by whoever built it. Signed by nobody.
    BuildRecord(BuildRecord),
}

/// A good signature of a given key or identity over a statement about the image.
pub(super) struct SelfSigned {
    pub(super) digest: Digest,
    pub(super) found_in: Repository,
    pub(super) form: AttestationForm,
    pub(super) statement: Verified<Reduced<PredicateFacts>>,
}
