//! A TUF repository, good or bad, as a Sigstore instance publishes its trusted root. The test makes and signs it.

use serde_json::{Value, json};
use sigstore_tuf::canonical_json::to_canonical_bytes;

use super::registry::{InMemoryRegistry, Reply};
use super::test_sigstore::key::{Key, hex, sha256};

/// An expiry in the far future.
const LATER: &str = "2999-01-01T00:00:00Z";

/// The parts of the repository that are published next.
#[derive(Clone)]
pub(crate) struct TufRepository {
    /// Signs the root.
    pub(crate) owner: Key,
    /// Signs everything else.
    pub(crate) online: Key,
    /// Version of the timestamp, the snapshot and the targets.
    pub(crate) version: u64,
    pub(crate) timestamp_expires: &'static str,
    pub(crate) root_expires: &'static str,
    /// The trusted root.
    pub(crate) target: Vec<u8>,
    /// Its hash in the metadata, if that is a wrong one.
    pub(crate) target_hash: Option<String>,
}

impl TufRepository {
    pub(crate) fn new(target: &[u8]) -> Self {
        Self {
            owner: Key::ed25519(),
            online: Key::p256(),
            version: 1,
            timestamp_expires: LATER,
            root_expires: LATER,
            target: target.to_vec(),
            target_hash: None,
        }
    }

    /// A root of that version, signed by `signers`.
    pub(crate) fn root(&self, version: u64, signers: &[&Key]) -> Vec<u8> {
        let role = |key: &Key| json!({ "keyids": [id(key)], "threshold": 1 });
        let online = role(&self.online);
        let root = json!({
            "_type": "root",
            "spec_version": "1.0.31",
            "version": version,
            "expires": self.root_expires,
            "consistent_snapshot": true,
            "keys": { id(&self.owner): public(&self.owner), id(&self.online): public(&self.online) },
            "roles": {
                "root": role(&self.owner), "timestamp": online, "snapshot": online, "targets": online,
            },
        });
        signed(&root, signers)
    }

    /// The first root, signed correctly.
    pub(crate) fn first(&self) -> Vec<u8> {
        self.root(1, &[&self.owner])
    }

    /// Publishes everything but roots, under `/tuf`.
    pub(crate) fn publish(&self, server: &InMemoryRegistry) {
        let version = self.version;
        let hash = self.target_hash.clone().unwrap_or_else(|| hex(&sha256(&self.target)));
        let role = |kind: &str, expires: &str, name: &str, content: Value| {
            let mut role = json!({
                "_type": kind, "spec_version": "1.0.31", "version": version, "expires": expires,
            });
            role[name] = content;
            signed(&role, &[&self.online])
        };
        let target = json!({ "length": self.target.len(), "hashes": { "sha256": hash } });
        let targets = role("targets", LATER, "targets", json!({ "trusted_root.json": target }));
        let snapshot = role("snapshot", LATER, "meta", json!({ "targets.json": { "version": version } }));
        let pin = json!({
            "version": version,
            "length": snapshot.len(),
            "hashes": { "sha256": hex(&sha256(&snapshot)) },
        });
        let timestamp = role("timestamp", self.timestamp_expires, "meta", json!({ "snapshot.json": pin }));
        put(server, "timestamp.json", timestamp);
        put(server, &format!("{version}.snapshot.json"), snapshot);
        put(server, &format!("{version}.targets.json"), targets);
        put(server, &format!("targets/{hash}.trusted_root.json"), self.target.clone());
    }
}

/// Publishes one file.
pub(crate) fn put(server: &InMemoryRegistry, name: &str, bytes: Vec<u8>) {
    server.script(&format!("/tuf/{name}"), Reply::json(200, bytes));
}

fn id(key: &Key) -> String {
    hex(&key.id())
}

fn public(key: &Key) -> Value {
    if key.details() == "PKIX_ED25519" {
        let spki = key.spki();
        let public = hex(&spki[spki.len() - 32..]);
        json!({ "keytype": "ed25519", "scheme": "ed25519", "keyval": { "public": public } })
    } else {
        json!({ "keytype": "ecdsa", "scheme": "ecdsa-sha2-nistp256", "keyval": { "public": key.pem() } })
    }
}

fn signed(content: &Value, signers: &[&Key]) -> Vec<u8> {
    let bytes = to_canonical_bytes(content).unwrap();
    let signatures: Vec<Value> =
        signers.iter().map(|key| json!({ "keyid": id(key), "sig": hex(&key.sign(&bytes)) })).collect();
    serde_json::to_vec(&json!({ "signed": content, "signatures": signatures })).unwrap()
}
