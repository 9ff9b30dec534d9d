//! What was signed and stored, for programs: digests as they are, so that a next step can name them.

use serde::Serialize;

use crate::oci::{Digest, Platform};
use crate::trust::{PublicKey, SignatureFormat};

/// What one run signed and stored.
pub struct Signed<'a> {
    /// Where it was stored.
    pub repository: String,
    /// Who signed.
    pub key: &'a PublicKey,
    /// In which form.
    pub form: SignatureFormat,
    /// URL of the log that it was published in.
    pub log: Option<&'a str>,
    /// One for each object that was signed, or that something was attested of.
    pub objects: Vec<SignedObject>,
}

/// What was stored for one object.
pub struct SignedObject {
    /// Its digest.
    pub digest: Digest,
    /// Which platform it is for, where that is known.
    pub platform: Option<Platform>,
    /// Kind and digest of each manifest, the one that hangs on the object last.
    pub stored: Vec<(&'static str, Digest)>,
    /// Index of the entry in the log.
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
