//! Transparency logs: Rekor v1, whose entries have a promise and a time, and Rekor v2, whose entries have neither.

use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::body::Body;
use super::key::{Key, base64, hex, sha256};
use super::merkle;

/// A log. Clones are the same log.
#[derive(Clone)]
pub(crate) struct Log {
    pub(crate) version: Rekor,
    pub(crate) key: Key,
    /// The first line of checkpoints, and the name beside their signature.
    pub(crate) origin: String,
    leaves: Arc<Mutex<Vec<[u8; 32]>>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rekor {
    V1,
    V2,
}

/// Indexes of Rekor v1 count over all shards, those in proofs within one.
const BEFORE_THIS_SHARD: u64 = 4_163_431;
/// The id of the shard's tree.
const TREE: &str = "1193050959916656506";

impl Log {
    /// A Rekor v1 log.
    pub(crate) fn v1(host: &str) -> Self {
        Self::with(Rekor::V1, host, Key::p256())
    }

    /// A Rekor v2 log with an Ed25519 or ECDSA key.
    pub(crate) fn v2(host: &str, key: Key) -> Self {
        Self::with(Rekor::V2, host, key)
    }

    fn with(version: Rekor, host: &str, key: Key) -> Self {
        // Other entries, so that proofs have paths on both sides.
        let leaves = (0_u8..5).map(|number| merkle::leaf(&[number])).collect();
        Self { version, key, origin: host.to_owned(), leaves: Arc::new(Mutex::new(leaves)) }
    }

    /// The same log with another key.
    pub(crate) fn with_key(&self, key: Key) -> Self {
        Self { key, ..self.clone() }
    }

    /// The ID of the log in trusted roots and bundles.
    pub(crate) fn id(&self) -> [u8; 32] {
        const ED25519: u8 = 1;
        if self.version == Rekor::V2 && self.key.details() == "PKIX_ED25519" {
            // The key id of signed notes, which starts with the note's four bytes.
            let raw = self.key.spki().split_off(12);
            return sha256(&[self.origin.as_bytes(), &[b'\n', ED25519], &raw].concat());
        }
        self.key.id()
    }

    /// Records an entry. Rekor v1 also promises it, at `time`. Two other entries follow.
    pub(crate) fn record(&self, body: Body, time: Timestamp) -> Entry {
        let mut leaves = self.leaves.lock().unwrap();
        let index = leaves.len();
        leaves.push(merkle::leaf(&body.bytes));
        for number in 0_u8..2 {
            let other = [&u64::try_from(index).unwrap().to_be_bytes()[..], &[number]].concat();
            leaves.push(merkle::leaf(&other));
        }
        let root_hash = merkle::root(&leaves);
        let proof = Proof {
            log_index: index as u64,
            root_hash,
            tree_size: leaves.len() as u64,
            hashes: merkle::path(&leaves, index),
            checkpoint: Some(self.checkpoint(leaves.len(), &root_hash)),
        };
        let mut entry = Entry {
            log_index: proof.log_index,
            log_id: self.id(),
            integrated_time: None,
            promise: None,
            proof: Some(proof),
            body,
        };
        if self.version == Rekor::V1 {
            entry.log_index += BEFORE_THIS_SHARD;
            entry.integrated_time = Some(time.as_second());
            entry.promise = Some(self.promise(&entry));
        }
        entry
    }

    /// The signed entry timestamp of Rekor v1 over the current fields of the entry.
    pub(crate) fn promise(&self, entry: &Entry) -> Vec<u8> {
        // Members in the order of RFC 8785; none of the text needs an escape.
        let signed = json!({
            "body": base64(&entry.body.bytes),
            "integratedTime": entry.integrated_time.unwrap_or_default(),
            "logID": hex(&entry.log_id),
            "logIndex": entry.log_index,
        });
        self.key.sign(signed.to_string().as_bytes())
    }

    /// A signed checkpoint over any root.
    pub(crate) fn checkpoint(&self, size: usize, root: &[u8; 32]) -> String {
        self.sign_note(&self.note(size, root))
    }

