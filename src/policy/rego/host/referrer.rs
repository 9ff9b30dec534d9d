//! `oci.referrer` and its relatives: attestations that verified for the image.
//!
//! There is one object for each predicate type. Several statements of a type that differ have no answer, except VEX,
//! which is merged: a policy would otherwise read the one that suits the image.

use regorus::Value;
use serde_json::value::RawValue;

use super::host_facts::HostFacts;
use super::reply::{Reply, text};
use super::{oci, scout, vex};
use crate::oci::Digest;
use crate::policy::facts::{AttestationFacts, AttestationStatus, ImageFacts, Standing};

/// The SBOM of Docker Scout.
pub(super) const SBOM: &str = "https://scout.docker.com/sbom/v0.1";

/// `oci.referrer(type)`.
pub(super) fn referrer(host: &HostFacts, arguments: &[Value]) -> Reply {
    match text(arguments, 0) {
        Ok(predicate_type) => of_type(host, predicate_type),
        Err(reply) => reply,
    }
}

/// The answer for one predicate type.
pub(super) fn of_type(host: &HostFacts, predicate_type: &str) -> Reply {
    host.referrer(predicate_type, || {
        let facts = &host.facts;
        let made = match predicate_type {
            vex::OPEN_VEX => vex::referrer(facts),
            scout::VULNERABILITIES => scout::vulnerability_referrer(facts),
            _ => verified(facts, predicate_type).map(|found| found.and_then(object)),
        };
        match made {
            Ok(Some(value)) => Reply::given(value),
            Ok(None) => absent(facts, predicate_type),
            Err(cause) => Reply::unanswered(cause),
        }
    })
}

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
) -> Result<Vec<Found<'a>>, String> {
    let of_type = facts.attestations.iter().filter(|attestation| {
        attestation.status == AttestationStatus::Verified
            && attestation.predicate_type.as_deref() == Some(predicate_type)
    });
    let (by_signers, by_attestors): (Vec<_>, Vec<_>) =
        of_type.partition(|attestation| attestation.signers.iter().any(|signer| signer.is_image_signer));
    let counting = if by_signers.is_empty() { by_attestors } else { by_signers };
    let with_statement = counting.into_iter().map(|attestation| {
        let statement = attestation.statement.as_deref();
        let statement = statement.ok_or_else(|| "the statement is not recorded".to_owned())?;
        Ok(Found { attestation, statement })
    });
    with_statement.collect()
}

/// The verified attestation of a type, if all of them say the same.
pub(super) fn verified<'a>(facts: &'a ImageFacts, predicate_type: &str) -> Result<Option<Found<'a>>, String> {
    let found = all_verified(facts, predicate_type)?;
    let Some(first) = found.first() else { return Ok(None) };
    if found.iter().any(|other| other.statement.get() != first.statement.get()) {
        let digests: Vec<String> = found.iter().map(|found| found.attestation.digest.short()).collect();
        return Err(format!(
            "the image has several attestations of this type that differ: {}",
            digests.join(", ")
        ));
    }
    Ok(Some(*first))
}

/// The statement of a type, if there is one answer.
pub(super) fn sole_statement<'a>(facts: &'a ImageFacts, predicate_type: &str) -> Option<&'a RawValue> {
    verified(facts, predicate_type).ok().flatten().map(|found| found.statement)
}

/// `{statement, image}`.
fn object(found: Found<'_>) -> Option<Value> {
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

/// The reply if no attestation of the type verified: whether that is known to be all.
fn absent(facts: &ImageFacts, predicate_type: &str) -> Reply {
    let of_type =
        |attestation: &&AttestationFacts| attestation.predicate_type.as_deref() == Some(predicate_type);
    for attestation in facts.attestations.iter().filter(of_type) {
        match &attestation.status {
            AttestationStatus::Verified => {}
            AttestationStatus::Failed(cause) => {
                return Reply::unanswered(format!("the attestation of this type is not valid: {cause}"));
            }
            AttestationStatus::NotJudged(cause) => {
                return Reply::unanswered(format!("an attestation of this type was not judged: {cause}"));
            }
        }
    }
    let untyped = facts.attestations.iter().filter(|attestation| attestation.predicate_type.is_none());
    for attestation in untyped {
        if let AttestationStatus::Failed(cause) = &attestation.status {
            return Reply::unanswered(format!("an attestation may be of this type: {cause}"));
        }
    }
    if let Some(cause) = facts.unread.first() {
        return Reply::unanswered(format!("not all attestations are known: {cause}"));
    }
    if facts.standing == Standing::DhiBased {
        let cause = "the image has no attestation of this type itself; those of its base are about the base";
        return Reply::unanswered(cause);
    }
    Reply::absent()
}

/// `oci.referrer_by_digest(ref, digest)`.
pub(super) fn by_digest(host: &HostFacts, arguments: &[Value]) -> Reply {
    let digest = match (oci::own_repository(&host.facts, arguments), text(arguments, 1)) {
        (Ok(()), Ok(digest)) => digest.parse::<Digest>(),
        (Err(reply), _) | (_, Err(reply)) => return reply,
    };
    let Ok(digest) = digest else { return Reply::unanswered("argument 2 is not a digest") };
    let found = host.facts.attestations.iter().find(|attestation| attestation.digest == digest);
    match found.map(|attestation| (attestation, &attestation.status, &attestation.statement)) {
        Some((attestation, AttestationStatus::Verified, Some(statement))) => {
            object(Found { attestation, statement }).map_or_else(Reply::absent, Reply::given)
        }
        Some((_, AttestationStatus::Verified, None)) => Reply::unanswered("the statement is not recorded"),
        Some((_, AttestationStatus::Failed(cause) | AttestationStatus::NotJudged(cause), _)) => {
            Reply::unanswered(cause.clone())
        }
        None => Reply::unanswered("the image has no such attestation that was found"),
    }
}

/// `oci.referrer_index(ref, digest)`: an image index with the verified attestations of the image.
pub(super) fn index(host: &HostFacts, arguments: &[Value]) -> Reply {
    let facts = &host.facts;
    if let Err(reply) = oci::own_repository(facts, arguments) {
        return reply;
    }
    match text(arguments, 1) {
        Ok(digest) if digest == facts.digest.to_string() => {}
        Ok(_) => return Reply::unanswered("only the attestations of the image itself are known"),
        Err(reply) => return reply,
    }
    if let Some(cause) = facts.unread.first() {
        return Reply::unanswered(format!("not all attestations are known: {cause}"));
    }
    let verified = facts.attestations.iter().filter(|one| one.status == AttestationStatus::Verified);
    let manifests: Vec<serde_json::Value> = verified
        .map(|attestation| {
            serde_json::json!({
                "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "artifactType": "application/vnd.in-toto+json",
                "digest": attestation.digest,
                "annotations": {"in-toto.io/predicate-type": attestation.predicate_type},
            })
        })
        .collect();
    if manifests.is_empty() {
        return Reply::absent();
    }
    Reply::given(Value::from(serde_json::json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": manifests,
    })))
}
