//! DSSE envelopes: one payload, and signatures that are each over that payload and its type.
//!
//! Nothing is verified here. The size of the payload is checked before it is decoded.
//!
//! Source: the DSSE specification, `envelope.md`. The Sigstore bundle format allows one signature.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::Deserialize;

use super::Error;
use crate::limits::{Exceeded, Limits};
use crate::oci::json;

/// The payload of a DSSE envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedPayload {
    /// `application/vnd.in-toto+json` for statements.
    pub payload_type: String,
    /// The bytes that were signed.
    pub bytes: Bytes,
}

impl SignedPayload {
    /// The payload of an envelope, unverified. Nothing may be decided from it.
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`] if it is not an envelope, and [`Error::Limit`] if the payload is too long.
    pub fn unverified(envelope: &[u8], limits: &Limits) -> Result<Self, Error> {
        let envelope: Envelope<'_> = json::parse(envelope, "DSSE envelope")
            .map_err(|error| Error::Unreadable { cause: error.to_string() })?;
        Ok(envelope.open(limits)?.payload)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Envelope<'a> {
    #[serde(borrow)]
    payload: Cow<'a, str>,
    payload_type: String,
    signatures: Vec<Signature>,
}

#[derive(Deserialize)]
struct Signature {
    sig: String,
}

/// A decoded envelope. Not verified.
pub(super) struct OpenedEnvelope {
    pub(super) payload: SignedPayload,
    signatures: Vec<Signature>,
}

impl Envelope<'_> {
    /// Decodes the payload if it is within its limit.
    pub(super) fn open(self, limits: &Limits) -> Result<OpenedEnvelope, Error> {
        // The payload is a statement, so it has the limit of a fetched one. Checked before it is decoded.
        let size = self.payload.len() as u64 / 4 * 3;
        if size > limits.statement {
            let what = format!("envelope with a payload of {size} bytes");
            return Err(Error::Limit(Exceeded::new(what, limits.statement, "bytes")));
        }
        let bytes = decode(&self.payload)?.into();
        let payload = SignedPayload { payload_type: self.payload_type, bytes };
        Ok(OpenedEnvelope { payload, signatures: self.signatures })
    }
}

impl OpenedEnvelope {
    /// All signatures, each decoded when it is read.
    pub(super) fn signatures(&self) -> impl ExactSizeIterator<Item = Result<Vec<u8>, Error>> {
        self.signatures.iter().map(|signature| decode(&signature.sig))
    }

    /// The payload and its one signature.
    pub(super) fn into_single(self) -> Result<(SignedPayload, Vec<u8>), Error> {
        match self.signatures.as_slice() {
            [signature] => Ok((self.payload, decode(&signature.sig)?)),
            several => {
                let cause = format!("a bundle's envelope has one signature, this one has {}", several.len());
                Err(Error::Unreadable { cause })
            }
        }
    }
}

/// Decodes standard base64.
pub(super) fn decode(text: &str) -> Result<Vec<u8>, Error> {
    STANDARD.decode(text).map_err(|error| Error::Unreadable { cause: format!("base64: {error}") })
}
