//! Tests across modules, in one binary. They use no network but loopback.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod access;
mod admit;
mod attacks;
mod attest;
mod base;
#[cfg(feature = "builder")]
mod build;
mod build_records;
mod charts;
mod color;
mod completion;
mod conformance;
mod corpora;
#[cfg(feature = "builder")]
mod definition;
mod docs;
mod events;
mod fixtures;
mod flags;
mod html;
mod index;
mod keys;
mod keys_update;
mod lists;
mod local_images;
#[cfg(feature = "builder")]
mod lock;
mod many;
mod measure;
mod mutations;
mod names;
mod output;
mod output_matrix;
mod payloads;
mod pipelines;
mod policies;
mod policy;
#[cfg(unix)]
mod progress;
mod push;
mod rego;
mod rekor;
mod remote;
mod renderers;
mod requests;
mod scan;
mod sign;
mod snapshots;
mod sources;
#[path = "../support/mod.rs"]
mod support;
mod team;
mod test_sigstore;
mod transport;
mod verdicts;
mod vex;
mod vsa;
mod written_layouts;
