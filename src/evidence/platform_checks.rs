//! The checks on one image: what is wrong with it, each attestation, and the types that lack one.

use super::answered_by::AnsweredBy;
use super::attestations;
use super::attested::AttestationEvidence;
use super::check::{Check, CheckKind, CheckSubject, Outcome};
use super::facts;
use super::platform::{PlatformEvidence, PlatformKey};
use super::presence::{answering, answering_of_index, lacks_attestation, types_there, unknown_list};
use super::reference::{EntryReason, Evidence};
use crate::attestation::PredicateSelector;
use crate::diagnostic::{Code, Diagnostic};

/// Adds the checks on one image. Whether its attestations, and those of the index where they count, suffice.
pub(super) fn judge_platform(
    key: PlatformKey,
    platform: &PlatformEvidence,
    evidence: &Evidence,
    answered_by: AnsweredBy,
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
    let lacking = lacking_types(platform, evidence, answered_by);
    let suffices = suffices(platform, evidence, answered_by);
    // A broken image explains a missing attestation; one error per cause.
    if platform.failures.is_empty() && !lacking.is_empty() {
        let subject = CheckSubject::Platform(key);
        match unknown_list(platform, evidence, answered_by) {
            Some(unknown) => {
                checks.push(Check::failed(CheckKind::Attestation, subject, &label, &unknown.failure));
            }
            None => checks.extend(lacking.into_iter().map(|diagnostic| {
                Check::noted(CheckKind::Attestation, subject.clone(), &label, Outcome::Fail, diagnostic)
            })),
        }
    }
    // Where nothing else answers, this is for the policy to say.
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
        let says = EntryReason::BuildRecord.as_str();
        let check = Check::skipped(CheckKind::Referrer, subject, &record.digest.short(), says);
        checks.push(check.with(facts::of_build_record(record, platform)));
    }
    suffices
}

/// Whether the attestations that were found answer the question, or fail by themselves: what could not be asked then adds
/// nothing.
pub fn suffices(platform: &PlatformEvidence, evidence: &Evidence, answered_by: AnsweredBy) -> bool {
    lacking_types(platform, evidence, answered_by).is_empty()
        && !lacks_attestation(platform, evidence, answered_by)
}

/// The types that were asked for and that no attestation has by a signer that answers the question.
fn lacking_types(
    platform: &PlatformEvidence,
    evidence: &Evidence,
    answered_by: AnsweredBy,
) -> Vec<Diagnostic> {
    // Whatever the policy takes, a type that is asked for is there where it is attested about the index.
    let answering: Vec<&str> = answering(platform, evidence).chain(answering_of_index(evidence)).collect();
    let failed = |attestation: &AttestationEvidence, wanted: &PredicateSelector| {
        attestation.predicate_type.as_deref().is_none_or(|own| wanted.includes(own))
    };
    let root = evidence.root.digest;
    let index = (answered_by == AnsweredBy::ImagesOrIndex).then_some(&evidence.about_index);
    let lacking = evidence.predicate_types.iter().filter(|wanted| {
        // A failed one of the type is its own error.
        let mut own = platform.judged(root).filter(|(_, outcome)| outcome.is_err());
        let mut of_index = index.into_iter().flat_map(|index| index.judged(root)).filter(|(_, o)| o.is_err());
        !answering.iter().any(|predicate_type| wanted.includes(predicate_type))
            && !own.any(|(attestation, _)| failed(attestation, wanted))
            && !of_index.any(|(attestation, _)| failed(attestation, wanted))
    });
    let about = &evidence.about_index;
    let there = types_there(
        platform.attestations.iter().chain(&about.attestations),
        platform.listed.iter().chain(&about.listed),
    );
    lacking
        .map(|wanted| {
            let what = format!("there is no {} attestation", wanted.title());
            let diagnostic = Diagnostic::new(Code::ATTEST_PREDICATE_MISSING, what)
                .fact("asked for", wanted)
                .fact("searched", platform.searched());
            let diagnostic = there.iter().fold(diagnostic, |diagnostic, one| diagnostic.fact("there", one));
            // One of the type may be there, by another signer.
            let mut listed = platform.listed.iter().chain(&about.listed);
            match listed.find(|listed| listed.is_among(std::slice::from_ref(wanted))) {
                Some(listed) => {
                    diagnostic.fact("not judged", &listed.reason).maybe_remedy(listed.reason.remedy())
                }
                None => diagnostic,
            }
        })
        .collect()
}
