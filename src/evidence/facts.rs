//! What a check looked at, as names and values: enough to find each object again and to see who vouched for it.
//! Only what was verified is called signed.

use super::attested::{AttestationEvidence, Attested, Listed};
use super::platform::PlatformEvidence;
use super::reference::{Evidence, Root, RootSigned};
use crate::diagnostic::ToDiagnostic as _;
use crate::trust::{LogProof, SignatureFacts};

/// Name and value, in the order in which they are shown.
pub type Facts = Vec<(&'static str, String)>;

/// The root and its signatures.
pub(super) fn of_root(evidence: &Evidence) -> Facts {
    let kind = if evidence.root.is_index { "index" } else { "manifest" };
    let mut facts = vec![(kind, evidence.root.digest.to_string())];
    if let RootSigned::By(signatures) = evidence.root_signed() {
        self::signatures(&mut facts, signatures.iter());
    }
    facts.push(("searched", evidence.root_signature.found_in.to_string()));
    if let Some(failure) = evidence.root_signature.beside.first() {
        facts.push(("not good beside it", failure.to_diagnostic().what));
    }
    facts
}

/// One image.
pub(super) fn of_image(platform: &PlatformEvidence) -> Facts {
    vec![("image", platform.digest.to_string())]
}

/// One attestation that was judged.
pub(super) fn of_attestation(
    attestation: &AttestationEvidence,
    platform: &PlatformEvidence,
    evidence: &Evidence,
) -> Facts {
    let mut facts = of_image(platform);
    facts.push(("attestation", format!("{}, {}", attestation.digest, attestation.form.as_str())));
    if let Ok(attested) = platform.outcome_of(attestation, evidence.root.digest) {
        facts.push(("statement", attested.statement().predicate_type.clone()));
        // A chart may be vouched for by what is said about its index.
        let judged = [platform.digest.to_string(), evidence.root.digest.to_string()];
        let subjects = attested.statement().subjects.iter().enumerate();
        let mut digests = subjects.flat_map(|(number, subject)| {
            subject.digest.iter().map(move |(algorithm, hex)| (number, format!("{algorithm}:{hex}")))
        });
        let named = digests.find(|(_, digest)| judged.contains(digest));
        facts.extend(named.map(|(number, digest)| ("subject", format!("{digest}, subject[{number}]"))));
        signatures(&mut facts, attested.signatures().iter());
    }
    facts.push(("found in", attestation.found_in.to_string()));
    facts
}

/// A summary that was taken in place of a verification.
pub(super) fn of_summary(attestation: &AttestationEvidence, attested: &Attested, root: &Root) -> Facts {
    let kind = if root.is_index { "index" } else { "manifest" };
    let mut facts = vec![(kind, root.digest.to_string())];
    facts.push(("attestation", format!("{}, {}", attestation.digest, attestation.form.as_str())));
    facts.push((
        "statement",
        format!("{}, predicate.verificationResult", attested.statement().predicate_type),
    ));
    signatures(&mut facts, attested.signatures().iter());
    facts.push(("found in", attestation.found_in.to_string()));
    facts
}

/// A referrer that was not judged. It may lie in any of the places that were searched.
pub(super) fn of_listed(listed: &Listed, platform: &PlatformEvidence) -> Facts {
    let mut facts = of_image(platform);
    facts.push(("referrer", listed.digest.to_string()));
    facts.push(("type", listed.predicate_type.as_ref().unwrap_or(&listed.artifact_type).clone()));
    facts
}

/// Who signed, under which name, and since when that is known.
pub(super) fn signatures<'a>(facts: &mut Facts, signatures: impl IntoIterator<Item = &'a SignatureFacts>) {
    for signature in signatures {
        let (signer, algorithm, form) = (signature.signer(), signature.algorithm(), signature.form());
        let id = signer.key_id().map(|id| format!(", key {id}")).unwrap_or_default();
        facts.push(("signed by", format!("{signer}, {algorithm}, {}{id}", form.as_str())));
        facts.extend(signature.signed_name().map(|name| ("signed name", name.as_str().to_owned())));
        facts.push(("log", log(signature.log())));
        for proven in signature.times() {
            facts.push(("time", format!("{}, by {}", proven.time(), proven.by().as_str())));
        }
    }
}

fn log(proof: &LogProof) -> String {
    match (proof.log(), proof.index(), proof.cause()) {
        (Some(log), Some(index), _) => format!("{}, entry {index} of {log}", proof.as_str()),
        (_, _, Some(cause)) => format!("{}: {cause}", proof.as_str()),
        _ => proof.as_str().to_owned(),
    }
}
