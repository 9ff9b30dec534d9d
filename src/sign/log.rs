//! Sends signatures to a transparency log.
//!
//! A returned entry is used only if it contains the signature, key and digest that were sent, so that a log or proxy
//! cannot have the proof of another entry stored. The log's own signature is not checked here: verifiers check it with
//! the log's key.
//!
//! Source: Rekor's API, version 1: `hashedrekord` 0.0.1 for signed payloads, `dsse` 0.0.1 for envelopes.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Error;
use super::envelope::Envelope;
use super::key_file::public_pem;
use super::limits::{LOG_ANSWER, LOG_TIME};
use super::signer::Signature;
use crate::oci::{Digest, json};
use crate::registry::transport::{Profile, Redirects, StatusClass, TransportError};
use crate::registry::urls::{self, Url};
use crate::registry::{Transport, is_loopback};
use crate::trust::PublicKey;

/// A transparency log to which entries are sent.
#[derive(Clone, Debug)]
pub struct Log {
    url: Url,
    transport: Arc<Transport>,
}

const JSON: &str = "application/json";

/// The rules for requests to Rekor.
///
/// An entry may be sent again without a response: the log stores equal entries once, and responds to the second with
/// 409 and its location. All 2xx statuses are read, so that a success without an entry is an invalid response, not a
/// refusal. Redirects are not followed: an entry is sent only to the named log.
const REKOR: Profile = Profile {
    redirects: Redirects::Never,
    success: &[200, 201, 202, 203, 204, 205, 206],
    absent: &[],
    attempts: u32::MAX,
    time: Some(LOG_TIME),
};

/// An entry of a transparency log, with its proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// The body as the log signed it, base64.
    body: String,
    kind: &'static str,
    /// Seconds since 1970.
    pub integrated_time: i64,
    /// The index in the log.
    pub index: i64,
    log_id: [u8; 32],
    signed_entry_timestamp: String,
    proof: Option<Proof>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Proof {
    checkpoint: String,
    hashes: Vec<String>,
    log_index: i64,
    root_hash: String,
    tree_size: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    body: String,
    integrated_time: i64,
    #[serde(rename = "logID")]
    log_id: String,
    log_index: i64,
    verification: Verification,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Verification {
    signed_entry_timestamp: String,
    inclusion_proof: Option<Proof>,
}

/// The values that a returned entry must have.
struct ExpectedEntry<'a> {
    kind: &'static str,
    digest: Digest,
    signature: String,
    key: &'a PublicKey,
}

impl Log {
    /// A log at an https URL, or at an http URL of this machine.
    ///
    /// # Errors
    ///
    /// [`Error::LogUrl`] for any other URL, and for one with a login, query or fragment.
    pub fn at(url: &str, transport: Arc<Transport>) -> Result<Self, Error> {
        let wrong = |cause: &str| Error::LogUrl { url: urls::display_url(url), cause: cause.to_owned() };
        if urls::has_login(url) {
            return Err(wrong("a URL with a login is not accepted"));
        }
        let parsed = Url::parse(url).map_err(|error| wrong(&error.to_string()))?;
        let host = parsed.host_str().unwrap_or_default();
        match parsed.scheme() {
            "https" => {}
            "http" if is_loopback(host) => {}
            "http" => return Err(wrong("plain HTTP is only for logs on this machine")),
            _ => return Err(wrong("it is not an https URL")),
        }
        if parsed.query().is_some() || parsed.fragment().is_some() {
            return Err(wrong("it has a query or fragment"));
        }
        Ok(Self { url: parsed, transport })
    }

    /// The log's URL.
    pub fn url(&self) -> &str {
        self.url.as_str().trim_end_matches('/')
    }

    /// Checks that the log accepts signed payloads with such a key: Rekor verifies them from the SHA-256 alone.
    pub(super) fn check_payload_key(key: &PublicKey) -> Result<(), Error> {
        match key.algorithm() {
            "ecdsa-p256" | "rsa" => Ok(()),
            algorithm => Err(Error::LogKey { algorithm }),
        }
    }

