//! `dhi`: may I trust and ship this image or chart, and why?
//!
//! The library behind the `dhi` command. A reference is resolved, its attestations are fetched and each
//! fact is bound to the next (index to platform manifest to attestation to signature to key), and the
//! outcome is one value, [`evidence::Evidence`], from which a verdict, a table and a JSON document are made.
//!
//! `docs/architecture.md` lists the modules and what each may import; `tests/layers.rs` fails on any other edge.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod admission;
pub mod attestation;
// Public for `main.rs` alone.
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
pub mod diagnostic;
pub mod evidence;
pub mod gate;
pub mod limits;
pub mod oci;
pub mod policy;
pub mod registry;
pub mod report;
pub mod sign;
pub mod trust;
pub mod trust_store;
pub mod verify;
pub mod yaml;
