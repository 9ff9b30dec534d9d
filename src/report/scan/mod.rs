//! The rendering of findings of several images, each with its own decisions.
//!
//! Statements that were found for one image never decide about another: each image has its own [`AppliedRun`].
//!
//! [`AppliedRun`]: crate::report::AppliedRun

mod json;
mod pipeline;
mod run;
mod table;
pub(super) mod words;

pub use pipeline::SARIF_RUNS;
pub use run::{FindingSource, ScanRun, ScannedImage};
pub use table::ScanTable;

use super::PipelineFormat;

impl ScanRun<'_> {
    /// The table for people.
    pub fn table(&self, how: ScanTable) -> String {
        table::table(self, how)
    }

    /// The JSON document: `docs/schemas/scan-1.json`.
    pub fn json(&self) -> String {
        json::json(self)
    }

    /// A pipeline format.
    pub fn pipeline(&self, format: PipelineFormat) -> String {
        match format {
            PipelineFormat::Sarif => pipeline::sarif(self),
            PipelineFormat::Junit => pipeline::junit(self),
            PipelineFormat::Github => pipeline::github(self),
            PipelineFormat::Markdown => pipeline::markdown(self),
        }
    }
}

#[cfg(test)]
mod tests;
