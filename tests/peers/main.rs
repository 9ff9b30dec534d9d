//! Tests with the real peers, on loopback: registries hold what cosign signed and regctl copied, and the `dhi` binary
//! judges it. Nothing is simulated. A limitation of a peer is written as an assertion.
//!
//! Peers are looked for in `$DHI_PEERS_DIR/bin`, by default `~/.cache/dhi-peers/bin`, then on `PATH`. A test without
//! its peer prints a notice and passes, or fails when `DHI_PEERS=required`. `DHI_PEERS=skip` skips all tests.
// A broken harness is a failed test: helpers may panic like the tests that call them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

// The harness.
mod buildkit;
mod cosign;
#[cfg(feature = "builder")]
mod debian;
mod engine;
mod image;
mod registry;
#[path = "../support/mod.rs"]
mod support;
mod verify;

// The tests.
mod access;
mod admit;
mod archives;
mod attestors;
mod base;
#[cfg(feature = "builder")]
mod build;
mod build_records;
#[cfg(feature = "builder")]
mod catalog;
mod charts;
mod classic;
mod compared_files;
#[cfg(feature = "builder")]
mod compared_trees;
mod copies;
mod fixture;
mod forms;
mod html;
mod index;
mod inherited;
mod key_types;
mod local_images;
#[cfg(feature = "builder")]
mod packages_container;
mod packages_deb;
#[cfg(feature = "builder")]
mod packages_signed;
mod policy;
mod policy_bundles;
mod policy_files;
mod printed;
mod push;
mod readers;
mod refusals;
mod rekor;
mod scan;
mod selection;
mod signed;
mod signing;
mod test_sigstore;
mod timestamps;
mod vex;
mod vsa;
