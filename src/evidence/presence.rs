//! Checks whether an image has an attestation that counts. The policy decides whether it must have one.

use std::collections::BTreeSet;

use super::accepted_evidence::AcceptedEvidence;
use super::attested::{AttestationEvidence, ListedReferrer};
use super::check::{Check, CheckKind, CheckSubject, Outcome};
use super::index::IndexEvidence;
use super::other_evidence::OtherEvidence;
use super::platform::PlatformEvidence;
use super::reference::{Evidence, RootSignatureStatus};
use super::unknown_list::UnknownList;
use crate::attestation::VSA_TYPE;
use crate::attestation::limits::SHOWN_TYPES;
use crate::diagnostic::{Code, Diagnostic, Remedy};
use crate::oci::reference::{DHI, DOCKER_HUB};
use crate::oci::{Digest, Reference, Repository, quote_untrusted};
use crate::trust::Role;

/// Makes a failed check for each image without an attestation that counts, neither of the image nor, if the policy
/// accepts it, of its index.
///
/// The check is unknown if a list that may hold such an attestation has unknown content. There is no check for an
/// image that failed or has a failed attestation, since that failure is a check and explains the missing one; nor for
/// requested types, which have their own checks.
pub fn unattested(evidence: &Evidence, accepted: AcceptedEvidence) -> Vec<Check> {
    let images = evidence.images().filter(|(_, platform)| platform.failures.is_empty());
    let unattested = images.filter(|(_, platform)| lacks_attestation(platform, evidence, accepted));
    unattested
        .map(|(key, platform)| {
            let (subject, label) = (CheckSubject::Platform(key), platform.label());
            match unknown_list(platform, evidence, accepted) {
                Some(unknown) => Check::failed(CheckKind::Attestation, subject, &label, &unknown.failure),
                None => {
                    let diagnostic = no_attestation(platform, evidence);
                    Check::noted(CheckKind::Attestation, subject, &label, Outcome::Fail, diagnostic)
                }
            }
        })
        .collect()
}

/// The list with unknown content that may hold what the image lacks: that of the image, or that of its index if it
/// counts.
pub(super) fn unknown_list<'a>(
    platform: &'a PlatformEvidence,
    evidence: &'a Evidence,
    accepted: AcceptedEvidence,
) -> Option<&'a UnknownList> {
    let counts = accepted == AcceptedEvidence::ImagesOrIndex || !evidence.predicate_types.is_empty();
    platform.unknown_list().or_else(|| evidence.about_index.unknown_list().filter(|_| counts))
}

/// Whether no types are requested and there is neither an attestation that counts nor a failed one.
pub(super) fn lacks_attestation(
    platform: &PlatformEvidence,
    evidence: &Evidence,
    accepted: AcceptedEvidence,
) -> bool {
    let root = evidence.root.digest;
    let by_index = accepted == AcceptedEvidence::ImagesOrIndex
        && (accepted_types_of_index(evidence).next().is_some()
            || evidence.about_index.judged(root).any(|(_, outcome)| outcome.is_err()));
    evidence.predicate_types.is_empty()
        && !by_index
        && accepted_types(platform, evidence).next().is_none()
        && platform.judged(root).all(|(_, outcome)| outcome.is_ok())
}

/// The types of the image's verified attestations by signers that count.
pub(super) fn accepted_types<'a>(
    platform: &'a PlatformEvidence,
    evidence: &Evidence,
) -> impl Iterator<Item = &'a str> {
    let requested = !evidence.predicate_types.is_empty();
    platform
        .verified(evidence.root.digest)
        .filter(|(_, attested)| attested.signature().role() == Role::Image)
        .map(|(_, attested)| attested.statement().predicate_type.as_str())
        // A verification summary is a result and not evidence, unless its type is requested.
        .filter(move |predicate_type| *predicate_type != VSA_TYPE || requested)
}

/// The predicate types of judged and listed attestations, each as text.
pub fn available_types<'a>(
    judged: impl Iterator<Item = &'a AttestationEvidence>,
    listed: impl Iterator<Item = &'a ListedReferrer>,
) -> Vec<String> {
    let judged = judged.map(|attestation| &attestation.predicate_type);
    let types: BTreeSet<&str> = judged
        .chain(listed.map(|listed| &listed.predicate_type))
        .filter_map(|predicate_type| predicate_type.as_deref())
        .collect();
    let shown = types.iter().take(SHOWN_TYPES).map(|shown| quote_untrusted(shown));
    let mut found: Vec<String> = shown.collect();
    match types.len() {
        0 => found.push("no attestation of any type".to_owned()),
        all if all > SHOWN_TYPES => found.push(format!("{} more types", all - SHOWN_TYPES)),
        _ => {}
    }
    found
}

/// The types of verified attestations about the index by signers that count. A summary of the index is a result for
/// each image, so it never counts, requested or not.
pub(super) fn accepted_types_of_index(evidence: &Evidence) -> impl Iterator<Item = &str> {
    evidence
        .about_index
        .verified(evidence.root.digest)
        .filter(|(_, attested)| attested.signature().role() == Role::Image)
        .map(|(_, attested)| attested.statement().predicate_type.as_str())
        .filter(|predicate_type| *predicate_type != VSA_TYPE)
}

fn no_attestation(platform: &PlatformEvidence, evidence: &Evidence) -> Diagnostic {
    let index = &evidence.about_index;
    let what = match OtherEvidence::of(platform, evidence) {
        _ if !index.is_empty() => "no attestation counts for this policy".to_owned(),
        OtherEvidence::ByAttestors | OtherEvidence::Nothing => "there is no attestation".to_owned(),
        other => format!("there is no attestation, {other}"),
    };
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
                .fact("found", format_args!("{listed} referrers that are not judged"))
                .remedy(judged_by.unwrap_or_else(|| why_none(platform, evidence)))
        }
        (others, _) => {
            diagnostic.fact("by attestor keys", format_args!("{others}, which do not count for this policy"))
        }
    }
}

/// Describes the attestations about the index, none of which counts for an image.
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
        (summaries, "verification summaries, which never count for the images of an index"),
        (attestors, "by attestor keys, which do not count for this policy"),
        (index.listed.len(), "not judged"),
    ];
    let parts = counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}"));
    parts.collect::<Vec<_>>().join("; ")
}

/// The remedy for the usual causes of an image without attestations: the wrong registry, an old digest, a copy
/// without referrers.
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
    if matches!(evidence.root_signature_status(), RootSignatureStatus::SignedBy(_)) {
        return Remedy::AttachAttestation;
    }
    Remedy::CopyReferrers
}

/// The hardened image with the name of an official image of Docker Hub: `dhi.io/python:3` for `python:3`.
pub fn hardened_name(reference: &Reference) -> Option<String> {
    let Repository::Remote(name) = &reference.repository else { return None };
    let official = name.path().strip_prefix("library/").filter(|_| name.host() == DOCKER_HUB)?;
    // The digest is left out: it belongs to the image on Docker Hub, not to the hardened one.
    Some(format!("{DHI}/{official}{}", tag_of(reference)))
}

fn tag_of(reference: &Reference) -> String {
    reference.tag.as_ref().map(|tag| format!(":{tag}")).unwrap_or_default()
}