    /// Logs a signed payload.
    pub(super) async fn log_payload(
        &self,
        payload: &[u8],
        signature: &Signature,
        key: &PublicKey,
    ) -> Result<LogEntry, Error> {
        let expected = ExpectedEntry {
            kind: "hashedrekord",
            digest: Digest::of(payload),
            signature: STANDARD.encode(signature.as_bytes()),
            key,
        };
        let spec = json!({
            "signature": {
                "content": expected.signature,
                "publicKey": { "content": STANDARD.encode(public_pem(key)) },
            },
            "data": { "hash": { "algorithm": "sha256", "value": expected.digest.hex() } },
        });
        self.send(&spec, &expected).await
    }

    /// Logs an envelope.
    pub(super) async fn log_envelope(
        &self,
        envelope: &Envelope<'_>,
        key: &PublicKey,
    ) -> Result<LogEntry, Error> {
        let expected = ExpectedEntry {
            kind: "dsse",
            digest: Digest::of(envelope.statement),
            signature: STANDARD.encode(envelope.signature.as_bytes()),
            key,
        };
        let spec = json!({
            "proposedContent": {
                "envelope": envelope.to_json().to_string(),
                "verifiers": [STANDARD.encode(public_pem(key))],
            },
        });
        self.send(&spec, &expected).await
    }

    async fn send(&self, spec: &Value, expected: &ExpectedEntry<'_>) -> Result<LogEntry, Error> {
        let entry = json!({ "apiVersion": "0.0.1", "kind": expected.kind, "spec": spec });
        let entries = format!("{}/api/v1/log/entries", self.url());
        let url = |text: &str| text.parse::<Url>().map_err(|error| self.log_error(error.to_string()));
        let entries_url = url(&entries)?;
        let sent = self.transport.post(REKOR, &entries_url, JSON, entry.to_string().into(), LOG_ANSWER);
        let answer = sent.await.map_err(|error| self.transport_error(&error))?;
        let answer = if answer.status == 409 {
            // The log has an equal entry: RSA and Ed25519 signatures are deterministic, or the response to an earlier
            // attempt was lost.
            let uuid = answer
                .header("location")
                .and_then(|location| location.rsplit('/').next())
                .filter(|uuid| !uuid.is_empty() && uuid.bytes().all(|byte| byte.is_ascii_hexdigit()))
                .ok_or_else(|| self.log_error("it has the entry already and does not name its location"))?;
            let entry_url = url(&format!("{entries}/{uuid}"))?;
            let asked = self.transport.get(REKOR, &entry_url, JSON, LOG_ANSWER);
            asked.await.map_err(|error| self.transport_error(&error))?
        } else {
            answer
        };
        if answer.class != StatusClass::Success {
            return Err(self.log_error(answer.text));
        }
        expected.read(&answer.body).map_err(|cause| Error::LogAnswer { url: self.url().to_owned(), cause })
    }

    fn transport_error(&self, error: &TransportError) -> Error {
        match error {
            TransportError::TooLong { .. } => {
                self.log_error(format!("its answer is over {LOG_ANSWER} bytes"))
            }
            other => self.log_error(other.to_string()),
        }
    }

    fn log_error(&self, cause: impl Into<String>) -> Error {
        Error::Log { url: self.url().to_owned(), cause: cause.into() }
    }
}

