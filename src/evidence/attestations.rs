//! Makes the checks on attestations, both about an image and about the index around it.

use std::borrow::Cow;

use super::accepted_evidence::AcceptedEvidence;
use super::attested::{AttestationEvidence, Attested, ListedReferrer};
use super::check::{Check, CheckKind, CheckSubject, Outcome};
use super::facts;
use super::failure::Failure;
use super::reference::{Evidence, RootSignatureStatus};
use crate::attestation::short_title;
use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic as _};
use crate::trust::Quorum;

const KIND: CheckKind = CheckKind::Attestation;

/// The name of the index in reports.
pub(super) const INDEX: &str = "index";

/// The check on one attestation of `object`, which is the object's name in reports.
pub(super) fn judged(
    attestation: &AttestationEvidence,
    outcome: &Result<&Attested, Cow<'_, Failure>>,
    subject: CheckSubject,
    object: &str,
) -> Check {
    let scope = format!("{} of {object}", attestation.title());
    match outcome {
        Ok(attested) => {
            let message = signed_by(attested.signatures());
            let unknown = attested.signatures().iter().find_map(|facts| facts.log().cause());
            match unknown {
                Some(cause) => {
                    let what = "the log entry of the signature cannot be verified";
                    let diagnostic = Diagnostic::new(Code::TRUST_LOG_MISSING, what)
                        .fact("log entry", cause)
                        .remedy(Remedy::GiveLogKey);
                    Check { message, ..Check::noted(KIND, subject, &scope, Outcome::Warn, diagnostic) }
                }
                None => Check::pass(KIND, subject, &scope, message),
            }
        }
        Err(failure) => {
            let diagnostic = failure.to_diagnostic().fact("attestation", attestation.digest.short());
            Check::noted(KIND, subject, &scope, Outcome::of_failed(failure.is_open()), diagnostic)
        }
    }
}

/// The check on a referrer of `object` that was not judged.
pub(super) fn not_judged(listed: &ListedReferrer, subject: CheckSubject, object: &str) -> Check {
    let what = listed.predicate_type.as_deref().unwrap_or(&listed.artifact_type);
    let scope = format!("{} of {object}", short_title(what));
    Check::skipped(CheckKind::Referrer, subject, &scope, listed.reason.to_string())
}

/// The checks on the attestations about the index. A failure counts if the policy accepts attestations about the
/// index, and is a warning if not. `suffices` is whether the images have the required attestations without the
/// sources that could not be read.
pub(super) fn of_index(evidence: &Evidence, accepted: AcceptedEvidence, suffices: bool) -> Vec<Check> {
    let index = &evidence.about_index;
    let counts = accepted == AcceptedEvidence::ImagesOrIndex;
    let mut checks = Vec::new();
    // An unreadable referrer may be a signature or an attestation. It is reported once, as the root's signature.
    let signature = match evidence.root_signature_status() {
        RootSignatureStatus::Failed(failure) => Some(failure.into_owned()),
        _ => None,
    };
    for (attestation, outcome) in index.judged(evidence.root.digest) {
        let is_reported = outcome.as_ref().is_err_and(|failure| signature.as_ref() == Some(failure.as_ref()));
        if is_reported {
            continue;
        }
        let subject = CheckSubject::IndexAttestation(attestation.digest);
        let check = judged(attestation, &outcome, subject, INDEX);
        let check = if check.counts() && !counts { Check { found: Outcome::Warn, ..check } } else { check };
        checks.push(check.with(facts::of_index_attestation(attestation, evidence)));
    }
    // A failure to list the referrers is reported for the index's signature, which is among them.
    for failure in &index.not_checked {
        let check = Check::failed(KIND, CheckSubject::IndexSearch, INDEX, failure);
        checks.push(if suffices || !counts { Check { found: Outcome::Skip, ..check } } else { check });
    }
    // If the list may hold what an image lacks, the check on the image reports it.
    for unknown in index.unknown_lists.iter().filter(|_| suffices || !counts) {
        let check = Check::failed(KIND, CheckSubject::IndexSearch, INDEX, &unknown.failure);
        checks.push(Check { found: Outcome::Skip, ..check });
    }
    for listed in &index.listed {
        let check = not_judged(listed, CheckSubject::IndexReferrer(listed.digest), INDEX);
        checks.push(check.with(facts::of_index_listed(listed, evidence)));
    }
    checks
}

/// The skipped check on attestations, for a policy that decides by the root's signature.
pub(super) fn not_required(object: &str) -> Check {
    let message = "not judged: the policy requires only the signature";
    // This kind is skipped by every run with the same policy, so a summary of the run can be accepted.
    Check::skipped(CheckKind::Referrer, CheckSubject::Root, &format!("attestations of {object}"), message)
}

/// `signed by dhi-2, log proven`; several signatures follow one another.
pub(super) fn signed_by(signatures: &Quorum) -> String {
    let message = signatures
        .iter()
        .map(|facts| format!("{}, log {}", facts.signer().name(), facts.log().as_str()))
        .collect::<Vec<_>>()
        .join("; ");
    format!("signed by {message}")
}
