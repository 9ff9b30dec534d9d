//! The JSON document of stored signatures and attestations, with full digests for the next step of a script.

use serde::Serialize;

use crate::oci::{Digest, Platform};
use crate::trust::{PublicKey, SignatureFormat};

/// The objects that one run signed and stored.
pub struct Signed<'a> {
    /// The repository.
    pub repository: String,
    /// The public key of the signer.
    pub key: &'a PublicKey,
    /// The form of the signatures.
    pub form: SignatureFormat,
    /// URL of the transparency log, if entries were made.
    pub log: Option<&'a str>,
    /// The signed objects, or the subjects of the attestations.
    pub objects: Vec<SignedObject>,
}

/// The manifests that were stored for one object.
pub struct SignedObject {
    /// The digest of the object.
    pub digest: Digest,
    /// Its platform, if known.
    pub platform: Option<Platform>,
    /// Kind and digest of each stored manifest; the referrer of the object is last.
    pub stored: Vec<(&'static str, Digest)>,
    /// Index of the transparency log entry.
    pub log_index: Option<i64>,
}

/// The JSON document, `docs/schemas/signed-1.json`.
pub fn signed_json(signed: &Signed<'_>) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Document<'a> {
        schema_version: u32,
        repository: &'a str,
        key: Key,
        form: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        log: Option<&'a str>,
        objects: Vec<Object<'a>>,
    }
    #[derive(Serialize)]
    struct Key {
        id: String,
        algorithm: &'static str,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Object<'a> {
        digest: &'a Digest,
        #[serde(skip_serializing_if = "Option::is_none")]
        platform: Option<String>,
        stored: Vec<Stored<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        log_index: Option<i64>,
    }
    #[derive(Serialize)]
    struct Stored<'a> {
        kind: &'static str,
        digest: &'a Digest,
    }
    let objects = signed.objects.iter().map(|object| Object {
        digest: &object.digest,
        platform: object.platform.as_ref().map(ToString::to_string),
        stored: object.stored.iter().map(|(kind, digest)| Stored { kind, digest }).collect(),
        log_index: object.log_index,
    });
    let document = Document {
        schema_version: 1,
        repository: &signed.repository,
        key: Key { id: signed.key.id().to_string(), algorithm: signed.key.algorithm() },
        form: signed.form.as_str(),
        log: signed.log,
        objects: objects.collect(),
    };
    super::json::text(&document)
}
