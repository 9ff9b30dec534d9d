//! A DSSE envelope has one payload and one signature here: several would leave open which one counts.
//!
//! Source: the DSSE specification, `envelope.md`; of several signatures the Sigstore bundle format allows one.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::Deserialize;

use super::Error;
use crate::limits::{Exceeded, Limits};

/// The payload of a DSSE envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedPayload {
    /// `application/vnd.in-toto+json` for statements.
    pub payload_type: String,
    /// The bytes that were signed.
    pub bytes: Bytes,
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

impl Envelope<'_> {
    /// The payload and the signature, of which nothing is verified.
    pub(super) fn open(self, limits: &Limits) -> Result<(SignedPayload, Vec<u8>), Error> {
        let [signature] = self.signatures.as_slice() else {
            let cause = format!("the envelope has {} signatures, not one", self.signatures.len());
            return Err(Error::Unreadable { cause });
        };
        // Before it is decoded: what is signed is a statement, and bounded like one that is fetched.
        let size = self.payload.len() as u64 / 4 * 3;
        if size > limits.statement {
            let what = format!("envelope with a payload of {size} bytes");
            return Err(Error::Limit(Exceeded::new(what, limits.statement, "bytes")));
        }
        let bytes = decode(&self.payload)?.into();
        let signature = decode(&signature.sig)?;
        Ok((SignedPayload { payload_type: self.payload_type, bytes }, signature))
    }
}

/// Base64 in its standard form.
pub(super) fn decode(text: &str) -> Result<Vec<u8>, Error> {
    STANDARD.decode(text).map_err(|error| Error::Unreadable { cause: format!("base64: {error}") })
}
