//! The attestations that verified for the image, by predicate type.
//!
//! There is one statement for each type. Several that differ have no answer: a policy would otherwise read the one that
//! suits the image. VEX is merged in another file.

use regorus::Value;
use serde_json::value::RawValue;

use crate::policy::facts::{AttestationFacts, AttestationStatus, ImageFacts, UnknownCause, UnknownKind};

/// The SBOM of Docker Scout.
pub(in crate::policy::rego) const SBOM: &str = "https://scout.docker.com/sbom/v0.1";

/// Vulnerabilities as Docker Scout attests them: an array with one element for each package.
pub(in crate::policy::rego) const VULNERABILITIES: &str = "https://scout.docker.com/vulnerabilities/v0.1";

/// OpenVEX.
pub(in crate::policy::rego) const OPEN_VEX: &str = "https://openvex.dev/ns/v0.2.0";

/// A verified attestation with its statement.
#[derive(Clone, Copy)]
pub(super) struct Found<'a> {
    pub(super) attestation: &'a AttestationFacts,
    pub(super) statement: &'a RawValue,
}

/// The verified attestations of a type. Those by attestor keys count only if there is no other.
pub(super) fn all_verified<'a>(
    facts: &'a ImageFacts,
    predicate_type: &str,
) -> Result<Vec<Found<'a>>, UnknownCause> {
    let of_type = facts.attestations.iter().filter(|attestation| {
        attestation.status == AttestationStatus::Verified
            && attestation.predicate_type.as_deref() == Some(predicate_type)
    });
    let (by_signers, by_attestors): (Vec<_>, Vec<_>) =
        of_type.partition(|attestation| attestation.signers.iter().any(|signer| signer.is_image_signer));
    let counting = if by_signers.is_empty() { by_attestors } else { by_signers };
    let with_statement = counting.into_iter().map(|attestation| {
        let statement = attestation.statement.as_deref();
        let statement = statement.ok_or_else(|| no_statement(facts))?;
        Ok(Found { attestation, statement })
    });
    with_statement.collect()
}

/// The verified attestation of a type, if all of them say the same.
pub(super) fn verified<'a>(
    facts: &'a ImageFacts,
    predicate_type: &str,
) -> Result<Option<Found<'a>>, UnknownCause> {
    let found = all_verified(facts, predicate_type)?;
    let Some(first) = found.first() else { return Ok(None) };
    if found.iter().any(|other| other.statement.get() != first.statement.get()) {
        let digests: Vec<String> = found.iter().map(|found| found.attestation.digest.short()).collect();
        let text =
            format!("the image has several attestations of this type that differ: {}", digests.join(", "));
        return Err(UnknownCause::new(UnknownKind::Several { reference: facts.reference.clone() }, text));
    }
    Ok(Some(*first))
}

/// Why an attestation of this type may exist that was not read, or did not verify. One with an unknown signer is not
/// among them: anyone can add it.
pub(super) fn hidden(facts: &ImageFacts, predicate_type: &str) -> Option<UnknownCause> {
    let kind = || UnknownKind::NotVerified { reference: facts.reference.clone() };
    let wrong = |text: String| UnknownCause::new(kind(), text);
    let failed = facts.attestations.iter().filter_map(|attestation| match &attestation.status {
        AttestationStatus::Failed(cause) => Some((attestation.predicate_type.as_deref(), cause)),
        AttestationStatus::Verified | AttestationStatus::NotJudged(_) => None,
    });
    let (untyped, of_type): (Vec<_>, Vec<_>) = failed.partition(|(name, _)| name.is_none());
    let of_type = of_type.into_iter().find(|(name, _)| *name == Some(predicate_type));
    let of_type =
        of_type.map(|(_, cause)| wrong(format!("the attestation of this type is not valid: {cause}")));
    of_type
        .or_else(|| {
            let first = untyped.first();
            first.map(|(_, cause)| wrong(format!("an attestation may be of this type: {cause}")))
        })
        .or_else(|| unread(facts))
}

/// Why not all attestations are known, if they are not.
pub(super) fn unread(facts: &ImageFacts) -> Option<UnknownCause> {
    let kind = UnknownKind::NotVerified { reference: facts.reference.clone() };
    facts.unread.first().map(|cause| cause.makes("not all attestations are known", kind))
}

/// Why a verified attestation has no statement. Only a file leaves it out.
pub(super) fn no_statement(facts: &ImageFacts) -> UnknownCause {
    UnknownCause::not_recorded(Some(&facts.reference), "the statement is not recorded")
}

/// The statement of a type, if there is one answer.
pub(super) fn sole_statement<'a>(facts: &'a ImageFacts, predicate_type: &str) -> Option<&'a RawValue> {
    verified(facts, predicate_type).ok().flatten().map(|found| found.statement)
}

/// `{statement, image}`.
pub(super) fn object(found: Found<'_>) -> Option<Value> {
    let statement = Value::from_json_str(found.statement.get()).ok()?;
    Some(with_image(statement, Some(&found.attestation.image)))
}

/// The object that `oci.referrer` returns.
pub(super) fn with_image(statement: Value, image: Option<&str>) -> Value {
    let mut value = Value::new_object();
    if let Ok(members) = value.as_object_mut() {
        members.insert(Value::from("statement"), statement);
        if let Some(image) = image {
            members.insert(Value::from("image"), Value::from(image));
        }
    }
    value
}
