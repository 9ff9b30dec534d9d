//! The result of verifying one referrer.

use crate::attestation::PredicateFacts;
use crate::evidence::{AttestationEvidence, AttestationForm, BuildRecord, ListedReferrer};
use crate::oci::{Digest, Repository};
use crate::trust::{Reduced, Verified};

/// The result of verifying one referrer.
pub(super) enum Referrer {
    Judged(Box<AttestationEvidence>),
    /// Has good signatures. Whether they are enough is decided when all referrers are known.
    Enveloped(Box<EnvelopedAttestation>),
    Listed(ListedReferrer),
    /// A build record, which nobody signed.
    BuildRecord(BuildRecord),
}

/// A statement about the image, with good signatures by trusted keys or identities.
pub(super) struct EnvelopedAttestation {
    pub(super) digest: Digest,
    pub(super) found_in: Repository,
    pub(super) form: AttestationForm,
    /// The statement, once for each good signature.
    pub(super) statements: Vec<Verified<Reduced<PredicateFacts>>>,
}
