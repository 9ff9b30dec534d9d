//! The check that the result of a policy for one image makes.

use super::evaluation::{Evaluation, Stopped, Verdict};
use super::module::RegoPolicy;
use crate::diagnostic::{Code, Diagnostic, ToDiagnostic as _};
use crate::evidence::{Check, CheckKind, CheckSubject, Outcome, PlatformKey};

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
    let kind = CheckKind::Policy;
    let unknown = |cause: String| {
        let diagnostic = Diagnostic::new(Code::POLICY_UNKNOWN, cause);
        Check::noted(kind, subject.clone(), &scope, Outcome::Unknown, diagnostic)
    };
    match result {
        None => unknown(format!("the policy `{name}` was not evaluated")),
        Some(Err(Stopped::Limit(exceeded))) => {
            Check::noted(kind, subject, &scope, Outcome::Unknown, exceeded.to_diagnostic())
        }
        Some(Err(Stopped::Process(cause))) => unknown(cause.clone()),
        Some(Ok(evaluation)) => match &evaluation.verdict {
            Verdict::Pass => Check::pass(kind, subject, &scope, "holds"),
            Verdict::Fail => {
                let message =
                    evaluation.violations.first().map_or("it does not hold", |first| &first.message);
                let diagnostic = Diagnostic::new(Code::POLICY_VIOLATION, message);
                Check::noted(kind, subject, &scope, Outcome::Fail, diagnostic)
            }
            Verdict::Unknown(reason) => unknown(format!("{reason:?}")),
        },
    }
}

/// The check for an image that failed itself, or that has a failed attestation.
pub(super) fn not_evaluated(policy: &RegoPolicy, key: PlatformKey, label: &str) -> Check {
    let name = &policy.metadata().name;
    let subject = CheckSubject::Policy { platform: key, policy: name.clone() };
    let reason = "not evaluated: the image or its attestations failed";
    Check::skipped(CheckKind::Policy, subject, &format!("{name} of {label}"), reason)
}
