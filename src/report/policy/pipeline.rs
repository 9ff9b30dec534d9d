//! The pipeline formats of evaluated policies: SARIF, JUnit, GitHub annotations, Markdown.

use super::run::{PolicyProof, PolicyRun, conclusion_of, without_facts};
use crate::diagnostic::Exit;
use crate::evidence::{Check, Conclusion, Tally};
use crate::policy::facts::Unresolved;
use crate::report::markdown::{cell, code};
use crate::report::{
    Frame, Image, ItemResult, LastLine, Parts, Pipeline, PipelineFormat, RECORDED, ReportItem, Run,
    RunPolicies,
};

impl PolicyRun<'_> {
    /// The document in a pipeline format. `exit` is the exit code of the run.
    pub fn pipeline(&self, format: PipelineFormat, exit: Exit) -> String {
        let pipeline = Pipeline::new(format, self.texts).with_exit(exit);
        let document = match self.proof {
            PolicyProof::Verified { run, image } => self.verified(pipeline, run, image),
            PolicyProof::Recorded { policies, unresolved } => self.recorded(pipeline, policies, unresolved),
        };
        match format {
            PipelineFormat::Markdown => document + &self.markdown_results(),
            _ => document,
        }
    }

    fn verified(&self, mut pipeline: Pipeline<'_>, run: Run<'_>, image: &Image) -> String {
        let mut tally = Tally::default();
        tally.add(&image.conclusion(), image.exit());
        let mut item = run.item(image);
        item.skipped.extend(self.set_not_evaluated());
        let [first, second] = pipeline.add(&item);
        let last = LastLine { tally: &tally, policies: run.policies, objects: None };
        let Frame([before, between, after]) = pipeline.finish(last);
        [before, first, between, second, after].concat()
    }

    fn recorded(
        &self,
        mut pipeline: Pipeline<'_>,
        policies: &RunPolicies,
        unresolved: &[Unresolved],
    ) -> String {
        let [mut first, mut second] = Parts::default();
        let mut tally = Tally::default();
        for image in &self.images {
            let checks: Vec<Check> = image.results.iter().map(|result| result.check.clone()).collect();
            let conclusion = conclusion_of(image);
            let exit = checks.iter().map(Check::exit).max().unwrap_or(Exit::Fail);
            tally.add(&conclusion, exit);
            let mut skipped = vec![format!("signatures and attestations: {RECORDED}")];
            skipped.extend(self.set_not_evaluated());
            let [one, other] = pipeline.add(&ReportItem {
                reference: format!("{} ({RECORDED})", image.reference),
                digest: Some(image.digest),
                places: self.location.into_iter().cloned().collect(),
                claim: None,
                result: ItemResult::Checks(&checks),
                conclusion,
                policy: policies.as_str(),
                skipped,
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
                places: self.location.into_iter().cloned().collect(),
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

    /// The policies of the set that are evaluated for no image, as skipped checks. Those that are not about an image
    /// have a check.
    fn set_not_evaluated(&self) -> impl Iterator<Item = String> {
        super::folded::not_evaluated(self.set).into_iter().map(|text| format!("not evaluated: {text}"))
    }

    /// The results and the health scores as Markdown.
    fn markdown_results(&self) -> String {
        if self.images.is_empty() {
            return String::new();
        }
        let mut text =
            "\n### Policies\n\n| result | policy | image | violations | weight |\n|---|---|---|---|---|\n"
                .to_owned();
        for row in self.result_rows() {
            let (policy, images) = (cell(&row.policy), cell(&row.images));
            let (outcome, violations, weight) = (row.outcome.as_str(), row.violations, row.weight);
            text.push_str(&format!("| **{outcome}** | {policy} | {images} | {violations} | {weight} |\n"));
        }
        text.push('\n');
        for score in self.scores() {
            text.push_str(&format!("* Health score {}\n", code(&score)));
        }
        for off in self.not_evaluated() {
            text.push_str(&format!("* Not evaluated: {}\n", code(&off)));
        }
        text
    }
}
