//! What one run of `dhi policy eval` decided.

use jiff::Timestamp;

use crate::diagnostic::{Code, Diagnostic, Exit, Remedy};
use crate::evidence::{
    Check, CheckKind, CheckSubject, Conclusion, ConclusionKind, Outcome, PlatformKey, Verdict,
};
use crate::oci::Digest;
use crate::policy::facts::Unresolved;
use crate::policy::rego::{Evaluation, Metadata, NotApplicable, Stopped, check};
use crate::policy::{PolicySet, Score, SelectedPolicy};
use crate::report::{HintTexts, Image, Location, Run, RunPolicies};

/// The policies of one run, and their results for each image.
pub struct PolicyRun<'a> {
    /// Texts of hints and error pages.
    pub texts: &'a dyn HintTexts,
    /// The reference or file, as the user named it.
    pub target: String,
    /// The file and line that name the images.
    pub location: Option<&'a Location>,
    /// What the facts about the images are.
    pub proof: PolicyProof<'a>,
    /// The policies.
    pub set: &'a PolicySet,
    /// The images, in the order of the evidence.
    pub images: Vec<EvaluatedImage>,
    /// Whether the JSON document has the whole document of each policy.
    pub bindings: bool,
    /// Whether the lines that policies printed are shown.
    pub prints: bool,
    /// `time.now_ns`, if the caller set it. A report must not depend on the clock.
    pub effective_time: Option<Timestamp>,
}

/// What the facts about images are.
#[derive(Clone, Copy)]
pub enum PolicyProof<'a> {
    /// They were verified in this run.
    Verified {
        /// The facts about the verification.
        run: Run<'a>,
        /// The result of the verification. Its checks include those of the policies.
        image: &'a Image,
    },
    /// They were read from a file and prove nothing.
    Recorded {
        /// The policies.
        policies: &'a RunPolicies,
        /// The references of the file without facts.
        unresolved: &'a [Unresolved],
    },
}

/// The results for one image.
pub struct EvaluatedImage {
    /// The reference.
    pub reference: String,
    /// Digest of its manifest.
    pub digest: Digest,
    /// Its platform, or what names it in tables.
    pub platform: String,
    /// One result for each policy of the set, in its order.
    pub results: Vec<PolicyResult>,
}

/// The result of one policy for one image.
pub struct PolicyResult {
    /// The check.
    pub check: Check,
    /// The evaluation. `None` if there was none, or it was stopped.
    pub evaluation: Option<Evaluation>,
    /// Why the policy is not about the image, if it is not.
    pub not_applicable: Option<NotApplicable>,
}

impl EvaluatedImage {
    /// The results for the image `key` of recorded facts. `result` finds that of the policy with a name.
    pub fn recorded<'a>(
        reference: String,
        platform: String,
        key: PlatformKey,
        set: &PolicySet,
        result: impl Fn(&str) -> Option<&'a Result<Evaluation, Stopped>>,
    ) -> Self {
        let results = set.policies().iter().map(|policy| {
            let result = result(policy.name());
            PolicyResult::new(check(&policy.policy, key, &platform, result), result)
        });
        let results = results.collect();
        Self { reference, digest: key.digest, platform, results }
    }

    /// The results for the image `key` that was verified. The checks are those of the verdict.
    pub fn verified<'a>(
        reference: String,
        platform: String,
        key: PlatformKey,
        set: &PolicySet,
        verdict: &Verdict,
        result: impl Fn(&str) -> Option<&'a Result<Evaluation, Stopped>>,
    ) -> Self {
        let results = set.policies().iter().map(|policy| {
            let result = result(policy.name());
            let subject = CheckSubject::Policy { platform: key, policy: policy.name().to_owned() };
            let judged = verdict.checks.iter().find(|check| check.subject == subject).cloned();
            let check = judged.unwrap_or_else(|| check(&policy.policy, key, &platform, result));
            PolicyResult::new(check, result)
        });
        let results = results.collect();
        Self { reference, digest: key.digest, platform, results }
    }

    /// Each policy with its result.
    pub(super) fn rows<'a>(
        &'a self,
        set: &'a PolicySet,
    ) -> impl Iterator<Item = (&'a SelectedPolicy, &'a PolicyResult)> {
        set.policies().iter().zip(&self.results)
    }

    /// Whether the policy with this name is about the image.
    pub fn is_asked(&self, set: &PolicySet, name: &str) -> bool {
        self.rows(set).any(|(policy, result)| policy.name() == name && result.not_applicable.is_none())
    }

    /// The number of policies with this outcome.
    pub(super) fn count(&self, outcome: Outcome) -> usize {
        self.results.iter().filter(|result| result.check.outcome() == outcome).count()
    }

    /// Whether all policies hold.
    fn passes(&self) -> bool {
        self.results.iter().all(|result| !result.check.counts())
    }
}

