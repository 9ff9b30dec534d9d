//! The JSON document of evaluated policies, `docs/schemas/policy-1.json`.

use serde::Serialize;
use serde_json::Value;

use super::list::{NotEvaluatedJson, PolicyJson};
use super::run::{EvaluatedImage, PolicyProof, PolicyResult, PolicyRun};
use crate::diagnostic::Exit;
use crate::evidence::Outcome;
use crate::oci::Digest;
use crate::policy::rego::{Answer, NotApplicable, Question, Violation};
use crate::policy::{Score, SelectedPolicy};
use crate::report::json::{DiagnosticJson, ImageResult};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    schema_version: u32,
    tool: Tool,
    target: &'a str,
    verified: bool,
    verdict: &'static str,
    exit_code: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    effective_time: Option<String>,
    counts: Counts,
    policies: Vec<PolicyJson<'a>>,
    not_evaluated: Vec<NotEvaluatedJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deciding_policy: Option<&'static str>,
    images: Vec<ImageJson<'a>>,
    /// The references of recorded facts that have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    unresolved: Option<Vec<UnresolvedJson<'a>>>,
    /// What `dhi verify` reports of the reference.
    #[serde(skip_serializing_if = "Option::is_none")]
    verification: Option<ImageResult<'a>>,
}

#[derive(Serialize)]
struct UnresolvedJson<'a> {
    reference: &'a str,
    cause: &'a str,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Counts {
    images: usize,
    passed: usize,
    held: usize,
    failed: usize,
    unknown: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ImageJson<'a> {
    reference: &'a str,
    digest: Digest,
    platform: &'a str,
    health_score: ScoreJson,
    results: Vec<ResultJson<'a>>,
}

#[derive(Serialize)]
struct ScoreJson {
    #[serde(skip_serializing_if = "Option::is_none")]
    letter: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    percent: Option<u64>,
    held: u64,
    total: u64,
}

#[derive(Serialize)]
struct ResultJson<'a> {
    policy: &'a str,
    outcome: &'static str,
    weight: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<DiagnosticJson>,
    violations: Vec<ViolationJson<'a>>,
    questions: Vec<QuestionJson<'a>>,
    prints: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    bindings: Option<&'a Value>,
    /// Why the policy is not about the image.
    #[serde(rename = "notEvaluated", skip_serializing_if = "Option::is_none")]
    not_evaluated: Option<&'static str>,
}

#[derive(Serialize)]
struct ViolationJson<'a> {
    message: &'a str,
    detail: &'a serde_json::Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remediation: Option<&'a str>,
}

#[derive(Serialize)]
struct QuestionJson<'a> {
    call: &'a str,
    answer: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'a str>,
}

impl PolicyRun<'_> {
    /// The JSON document. `exit` is the exit code of the run.
    pub fn json(&self, exit: Exit) -> String {
        let (deciding_policy, verification) = match self.proof {
            PolicyProof::Recorded { .. } => (None, None),
            PolicyProof::Verified { run, image } => {
                (Some(run.policies.deciding_name()), Some(ImageResult::new(image, self.texts)))
            }
        };
        let unresolved = match self.proof {
            PolicyProof::Verified { .. } => None,
            PolicyProof::Recorded { unresolved, .. } => {
                let unresolved = unresolved.iter();
                Some(
                    unresolved
                        .map(|one| UnresolvedJson { reference: &one.reference, cause: &one.cause })
                        .collect(),
                )
            }
        };
        let document = Document {
            schema_version: 1,
            tool: Tool { name: "dhi", version: env!("CARGO_PKG_VERSION") },
            target: &self.target,
            verified: verification.is_some(),
            verdict: self.outcome().as_str(),
            exit_code: exit.code(),
            effective_time: self.effective_time.map(|time| time.to_string()),
            counts: Counts {
                images: self.images.len(),
                passed: self.passed(),
                held: self.count(Outcome::Pass),
                failed: self.count(Outcome::Fail),
                unknown: self.count(Outcome::Unknown),
            },
            policies: self.set.policies().iter().map(PolicyJson::new).collect(),
            not_evaluated: self.set.not_evaluated().iter().map(NotEvaluatedJson::new).collect(),
            deciding_policy,
            images: self.images.iter().map(|image| ImageJson::new(image, self)).collect(),
            unresolved,
            verification,
        };
        crate::report::json::text(&document)
    }
}

impl<'a> ImageJson<'a> {
    fn new(image: &'a EvaluatedImage, run: &'a PolicyRun<'_>) -> Self {
        let results = image.rows(run.set).map(|(policy, result)| ResultJson::new(policy, result, run));
        Self {
            reference: &image.reference,
            digest: image.digest,
            platform: &image.platform,
            health_score: ScoreJson::new(run.score(image)),
            results: results.collect(),
        }
    }
}

impl ScoreJson {
    fn new(score: Score) -> Self {
        let letter = score.letter().map(|letter| format!("{letter:?}"));
        Self { letter, percent: score.percent(), held: score.held(), total: score.total() }
    }
}

impl<'a> ResultJson<'a> {
    fn new(policy: &'a SelectedPolicy, result: &'a PolicyResult, run: &PolicyRun<'_>) -> Self {
        let evaluation = result.evaluation.as_ref();
        let check = &result.check;
        Self {
            policy: policy.name(),
            outcome: check.outcome().as_str(),
            weight: policy.weight,
            failure: check.diagnostic.as_ref().map(|diagnostic| DiagnosticJson::new(diagnostic, run.texts)),
            violations: evaluation
                .into_iter()
                .flat_map(|evaluation| &evaluation.violations)
                .map(ViolationJson::new)
                .collect(),
            questions: evaluation
                .into_iter()
                .flat_map(|evaluation| &evaluation.questions)
                .map(QuestionJson::new)
                .collect(),
            prints: evaluation.map(|evaluation| evaluation.prints.as_slice()).unwrap_or_default(),
            bindings: run
                .bindings
                .then(|| evaluation.map_or(&Value::Null, |evaluation| &evaluation.bindings)),
            not_evaluated: result.not_applicable.map(NotApplicable::as_str),
        }
    }
}

impl<'a> ViolationJson<'a> {
    fn new(violation: &'a Violation) -> Self {
        Self {
            message: &violation.message,
            detail: &violation.detail,
            remediation: violation.remediation.as_deref(),
        }
    }
}

impl<'a> QuestionJson<'a> {
    fn new(question: &'a Question) -> Self {
        let (answer, cause) = match &question.answer {
            Answer::Given => ("given", None),
            Answer::Absent | Answer::NotGiven => ("absent", None),
            Answer::None(cause) => ("none", Some(cause.text.as_str())),
        };
        Self { call: &question.call, answer, cause }
    }
}
