//! Decides what an image is from its own evidence and the outcomes of all candidates.
//!
//! The order is fixed: tampering counts before everything else, proof counts before what is missing, and what is
//! missing counts before "no".

use super::super::platform::PlatformEvidence;
use super::answer::{BaseAnswer, Gap, NotProven};
use super::candidate::{Base, Candidate, CandidateOutcome};
use super::claims::{is_label_of_all_layers, is_label_of_no_layers};
use super::hardened::{HardenedStatus, NotHardened};
use super::layers::LayerProof;
use super::origin::CandidateOrigin;
use crate::diagnostic::Remedy;

/// Decides what `child` is. `claims` is whether labels or annotations claim that the image is hardened;
/// `accept_declared` is whether layers count that only the configuration declares.
///
/// 1. A hardened image by its own attestations is `Dhi`.
/// 2. Bad attestations of its own leave it `Undetermined`; a failed verification summary makes it "no".
/// 3. The longest proven base makes it `DhiBased`.
/// 4. Anything that could not be fetched and might prove a base leaves it `Undetermined`.
/// 5. Otherwise it is `ClaimsOnly` or `NotDhi`.
pub fn decide(
    child: &PlatformEvidence,
    own: HardenedStatus,
    claims: bool,
    candidates: &[Candidate],
    accept_declared: bool,
) -> BaseAnswer {
    let not = match own {
        HardenedStatus::Hardened(hardened) => return BaseAnswer::Dhi(hardened),
        HardenedStatus::Not(not) => not,
    };
    if let Some(bad) = not.bad.first() {
        return BaseAnswer::Undetermined(Box::new(Gap::OwnAttestations(bad.clone())));
    }
    if let Some(denied) = not.denied.first() {
        let denied = Box::new(NotProven::Denied(denied.clone()));
        return if claims { BaseAnswer::ClaimsOnly(denied) } else { BaseAnswer::NotDhi(denied) };
    }
    let proved: Vec<(&Candidate, &Base)> = candidates
        .iter()
        .filter_map(|candidate| match &candidate.outcome {
            CandidateOutcome::Proved(base) => Some((candidate, base.as_ref())),
            _ => None,
        })
        .collect();
    let counts = |base: &Base| accept_declared || base.proof != LayerProof::Declared;
    let counting: Vec<(&Candidate, &Base)> =
        proved.iter().copied().filter(|(_, base)| counts(base)).collect();
    if let Some(answer) = longest(&counting) {
        return answer;
    }
    if let Some(missing) = missing(&not, &proved, candidates) {
        return BaseAnswer::Undetermined(Box::new(missing));
    }
    let cause = Box::new(not_proven(child, &not, claims, candidates));
    if claims { BaseAnswer::ClaimsOnly(cause) } else { BaseAnswer::NotDhi(cause) }
}

/// The base with most layers. Several different images with equally many layers are ambiguous, unless the caller
/// named one of them.
fn longest(counting: &[(&Candidate, &Base)]) -> Option<BaseAnswer> {
    let most = counting.iter().map(|(_, base)| base.boundary.layers).max()?;
    let longest: Vec<_> = counting.iter().filter(|(_, base)| base.boundary.layers == most).collect();
    let (_, first) = longest.first()?;
    if longest.iter().all(|(_, base)| base.manifest == first.manifest) {
        return Some(BaseAnswer::DhiBased(Box::new((*first).clone())));
    }
    let mut named =
        longest.iter().filter(|(candidate, _)| candidate.origins.contains(&CandidateOrigin::Flag));
    if let Some((_, one)) = named.next()
        && named.all(|(_, other)| other.manifest == one.manifest)
    {
        return Some(BaseAnswer::DhiBased(Box::new((*one).clone())));
    }
    let bases = longest.iter().map(|(_, base)| base.reference.clone()).collect();
    Some(BaseAnswer::Undetermined(Box::new(Gap::Ambiguous { layers: most, bases })))
}

/// The most severe of what could not be fetched and might prove a base.
fn missing(not: &NotHardened, proved: &[(&Candidate, &Base)], candidates: &[Candidate]) -> Option<Gap> {
    // A proven base that remains here was not accepted.
    let declared = proved.first().map(|(_, base)| Gap::Declared {
        layers: base.boundary.layers,
        base: base.reference.clone(),
        differing: base.boundary.differing.len(),
    });
    let open = candidates.iter().flat_map(|candidate| {
        candidate.outcome.gaps().into_iter().map(|open| Gap::Candidate {
            named: candidate.named.clone(),
            open,
            own: not.first().map(Box::new),
        })
    });
    let mut worst: Option<Gap> = None;
    for gap in not.missing.iter().cloned().map(Gap::OwnAttestations).chain(open).chain(declared) {
        // The first of equally severe ones is kept.
        if worst.as_ref().is_none_or(|worst| gap.exit() > worst.exit()) {
            worst = Some(gap);
        }
    }
    worst
}

/// Why it is neither, if everything that was named could be fetched.
fn not_proven(
    child: &PlatformEvidence,
    not: &NotHardened,
    claims: bool,
    candidates: &[Candidate],
) -> NotProven {
    let flattened = is_label_of_no_layers(child)
        || candidates
            .iter()
            .any(|candidate| matches!(&candidate.outcome, CandidateOutcome::Refuted(mismatch) if mismatch.is_flattened()));
    let by_tag = candidates.iter().any(|candidate| {
        candidate.by_tag
            && matches!(candidate.outcome, CandidateOutcome::Refuted(_) | CandidateOutcome::NotApplicable(_))
    });
    let remedy = if claims && not.lacks_all() && is_label_of_all_layers(child) {
        Some(Remedy::CopyReferrersOfHardened)
    } else if by_tag {
        Some(Remedy::NameBaseByDigest)
    } else if candidates.is_empty() {
        Some(Remedy::NameBaseOrBuildWithProvenance)
    } else {
        flattened.then_some(Remedy::BuildWithoutSquashing)
    };
    NotProven::Nothing { claims, flattened, own: not.first(), candidates: candidates.to_vec(), remedy }
}
