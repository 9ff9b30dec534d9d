//! A proof of the transparency log that is present must be good, and only the caller's policy says whether
//! one is needed: stripping it never turns a failure into a pass where it is required.
//!
//! Read here: the annotation `dev.sigstore.cosign/bundle` of simple signing, in the two shapes in use, with a
//! `hashedrekord` 0.0.1 entry and Rekor's signed entry timestamp (SET) over it. Entries inside Sigstore bundles
//! are checked by the sigstore library, inclusion proof and checkpoint included.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use sigstore_verify::rekor::body::RekorEntryBody;
use sigstore_verify::types::{DerPublicKey, HashAlgorithm, Sha256Hash, SignatureBytes, TransparencyLogEntry};
use sigstore_verify::{PublicKeyVerificationPolicy, TransparencyLogError, Verifier};

use super::{Error, KeyId, PublicKey, Trust, TrustedKey};
use crate::limits::Limits;
use crate::oci::{Digest, json};

/// What the caller demands of the transparency log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogPolicy {
    /// A proof that is there must be good; none is needed.
    VerifyIfPresent,
    /// A good proof is needed.
    Require,
    /// Proofs are not looked at, and the report says so.
    Skip,
}

/// What is known from the log about one signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogProof {
    /// A log of the trusted root signed the entry, and the entry is that of this signature.
    Proven {
        /// The log's URL.
        log: String,
        /// Index in the log.
        index: u64,
        /// When the log took it in. Absent where the proof does not cover a time.
        time: Option<Timestamp>,
    },
    /// There is no entry.
    Absent,
    /// There is one that cannot be judged: of a log that the trusted root does not hold, or of another form.
    Unknown {
        /// Why.
        cause: String,
    },
    /// It was not looked at.
    Skipped {
        /// Whether there is one.
        present: bool,
    },
}

impl LogProof {
    /// The time of the signature, where the log proves it.
    pub fn time(&self) -> Option<Timestamp> {
        match self {
            Self::Proven { time, .. } => *time,
            _ => None,
        }
    }

    /// One word for tables and reports.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Proven { .. } => "proven",
            Self::Absent => "absent",
            Self::Unknown { .. } => "unknown",
            Self::Skipped { .. } => "skipped",
        }
    }
}

/// The signature that a log entry must be about.
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    pub(super) message: &'a [u8],
    pub(super) signature: &'a [u8],
}

/// The policy's answer where there is no entry.
pub(super) fn judge_absent(policy: LogPolicy) -> Result<LogProof, Error> {
    match policy {
        LogPolicy::VerifyIfPresent => Ok(LogProof::Absent),
        LogPolicy::Require => Err(Error::LogMissing { cause: "absent".to_owned() }),
        LogPolicy::Skip => Ok(LogProof::Skipped { present: false }),
    }
}

/// Judges the annotation of a simple signature that `key` verified.
pub(super) fn judge_annotation(
    annotation: Option<&str>,
    subject: Subject<'_>,
    key: &TrustedKey,
    trust: &Trust,
    limits: &Limits,
) -> Result<LogProof, Error> {
    let Some(text) = annotation else { return judge_absent(trust.log) };
    if trust.log == LogPolicy::Skip {
        return Ok(LogProof::Skipped { present: true });
    }
    let proof = match Entry::parse(text, limits)? {
        Ok(entry) => entry.judge(subject, key, trust)?,
        Err(cause) => LogProof::Unknown { cause },
    };
    required(proof, trust.log)
}

