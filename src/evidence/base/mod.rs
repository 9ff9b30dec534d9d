//! What an image is: a hardened one, one that is built on a hardened one, or neither. Only signatures and layers
//! answer; labels, annotations and unsigned provenance name candidates and prove nothing, and what could not be
//! asked is never taken for "no".

mod answer;
mod candidate;
mod claims;
mod decide;
mod facts;
mod layers;
mod origin;
mod own;

pub use answer::{Answer, BaseProof, Gap, NotProven, PlatformBase, Unanswered};
pub use candidate::{Base, Candidate, Fate, NotContacted, Open, Unfit};
pub(crate) use claims::{BASE_DIGEST, BASE_NAME};
pub use claims::{boundary, check_chain_id, claims_dhi, is_label_of_no_layers};
pub use decide::decide;
pub use layers::{Boundary, LayerProof, Mismatch, chain_id};
pub use origin::Origin;
pub use own::{Hardened, NotShown, Own, Reason, Vouched, namespaces, own};

#[cfg(test)]
pub(super) mod tests;
