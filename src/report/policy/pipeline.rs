//! The pipeline formats of evaluated policies: SARIF, JUnit, GitHub annotations, Markdown.

use super::run::{PolicyProof, PolicyRun, conclusion_of, without_facts};
use crate::diagnostic::Exit;
use crate::evidence::{Check, Conclusion, Tally};
use crate::policy::facts::Unresolved;
use crate::report::RECORDED;
use crate::report::{
    Frame, ItemResult, LastLine, Parts, Pipeline, PipelineFormat, ReportItem, RunPolicies, VerifyRenderer,
};

impl PolicyRun<'_> {
    /// The document in a pipeline format.
    pub fn pipeline(&self, format: PipelineFormat) -> String {
        match self.proof {
            PolicyProof::Verified { run, image } => {
                VerifyRenderer::pipeline(run, format).render(std::slice::from_ref(image), &[])
            }
            PolicyProof::Recorded { policies, unresolved } => self.recorded(format, policies, unresolved),
        }
    }

    fn recorded(&self, format: PipelineFormat, policies: &RunPolicies, unresolved: &[Unresolved]) -> String {
        let mut pipeline = Pipeline::new(format, self.texts);
        let [mut first, mut second] = Parts::default();
        let mut tally = Tally::default();
        for image in &self.images {
            let checks: Vec<Check> = image.results.iter().map(|result| result.check.clone()).collect();
            let conclusion = conclusion_of(image);
            let exit = checks.iter().map(Check::exit).max().unwrap_or(Exit::Fail);
            tally.add(&conclusion, exit);
            let [one, other] = pipeline.add(&ReportItem {
                reference: format!("{} ({RECORDED})", image.reference),
                digest: Some(image.digest),
                places: Vec::new(),
                claim: None,
                result: ItemResult::Checks(&checks),
                conclusion,
                policy: policies.as_str(),
                skipped: std::iter::once(format!("signatures and attestations: {RECORDED}"))
                    .chain(policies.not_evaluated().iter().cloned())
                    .collect(),
            });
            first.push_str(&one);
            second.push_str(&other);
        }
        for one in unresolved {
            let diagnostic = without_facts(one);
            tally.add(&Conclusion::Unknown, diagnostic.exit());
            let [one, other] = pipeline.add(&ReportItem {
                reference: format!("{} ({RECORDED})", one.reference),
                digest: None,
                places: Vec::new(),
                claim: None,
                result: ItemResult::Unresolved(&diagnostic),
                conclusion: Conclusion::Unknown,
                policy: policies.as_str(),
                skipped: Vec::new(),
            });
            first.push_str(&one);
            second.push_str(&other);
        }
        let last = LastLine { tally: &tally, policies, objects: None };
        let Frame([before, between, after]) = pipeline.finish(last);
        [before, first, between, second, after].concat()
    }
}