/// Judges the entries of a bundle whose envelope `key` verified.
pub(super) fn judge_bundle(
    text: &str,
    artifact: &Digest,
    key: &TrustedKey,
    trust: &Trust,
) -> Result<LogProof, Error> {
    if trust.log == LogPolicy::Skip {
        return Ok(LogProof::Skipped { present: true });
    }
    let unknown = |cause: String| required(LogProof::Unknown { cause }, trust.log);
    let bundle = match sigstore_verify::types::Bundle::from_json(text) {
        Ok(bundle) => bundle,
        Err(error) => return unknown(format!("form not read by this version: {error}")),
    };
    // The library checks what an entry proves, but not that each proves something.
    let bare =
        |entry: &TransparencyLogEntry| entry.inclusion_proof.is_none() && entry.inclusion_promise.is_none();
    if bundle.verification_material.tlog_entries.iter().any(bare) {
        return Err(Error::LogBad { cause: "an entry without any proof of the log".to_owned() });
    }
    let Digest::Sha256(artifact) = artifact else {
        return unknown("the subject's digest is not SHA-256".to_owned());
    };
    let verifier =
        Verifier::new(trust.root.wire()).map_err(|error| Error::LogBad { cause: error.to_string() })?;
    let policy = PublicKeyVerificationPolicy::new(key.key.spki().clone());
    match verifier.verify(Sha256Hash::new(*artifact), &bundle, &policy) {
        Ok(result) => {
            let entry = bundle.verification_material.tlog_entries.first();
            let log = entry
                .and_then(|entry| trust.root.log_url(entry.log_id.key_id.as_bytes()))
                .unwrap_or_default();
            Ok(LogProof::Proven {
                log: log.to_owned(),
                index: entry.map_or(0, |entry| entry.log_index.get()),
                time: result.integrated_time(),
            })
        }
        Err(sigstore_verify::Error::TransparencyLog(TransparencyLogError::UnknownLog { log_id })) => {
            unknown(format!("log {log_id} is not in the trusted root ({})", trust.root.origin()))
        }
        Err(sigstore_verify::Error::UnsupportedBundle(cause)) => unknown(cause),
        Err(error) => {
            let foreign = bundle
                .verification_material
                .tlog_entries
                .iter()
                .find(|entry| trust.root.log_url(entry.log_id.key_id.as_bytes()).is_none());
            match foreign {
                Some(entry) => unknown(format!(
                    "log {} is not in the trusted root ({})",
                    entry.log_id.key_id,
                    trust.root.origin()
                )),
                None => Err(Error::LogBad { cause: error.to_string() }),
            }
        }
    }
}

fn required(proof: LogProof, policy: LogPolicy) -> Result<LogProof, Error> {
    match (proof, policy) {
        (LogProof::Unknown { cause }, LogPolicy::Require) => Err(Error::LogMissing { cause }),
        (proof, _) => Ok(proof),
    }
}

/// The key that a log entry names, for messages: nothing of it is verified.
pub(super) fn named_key(annotation: &str) -> Option<KeyId> {
    let entry = Entry::parse(annotation, &Limits::default()).ok()?.ok()?;
    let RekorEntryBody::HashedRekordV001(body) = entry.read_body().ok()?.ok()? else { return None };
    let key = body.spec.signature.public_key.parse_public_key().ok()?;
    Some(PublicKey::from_spki(key, "log entry").ok()?.id())
}

/// One log entry of the annotation, whichever shape it was written in.
struct Entry {
    /// Base64, as the log signed it.
    body: String,
    set: Vec<u8>,
    integrated_time: i64,
    log_index: i64,
    log_id: Vec<u8>,
}

/// What the log signs: members in this order, without spaces, which is their canonical form (RFC 8785).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SignedEntry<'a> {
    body: &'a str,
    integrated_time: i64,
    #[serde(rename = "logID")]
    log_id: String,
    log_index: i64,
}

#[derive(Deserialize)]
struct Classic {
    #[serde(rename = "SignedEntryTimestamp")]
    set: String,
    #[serde(rename = "Payload")]
    payload: ClassicPayload,
    #[serde(flatten)]
    outer: Scalars,
}

#[derive(Deserialize)]
struct ClassicPayload {
    body: String,
    #[serde(flatten)]
    scalars: Scalars,
}

