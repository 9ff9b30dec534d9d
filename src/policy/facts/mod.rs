//! What policies in Rego read about one image, as plain data that can be written and read again.
//!
//! Facts made of [`Evidence`](crate::evidence::Evidence) hold as verified only what was verified. Facts that were read
//! from a file prove nothing: no type that makes a verdict takes them.

mod compact;
mod image;
mod name;
mod of_evidence;
mod recorded;
mod unknown_cause;

pub use image::{
    AttestationFacts, AttestationStatus, BaseFacts, ConfigFacts, ImageFacts, ImageKind, IndexFacts,
    RootFacts, RootSignatureFacts, SignerFacts, Standing, UnknownMember,
};
pub use recorded::{Error, RecordedFacts, Unresolved};
pub use unknown_cause::{UnknownCause, UnknownKind};
