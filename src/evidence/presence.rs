//! Whether an image has an attestation that answers the question. Whether it must have one is for the policy to say.

use super::check::{Check, CheckKind, CheckSubject, Outcome};
use super::platform::PlatformEvidence;
use super::reference::{Evidence, RootSigned};
use crate::attestation::VSA;
use crate::diagnostic::{Code, Diagnostic, Remedy};
use crate::oci::reference::{DHI, DOCKER_HUB};
use crate::oci::{Reference, Repository};
use crate::trust::Role;

/// A failed check for each image that has no attestation at all by a signer that answers the question; an unknown one
/// where it is unknown what one of its lists holds. What is wrong with an image, or with an attestation of it, is its own check and explains a missing one; so are types that were
/// asked for and are not there.
pub fn unattested(evidence: &Evidence) -> Vec<Check> {
    let images = evidence.images().filter(|(_, platform)| platform.problems.is_empty());
    let unattested = images.filter(|(_, platform)| lacks_attestation(platform, evidence));
    unattested
        .map(|(key, platform)| {
            let (subject, label) = (CheckSubject::Platform(key), platform.label());
            match platform.unknown_list() {
                Some(unknown) => Check::failed(CheckKind::Attestation, subject, &label, &unknown.failure),
                None => {
                    let problem = none(platform, evidence);
                    Check::noted(CheckKind::Attestation, subject, &label, Outcome::Fail, problem)
                }
            }
        })
        .collect()
}

/// Whether there is neither an attestation that answers, nor a failed one, where no types are asked for.
pub(super) fn lacks_attestation(platform: &PlatformEvidence, evidence: &Evidence) -> bool {
    evidence.predicate_types.is_empty()
        && answering(platform, evidence).next().is_none()
        && platform.judged(evidence.root.digest).all(|(_, outcome)| outcome.is_ok())
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
        .filter(move |predicate_type| *predicate_type != VSA || asked)
}

fn none(platform: &PlatformEvidence, evidence: &Evidence) -> Diagnostic {
    let problem = Diagnostic::new(Code::ATTEST_NONE, "there is no attestation")
        .fact("image", platform.digest)
        .fact("searched", platform.searched());
    match (platform.verified(evidence.root.digest).count(), platform.listed.len()) {
        (0, 0) => problem.remedy(why_none(platform, evidence)),
        (0, listed) => problem
            .fact("there", format_args!("{listed} referrers that are not judged"))
            .remedy(Remedy::GiveEnvelopeKey),
        (others, _) => {
            problem.fact("by attestor keys", format_args!("{others}, which do not answer the question"))
        }
    }
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
    Some(format!("{DHI}/{official}{}", tag_of(reference)))
}

fn tag_of(reference: &Reference) -> String {
    reference.tag.as_ref().map(|tag| format!(":{tag}")).unwrap_or_default()
}
