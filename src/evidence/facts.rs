//! The facts of checks: names and values that identify each object and its signers.
//!
//! Only what was verified is called signed.

use super::attested::{AttestationEvidence, Attested, ListedReferrer};
use super::build_record::BuildRecord;
use super::local_image::LocalImage;
use super::platform::PlatformEvidence;
use super::reference::{Evidence, Root, RootSignatureStatus};
use crate::diagnostic::ToDiagnostic as _;
use crate::oci::media_type;
use crate::trust::{LogProof, SignatureFacts};

/// Names and values, in the order in which they are shown.
pub type Facts = Vec<(&'static str, String)>;

/// Facts about the root and its signatures.
pub(super) fn of_root(evidence: &Evidence) -> Facts {
    let kind = if evidence.root.is_index { "index" } else { "manifest" };
    let mut facts = vec![(kind, evidence.root.digest.to_string())];
    if let RootSignatureStatus::SignedBy(signatures) = evidence.root_signature_status() {
        self::signatures(&mut facts, signatures.iter());
        let required = evidence.root_signature_rule.annotations.keys();
        let annotations =
            required.filter_map(|key| Some(format!("{key}={}", signatures.first().annotation(key)?)));
        facts.extend(annotations.map(|annotation| ("annotation", annotation)));
    }
    facts.push(("searched", evidence.root_signature.found_in.to_string()));
    if let Some(failure) = evidence.root_signature.other_failures.first() {
        facts.push(("another signature", failure.to_diagnostic().message));
    }
    facts
}

/// Facts about an image of a local engine.
pub(super) fn of_local(local: &LocalImage, evidence: &Evidence) -> Facts {
    vec![
        ("image ID", local.id.to_string()),
        ("pulled as", evidence.reference.to_string()),
        ("engine", local.engine.clone()),
    ]
}

/// Facts about one image.
pub(super) fn of_image(platform: &PlatformEvidence) -> Facts {
    vec![("image", platform.digest.to_string())]
}

/// Facts about one attestation that was judged.
pub(super) fn of_attestation(
    attestation: &AttestationEvidence,
    platform: &PlatformEvidence,
    evidence: &Evidence,
) -> Facts {
    let root = evidence.root.digest;
    // An attestation about its index counts for a chart.
    let judged = [platform.digest.to_string(), root.to_string()];
    let attested = platform.outcome_of(attestation, root).ok();
    of_judged(of_image(platform), attestation, attested, &judged)
}

/// Facts about one judged attestation about the index.
pub(super) fn of_index_attestation(attestation: &AttestationEvidence, evidence: &Evidence) -> Facts {
    let root = evidence.root.digest;
    let attested = evidence.about_index.outcome_of(attestation, root).ok();
    of_judged(of_index(evidence), attestation, attested, &[root.to_string()])
}

/// Facts about the index.
fn of_index(evidence: &Evidence) -> Facts {
    vec![("index", evidence.root.digest.to_string())]
}

/// Adds facts about an attestation, with the first of its subjects that is one of `objects`.
fn of_judged(
    mut facts: Facts,
    attestation: &AttestationEvidence,
    attested: Option<&Attested>,
    objects: &[String],
) -> Facts {
    facts.push(("attestation", format!("{}, {}", attestation.digest, attestation.form.as_str())));
    if let Some(attested) = attested {
        facts.push(("statement", attested.statement().predicate_type.clone()));
        let subjects = attested.statement().subjects.iter().enumerate();
        let mut digests = subjects.flat_map(|(number, subject)| {
            subject.digest.iter().map(move |(algorithm, hex)| (number, format!("{algorithm}:{hex}")))
        });
        let named = digests.find(|(_, digest)| objects.contains(digest));
        facts.extend(named.map(|(number, digest)| ("subject", format!("{digest}, subject[{number}]"))));
        signatures(&mut facts, attested.signatures().iter());
    }
    facts.push(("found in", attestation.found_in.to_string()));
    facts
}

/// Facts about a verification summary that was accepted in place of a verification.
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

/// Facts about a referrer that was not judged. It may be in any of the searched repositories.
pub(super) fn of_listed(listed: &ListedReferrer, platform: &PlatformEvidence) -> Facts {
    with_listed(of_image(platform), listed)
}

/// Facts about a referrer of the index that was not judged.
pub(super) fn of_index_listed(listed: &ListedReferrer, evidence: &Evidence) -> Facts {
    with_listed(of_index(evidence), listed)
}

fn with_listed(mut facts: Facts, listed: &ListedReferrer) -> Facts {
    facts.push(("referrer", listed.digest.to_string()));
    facts.push(("type", listed.predicate_type.as_ref().unwrap_or(&listed.artifact_type).clone()));
    facts
}

/// Facts about a build record, which nobody signed.
pub(super) fn of_build_record(record: &BuildRecord, platform: &PlatformEvidence) -> Facts {
    let mut facts = of_image(platform);
    facts.push(("referrer", record.digest.to_string()));
    facts.push(("type", media_type::BUILD_RECORD.to_owned()));
    facts.push(("found in", record.found_in.to_string()));
    facts
}

/// Adds facts about each signature: signer, signed name, log proof, and proven times.
pub(super) fn signatures<'a>(facts: &mut Facts, signatures: impl IntoIterator<Item = &'a SignatureFacts>) {
    for signature in signatures {
        let (signer, algorithm, form) = (signature.signer(), signature.algorithm(), signature.format());
        let id = signer.key_id().map(|id| format!(", key {id}")).unwrap_or_default();
        facts.push(("signed by", format!("{signer}, {algorithm}, {}{id}", form.as_str())));
        facts.extend(signature.signed_name().map(|name| ("signed name", name.as_str().to_owned())));
        facts.push(("log", log(signature.log())));
        for proven in signature.times() {
            facts.push(("time", format!("{}, by {}", proven.time(), proven.source().as_str())));
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
