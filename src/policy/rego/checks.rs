//! The check that the result of a policy for one image makes.
//!
//! An image has one check for each policy. All violations are facts of its diagnostic, so every renderer shows them.

use serde_json::{Map, Value};

use super::evaluation::{Answer, Evaluation, Question, Stopped, UnknownReason, Verdict, Violation};
use super::module::RegoPolicy;
use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic as _};
use crate::evidence::{Check, CheckKind, CheckSubject, Outcome, PlatformKey};
use crate::policy::facts::UnknownKind;

/// The check for the image `key`, which tables name `label`. Without a result it is unknown.
pub fn check(
    policy: &RegoPolicy,
    key: PlatformKey,
    label: &str,
    result: Option<&Result<Evaluation, Stopped>>,
) -> Check {
    let name = &policy.metadata().name;
    let subject = CheckSubject::Policy { platform: key, policy: name.clone() };
    let scope = format!("{name} of {label}");
    let facts = vec![("source", policy.source_digest().to_string())];
    let unknown = |cause: &str| (Outcome::Unknown, Diagnostic::new(Code::POLICY_UNKNOWN, cause));
    let (outcome, diagnostic) = match result {
        None => unknown("the policy was not evaluated"),
        Some(Err(Stopped::NotApplicable(reason))) => {
            let reason = format!("not evaluated: {reason}");
            return Check::skipped(CheckKind::Policy, subject, &scope, reason).with(facts);
        }
        Some(Err(Stopped::Limit(exceeded))) => (Outcome::Unknown, exceeded.to_diagnostic()),
        Some(Err(Stopped::Process(cause))) => unknown(cause),
        Some(Ok(evaluation)) => match diagnostic(policy, evaluation) {
            None => return Check::pass(CheckKind::Policy, subject, &scope, "holds").with(facts),
            Some(found) => found,
        },
    };
    Check::noted(CheckKind::Policy, subject, &scope, outcome, diagnostic).with(facts)
}

/// The check for an image that failed itself, or that has a failed attestation.
pub(super) fn not_evaluated(policy: &RegoPolicy, key: PlatformKey, label: &str) -> Check {
    let name = &policy.metadata().name;
    let subject = CheckSubject::Policy { platform: key, policy: name.clone() };
    let reason = "not evaluated: the image or its attestations failed";
    Check::skipped(CheckKind::Policy, subject, &format!("{name} of {label}"), reason)
}

/// What is wrong with a result. `None` if the policy holds.
pub fn diagnostic(policy: &RegoPolicy, evaluation: &Evaluation) -> Option<(Outcome, Diagnostic)> {
    let (outcome, code, message) = match &evaluation.verdict {
        Verdict::Pass => return None,
        Verdict::Fail => (Outcome::Fail, Code::POLICY_VIOLATION, failure(policy, evaluation)),
        Verdict::Unknown(reason) => (Outcome::Unknown, Code::POLICY_UNKNOWN, reason.to_string()),
    };
    let mut diagnostic = Diagnostic::new(code, message);
    let is_fail = outcome == Outcome::Fail;
    if let Some(text) = odd_result(evaluation) {
        diagnostic = diagnostic.fact("result", text);
    }
    // The message of a single violation without details is the message of the check.
    let is_told =
        |violation: &Violation| is_fail && evaluation.violations.len() == 1 && violation.detail.is_empty();
    for violation in evaluation.violations.iter().filter(|violation| !is_told(violation)) {
        diagnostic = diagnostic.fact("violation", told(violation, &policy.metadata().details_order));
    }
    for text in asked(evaluation) {
        diagnostic = diagnostic.fact("asked", text);
    }
    if let Verdict::Unknown(reason) = &evaluation.verdict {
        diagnostic.remedies.push(remedy(reason));
    }
    for violation in &evaluation.violations {
        let Some(text) = violation.remediation.as_ref().filter(|text| !text.is_empty()) else { continue };
        let remedy = Remedy::FollowPolicy { text: text.clone() };
        if !diagnostic.remedies.contains(&remedy) {
            diagnostic.remedies.push(remedy);
        }
    }
    Some((outcome, diagnostic))
}

