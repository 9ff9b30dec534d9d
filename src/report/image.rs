//! The result for one reference, and what all results of a run share.

use super::Words;
use super::item::{ItemResult, ReportItem};
use crate::diagnostic::{Code, Diagnostic, Exit};
use crate::evidence::{Conclusion, Verdict, VerdictSource};
use crate::oci::Reference;
use crate::policy::{self, BuiltIn};
use crate::trust::{LogPolicy, Trust};

/// What all results of one run have in common.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    /// Who puts data into words.
    pub words: &'a dyn Words,
    /// What was trusted.
    pub trust: &'a Trust,
    /// By which policy it was decided.
    pub policy: BuiltIn,
    /// The time for keys, where the caller set it: a report must not depend on the clock.
    pub effective_time: Option<jiff::Timestamp>,
}

/// What became of one exception.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppliedException {
    /// The image as it was written.
    pub image: String,
    /// The finding.
    pub check: Code,
    /// Why it is excused.
    pub reason: String,
    /// The last day.
    pub expires: String,
    /// What became of it.
    pub outcome: policy::ExceptionStatus,
}

/// The result for one reference.
pub struct Image {
    /// As asked for.
    pub reference: Reference,
    /// What the verdict rests on and the verdict, or why the reference could not be resolved.
    pub result: Result<(VerdictSource, Verdict), Diagnostic>,
}

impl Image {
    /// The exit code of this result.
    pub fn exit(&self) -> Exit {
        match &self.result {
            Ok((_, verdict)) => verdict.exit,
            Err(diagnostic) => diagnostic.exit(),
        }
    }

    /// What came of it, in a word.
    pub fn conclusion(&self) -> Conclusion {
        match &self.result {
            Ok((_, verdict)) => verdict.conclusion(),
            Err(diagnostic) => Conclusion::of(diagnostic.exit()),
        }
    }
}

impl Run<'_> {
    /// A result as the renderers for pipelines read it.
    pub fn item<'a>(&self, image: &'a Image) -> ReportItem<'a> {
        let found = image.result.as_ref().ok();
        ReportItem {
            reference: image.reference.to_string(),
            digest: found.map(|(basis, _)| basis.root().digest),
            places: Vec::new(),
            claim: found.map(|(_, verdict)| &verdict.claim),
            result: match &image.result {
                Ok((_, verdict)) => ItemResult::Checks(&verdict.checks),
                Err(diagnostic) => ItemResult::Unresolved(diagnostic),
            },
            conclusion: image.conclusion(),
            policy: self.policy.as_str(),
            skipped: self.left_out(),
        }
    }

    /// What the caller had left out, for all results.
    pub(super) fn left_out(&self) -> Vec<String> {
        let log =
            (self.trust.log == LogPolicy::Skip).then(|| "transparency log (skipped on request)".to_owned());
        log.into_iter().collect()
    }
}
