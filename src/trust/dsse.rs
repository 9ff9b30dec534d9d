//! Sigstore bundles that hold a DSSE envelope signed with a key. The payload's bytes leave this module only
//! after a given key verified them; what they mean is for others to say.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;
use sigstore_verify::types::dsse;

use super::log;
use super::{Error, Form, Trust, Verified};
use crate::limits::Limits;
use crate::oci::media_type::SIGSTORE_BUNDLE_V03;
use crate::oci::{Digest, json};

/// The payload of a DSSE envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedPayload {
    /// `application/vnd.in-toto+json` for statements.
    pub payload_type: String,
    /// The bytes that were signed.
    pub bytes: Bytes,
}

/// A bundle as fetched, its syntax checked, nothing of it trusted.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// As fetched: it is read again for its log entries.
    text: Bytes,
    payload: SignedPayload,
    signature: Vec<u8>,
    log_entries: usize,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    media_type: String,
    #[serde(borrow, default)]
    verification_material: Material<'a>,
    #[serde(borrow)]
    dsse_envelope: Option<Envelope<'a>>,
    #[serde(borrow)]
    message_signature: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Material<'a> {
    #[serde(borrow, default)]
    tlog_entries: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    #[serde(borrow)]
    payload: Cow<'a, str>,
    payload_type: String,
    signatures: Vec<Signature>,
}

#[derive(Deserialize)]
struct Signature {
    sig: String,
}

impl Bundle {
    /// Reads a bundle of version 0.3 with a DSSE envelope.
    pub fn parse(bytes: &Bytes, limits: &Limits) -> Result<Self, Error> {
        let unreadable = |cause: String| Error::Unreadable { cause };
        let wire: Wire<'_> =
            json::parse(bytes, "Sigstore bundle").map_err(|error| unreadable(error.to_string()))?;
        if wire.media_type != SIGSTORE_BUNDLE_V03 {
            return Err(unreadable(format!("bundle type `{}` is not read by this version", wire.media_type)));
        }
        if wire.message_signature.is_some() {
            return Err(unreadable("the bundle signs a message, not an envelope".to_owned()));
        }
        let envelope =
            wire.dsse_envelope.ok_or_else(|| unreadable("the bundle has no envelope".to_owned()))?;
        // The bundle specification allows exactly one signature; several would leave open which one counts.
        let [signature] = envelope.signatures.as_slice() else {
            return Err(unreadable(format!(
                "the envelope has {} signatures, not one",
                envelope.signatures.len()
            )));
        };
        if wire.verification_material.tlog_entries.len() > limits.log_entries {
            let what = format!("bundle with {} log entries", wire.verification_material.tlog_entries.len());
            return Err(Error::Limit(crate::limits::Exceeded::new(what, limits.log_entries, "log entries")));
        }
        // Before it is decoded: what was signed is a statement, and bounded like one that is fetched.
        let payload = envelope.payload.len() as u64 / 4 * 3;
        if payload > limits.statement {
            let what = format!("bundle with a payload of {payload} bytes");
            return Err(Error::Limit(crate::limits::Exceeded::new(what, limits.statement, "bytes")));
        }
        let decode =
            |text: &str| STANDARD.decode(text).map_err(|error| unreadable(format!("base64: {error}")));
        Ok(Self {
            text: bytes.clone(),
            payload: SignedPayload {
                payload_type: envelope.payload_type,
                bytes: decode(&envelope.payload)?.into(),
            },
            signature: decode(&signature.sig)?,
            log_entries: wire.verification_material.tlog_entries.len(),
        })
    }

    /// What the envelope claims to hold, unverified: only for listing it.
    pub fn unverified_payload(&self) -> &SignedPayload {
        &self.payload
    }
}

impl Trust {
    /// Checks that a given key signed the envelope, in that key's window, with the log proof that the policy
    /// demands. `subject` is the digest that the envelope's statement is expected to be about.
    pub fn verify_bundle(&self, bundle: &Bundle, subject: &Digest) -> Result<Verified<SignedPayload>, Error> {
        let message = dsse::pae(&bundle.payload.payload_type, &bundle.payload.bytes);
        let Some((key, role)) = self.signer(&message, &bundle.signature) else {
            return Err(Error::WrongKey { named: None, trusted: self.key_names() });
        };
        let log = if bundle.log_entries == 0 {
            log::judge_absent(self.log)?
        } else {
            let text = std::str::from_utf8(&bundle.text)
                .map_err(|error| Error::Unreadable { cause: error.to_string() })?;
            log::judge_bundle(text, subject, key, self)?
        };
        let facts = self.facts(key, role, Form::Bundle, None, log)?;
        Ok(Verified::new(bundle.payload.clone(), facts))
    }
}
