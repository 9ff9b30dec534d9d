//! DSSE envelopes with in-toto statements.
//!
//! The signature is over the payload type and payload together (DSSE's pre-authentication encoding), never over the
//! payload alone.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::signer::Signature;
use crate::oci::media_type::IN_TOTO;

/// An in-toto statement in a signed envelope.
pub(super) struct Envelope<'a> {
    pub(super) statement: &'a [u8],
    pub(super) signature: &'a Signature,
}

/// The bytes to sign: DSSE's pre-authentication encoding, version 1.
pub(super) fn pre_auth_encoding(statement: &[u8]) -> Vec<u8> {
    let mut bytes = format!("DSSEv1 {} {IN_TOTO} {} ", IN_TOTO.len(), statement.len()).into_bytes();
    bytes.extend_from_slice(statement);
    bytes
}

impl Envelope<'_> {
    pub(super) fn to_json(&self) -> Value {
        json!({
            "payload": STANDARD.encode(self.statement),
            "payloadType": IN_TOTO,
            "signatures": [{ "sig": STANDARD.encode(self.signature.as_bytes()) }],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signed_bytes_contain_type_and_lengths() {
        assert_eq!(pre_auth_encoding(b"{}"), b"DSSEv1 28 application/vnd.in-toto+json 2 {}");
    }
}