impl ExpectedEntry<'_> {
    /// Parses a response with exactly one entry, and checks the entry.
    fn read(&self, answer: &[u8]) -> Result<LogEntry, String> {
        let entries: BTreeMap<String, Wire> =
            json::parse(answer, "its answer").map_err(|error| error.to_string())?;
        let mut entries = entries.into_values();
        let (Some(wire), None) = (entries.next(), entries.next()) else {
            return Err("it does not have exactly one entry".to_owned());
        };
        let body = STANDARD.decode(&wire.body).map_err(|_| "its body is not base64".to_owned())?;
        let body: Value = json::parse(&body, "its body").map_err(|error| error.to_string())?;
        self.check(&body)?;
        let Ok(Digest::Sha256(log_id)) = format!("sha256:{}", wire.log_id).parse() else {
            return Err("its log id is not a SHA-256".to_owned());
        };
        let is_base64 = |text: &str| STANDARD.decode(text).is_ok_and(|bytes| !bytes.is_empty());
        if !is_base64(&wire.verification.signed_entry_timestamp) {
            return Err("it has no signed entry timestamp".to_owned());
        }
        let proof = wire.verification.inclusion_proof;
        // Bundles of version 0.3 require an inclusion proof.
        if self.kind == "dsse" && proof.is_none() {
            return Err("it has no inclusion proof".to_owned());
        }
        let hashes = proof.iter().flat_map(|proof| proof.hashes.iter().chain([&proof.root_hash]));
        if hashes.into_iter().any(|hash| decode_hex(hash).is_none()) {
            return Err("its inclusion proof cannot be read".to_owned());
        }
        Ok(LogEntry {
            body: wire.body,
            kind: self.kind,
            integrated_time: wire.integrated_time,
            index: wire.log_index,
            log_id,
            signed_entry_timestamp: wire.verification.signed_entry_timestamp,
            proof,
        })
    }

    /// Checks that the entry has the same digest, signature and key.
    fn check(&self, body: &Value) -> Result<(), String> {
        let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        if (text("/kind"), text("/apiVersion")) != (self.kind, "0.0.1") {
            return Err(format!("it is of kind {} {}", text("/kind"), text("/apiVersion")));
        }
        let (hash, signature, key) = match self.kind {
            "dsse" => {
                let signatures = body.pointer("/spec/signatures").and_then(Value::as_array);
                if signatures.is_none_or(|signatures| signatures.len() != 1) {
                    return Err("it does not have exactly one signature".to_owned());
                }
                ("/spec/payloadHash", "/spec/signatures/0/signature", "/spec/signatures/0/verifier")
            }
            _ => ("/spec/data/hash", "/spec/signature/content", "/spec/signature/publicKey/content"),
        };
        let of = |member: &str| text(&format!("{hash}/{member}"));
        if of("algorithm") != "sha256" || !of("value").eq_ignore_ascii_case(&self.digest.hex()) {
            return Err("it is about other bytes".to_owned());
        }
        if text(signature) != self.signature {
            return Err("it is about another signature".to_owned());
        }
        // Verifiers compare the encoded keys, so the log must return the key in the same encoding.
        let named = STANDARD.decode(text(key)).ok().and_then(|pem| pem::parse(pem).ok());
        if named.is_none_or(|named| named.tag() != "PUBLIC KEY" || named.contents() != self.key.to_der()) {
            return Err("it names another key".to_owned());
        }
        Ok(())
    }
}

fn decode_hex(text: &str) -> Option<Vec<u8>> {
    match format!("sha256:{text}").parse() {
        Ok(Digest::Sha256(bytes)) => Some(bytes.to_vec()),
        _ => None,
    }
}

impl LogEntry {
    /// The value of the annotation `dev.sigstore.cosign/bundle`.
    pub(super) fn to_annotation(&self) -> String {
        let entry = json!({
            "SignedEntryTimestamp": self.signed_entry_timestamp,
            "Payload": {
                "body": self.body,
                "integratedTime": self.integrated_time,
                "logIndex": self.index,
                "logID": Digest::Sha256(self.log_id).hex(),
            },
        });
        entry.to_string()
    }

