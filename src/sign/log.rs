//! What a log answers is kept only if its entry names the signature, the key and the digest that were sent: a log, or
//! whoever stands before it, cannot have the proof of something else stored. Whether the log's own signature is good
//! is for those to say who verify with its key.
//!
//! Rekor's API, version 1: `hashedrekord` 0.0.1 for signed payloads, `dsse` 0.0.1 for envelopes.

use std::collections::BTreeMap;
use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::{StatusCode, Url, header};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Error;
use super::envelope::Envelope;
use super::key_file::public_pem;
use super::signer::Signature;
use crate::limits::{LOG_ANSWER, LOG_TIME, Limits};
use crate::oci::{Digest, json};
use crate::registry::{Pace, Stopped, urls};
use crate::trust::PublicKey;

/// A transparency log that entries are sent to.
#[derive(Clone, Debug)]
pub struct Log {
    url: Url,
    client: reqwest::Client,
    limits: Limits,
}

/// An entry, with the log's proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// Base64, as the log signed it.
    body: String,
    kind: &'static str,
    /// Seconds since 1970.
    pub integrated_time: i64,
    /// Index in the log.
    pub index: i64,
    log_id: [u8; 32],
    promise: String,
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

/// What an entry must be about.
struct Expected<'a> {
    kind: &'static str,
    digest: Digest,
    signature: String,
    key: &'a PublicKey,
}

impl Log {
    /// A log at an https URL, or at a plain one of this machine.
    pub fn at(url: &str, limits: &Limits) -> Result<Self, Error> {
        let wrong = |cause: &str| Error::LogUrl { url: urls::shown(url), cause: cause.to_owned() };
        if urls::has_login(url) {
            return Err(wrong("a URL with a login is not taken"));
        }
        let parsed = Url::parse(url).map_err(|error| wrong(&error.to_string()))?;
        let host = parsed.host_str().unwrap_or_default();
        let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
        let is_loopback = host == "localhost" || address.is_ok_and(|address| address.is_loopback());
        match parsed.scheme() {
            "https" => {}
            "http" if is_loopback => {}
            "http" => return Err(wrong("plain HTTP is only for logs on this machine")),
            _ => return Err(wrong("it is not an https URL")),
        }
        if parsed.query().is_some() || parsed.fragment().is_some() {
            return Err(wrong("it has a query or fragment"));
        }
        // As for registries: callers of the library need not do it. The error only says that one is installed already.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(limits.connect)
            .read_timeout(limits.idle)
            .timeout(LOG_TIME)
            .user_agent(concat!("dhi/", env!("CARGO_PKG_VERSION")));
        let builder = if is_loopback { builder.no_proxy() } else { builder };
        let client = builder.build().map_err(|error| wrong(&causes(&error)))?;
        Ok(Self { url: parsed, client, limits: limits.clone() })
    }

    /// The log's URL.
    pub fn url(&self) -> &str {
        self.url.as_str().trim_end_matches('/')
    }

    /// Whether entries of signed payloads are taken with such a key. Rekor takes what it can verify from the SHA-256
    /// alone.
    pub(super) fn check_payload_key(key: &PublicKey) -> Result<(), Error> {
        match key.algorithm() {
            "ecdsa-p256" | "rsa" => Ok(()),
            algorithm => Err(Error::LogKey { algorithm }),
        }
    }

