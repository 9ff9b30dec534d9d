//! A statement is read only whole and only one way: what it says about which digest, under which predicate type.
//! Whether anyone vouches for it is not known here.

mod inputs;
pub mod limits;
mod predicate;
mod statement;
mod summary;
mod vsa;

pub use inputs::{Input, InputPath, Inputs, images as input_images, is_provenance};
pub use predicate::short_title;
pub use statement::{Error, PredicateFacts, Statement, Subject, Written};
pub use summary::{Page, ROWS, Summary, Table, summarize};
pub use vsa::{
    FAILED, NewSummary, PASSED, Resource, Sha256, SkippedCheck, UNEVALUATED, VSA, Verification,
    VerificationSummary, Warning,
};

/// Annotation that names the predicate type, on attestation manifests, their layers and referrers lists.
pub const PREDICATE_TYPE: &str = "in-toto.io/predicate-type";

/// Predicate type of cosign 3's image signatures: such a statement is a signature, not an attestation.
pub const COSIGN_SIGN: &str = "https://sigstore.dev/cosign/sign/v1";
