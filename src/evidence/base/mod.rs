//! Decides what an image is: a hardened image, one built on a hardened image, or neither.
//!
//! Only signatures and layers are proof. Labels, annotations and unsigned provenance name candidates and prove
//! nothing. What could not be fetched leaves the answer open and never makes it "no".

mod answer;
mod candidate;
mod claims;
mod decide;
mod facts;
mod hardened;
mod layers;
mod origin;

pub use answer::{BaseAnswer, BaseProof, Gap, NotProven, PlatformBase, Unanswered};
pub use candidate::{Base, Candidate, CandidateGap, CandidateOutcome, NotApplicable, NotContacted};
pub(crate) use claims::{BASE_DIGEST, BASE_NAME};
pub use claims::{boundary, check_chain_id, claims_dhi, is_label_of_no_layers};
pub use decide::decide;
pub use hardened::{
    Hardened, HardenedStatus, NotHardened, NotHardenedReason, VerifiedAttestation, hardened_status,
    namespaces,
};
pub use layers::{Boundary, LayerProof, Mismatch, chain_id};
pub use origin::CandidateOrigin;

#[cfg(test)]
pub(super) mod tests;
