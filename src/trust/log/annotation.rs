//! Reads cosign's annotation `dev.sigstore.cosign/bundle`: one log entry, as cosign 1 and 2 write it or as in a
//! Sigstore bundle. Integers may be numbers or text.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use sigstore_verify::rekor::body::RekorEntryBody;
use sigstore_verify::types::bundle::{InclusionPromise, InclusionProof, LogId};
use sigstore_verify::types::{
    CanonicalizedBody, KindVersion, LogIndex, LogKeyId, SignedTimestamp, TransparencyLogEntry,
};

use super::entries::{LogEntries, known, not_read};
use super::policy::LogPolicy;
use crate::limits::{Exceeded, Limits};
use crate::oci::{Digest, json};
use crate::trust::{Error, KeyId, PublicKey};

/// Reads cosign's annotation, unless the policy skips proofs.
pub(in crate::trust) fn read_annotation(
    text: Option<&str>,
    policy: LogPolicy,
    limits: &Limits,
) -> Result<LogEntries, Error> {
    match (text, policy) {
        (None, _) => Ok(LogEntries::Absent),
        (Some(_), LogPolicy::Skip) => Ok(LogEntries::not_checked(true)),
        (Some(text), _) => read(text, limits),
    }
}

/// Reads the annotation, whatever the policy.
fn read(text: &str, limits: &Limits) -> Result<LogEntries, Error> {
    // Parsed, it takes many times the memory of its text.
    if text.len() as u64 > limits.log_annotation {
        let what = format!("log annotation of {} bytes", text.len());
        return Err(Error::Limit(Exceeded::new(what, limits.log_annotation, "bytes")));
    }
    let value: serde_json::Value =
        json::parse(text.as_bytes(), "log entry").map_err(|error| bad(error.to_string()))?;
    if value.get("SignedEntryTimestamp").is_some() {
        let classic: CosignBundle = serde_json::from_value(value).map_err(|error| bad(error.to_string()))?;
        return classic.entry();
    }
    let entries = value
        .pointer("/content/verificationMaterial/tlogEntries")
        .or_else(|| value.pointer("/verificationMaterial/tlogEntries"))
        .and_then(serde_json::Value::as_array);
    let Some(entries) = entries else {
        return Ok(LogEntries::Unsupported("form not supported by this version".to_owned()));
    };
    if entries.len() > limits.log_entries {
        let what = format!("log annotation with {} entries", entries.len());
        return Err(Error::Limit(Exceeded::new(what, limits.log_entries, "log entries")));
    }
    match entries.as_slice() {
        [] => Err(bad("it lists no entry".to_owned())),
        [entry] => BundleEntry::deserialize(entry).map_err(|error| bad(error.to_string()))?.entry(),
        several => Ok(LogEntries::Unsupported(format!("{} entries for one signature", several.len()))),
    }
}

/// The key that a log entry names, for messages. Not verified.
pub(in crate::trust) fn named_key(text: &str) -> Option<KeyId> {
    let LogEntries::Parsed(entries) = read(text, &Limits::default()).ok()? else { return None };
    let entry = entries.first()?;
    let body = RekorEntryBody::parse(&entry.canonicalized_body, entry.kind_version).ok()?;
    let RekorEntryBody::HashedRekordV001(body) = body else { return None };
    let key = body.spec.signature.public_key.parse_public_key().ok()?;
    Some(PublicKey::from_spki(&key, "log entry").ok()?.id())
}

fn bad(cause: impl Into<String>) -> Error {
    Error::LogBad { cause: cause.into() }
}

#[derive(Deserialize)]
struct CosignBundle {
    #[serde(rename = "SignedEntryTimestamp")]
    set: String,
    #[serde(rename = "Payload")]
    payload: CosignBundlePayload,
    #[serde(flatten)]
    outer: EntryFields,
}

#[derive(Deserialize)]
struct CosignBundlePayload {
    body: String,
    #[serde(flatten)]
    scalars: EntryFields,
}

