//! `oci.referrer` and its relatives: attestations that verified for the image.
//!
//! `null` is returned only if everything was searched and no attestation of the type exists.

use regorus::Value;

use super::attested::{Found, OPEN_VEX, VULNERABILITIES, hidden, no_statement, object, unread, verified};
use super::image_values::ImageValues;
use super::reply::{Reply, text};
use super::{oci, vex, vulnerabilities};
use crate::oci::Digest;
use crate::policy::facts::{
    AttestationFacts, AttestationStatus, ImageFacts, Standing, UnknownCause, UnknownKind,
};

/// `oci.referrer(type)`.
pub(super) fn referrer(host: &ImageValues, arguments: &[Value]) -> Reply {
    match text(arguments, 0) {
        Ok(predicate_type) => of_type(host, predicate_type),
        Err(reply) => reply,
    }
}

/// The answer for one predicate type.
pub(super) fn of_type(host: &ImageValues, predicate_type: &str) -> Reply {
    host.referrer(predicate_type, || {
        let facts = &host.facts;
        let made = match predicate_type {
            OPEN_VEX => vex::referrer(facts),
            VULNERABILITIES => vulnerabilities::referrer(facts),
            _ => verified(facts, predicate_type).map(|found| found.and_then(object)),
        };
        match made {
            Ok(Some(value)) => Reply::given(value),
            Ok(None) => absent(facts, predicate_type),
            Err(cause) => Reply::unanswered(cause),
        }
    })
}

/// The reply if no attestation of the type verified: whether that is known to be all.
fn absent(facts: &ImageFacts, predicate_type: &str) -> Reply {
    let of_type =
        |attestation: &&AttestationFacts| attestation.predicate_type.as_deref() == Some(predicate_type);
    for attestation in facts.attestations.iter().filter(of_type) {
        if let AttestationStatus::NotJudged(cause) = &attestation.status {
            let text = format!("an attestation of this type was not judged: {cause}");
            return Reply::unanswered(UnknownCause::new(UnknownKind::NotJudged, text));
        }
    }
    if let Some(cause) = hidden(facts, predicate_type) {
        return Reply::unanswered(cause);
    }
    if facts.standing == Standing::DhiBased {
        let cause = "the image has no attestation of this type itself; those of its base are about the base";
        let kind = UnknownKind::OfBase { reference: facts.reference.clone() };
        return Reply::unanswered(UnknownCause::new(kind, cause));
    }
    Reply::absent()
}

/// `oci.referrer_by_digest(ref, digest)`.
pub(super) fn by_digest(host: &ImageValues, arguments: &[Value]) -> Reply {
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
        Some((_, AttestationStatus::Verified, None)) => Reply::unanswered(no_statement(&host.facts)),
        Some((_, AttestationStatus::Failed(cause), _)) => {
            let kind = UnknownKind::NotVerified { reference: host.facts.reference.clone() };
            Reply::unanswered(UnknownCause::new(kind, cause.clone()))
        }
        Some((_, AttestationStatus::NotJudged(cause), _)) => {
            Reply::unanswered(UnknownCause::new(UnknownKind::NotJudged, cause.clone()))
        }
        None => Reply::unanswered("the image has no such attestation that was found"),
    }
}

/// `oci.referrer_index(ref, digest)`: an image index with the verified attestations of the image.
pub(super) fn index(host: &ImageValues, arguments: &[Value]) -> Reply {
    let facts = &host.facts;
    if let Err(reply) = oci::own_repository(facts, arguments) {
        return reply;
    }
    match text(arguments, 1) {
        Ok(digest) if digest.parse() == Ok(facts.digest) => {}
        Ok(_) => return Reply::unanswered("only the attestations of the image itself are known"),
        Err(reply) => return reply,
    }
    if let Some(cause) = unread(facts) {
        return Reply::unanswered(cause);
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
