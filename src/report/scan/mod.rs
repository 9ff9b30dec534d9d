//! The rendering of findings of several images, each with its own decisions.
//!
//! Statements that were found for one image never decide about another: each image has its own [`AppliedRun`].
//!
//! [`AppliedRun`]: crate::report::AppliedRun

mod run;

pub use run::{FindingSource, ScanRun, ScannedImage};