#[derive(Default, Deserialize)]
struct EntryFields {
    #[serde(default, rename = "integratedTime", deserialize_with = "number_or_text")]
    integrated_time: Option<i64>,
    #[serde(default, rename = "logIndex", deserialize_with = "number_or_text")]
    log_index: Option<i64>,
    #[serde(default, rename = "logID")]
    log_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BundleEntry {
    canonicalized_body: String,
    inclusion_promise: Option<Promise>,
    inclusion_proof: Option<serde_json::Value>,
    log_id: BundleLogId,
    #[serde(default, deserialize_with = "number_or_text")]
    integrated_time: Option<i64>,
    #[serde(default, deserialize_with = "number_or_text")]
    log_index: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Promise {
    signed_entry_timestamp: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BundleLogId {
    key_id: String,
}

/// Protobuf's JSON writes 64-bit integers as text, Rekor's API as numbers.
fn number_or_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(i64),
        Text(String),
    }
    match Option::deserialize(deserializer)? {
        None => Ok(None),
        Some(Either::Number(number)) => Ok(Some(number)),
        Some(Either::Text(text)) => text.parse().map(Some).map_err(serde::de::Error::custom),
    }
}

impl CosignBundle {
    fn entry(self) -> Result<LogEntries, Error> {
        let (inner, outer) = (self.payload.scalars, self.outer);
        let entry = entry(
            &self.payload.body,
            inner.log_index.or(outer.log_index),
            inner.log_id.or(outer.log_id),
            inner.integrated_time.or(outer.integrated_time),
        )?;
        let promise = promise(&self.set)?;
        Ok(match entry {
            Ok(entry) => LogEntries::Parsed(vec![entry.with_inclusion_promise(promise)]),
            Err(unread) => LogEntries::Unsupported(unread),
        })
    }
}

impl BundleEntry {
    fn entry(self) -> Result<LogEntries, Error> {
        let entry =
            entry(&self.canonicalized_body, self.log_index, Some(self.log_id.key_id), self.integrated_time)?;
        let mut entry = match entry {
            Ok(entry) => entry,
            Err(unread) => return Ok(LogEntries::Unsupported(unread)),
        };
        if let Some(set) = self.inclusion_promise {
            entry = entry.with_inclusion_promise(promise(&set.signed_entry_timestamp)?);
        }
        if let Some(proof) = self.inclusion_proof {
            let proof: InclusionProof = serde_json::from_value(proof)
                .map_err(|error| bad(format!("its inclusion proof: {error}")))?;
            entry = entry.with_inclusion_proof(proof);
        }
        Ok(LogEntries::Parsed(vec![entry]))
    }
}

fn promise(set: &str) -> Result<InclusionPromise, Error> {
    let set = STANDARD.decode(set).map_err(|_| bad("its signed entry timestamp is not base64"))?;
    Ok(InclusionPromise::new(SignedTimestamp::new(set)))
}

/// The outer error is a bad entry, the inner one an unsupported kind of entry.
fn entry(
    body: &str,
    index: Option<i64>,
    log_id: Option<String>,
    time: Option<i64>,
) -> Result<Result<TransparencyLogEntry, String>, Error> {
    let body = STANDARD.decode(body).map_err(|error| bad(format!("its body is not base64: {error}")))?;
    let kind = match kind(&body)? {
        Ok(kind) => kind,
        Err(unread) => return Ok(Err(unread)),
    };
    let index = index.ok_or_else(|| bad("it has no index"))?;
    let index = u64::try_from(index)
        .ok()
        .and_then(|index| LogIndex::new(index).ok())
        .ok_or_else(|| bad("its index is negative"))?;
    let log_id = log_key_id(&log_id.ok_or_else(|| bad("it names no log"))?)?;
    let time = time.ok_or_else(|| bad("it has no time"))?;
    let time = Timestamp::from_second(time).map_err(|_| bad("its time is out of range"))?;
    let entry = TransparencyLogEntry::new(index, LogId::new(log_id), kind, CanonicalizedBody::new(body));
    Ok(Ok(entry.with_integrated_time(time)))
}

fn kind(body: &[u8]) -> Result<Result<KindVersion, String>, Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Kind {
        kind: String,
        api_version: String,
    }
    let Kind { kind, api_version } =
        json::parse(body, "body of the log entry").map_err(|error| bad(error.to_string()))?;
    Ok(known(&kind, &api_version).ok_or_else(|| not_read(&kind, &api_version)))
}

/// Reads the ID of a log, the SHA-256 of its key: in hex as Rekor writes it, or in base64 as in bundles.
fn log_key_id(text: &str) -> Result<LogKeyId, Error> {
    let hex = format!("sha256:{text}").parse::<Digest>().ok().and_then(|digest| match digest {
        Digest::Sha256(bytes) => Some(bytes.to_vec()),
        Digest::Sha512(_) => None,
    });
    let bytes = hex
        .or_else(|| STANDARD.decode(text).ok().filter(|bytes| bytes.len() == 32))
        .ok_or_else(|| bad("its log id is not a SHA-256"))?;
    Ok(LogKeyId::new(bytes))
}