impl PolicyResult {
    fn new(check: Check, result: Option<&Result<Evaluation, Stopped>>) -> Self {
        let (evaluation, not_applicable) = match result {
            Some(Ok(evaluation)) => (Some(evaluation.clone()), None),
            Some(Err(Stopped::NotApplicable(reason))) => (None, Some(*reason)),
            Some(Err(_)) | None => (None, None),
        };
        Self { check, evaluation, not_applicable }
    }
}

impl PolicyRun<'_> {
    /// The checks of the verification, without those of policies in Rego.
    pub(super) fn verification_checks(&self) -> impl Iterator<Item = &Check> {
        let image = match self.proof {
            PolicyProof::Verified { image, .. } => Some(image),
            PolicyProof::Recorded { .. } => None,
        };
        let verdict = image.and_then(|image| image.result.as_ref().ok()).map(|(_, verdict)| verdict);
        let checks = verdict.into_iter().flat_map(|verdict| &verdict.checks);
        checks.filter(|check| check.kind != CheckKind::Policy)
    }

    /// The outcome of the verification.
    pub(super) fn verification(&self) -> Option<Outcome> {
        match self.proof {
            PolicyProof::Recorded { unresolved: [], .. } => None,
            PolicyProof::Recorded { .. } => Some(Outcome::Unknown),
            PolicyProof::Verified { image, .. } => Some(match &image.result {
                Err(diagnostic) => Outcome::of_failed(diagnostic.exit().is_open()),
                Ok(_) => worst(self.verification_checks()),
            }),
        }
    }

    /// The health score of an image. A policy without a result counts as not held, and one that is not about the image
    /// does not count. The policy that decides counts with the default weight; if it does not hold, none is held.
    pub(super) fn score(&self, image: &EvaluatedImage) -> Score {
        let mut score = Score::default();
        let verifies = match self.proof {
            PolicyProof::Recorded { .. } => true,
            PolicyProof::Verified { .. } => {
                let holds = self.verification() == Some(Outcome::Pass);
                score.add(Metadata::WEIGHT, holds);
                holds
            }
        };
        for (policy, result) in image.rows(self.set).filter(|(_, result)| result.not_applicable.is_none()) {
            score.add(policy.weight, verifies && result.check.outcome() == Outcome::Pass);
        }
        score
    }

    /// The outcome of everything: a failure before what is unknown.
    pub fn outcome(&self) -> Outcome {
        let policies = self.images.iter().flat_map(|image| &image.results).map(|result| &result.check);
        match (self.verification(), worst(policies)) {
            (Some(Outcome::Fail), _) | (_, Outcome::Fail) => Outcome::Fail,
            (Some(Outcome::Unknown), _) | (_, Outcome::Unknown) => Outcome::Unknown,
            // Nothing was decided about no image.
            _ if self.images.is_empty() => Outcome::Unknown,
            _ => Outcome::Pass,
        }
    }

    /// The exit code. Without an image it is never a pass.
    pub fn exit(&self) -> Exit {
        let policies = self.images.iter().flat_map(|image| &image.results).map(|result| result.check.exit());
        let exit = policies.chain([self.verification_exit()]).max().unwrap_or(Exit::Fail);
        if self.images.is_empty() { exit.max(Exit::Fail) } else { exit }
    }

    /// The exit code of everything but results: what could not be verified, or is not there, and limits. A policy that
    /// fails or is unknown does not count.
    pub fn exit_without_results(&self) -> Exit {
        match self.exit() {
            Exit::Fail => Exit::Pass,
            exit => exit,
        }
    }

    fn verification_exit(&self) -> Exit {
        match self.proof {
            // What is not recorded is unknown.
            PolicyProof::Recorded { unresolved: [], .. } => Exit::Pass,
            PolicyProof::Recorded { .. } => Exit::Fail,
            PolicyProof::Verified { image, .. } => match &image.result {
                Err(diagnostic) => diagnostic.exit(),
                Ok(_) => self.verification_checks().map(Check::exit).max().unwrap_or(Exit::Pass),
            },
        }
    }

    /// The conclusion of everything.
    pub(super) fn conclusion(&self) -> ConclusionKind {
        match self.outcome() {
            Outcome::Pass => ConclusionKind::Pass,
            Outcome::Unknown => ConclusionKind::Unknown,
            _ => ConclusionKind::Fail,
        }
    }

    /// The number of images for which everything holds.
    pub(super) fn passed(&self) -> usize {
        match self.proof {
            PolicyProof::Verified { .. } if self.verification() != Some(Outcome::Pass) => 0,
            _ => self.images.iter().filter(|image| image.passes()).count(),
        }
    }

    /// The number of results with this outcome.
    pub(super) fn count(&self, outcome: Outcome) -> usize {
        self.images.iter().map(|image| image.count(outcome)).sum()
    }

    /// What was decided about all images, in one phrase: `0 of 1 image passes 3 policies; 1 failed`.
    pub(super) fn counts(&self) -> String {
        let policies = match self.proof {
            PolicyProof::Verified { run, .. } => run.policies,
            PolicyProof::Recorded { policies, .. } => policies,
        };
        let policies = policies.as_str();
        let passed = self.passed();
        let unresolved = match self.proof {
            PolicyProof::Recorded { unresolved, .. } => unresolved.len(),
            PolicyProof::Verified { .. } => 0,
        };
        // The other formats count references, so what is counted here has another name.
        let several = match self.proof {
            PolicyProof::Verified { .. } => "platforms",
            PolicyProof::Recorded { .. } => "images",
        };
        // An image that was not found is one too.
        let mut text = match (self.images.len() + unresolved).max(1) {
            1 => format!("{passed} of 1 image passes {policies}"),
            count => format!("{passed} of {count} {several} pass {policies}"),
        };
        let counted = [(Outcome::Fail, "failed"), (Outcome::Unknown, "unknown")];
        let not_evaluated = self
            .images
            .iter()
            .flat_map(|image| &image.results)
            .filter(|result| result.check.outcome() == Outcome::Skip && result.not_applicable.is_none());
        let others = counted.map(|(outcome, word)| (self.count(outcome), word));
        let others = others.into_iter().chain([(not_evaluated.count(), "not evaluated")]).collect::<Vec<_>>();
        let others: Vec<String> = others
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{count} {word}"))
            .collect();
        if !others.is_empty() {
            text = format!("{text}; {}", others.join(", "));
        }
        text
    }
}

/// Why policies are unknown for a reference of recorded facts that has none.
pub(super) fn without_facts(unresolved: &Unresolved) -> Diagnostic {
    let what = format!("{} has no recorded facts: {}", unresolved.reference, unresolved.cause);
    let reference = Some(unresolved.reference.clone());
    Diagnostic::new(Code::POLICY_UNKNOWN, what).remedy(Remedy::RecordFacts { reference })
}

/// The conclusion of an image whose facts were recorded.
pub(super) fn conclusion_of(image: &EvaluatedImage) -> Conclusion {
    match worst(image.results.iter().map(|result| &result.check)) {
        Outcome::Fail => Conclusion::Fail,
        Outcome::Unknown => Conclusion::Unknown,
        _ => Conclusion::Pass,
    }
}

/// The outcome of all checks together.
fn worst<'a>(checks: impl Iterator<Item = &'a Check>) -> Outcome {
    let mut worst = Outcome::Pass;
    for check in checks.filter(|check| check.counts()) {
        match check.outcome() {
            Outcome::Fail => return Outcome::Fail,
            _ => worst = Outcome::Unknown,
        }
    }
    worst
}