    /// Logs a signed payload.
    pub(super) async fn payload(
        &self,
        payload: &[u8],
        signature: &Signature,
        key: &PublicKey,
    ) -> Result<LogEntry, Error> {
        let expected = Expected {
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
    pub(super) async fn envelope(&self, envelope: &Envelope<'_>, key: &PublicKey) -> Result<LogEntry, Error> {
        let expected = Expected {
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

    async fn send(&self, spec: &Value, expected: &Expected<'_>) -> Result<LogEntry, Error> {
        let entry = json!({ "apiVersion": "0.0.1", "kind": expected.kind, "spec": spec });
        let entries = format!("{}/api/v1/log/entries", self.url());
        let request = self.client.post(&entries).header(header::CONTENT_TYPE, "application/json");
        let (status, location, answer) = self.exchange(request.body(entry.to_string())).await?;
        let (status, answer) = if status == StatusCode::CONFLICT {
            // RSA and Ed25519 sign the same bytes alike, and the log takes an entry once.
            let uuid = location
                .as_deref()
                .and_then(|location| location.rsplit('/').next())
                .filter(|uuid| !uuid.is_empty() && uuid.bytes().all(|byte| byte.is_ascii_hexdigit()))
                .ok_or_else(|| self.failed("it has the entry already and does not say where"))?;
            let (status, _, answer) = self.exchange(self.client.get(format!("{entries}/{uuid}"))).await?;
            (status, answer)
        } else {
            (status, answer)
        };
        if !status.is_success() {
            let answer = String::from_utf8_lossy(&answer).chars().take(300).collect::<String>();
            return Err(self.failed(&format!("{status}: {}", answer.trim())));
        }
        expected.read(&answer).map_err(|cause| Error::LogAnswer { url: self.url().to_owned(), cause })
    }

    async fn exchange(
        &self,
        request: reqwest::RequestBuilder,
    ) -> Result<(StatusCode, Option<String>, Vec<u8>), Error> {
        let request = request.header(header::ACCEPT, "application/json");
        let mut answer = request.send().await.map_err(|error| self.failed(&causes(&error)))?;
        let location = answer.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
        let location = location.map(str::to_owned);
        let mut bytes = Vec::new();
        let mut pace = Pace::new(&self.limits);
        let stopped = |stopped: Stopped| match stopped {
            Stopped::Broken(error) => self.failed(&causes(&error)),
            Stopped::Slow(cause) => self.failed(&format!("its answer comes too slowly: {cause}")),
        };
        while let Some(chunk) = pace.next(&mut answer).await.map_err(stopped)? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() as u64 > LOG_ANSWER {
                return Err(self.failed(&format!("its answer is over {LOG_ANSWER} bytes")));
            }
        }
        Ok((answer.status(), location, bytes))
    }

    fn failed(&self, cause: &str) -> Error {
        Error::Log { url: self.url().to_owned(), cause: cause.to_owned() }
    }
}

/// The innermost cause: the outer ones say "error sending request".
fn causes(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

impl Expected<'_> {
    /// Reads the one entry of an answer.
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
        // Bundles of version 0.3 are nothing without.
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
            promise: wire.verification.signed_entry_timestamp,
            proof,
        })
    }

    /// The entry must be about exactly this: same bytes signed, same signature, same key.
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
        // Verifiers compare the encoded keys, so a log that writes the same key otherwise is of no use.
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
    /// As the annotation `dev.sigstore.cosign/bundle` has it.
    pub(super) fn in_annotation(&self) -> String {
        let entry = json!({
            "SignedEntryTimestamp": self.promise,
            "Payload": {
                "body": self.body,
                "integratedTime": self.integrated_time,
                "logIndex": self.index,
                "logID": Digest::Sha256(self.log_id).hex(),
            },
        });
        entry.to_string()
    }

    /// As `tlogEntries` of a bundle have it: numbers are text there, and bytes base64.
    pub(super) fn in_bundle(&self) -> Value {
        let mut entry = json!({
            "logIndex": self.index.to_string(),
            "logId": { "keyId": STANDARD.encode(self.log_id) },
            "kindVersion": { "kind": self.kind, "version": "0.0.1" },
            "integratedTime": self.integrated_time.to_string(),
            "inclusionPromise": { "signedEntryTimestamp": self.promise },
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
    use crate::sign::KeyPair;

    #[test]
    fn only_https_and_this_machine_are_logs() {
        for good in [
            "https://rekor.example.com",
            "https://x/log/",
            "http://127.0.0.1:3000",
            "http://[::1]:1",
            "http://localhost:1",
        ] {
            assert!(Log::at(good, &Limits::default()).is_ok(), "{good}");
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
            let error = Log::at(bad, &Limits::default()).unwrap_err();
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
    fn an_entry_about_anything_else_is_refused() {
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
            let expected = Expected { kind, digest, signature: "c2ln".to_owned(), key: &key };
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
