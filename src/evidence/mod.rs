//! The evidence about one reference, and the verdict over it.
//!
//! Decisions are made on types: no check is found by its text, and no cause is distinguished by its code. Failures
//! are values next to the facts, so the evidence also lists what was not checked. An [`Evidence`] can be judged again
//! without network.

mod accepted_evidence;
mod attestations;
mod attested;
mod base;
mod build_record;
mod check;
mod claim;
mod codes;
mod conclusion;
mod facts;
mod failure;
mod findings;
mod index;
mod local_image;
mod object_attestations;
mod other_evidence;
mod platform;
mod platform_checks;
mod policy;
mod presence;
mod reference;
mod referrer_tree;
mod root_checks;
mod root_signature_rule;
mod several_names;
mod signed_name_rule;
#[cfg(test)]
pub(crate) mod tests;
mod unknown_list;
mod verdict;
mod verdict_source;
mod vsa_result;
mod vsa_reuse;

pub use accepted_evidence::AcceptedEvidence;
pub use attested::{AttestationEvidence, AttestationForm, Attested, ListedReason, ListedReferrer};
pub(crate) use base::{BASE_DIGEST, BASE_NAME};
pub use base::{
    Base, BaseAnswer, BaseProof, Boundary, Candidate, CandidateGap, CandidateOrigin, CandidateOutcome, Gap,
    Hardened, HardenedStatus, LayerProof, Mismatch, NotApplicable, NotContacted, NotHardened,
    NotHardenedReason, NotProven, PlatformBase, Unanswered, VerifiedAttestation, boundary, chain_id,
    check_chain_id, claims_dhi, decide, hardened_status, is_label_of_no_layers, namespaces,
};
pub use build_record::{BuildRecord, BuildStatement};
pub use check::{Check, CheckKind, CheckSubject, Excused, Outcome};
pub use claim::Claim;
pub use codes::CODES;
pub use conclusion::{Conclusion, ConclusionKind, Excuses, Tally};
pub use facts::Facts;
pub use failure::{Failure, LayerFailure, RegistryFailure};
pub use findings::{Finding, Findings};
pub use index::IndexEvidence;
pub use local_image::{IdentifiedBy, LocalImage, OtherImage};
pub use other_evidence::OtherEvidence;
pub use platform::{Documents, Kind, PlatformEvidence, PlatformKey};
pub use platform_checks::suffices;
pub use policy::{Policy, PolicyIdentity, PolicyInput, PolicyNeeds};
pub use presence::{available_types, hardened_name, unattested};
pub use reference::{
    EntryReason, Evidence, PassedOver, Root, RootSignature, RootSignatureOutcome, RootSignatureStatus,
};
pub use referrer_tree::{ReferrerKind, ReferrerNode, ReferrerTree};
pub use root_checks::not_judged;
pub use root_signature_rule::RootSignatureRule;
pub use several_names::SeveralNames;
pub use signed_name_rule::NameRule;
pub use unknown_list::{ListSource, UnknownList};
pub use verdict::{Requirements, Verdict, judge};
pub use verdict_source::VerdictSource;
pub use vsa_result::{NotPassed, VerifierResult, VsaFailure, verifier_results};
pub use vsa_reuse::{
    AcceptedVsa, BadVsa, SkippedCheck, VsaExpectation, VsaRejection, accept_vsa, verifier_of,
};
