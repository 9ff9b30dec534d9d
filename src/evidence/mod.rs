//! Everything that is known about a reference after the walk, and the checks on it that need no policy. Facts
//! and failures stand side by side: nothing that was not looked at is missing from the value.

mod acceptance;
mod answered_by;
mod attestations;
mod attested;
mod base;
mod basis;
mod build_record;
mod check;
mod codes;
mod conclusion;
mod facts;
mod failure;
mod hanging;
mod headline;
mod index;
mod local_image;
mod naming;
mod platform;
mod policy;
mod presence;
mod reference;
mod root_demand;
mod several_names;
mod summaries;
#[cfg(test)]
pub(crate) mod tests;
mod unknown_list;
mod verdict;

pub use acceptance::{Accepted, BadSummary, Expected, LeftOut, Refused, accept, verifier_of};
pub use answered_by::AnsweredBy;
pub use attested::{AttestationEvidence, AttestationForm, Attested, Listed, ListedReason};
pub use base::{
    Answer, Base, BaseProof, Boundary, Candidate, Fate, Gap, Hardened, LayerProof, Mismatch, NotContacted,
    NotProven, NotShown, Open, Origin, Own, PlatformBase, Reason, Unanswered, Unfit, Vouched, boundary,
    chain_id, check_chain_id, claims_dhi, decide, is_label_of_no_layers, namespaces, own,
};
pub(crate) use base::{BASE_DIGEST, BASE_NAME};
pub use basis::Basis;
pub use build_record::{BuildRecord, BuildStatement};
pub use check::{Check, CheckKind, CheckSubject, Excused, Outcome};
pub use codes::CODES;
pub use conclusion::{Conclusion, Excuses, Tally, Word};
pub use facts::Facts;
pub use failure::{Failure, LayerFailure, RegistryFailure};
pub use hanging::{Hanging, HangingKind, Object};
pub use headline::Headline;
pub use index::IndexEvidence;
pub use local_image::{IdentifiedBy, LocalImage, OtherImage};
pub use naming::NameRule;
pub use platform::{Kind, PlatformEvidence, PlatformKey};
pub use policy::{Needed, Needs, Policy, PolicyIdentity};
pub use presence::{hardened_name, types_there, unattested};
pub use reference::{
    EntryReason, Evidence, PassedOver, Root, RootSignature, RootSignatureOutcome, RootSigned,
};
pub use root_demand::RootDemand;
pub use several_names::SeveralNames;
pub use summaries::{NotPassed, Summarized, SummaryRejection, summaries};
pub use unknown_list::{ListSource, UnknownList};
pub use verdict::{Requirements, Verdict, judge, not_judged, suffices};
