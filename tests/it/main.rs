//! Tests across rooms, in one binary. They talk to nothing but this machine.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod access;
mod admit;
mod attacks;
mod attest;
mod binary;
mod charts;
mod color;
mod docs;
mod fixtures;
mod front;
mod keys;
mod mutations;
mod output;
mod push;
mod rekor;
mod remote;
mod requests;
mod scripted;
mod sign;
#[path = "../sigstore/mod.rs"]
#[allow(dead_code, reason = "tests/peers uses the rest")]
mod sigstore;
mod sigstore_box;
mod snapshots;
mod team;
mod verdicts;
mod written_layouts;