    /// The text of a checkpoint.
    pub(crate) fn note(&self, size: usize, root: &[u8; 32]) -> String {
        let origin = match self.version {
            Rekor::V1 => format!("{} - {TREE}", self.origin),
            Rekor::V2 => self.origin.clone(),
        };
        format!("{origin}\n{size}\n{}\n", base64(root))
    }

    /// A note with this log's signature line.
    pub(crate) fn sign_note(&self, note: &str) -> String {
        let signature = [&self.id()[..4], &self.key.sign(note.as_bytes())].concat();
        format!("{note}\n\u{2014} {} {}\n", self.origin, base64(&signature))
    }

    /// The ID of an entry in the interface of the log: the tree, then the leaf.
    pub(crate) fn uuid(body: &[u8]) -> String {
        format!("{:016x}{}", TREE.parse::<u64>().unwrap(), hex(&merkle::leaf(body)))
    }
}

/// An entry as a bundle contains it. A test can change every field.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) log_index: u64,
    pub(crate) log_id: [u8; 32],
    /// Seconds since 1970.
    pub(crate) integrated_time: Option<i64>,
    /// The signed entry timestamp.
    pub(crate) promise: Option<Vec<u8>>,
    pub(crate) proof: Option<Proof>,
    pub(crate) body: Body,
}

#[derive(Clone)]
pub(crate) struct Proof {
    pub(crate) log_index: u64,
    pub(crate) root_hash: [u8; 32],
    pub(crate) tree_size: u64,
    pub(crate) hashes: Vec<[u8; 32]>,
    pub(crate) checkpoint: Option<String>,
}

impl Entry {
    /// As in Sigstore bundles.
    pub(crate) fn bundled(&self) -> Value {
        let mut entry = json!({
            "logIndex": self.log_index.to_string(),
            "logId": {"keyId": base64(&self.log_id)},
            "kindVersion": {"kind": self.body.kind, "version": self.body.version},
        });
        if let Some(time) = self.integrated_time {
            entry["integratedTime"] = time.to_string().into();
        }
        if let Some(promise) = &self.promise {
            entry["inclusionPromise"] = json!({"signedEntryTimestamp": base64(promise)});
        }
        if let Some(proof) = &self.proof {
            entry["inclusionProof"] = json!({
                "logIndex": proof.log_index.to_string(),
                "rootHash": base64(&proof.root_hash),
                "treeSize": proof.tree_size.to_string(),
                "hashes": proof.hashes.iter().map(|hash| base64(hash)).collect::<Vec<_>>(),
            });
            if let Some(checkpoint) = &proof.checkpoint {
                entry["inclusionProof"]["checkpoint"] = json!({"envelope": checkpoint});
            }
        }
        entry["canonicalizedBody"] = base64(&self.body.bytes).into();
        entry
    }

    /// As in the annotation `dev.sigstore.cosign/bundle`.
    pub(crate) fn annotated(&self) -> Value {
        json!({
            "SignedEntryTimestamp": self.promise.as_ref().map(|promise| base64(promise)),
            "Payload": {
                "body": base64(&self.body.bytes),
                "integratedTime": self.integrated_time,
                "logIndex": self.log_index,
                "logID": hex(&self.log_id),
            },
        })
    }

    /// As the interface of Rekor v1 answers.
    pub(crate) fn answered(&self) -> Value {
        let proof = self.proof.as_ref().unwrap();
        json!({
            "body": base64(&self.body.bytes),
            "integratedTime": self.integrated_time,
            "logID": hex(&self.log_id),
            "logIndex": self.log_index,
            "verification": {
                "inclusionProof": {
                    "checkpoint": proof.checkpoint,
                    "hashes": proof.hashes.iter().map(|hash| hex(hash)).collect::<Vec<_>>(),
                    "logIndex": proof.log_index,
                    "rootHash": hex(&proof.root_hash),
                    "treeSize": proof.tree_size,
                },
                "signedEntryTimestamp": self.promise.as_ref().map(|promise| base64(promise)),
            },
        })
    }
}
