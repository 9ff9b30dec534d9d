//! Collects the evidence about a reference: index, platform manifests, attestations, signatures.
//!
//! Each step is bound to the previous one by digest, size, media type and subject. What cannot be bound is a failure
//! of that object; a failure of one object never hides another.
//!
//! The longest chain of requests does not grow with the number of platforms and attestations: everything whose digest
//! is known is requested at once.

mod about_index;
mod attestations;
mod base;
mod build_record;
mod decompression;
mod enveloped;
mod error;
mod failure;
mod fetched;
mod images;
pub mod limits;
mod local;
mod manifests;
mod memory;
mod options;
mod payloads;
mod referrer;
mod referrer_tree;
mod resolve;
mod root_referrers;
mod signatures;
mod subject;
mod vsa_search;
mod walk;

pub use base::{Alias, BaseOptions, base};
pub use build_record::unsigned_statement;
pub(crate) use decompression::decompressed;
pub use error::Error;
pub use memory::Memory;
pub use options::{CosignTags, KeepStatements, Options, Progress, Scope};
pub use referrer_tree::referrer_tree;
pub use resolve::verify;
pub use vsa_search::{FoundVsas, find_vsas};
