//! Functions about references: what the reference of the image resolved to. No other reference is resolved.

use regorus::Value;

use super::image_values::ImageValues;
use super::reply::{Reply, text};
use crate::oci::{Digest, Reference, Repository};
use crate::policy::facts::{ImageFacts, UnknownCause};

/// `oci.canonical_name(ref)`: `docker.io/library/node` for `node:25`.
pub(super) fn canonical_name(_: &ImageValues, arguments: &[Value]) -> Reply {
    match reference(arguments) {
        Ok(Reference { repository: Repository::Remote(name), .. }) => {
            Reply::given(Value::from(name.to_string()))
        }
        Ok(_) => Reply::unanswered("it is not a reference to a registry"),
        Err(reply) => reply,
    }
}

/// `oci.image_digest(ref)`.
pub(super) fn image_digest(host: &ImageValues, arguments: &[Value]) -> Reply {
    let asked = match reference(arguments) {
        Ok(asked) => asked,
        Err(reply) => return reply,
    };
    if let Some(digest) = asked.digest {
        return Reply::given(Value::from(digest.to_string()));
    }
    match host.facts.reference.parse::<Reference>() {
        // What a tag beside a digest names was not asked.
        Ok(own) if own == asked => Reply::given(Value::from(host.facts.root.digest.to_string())),
        _ => other_reference(),
    }
}

/// `oci.index(ref, digest)`.
pub(super) fn index(host: &ImageValues, arguments: &[Value]) -> Reply {
    let facts = &host.facts;
    let digest = match (own_repository(facts, arguments), text(arguments, 1)) {
        (Ok(()), Ok(digest)) => digest,
        (Err(reply), _) | (_, Err(reply)) => return reply,
    };
    let digest = digest.parse::<Digest>().ok();
    let is_own = digest == Some(facts.root.digest) || digest == Some(facts.digest);
    match &facts.index {
        _ if !is_own => other_reference(),
        Some(index) => match Value::from_json_str(index.document.get()) {
            Ok(index) => Reply::given(index),
            Err(error) => Reply::unanswered(error.to_string()),
        },
        None if facts.root.digest == facts.digest => Reply::absent(),
        None => {
            Reply::unanswered(UnknownCause::not_recorded(Some(&facts.reference), "the index is not recorded"))
        }
    }
}

/// Whether the first argument names the repository of the image.
pub(super) fn own_repository(facts: &ImageFacts, arguments: &[Value]) -> Result<(), Reply> {
    let asked = reference(arguments)?;
    match facts.reference.parse::<Reference>() {
        Ok(own) if own.repository == asked.repository => Ok(()),
        _ => Err(other_reference()),
    }
}

fn reference(arguments: &[Value]) -> Result<Reference, Reply> {
    let text = text(arguments, 0)?;
    text.parse().map_err(|error: crate::oci::Error| Reply::unanswered(error.to_string()))
}

fn other_reference() -> Reply {
    Reply::unanswered("only the image itself is known, and no other reference is resolved")
}
