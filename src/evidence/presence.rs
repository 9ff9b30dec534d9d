//! Whether an image has an attestation that answers the question. Whether it must have one is for the policy to say.

use std::collections::BTreeSet;

use super::answered_by::AnsweredBy;
use super::attested::{AttestationEvidence, Listed};
use super::check::{Check, CheckKind, CheckSubject, Outcome};
use super::index::IndexEvidence;
use super::platform::PlatformEvidence;
use super::reference::{Evidence, RootSigned};
use super::unknown_list::UnknownList;
use crate::attestation::VSA_TYPE;
use crate::attestation::limits::SHOWN_TYPES;
use crate::diagnostic::{Code, Diagnostic, Remedy};
use crate::oci::reference::{DHI, DOCKER_HUB};
use crate::oci::{Digest, Reference, Repository, quote_untrusted};
use crate::trust::Role;

/// A failed check for each image that has no attestation at all by a signer that answers the question, nor its index
/// where that counts; an unknown one where it is unknown what a list of them holds. What is wrong with an image, or with
/// an attestation of it, is its own check and explains a missing one; so are types that were
/// asked for and are not there.
pub fn unattested(evidence: &Evidence, answered_by: AnsweredBy) -> Vec<Check> {
    let images = evidence.images().filter(|(_, platform)| platform.failures.is_empty());
    let unattested = images.filter(|(_, platform)| lacks_attestation(platform, evidence, answered_by));
    unattested
        .map(|(key, platform)| {
            let (subject, label) = (CheckSubject::Platform(key), platform.label());
            match unknown_list(platform, evidence, answered_by) {
                Some(unknown) => Check::failed(CheckKind::Attestation, subject, &label, &unknown.failure),
                None => {
                    let diagnostic = none(platform, evidence);
                    Check::noted(CheckKind::Attestation, subject, &label, Outcome::Fail, diagnostic)
                }
            }
        })
        .collect()
}

/// The list of which it is unknown whether it has what the image lacks: its own, or that of its index where that counts.
pub(super) fn unknown_list<'a>(
    platform: &'a PlatformEvidence,
    evidence: &'a Evidence,
    answered_by: AnsweredBy,
) -> Option<&'a UnknownList> {
    let counts = answered_by == AnsweredBy::ImagesOrIndex || !evidence.predicate_types.is_empty();
    platform.unknown_list().or_else(|| evidence.about_index.unknown_list().filter(|_| counts))
}

/// Whether there is neither an attestation that answers, nor a failed one, where no types are asked for.
pub(super) fn lacks_attestation(
    platform: &PlatformEvidence,
    evidence: &Evidence,
    answered_by: AnsweredBy,
) -> bool {
    let root = evidence.root.digest;
    let by_index = answered_by == AnsweredBy::ImagesOrIndex
        && (answering_of_index(evidence).next().is_some()
            || evidence.about_index.judged(root).any(|(_, outcome)| outcome.is_err()));
    evidence.predicate_types.is_empty()
        && !by_index
        && answering(platform, evidence).next().is_none()
        && platform.judged(root).all(|(_, outcome)| outcome.is_ok())
}

/// The types of verified attestations by signers that answer the question.
pub(super) fn answering<'a>(
    platform: &'a PlatformEvidence,
    evidence: &Evidence,
) -> impl Iterator<Item = &'a str> {
    let asked = !evidence.predicate_types.is_empty();
    platform
        .verified(evidence.root.digest)
        .filter(|(_, attested)| attested.signature().role() == Role::Image)
        .map(|(_, attested)| attested.statement().predicate_type.as_str())
        // What somebody made of the evidence is no evidence, unless that is what was asked for.
        .filter(move |predicate_type| *predicate_type != VSA_TYPE || asked)
}

/// The predicate types of attestations, judged or listed, as a text for each.
pub fn types_there<'a>(
    judged: impl Iterator<Item = &'a AttestationEvidence>,
    listed: impl Iterator<Item = &'a Listed>,
) -> Vec<String> {
    let judged = judged.map(|attestation| &attestation.predicate_type);
    let types: BTreeSet<&str> = judged
        .chain(listed.map(|listed| &listed.predicate_type))
        .filter_map(|predicate_type| predicate_type.as_deref())
        .collect();
    let shown = types.iter().take(SHOWN_TYPES).map(|shown| quote_untrusted(shown));
    let mut there: Vec<String> = shown.collect();
    match types.len() {
        0 => there.push("no attestation of any type".to_owned()),
        all if all > SHOWN_TYPES => there.push(format!("{} more types", all - SHOWN_TYPES)),
        _ => {}
    }
    there
}