#[derive(Default, Deserialize)]
struct Scalars {
    #[serde(default, rename = "integratedTime", deserialize_with = "number_or_text")]
    integrated_time: Option<i64>,
    #[serde(default, rename = "logIndex", deserialize_with = "number_or_text")]
    log_index: Option<i64>,
    #[serde(default, rename = "logID")]
    log_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Modern {
    canonicalized_body: String,
    inclusion_promise: Option<Promise>,
    log_id: ModernLogId,
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
struct ModernLogId {
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

impl Entry {
    /// Reads the annotation. The outer error is a bad entry, the inner one an entry of a form not read here.
    fn parse(text: &str, limits: &Limits) -> Result<Result<Self, String>, Error> {
        let bad = |cause: &str| Error::LogBad { cause: cause.to_owned() };
        // As a tree it takes many times its text.
        if text.len() as u64 > limits.log_annotation {
            let what = format!("log annotation of {} bytes", text.len());
            return Err(Error::Limit(crate::limits::Exceeded::new(what, limits.log_annotation, "bytes")));
        }
        let value: serde_json::Value =
            json::parse(text.as_bytes(), "log entry").map_err(|error| bad(&error.to_string()))?;
        if value.get("SignedEntryTimestamp").is_some() {
            let classic: Classic = serde_json::from_value(value).map_err(|error| bad(&error.to_string()))?;
            let (inner, outer) = (classic.payload.scalars, classic.outer);
            let integrated_time = inner.integrated_time.or(outer.integrated_time);
            let log_index = inner.log_index.or(outer.log_index);
            let log_id = inner.log_id.or(outer.log_id);
            return Self::new(classic.payload.body, &classic.set, integrated_time, log_index, log_id).map(Ok);
        }
        let entries = value
            .pointer("/content/verificationMaterial/tlogEntries")
            .or_else(|| value.pointer("/verificationMaterial/tlogEntries"))
            .and_then(serde_json::Value::as_array);
        match entries.map(Vec::as_slice) {
            None => Ok(Err("form not read by this version".to_owned())),
            Some([]) => Err(bad("it lists no entry")),
            Some(entries) if entries.len() > limits.log_entries => {
                let what = format!("log annotation with {} entries", entries.len());
                Err(Error::Limit(crate::limits::Exceeded::new(what, limits.log_entries, "log entries")))
            }
            Some([entry]) => {
                let modern: Modern = Modern::deserialize(entry).map_err(|error| bad(&error.to_string()))?;
                let Some(promise) = modern.inclusion_promise else {
                    return Ok(Err("an entry without a signed entry timestamp".to_owned()));
                };
                let (time, index) = (modern.integrated_time, modern.log_index);
                let (set, log_id) = (promise.signed_entry_timestamp, modern.log_id.key_id);
                Self::new(modern.canonicalized_body, &set, time, index, Some(log_id)).map(Ok)
            }
            Some(entries) => Ok(Err(format!("{} entries for one signature", entries.len()))),
        }
    }

    fn new(
        body: String,
        set: &str,
        integrated_time: Option<i64>,
        log_index: Option<i64>,
        log_id: Option<String>,
    ) -> Result<Self, Error> {
        let bad = |cause: &str| Error::LogBad { cause: cause.to_owned() };
        let log_id = log_id.ok_or_else(|| bad("it names no log"))?;
        let log_id = format!("sha256:{log_id}")
            .parse::<Digest>()
            .ok()
            .and_then(|digest| match digest {
                Digest::Sha256(bytes) => Some(bytes.to_vec()),
                Digest::Sha512(_) => None,
            })
            .or_else(|| STANDARD.decode(&log_id).ok().filter(|bytes| bytes.len() == 32))
            .ok_or_else(|| bad("its log id is not a SHA-256"))?;
        Ok(Self {
            body,
            set: STANDARD.decode(set).map_err(|_| bad("its signed entry timestamp is not base64"))?,
            integrated_time: integrated_time.ok_or_else(|| bad("it has no time"))?,
            log_index: log_index.ok_or_else(|| bad("it has no index"))?,
            log_id,
        })
    }

    /// The outer error is a bad body, the inner one a kind of entry not read here.
    fn read_body(&self) -> Result<Result<RekorEntryBody, String>, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Kind {
            kind: String,
            api_version: String,
        }
        let bad = |cause: String| Error::LogBad { cause };
        let bytes =
            STANDARD.decode(&self.body).map_err(|error| bad(format!("its body is not base64: {error}")))?;
        let Kind { kind, api_version } =
            json::parse(&bytes, "body of the log entry").map_err(|error| bad(error.to_string()))?;
        if (kind.as_str(), api_version.as_str()) != ("hashedrekord", "0.0.1") {
            return Ok(Err(format!("entries of kind {kind} {api_version} are not read by this version")));
        }
        RekorEntryBody::from_json(&bytes, &kind, &api_version).map(Ok).map_err(|error| bad(error.to_string()))
    }

    fn judge(&self, subject: Subject<'_>, key: &TrustedKey, trust: &Trust) -> Result<LogProof, Error> {
        match self.read_body()? {
            Ok(RekorEntryBody::HashedRekordV001(body)) => self.bind(&body, subject, key)?,
            Ok(_) => return Ok(LogProof::Unknown { cause: "form not read by this version".to_owned() }),
            Err(cause) => return Ok(LogProof::Unknown { cause }),
        }
        let bad = |cause: &str| Error::LogBad { cause: cause.to_owned() };
        let id = Sha256Hash::try_from(self.log_id.as_slice()).map_err(|error| bad(&error.to_string()))?;
        let Some(url) = trust.root.log_url(&self.log_id) else {
            return Ok(LogProof::Unknown {
                cause: format!("log {} is not in the trusted root ({})", id.to_hex(), trust.root.origin()),
            });
        };
        let time =
            Timestamp::from_second(self.integrated_time).map_err(|_| bad("its time is out of range"))?;
        let log_key = trust
            .root
            .logs()
            .key_at(&id, time)
            .ok_or_else(|| bad("its time lies outside the validity of the log's key"))?;
        let signed = serde_json::to_vec(&SignedEntry {
            body: &self.body,
            integrated_time: self.integrated_time,
            log_id: id.to_hex(),
            log_index: self.log_index,
        })
        .map_err(|error| bad(&error.to_string()))?;
        log_key
            .verify(&signed, &SignatureBytes::new(self.set.clone()))
            .map_err(|_| bad("the log's signature over it does not verify"))?;
        let index = u64::try_from(self.log_index).map_err(|_| bad("its index is negative"))?;
        Ok(LogProof::Proven { log: url.to_owned(), index, time: Some(time) })
    }

    /// The entry must be about exactly this signature: same bytes signed, same signature, same key.
    fn bind(
        &self,
        body: &sigstore_verify::rekor::body::HashedRekordV001Body,
        subject: Subject<'_>,
        key: &TrustedKey,
    ) -> Result<(), Error> {
        let bad = |cause: &str| Error::LogBad { cause: cause.to_owned() };
        let hash = &body.spec.data.hash;
        if hash.algorithm != HashAlgorithm::Sha2256
            || hash.value.as_str().to_ascii_lowercase() != Digest::of(subject.message).hex()
        {
            return Err(bad("it is about another payload"));
        }
        if body.spec.signature.content.as_bytes() != subject.signature {
            return Err(bad("it is about another signature"));
        }
        let logged: DerPublicKey = body
            .spec
            .signature
            .public_key
            .parse_public_key()
            .map_err(|_| bad("the key in it cannot be read"))?;
        if &logged != key.key.spki() {
            return Err(bad("it names another key"));
        }
        Ok(())
    }
}
