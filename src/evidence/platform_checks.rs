//! Makes the checks on one image: its failures, each attestation, and the requested types that it lacks.

use super::accepted_evidence::AcceptedEvidence;
use super::attestations;
use super::attested::AttestationEvidence;
use super::check::{Check, CheckKind, CheckSubject, Outcome};
use super::facts;
use super::platform::{PlatformEvidence, PlatformKey};
use super::presence::{
    accepted_types, accepted_types_of_index, available_types, lacks_attestation, unknown_list,
};
use super::reference::{EntryReason, Evidence};
use crate::attestation::PredicateSelector;
use crate::diagnostic::{Code, Diagnostic};

/// Adds the checks on one image. Returns whether its attestations, and those of the index if they count, are enough.
pub(super) fn judge_platform(
    key: PlatformKey,
    platform: &PlatformEvidence,
    evidence: &Evidence,
    accepted: AcceptedEvidence,
    checks: &mut Vec<Check>,
) -> bool {
    let label = platform.label();
    for failure in &platform.failures {
        let check = Check::failed(CheckKind::Platform, CheckSubject::Platform(key), &label, failure);
        checks.push(check.with(facts::of_image(platform)));
    }
    for (attestation, outcome) in platform.judged(evidence.root.digest) {
        let subject = CheckSubject::Attestation { platform: key, attestation: attestation.digest };
        let check = attestations::judged(attestation, &outcome, subject, &label);
        checks.push(check.with(facts::of_attestation(attestation, platform, evidence)));
    }
    let missing = lacking_types(platform, evidence, accepted);
    let suffices = suffices(platform, evidence, accepted);
    // A failed image explains a missing attestation: one error for each cause.
    if platform.failures.is_empty() && !missing.is_empty() {
        let subject = CheckSubject::Platform(key);
        match unknown_list(platform, evidence, accepted) {
            Some(unknown) => {
                checks.push(Check::failed(CheckKind::Attestation, subject, &label, &unknown.failure));
            }
            None => checks.extend(missing.into_iter().map(|diagnostic| {
                Check::noted(CheckKind::Attestation, subject.clone(), &label, Outcome::Fail, diagnostic)
            })),
        }
    }
    // If no other attestation counts, the policy makes the check on this list.
    for unknown in platform.unknown_lists.iter().filter(|_| suffices) {
        let check =
            Check::failed(CheckKind::Attestation, CheckSubject::Search(key), &label, &unknown.failure);
        checks.push(Check { found: Outcome::Skip, ..check });
    }
    for failure in &platform.not_checked {
        let check = Check::failed(CheckKind::Attestation, CheckSubject::Search(key), &label, failure);
        checks.push(if suffices { Check { found: Outcome::Skip, ..check } } else { check });
    }
    for listed in &platform.listed {
        let subject = CheckSubject::Referrer { platform: key, referrer: listed.digest };
        let check = attestations::not_judged(listed, subject, &label);
        checks.push(check.with(facts::of_listed(listed, platform)));
    }
    for record in evidence.attached_records(platform) {
        let subject = CheckSubject::Referrer { platform: key, referrer: record.digest };
        let message = EntryReason::BuildRecord.as_str();
        let check = Check::skipped(CheckKind::Referrer, subject, &record.digest.short(), message);
        checks.push(check.with(facts::of_build_record(record, platform)));
    }
    suffices
}

/// Whether the attestations that were found are enough, or failed themselves. Sources that could not be read then do
/// not matter.
pub fn suffices(platform: &PlatformEvidence, evidence: &Evidence, accepted: AcceptedEvidence) -> bool {
    lacking_types(platform, evidence, accepted).is_empty() && !lacks_attestation(platform, evidence, accepted)
}

/// The requested types for which no attestation counts, each as a diagnostic.
fn lacking_types(
    platform: &PlatformEvidence,
    evidence: &Evidence,
    accepted: AcceptedEvidence,
) -> Vec<Diagnostic> {
    // With every policy an attestation about the index satisfies a requested type.
    let counting: Vec<&str> =
        accepted_types(platform, evidence).chain(accepted_types_of_index(evidence)).collect();
    let failed = |attestation: &AttestationEvidence, requested: &PredicateSelector| {
        attestation.predicate_type.as_deref().is_none_or(|claimed_type| requested.includes(claimed_type))
    };
    let root = evidence.root.digest;
    let index = (accepted == AcceptedEvidence::ImagesOrIndex).then_some(&evidence.about_index);
    let missing = evidence.predicate_types.iter().filter(|requested| {
        // A failed attestation of the type has its own check.
        let mut failed_of_image = platform.judged(root).filter(|(_, outcome)| outcome.is_err());
        let mut of_index = index.into_iter().flat_map(|index| index.judged(root)).filter(|(_, o)| o.is_err());
        !counting.iter().any(|predicate_type| requested.includes(predicate_type))
            && !failed_of_image.any(|(attestation, _)| failed(attestation, requested))
            && !of_index.any(|(attestation, _)| failed(attestation, requested))
    });
    let about = &evidence.about_index;
    let found = available_types(
        platform.attestations.iter().chain(&about.attestations),
        platform.listed.iter().chain(&about.listed),
    );
    missing
        .map(|requested| {
            let what = format!("there is no {} attestation", requested.title());
            let diagnostic = Diagnostic::new(Code::ATTEST_PREDICATE_MISSING, what)
                .fact("requested", requested)
                .fact("searched", platform.searched());
            let diagnostic = found
                .iter()
                .fold(diagnostic, |diagnostic, predicate_type| diagnostic.fact("available", predicate_type));
            // There may be one of the type by another signer.
            let mut listed = platform.listed.iter().chain(&about.listed);
            match listed.find(|listed| listed.is_among(std::slice::from_ref(requested))) {
                Some(listed) => {
                    diagnostic.fact("not judged", &listed.reason).maybe_remedy(listed.reason.remedy())
                }
                None => diagnostic,
            }
        })
        .collect()
}