/// The types of verified attestations about the index by signers that answer the question. A summary says what somebody
/// made of each image: of the index it answers for none, asked for or not.
pub(super) fn answering_of_index(evidence: &Evidence) -> impl Iterator<Item = &str> {
    evidence
        .about_index
        .verified(evidence.root.digest)
        .filter(|(_, attested)| attested.signature().role() == Role::Image)
        .map(|(_, attested)| attested.statement().predicate_type.as_str())
        .filter(|predicate_type| *predicate_type != VSA_TYPE)
}

fn none(platform: &PlatformEvidence, evidence: &Evidence) -> Diagnostic {
    let index = &evidence.about_index;
    let what =
        if index.is_empty() { "there is no attestation" } else { "there is no attestation that answers" };
    let mut diagnostic = Diagnostic::new(Code::ATTEST_NONE, what)
        .fact("image", platform.digest)
        .fact("searched", platform.searched());
    if !index.is_empty() {
        diagnostic = diagnostic.fact("about the index", about_index(index, evidence.root.digest));
        if platform.attestations.is_empty() && platform.listed.is_empty() {
            let unread = index.attestations.is_empty();
            return diagnostic.maybe_remedy(unread.then_some(Remedy::GiveEnvelopeKey));
        }
    }
    match (platform.verified(evidence.root.digest).count(), platform.listed.len()) {
        (0, 0) => diagnostic.remedy(why_none(platform, evidence)),
        (0, listed) => {
            let judged_by = platform.listed.iter().find_map(|listed| listed.reason.remedy());
            diagnostic
                .fact("there", format_args!("{listed} referrers that are not judged"))
                .remedy(judged_by.unwrap_or_else(|| why_none(platform, evidence)))
        }
        (others, _) => {
            diagnostic.fact("by attestor keys", format_args!("{others}, which do not answer the question"))
        }
    }
}

/// What is about the index and answers for no image.
fn about_index(index: &IndexEvidence, root: Digest) -> String {
    let (mut summaries, mut attestors, mut verified) = (0, 0, 0);
    for (_, attested) in index.verified(root) {
        match attested.signature().role() {
            _ if attested.statement().predicate_type == VSA_TYPE => summaries += 1,
            Role::Attestor => attestors += 1,
            Role::Image => verified += 1,
        }
    }
    let failed = index.attestations.len() - summaries - attestors - verified;
    let counts = [
        (verified, "verified"),
        (failed, "failed"),
        (summaries, "verification summaries, which never answer for the images of an index"),
        (attestors, "by attestor keys, which do not answer the question"),
        (index.listed.len(), "not judged"),
    ];
    let said = counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}"));
    said.collect::<Vec<_>>().join("; ")
}

/// What usually is behind an image without attestations: the wrong registry, an old digest, a copy without
/// referrers.
fn why_none(platform: &PlatformEvidence, evidence: &Evidence) -> Remedy {
    let reference = &evidence.reference;
    if let Some(hardened) = hardened_name(reference) {
        return Remedy::UseHardened { reference: hardened };
    }
    let tag = tag_of(reference);
    if reference.digest.is_some() && reference.tag.is_some() {
        return Remedy::UseTag { reference: format!("{}{tag}", reference.repository) };
    }
    if platform.claims_dhi() {
        return Remedy::CopyReferrersOfHardened;
    }
    if matches!(evidence.root_signed(), RootSigned::By(_)) {
        return Remedy::AttachAttestation;
    }
    Remedy::CopyReferrers
}

/// The hardened image that goes by the name of one of Docker Hub's own: `dhi.io/python:3` for `python:3`.
pub fn hardened_name(reference: &Reference) -> Option<String> {
    let Repository::Remote(name) = &reference.repository else { return None };
    let official = name.path().strip_prefix("library/").filter(|_| name.host() == DOCKER_HUB)?;
    // It is another image: a digest of Docker Hub's names nothing there.
    Some(format!("{DHI}/{official}{}", tag_of(reference)))
}

fn tag_of(reference: &Reference) -> String {
    reference.tag.as_ref().map(|tag| format!(":{tag}")).unwrap_or_default()
}
