//! The results of a run for people: equal results of several images are one, and what was not evaluated is listed once
//! for each reason.

use std::collections::BTreeMap;

use super::run::{EvaluatedImage, PolicyProof, PolicyResult, PolicyRun};
use crate::evidence::Outcome;
use crate::policy::rego::Metadata;
use crate::policy::{NotEvaluatedReason, PolicySet, SelectedPolicy};

/// How many images are named one by one.
const NAMED: usize = 3;

/// Results of one policy that are equal.
pub(super) struct FoldedResult<'a> {
    pub(super) policy: &'a SelectedPolicy,
    /// The result of the first image.
    pub(super) result: &'a PolicyResult,
    /// The images, as tables name them.
    pub(super) images: String,
}

/// A row of a table of results.
pub(super) struct ResultRow {
    pub(super) outcome: Outcome,
    pub(super) policy: String,
    pub(super) images: String,
    /// The number of violations, `-` without an evaluation.
    pub(super) violations: String,
    pub(super) weight: String,
}

impl PolicyRun<'_> {
    /// A row for the policy that decides and for each policy, equal results of several images as one.
    pub(super) fn result_rows(&self) -> Vec<ResultRow> {
        let mut rows = Vec::new();
        if let PolicyProof::Verified { run, .. } = self.proof {
            rows.push(ResultRow {
                outcome: self.verification().unwrap_or(Outcome::Unknown),
                policy: run.policies.deciding_name().to_owned(),
                images: "all".to_owned(),
                violations: "-".to_owned(),
                weight: Metadata::WEIGHT.to_string(),
            });
        }
        let count = |result: &PolicyResult| Some(result.evaluation.as_ref()?.violations.len());
        let equal = |one: &PolicyResult, other: &PolicyResult| {
            (one.check.outcome(), count(one)) == (other.check.outcome(), count(other))
        };
        let rest = self.folded(equal).into_iter().map(|folded| ResultRow {
            outcome: folded.result.check.outcome(),
            policy: folded.policy.name().to_owned(),
            images: folded.images,
            violations: count(folded.result).map_or_else(|| "-".to_owned(), |count| count.to_string()),
            weight: folded.policy.weight.to_string(),
        });
        rows.extend(rest);
        rows
    }

    /// The results of each policy that is about the images, those that `equal` finds equal as one.
    pub(super) fn folded(
        &self,
        equal: impl Fn(&PolicyResult, &PolicyResult) -> bool,
    ) -> Vec<FoldedResult<'_>> {
        let mut all = Vec::new();
        for (at, policy) in self.set.policies().iter().enumerate() {
            let mut groups: Vec<(&PolicyResult, Vec<&EvaluatedImage>)> = Vec::new();
            for image in &self.images {
                let Some(result) = image.results.get(at).filter(|result| result.not_applicable.is_none())
                else {
                    continue;
                };
                match groups.iter_mut().find(|(known, _)| equal(known, result)) {
                    Some((_, images)) => images.push(image),
                    None => groups.push((result, vec![image])),
                }
            }
            let folded = groups.into_iter().map(|(result, images)| {
                let images = self.named(&images);
                FoldedResult { policy, result, images }
            });
            all.extend(folded);
        }
        all
    }

    /// The names of images: `linux/amd64`, or `all` if there are others and these are all.
    fn named(&self, images: &[&EvaluatedImage]) -> String {
        if images.len() > 1 && images.len() == self.images.len() {
            return "all".to_owned();
        }
        let one_reference = self.images.windows(2).all(|two| match two {
            [one, other] => one.reference == other.reference,
            _ => true,
        });
        let names = images.iter().take(NAMED).map(|image| match one_reference {
            true => image.platform.clone(),
            false => format!("{} {}", image.reference, image.platform),
        });
        let names = names.collect::<Vec<_>>().join(", ");
        match images.len().saturating_sub(NAMED) {
            0 => names,
            more => format!("{names} and {more} more"),
        }
    }

    /// The health scores, equal ones as one: `B (83%); 1 unknown policy counts as not held`.
    pub(super) fn scores(&self) -> Vec<String> {
        let mut groups: Vec<(String, Vec<&EvaluatedImage>)> = Vec::new();
        for image in &self.images {
            let score = self.score(image).to_string();
            let text = match image.count(Outcome::Unknown) {
                0 => score,
                1 => format!("{score}; 1 unknown policy counts as not held"),
                count => format!("{score}; {count} unknown policies count as not held"),
            };
            match groups.iter_mut().find(|(known, _)| *known == text) {
                Some((_, images)) => images.push(image),
                None => groups.push((text, vec![image])),
            }
        }
        let is_one = groups.len() == 1;
        let text = |(text, images): (String, Vec<&EvaluatedImage>)| match is_one {
            true => text,
            false => format!("{text} of {}", self.named(&images)),
        };
        groups.into_iter().map(text).collect()
    }

    /// The policies that are not evaluated: `fips, stig-score (not a FIPS image)`.
    pub(super) fn not_evaluated(&self) -> Vec<String> {
        let mut lines = not_evaluated(self.set);
        let mut by_reason = BTreeMap::new();
        for (at, policy) in self.set.policies().iter().enumerate() {
            let mut reasons: BTreeMap<_, Vec<&EvaluatedImage>> = BTreeMap::new();
            for image in &self.images {
                if let Some(reason) = image.results.get(at).and_then(|result| result.not_applicable) {
                    reasons.entry(reason).or_default().push(image);
                }
            }
            for (reason, images) in reasons {
                let text = match images.len() == self.images.len() {
                    true => reason.to_string(),
                    false => format!("{}: {reason}", self.named(&images)),
                };
                by_reason.entry((reason, text)).or_insert_with(Vec::new).push(policy.name());
            }
        }
        lines
            .extend(by_reason.into_iter().map(|((_, text), names)| format!("{} ({text})", names.join(", "))));
        lines
    }
}

/// The policies of the set that are not evaluated, one text for each reason: `a, b (not requested)`.
pub(super) fn not_evaluated(set: &PolicySet) -> Vec<String> {
    let mut by_reason: Vec<(String, Vec<&str>)> = Vec::new();
    for policy in set.not_evaluated() {
        let text = match &policy.reason {
            NotEvaluatedReason::Disabled { config } => format!("disabled in {config}"),
            NotEvaluatedReason::NotRequested => "not requested".to_owned(),
            NotEvaluatedReason::NeedsSettings => "needs settings".to_owned(),
        };
        match by_reason.iter_mut().find(|(known, _)| *known == text) {
            Some((_, names)) => names.push(&policy.name),
            None => by_reason.push((text, vec![&policy.name])),
        }
    }
    by_reason.into_iter().map(|(text, names)| format!("{} ({text})", names.join(", "))).collect()
}
