//! Tests across modules, in one binary. They talk to nothing but this machine.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod access;
mod admit;
mod attacks;
mod attest;
mod base;
mod binary;
mod build_records;
mod charts;
mod color;
mod conformance;
mod corpora;
mod docs;
mod events;
mod fixtures;
mod front;
mod index;
mod keys;
mod keys_update;
mod local_images;
mod maker;
mod many;
mod measure;
mod mutations;
mod names;
mod output;
mod policies;
mod policy;
mod push;
mod rekor;
mod remote;
mod renderers;
mod requests;
mod scripted;
mod sign;
#[path = "../sigstore/mod.rs"]
#[allow(dead_code, reason = "tests/peers uses the rest")]
mod sigstore;
mod sigstore_box;
mod snapshots;
mod sources;
mod team;
mod transport;
mod verdicts;
mod vsa;
mod written_layouts;