    /// An element of `tlogEntries` in a bundle, with numbers as text and bytes in base64.
    pub(super) fn to_bundle_entry(&self) -> Value {
        let mut entry = json!({
            "logIndex": self.index.to_string(),
            "logId": { "keyId": STANDARD.encode(self.log_id) },
            "kindVersion": { "kind": self.kind, "version": "0.0.1" },
            "integratedTime": self.integrated_time.to_string(),
            "inclusionPromise": { "signedEntryTimestamp": self.signed_entry_timestamp },
        });
        let base64 = |hex: &String| STANDARD.encode(decode_hex(hex).unwrap_or_default());
        if let Some(members) = entry.as_object_mut() {
            if let Some(proof) = &self.proof {
                let proof = json!({
                    "logIndex": proof.log_index.to_string(),
                    "rootHash": base64(&proof.root_hash),
                    "treeSize": proof.tree_size.to_string(),
                    "hashes": proof.hashes.iter().map(base64).collect::<Vec<_>>(),
                    "checkpoint": { "envelope": proof.checkpoint },
                });
                members.insert("inclusionProof".to_owned(), proof);
            }
            members.insert("canonicalizedBody".to_owned(), self.body.clone().into());
        }
        entry
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;
    use crate::registry::Secrets;
    use crate::sign::KeyPair;

    #[test]
    fn log_urls_are_https_or_of_this_machine() {
        let transport = || Arc::new(Transport::new(Limits::default(), Vec::new(), Secrets::default()));
        for good in [
            "https://rekor.example.com",
            "https://x/log/",
            "http://127.0.0.1:3000",
            "http://[::1]:1",
            "http://localhost:1",
        ] {
            assert!(Log::at(good, transport()).is_ok(), "{good}");
        }
        for bad in [
            "",
            "rekor",
            "http://rekor.example.com",
            "ftp://x",
            "https://u:p@x",
            "https://x/?q",
            "http://127.0.0.1.example.com",
        ] {
            let error = Log::at(bad, transport()).unwrap_err();
            assert!(!error.to_string().contains("u:p"), "{error}");
        }
    }

    fn answer(body: &Value, change: impl Fn(&mut Value)) -> Vec<u8> {
        let mut entry = json!({
            "body": STANDARD.encode(body.to_string()),
            "integratedTime": 1_790_000_000,
            "logID": "00".repeat(32),
            "logIndex": 7,
            "verification": {
                "signedEntryTimestamp": "MEU=",
                "inclusionProof": {
                    "checkpoint": "log\n", "hashes": ["11".repeat(32)], "logIndex": 2,
                    "rootHash": "22".repeat(32), "treeSize": 3,
                },
            },
        });
        change(&mut entry);
        json!({ "uuid": entry }).to_string().into_bytes()
    }

    #[test]
    fn an_entry_that_does_not_match_is_refused() {
        let (key, other) = (KeyPair::generate(b"").unwrap().key, KeyPair::generate(b"").unwrap().key);
        let digest = Digest::of(b"payload");
        let content = |key| STANDARD.encode(public_pem(key));
        let hashedrekord = json!({
            "apiVersion": "0.0.1", "kind": "hashedrekord",
            "spec": {
                "data": { "hash": { "algorithm": "sha256", "value": digest.hex() } },
                "signature": { "content": "c2ln", "publicKey": { "content": content(&key) } },
            },
        });
        let dsse = json!({
            "apiVersion": "0.0.1", "kind": "dsse",
            "spec": {
                "payloadHash": { "algorithm": "sha256", "value": digest.hex() },
                "signatures": [{ "signature": "c2ln", "verifier": content(&key) }],
            },
        });
        for (kind, body) in [("hashedrekord", &hashedrekord), ("dsse", &dsse)] {
            let expected = ExpectedEntry { kind, digest, signature: "c2ln".to_owned(), key: &key };
            let entry = expected.read(&answer(body, |_| {})).unwrap();
            assert_eq!((entry.index, entry.integrated_time), (7, 1_790_000_000));
            for (from, to) in [
                (digest.hex(), Digest::of(b"other").hex()),
                ("sha256".to_owned(), "sha512".to_owned()),
                ("c2ln".to_owned(), "c2lo".to_owned()),
                (content(&key), content(&other)),
                (kind.to_owned(), "intoto".to_owned()),
                ("0.0.1".to_owned(), "0.0.2".to_owned()),
                (r#""signatures":["#.to_owned(), r#""signatures":[{},"#.to_owned()),
            ] {
                let text = body.to_string();
                let changed = text.replace(&from, &to);
                if changed != text {
                    let changed = serde_json::from_str(&changed).unwrap();
                    assert!(expected.read(&answer(&changed, |_| {})).is_err(), "{kind}: {from}");
                }
            }
            for (member, value) in [
                ("body", json!("!")),
                ("logID", json!("00")),
                ("verification", json!({})),
                ("verification", json!({ "signedEntryTimestamp": "" })),
                (
                    "verification",
                    json!({ "signedEntryTimestamp": "MEU=", "inclusionProof": { "checkpoint": "" } }),
                ),
                ("integratedTime", json!("now")),
            ] {
                let bytes = answer(body, |entry| entry[member] = value.clone());
                assert!(expected.read(&bytes).is_err(), "{kind}: {member}");
            }
            let unproven = answer(body, |entry| {
                entry["verification"].as_object_mut().unwrap().remove("inclusionProof");
            });
            assert_eq!(expected.read(&unproven).is_err(), kind == "dsse");
            assert!(expected.read(b"{}").is_err());
            let one = String::from_utf8(answer(body, |_| {})).unwrap();
            let two = format!("{},{}", &one[..one.len() - 1], &one.replacen("uuid", "other", 1)[1..]);
            assert_eq!(expected.read(two.as_bytes()), Err("it does not have exactly one entry".to_owned()));
        }
    }
}
