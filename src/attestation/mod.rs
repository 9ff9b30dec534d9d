//! What the predicates of statements say: the little that checks read, and lines and pages for people. Statements
//! themselves, and whether anyone vouches for one, are the business of [`trust`](crate::trust).

mod asked;
mod describe;
mod facts;
mod inputs;
pub mod limits;
mod predicate;
mod vsa;

pub use asked::AskedType;
pub use describe::{Page, Summary, Table, summarize};
pub use facts::{PredicateFacts, summary_of};
pub use inputs::{Input, InputPath, Inputs, images as input_images, is_provenance};
pub use predicate::short_title;
pub use vsa::{
    FAILED, NewSummary, PASSED, Resource, Sha256, SkippedCheckRecord, UNEVALUATED, VSA, Verification,
    VerificationSummary, Warning,
};
