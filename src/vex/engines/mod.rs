//! What Grype, Trivy and go-vex do with the documents of a run, for profiles and for explanations.
//!
//! Each scanner is modelled at one version, with its faults. Where the real one differs, the model is wrong.
//! Invariant: a document whose source may not suppress counts for none of them.

mod answer;
mod candidates;
pub mod go_vex;
pub mod grype;
mod profile;
pub(super) mod repo_digest;
pub mod trivy;
mod unverified;

pub use answer::{EngineAnswer, EngineAnswers, EngineOutcome, EngineWhy, Unreadable};
pub use profile::decide;

#[cfg(test)]
mod tests;

use candidates::Candidates;

use super::{ImageFacts, Scan, StatementSet};

/// What Grype and Trivy do with each finding of a scan, in the order of the findings.
pub fn answers(scan: &Scan, facts: &ImageFacts, statements: &StatementSet) -> Vec<EngineAnswers> {
    let candidates = Candidates::of_scan(statements, scan, facts);
    let grype = grype::Grype::new(&candidates, scan);
    let trivy = trivy::Trivy::new(&candidates, scan);
    let answer = |finding| EngineAnswers { grype: grype.answer(finding), trivy: trivy.answer(finding) };
    scan.findings.iter().map(answer).collect()
}
