//! The rendering of findings to which VEX statements were applied, in each format.
//!
//! Every format shows the same decisions in the same words. A finding that remains has the reason why, and one that is
//! suppressed has its statement and signer.

mod explain;
pub(super) mod github;
mod json;
pub(super) mod junit;
mod lint;
pub(super) mod markdown;
mod record;
pub(super) mod row;
pub(super) mod run;
pub(super) mod sarif;
pub(super) mod sources;
pub(super) mod table;
pub(super) mod verdict;
pub(super) mod warnings;
pub(super) mod wording;

pub use lint::LintRun;
pub use run::{AppliedRun, DecidedFinding, ImageEvidence, Shown};
pub use table::Listed;

use super::{Page, PipelineFormat, Style, html};

impl AppliedRun<'_> {
    /// The table for people.
    pub fn table(&self, listed: Listed, style: Style) -> String {
        table::table(self, listed, style)
    }

    /// The JSON document: `docs/schemas/vex-apply-1.json`.
    pub fn json(&self) -> String {
        json::json(self)
    }

    /// The page for people: one file that loads nothing. `image` is the image that was verified for the run.
    pub fn html(&self, image: Option<ImageEvidence<'_>>, page: impl Into<Page>) -> String {
        html::applied(*self, image, page.into())
    }

    /// A pipeline format.
    pub fn pipeline(&self, format: PipelineFormat) -> String {
        match format {
            PipelineFormat::Sarif => sarif::sarif(self),
            PipelineFormat::Junit => junit::junit(self),
            PipelineFormat::Github => github::github(self),
            PipelineFormat::Markdown => markdown::markdown(self),
        }
    }

    /// The counts of the verdict: `2 of 4 findings remain; none count (severity high or above)`.
    pub(in crate::report) fn verdict_counts(&self) -> String {
        verdict::counts(self)
    }

    /// Explains the decisions about these findings, for people.
    pub fn explain(&self, findings: &[DecidedFinding<'_>], style: Style) -> String {
        explain::explain(findings, self, style)
    }

    /// The explanation records of these findings: `docs/schemas/vex-explain-1.json`.
    pub fn explain_json(&self, findings: &[DecidedFinding<'_>]) -> String {
        explain::explain_json(findings, self)
    }
}

#[cfg(test)]
mod tests;
