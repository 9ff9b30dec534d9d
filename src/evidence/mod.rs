//! Everything that is known about a reference after the walk, and the checks on it that need no policy. Facts
//! and failures stand side by side: nothing that was not looked at is missing from the value.

mod acceptance;
mod attested;
mod base;
mod basis;
mod codes;
mod facts;
mod naming;
mod platform;
mod reference;
mod summaries;
mod verdict;

pub use acceptance::{Accepted, Expected, LeftOut, Refused, accept, verifier_of};
pub use attested::{AttestationEvidence, AttestationForm, Attested, Listed, NOT_ASKED_FOR};
pub use base::{
    Answer, Base, BaseProof, Boundary, Candidate, Fate, Hardened, LayerProof, Mismatch, NotShown, Origin,
    Own, PlatformBase, Vouched, boundary, chain_id, claims_dhi, decide, is_label_of_no_layers, namespaces,
    own,
};
pub(crate) use base::{BASE_DIGEST, BASE_NAME};
pub use basis::Basis;
pub use facts::Facts;
pub use naming::NameRule;
pub use platform::{Kind, PlatformEvidence};
pub use reference::{Evidence, PASSED_OVER, PassedOver, Root, RootSignature, RootSignatureOutcome, SetAside};
pub use summaries::{Summarized, summaries};
pub use verdict::{Check, Headline, Outcome, Requirements, Verdict, hardened_name, judge, not_judged};
