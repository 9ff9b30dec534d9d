//! A certificate transparency log, which promises to list certificates (RFC 6962).
//!
//! It signs the precertificate: the TBS of the certificate without the extension that contains the promise.

use der::{Decode as _, Encode as _};
use jiff::Timestamp;

use super::key::Key;

/// A CT log.
#[derive(Clone, Debug)]
pub(crate) struct CtLog {
    pub(crate) key: Key,
}

impl CtLog {
    pub(crate) fn new() -> Self {
        Self { key: Key::p256() }
    }

    /// The content of the extension that carries promises.
    pub(crate) fn extension(scts: &[Vec<u8>]) -> Vec<u8> {
        let list: Vec<u8> = scts.iter().flat_map(|sct| vector(sct)).collect();
        der::asn1::OctetString::new(vector(&list)).unwrap().to_der().unwrap()
    }

    /// One promise (signed certificate timestamp), made at `time`, for a certificate that was issued by the
    /// key `issuer_spki` and has no such extension yet.
    pub(crate) fn promise(&self, precertificate: &[u8], issuer_spki: &[u8], time: Timestamp) -> Vec<u8> {
        const V1: u8 = 0;
        const CERTIFICATE_TIMESTAMP: u8 = 0;
        const PRECERTIFICATE_ENTRY: [u8; 2] = [0, 1];
        const NO_EXTENSIONS: [u8; 2] = [0, 0];
        const SHA256_ECDSA: [u8; 2] = [4, 3];

        let time = u64::try_from(time.as_millisecond()).unwrap().to_be_bytes();
        let tbs = x509_cert::Certificate::from_der(precertificate).unwrap().tbs_certificate.to_der().unwrap();
        let length = u32::try_from(tbs.len()).unwrap().to_be_bytes();
        let signed = [
            &[V1, CERTIFICATE_TIMESTAMP],
            &time[..],
            &PRECERTIFICATE_ENTRY,
            &super::key::sha256(issuer_spki),
            &length[1..],
            &tbs,
            &NO_EXTENSIONS,
        ]
        .concat();
        let signature = self.key.sign(&signed);
        [&[V1], &self.key.id()[..], &time, &NO_EXTENSIONS, &SHA256_ECDSA, &vector(&signature)].concat()
    }
}

/// A TLS vector with a length of two bytes.
fn vector(bytes: &[u8]) -> Vec<u8> {
    [&u16::try_from(bytes.len()).unwrap().to_be_bytes()[..], bytes].concat()
}
