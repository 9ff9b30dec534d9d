//! Models of predicates: the facts that checks read ([`PredicateFacts`]), and descriptions for people ([`describe()`]).
//!
//! Each predicate type is read in one way. Verifies no signatures: [`trust`](crate::trust) does.

mod describe;
mod facts;
mod image_inputs;
pub mod limits;
mod predicate_selector;
mod predicate_titles;
mod vsa;

pub use describe::{Description, Page, Table, describe};
pub use facts::{PredicateFacts, describe_statement};
pub use image_inputs::{ImageInput, ImageInputs, InputPath, image_inputs, is_provenance};
pub use predicate_selector::PredicateSelector;
pub use predicate_titles::short_title;
pub use vsa::{
    FAILED, NewVsa, PASSED, ResourceDescriptor, Sha256, SkippedCheckRecord, UNEVALUATED, VSA_TYPE,
    VerificationSummary, VsaExtension, Warning,
};