/// What to do about a result that is unknown.
fn remedy(reason: &UnknownReason) -> Remedy {
    match reason {
        UnknownReason::PassUndefined => Remedy::DefinePass,
        UnknownReason::PassIsNot(_)
        | UnknownReason::Conflict(_)
        | UnknownReason::ViolationsAreNot(_)
        | UnknownReason::ViolationIsNot(_)
        | UnknownReason::ViolationMember { .. } => Remedy::CorrectPolicyResult,
        UnknownReason::Failed(_) => Remedy::CorrectPolicy,
        UnknownReason::PassWithout { .. } => Remedy::HandleMissingData,
        UnknownReason::FindingsNotGiven => Remedy::GiveFindings,
        UnknownReason::Unanswered { cause, .. } => match &cause.kind {
            UnknownKind::NotRecorded { reference } => Remedy::RecordFacts { reference: reference.clone() },
            UnknownKind::NotJudged => Remedy::GiveTeamKey,
            UnknownKind::NotVerified { reference } => Remedy::ExplainImage { reference: reference.clone() },
            UnknownKind::Several { reference } => Remedy::ListAttestations { reference: reference.clone() },
            UnknownKind::OfBase { reference } => Remedy::AttestImageItself { reference: reference.clone() },
            UnknownKind::KeyNotTried => Remedy::GiveDockerKey,
            UnknownKind::Question => Remedy::AskWhatFactsAnswer,
        },
    }
}

/// What is odd about the document of a policy, if its verdict does not tell it.
pub fn odd_result(evaluation: &Evaluation) -> Option<String> {
    match &evaluation.verdict {
        Verdict::Fail if evaluation.passes_beside_violations() => Some(match evaluation.violations.len() {
            1 => "pass is true beside 1 violation: the violation counts".to_owned(),
            count => format!("pass is true beside {count} violations: the violations count"),
        }),
        Verdict::Unknown(UnknownReason::Unanswered { .. }) if evaluation.bindings.get("pass").is_none() => {
            Some(UnknownReason::PassUndefined.to_string())
        }
        _ => None,
    }
}

/// What a policy asked, with the answers, if that explains its result. A violation says what is missing, and the reason
/// of an unknown result names its question.
pub fn asked(evaluation: &Evaluation) -> impl Iterator<Item = String> {
    let shown = move |Question { call, answer }: &&Question| match (&evaluation.verdict, answer) {
        (
            Verdict::Fail
            | Verdict::Unknown(
                UnknownReason::Unanswered { .. }
                | UnknownReason::PassWithout { .. }
                | UnknownReason::FindingsNotGiven,
            ),
            Answer::Given,
        )
        | (Verdict::Unknown(UnknownReason::FindingsNotGiven), Answer::NotGiven) => false,
        (Verdict::Fail, Answer::Absent | Answer::NotGiven) => evaluation.violations.is_empty(),
        (
            Verdict::Unknown(
                UnknownReason::Unanswered { question, .. } | UnknownReason::PassWithout { question },
            ),
            _,
        ) => call != question,
        _ => true,
    };
    evaluation.questions.iter().filter(shown).map(|Question { call, answer }| match answer {
        Answer::Given => format!("{call}: answered"),
        Answer::Absent => format!("{call}: null, the image has none"),
        Answer::NotGiven => format!("{call}: none are given"),
        Answer::None(cause) => format!("{call}: no answer, {cause}"),
    })
}

/// The message of a policy that does not hold.
fn failure(policy: &RegoPolicy, evaluation: &Evaluation) -> String {
    let title = policy.metadata().not_compliant_title.as_deref().unwrap_or("the policy does not hold");
    match evaluation.violations.as_slice() {
        [] => format!("{title}: pass is false, without a violation"),
        [only] if !only.message.is_empty() => only.message.clone(),
        [_] => format!("{title}: 1 violation"),
        all => format!("{title}: {} violations", all.len()),
    }
}

/// A violation in one line: its message, and its details in the order of the metadata. Details that the metadata do not
/// name follow.
fn told(violation: &Violation, order: &[String]) -> String {
    let details = ordered_details(&violation.detail, order);
    let details: Vec<String> =
        details.into_iter().map(|(name, value)| format!("{name}: {}", plain(value))).collect();
    match (violation.message.as_str(), details.is_empty()) {
        (message, true) => message.to_owned(),
        ("", false) => details.join(", "),
        (message, false) => format!("{message} ({})", details.join(", ")),
    }
}

/// The details of a violation: first those of `order`, then the others by name.
pub fn ordered_details<'a>(detail: &'a Map<String, Value>, order: &[String]) -> Vec<(&'a String, &'a Value)> {
    let named = order.iter().filter_map(|name| detail.get_key_value(name));
    let others = detail.iter().filter(|(name, _)| !order.contains(name));
    named.chain(others).collect()
}

/// A string without quotes, any other value as JSON.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
