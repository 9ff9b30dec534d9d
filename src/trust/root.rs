//! Sigstore trusted roots: the transparency logs, certificate authorities and timestamp authorities that count.
//!
//! Only those of the trusted root that the caller gave count.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sigstore_verify::Verifier;
use sigstore_verify::trust_root::{
    CertificateAuthority, SigstoreInstance, TransparencyLog, TrustedRoot as Wire, TsaAuthority,
};

use super::{Error, PublicKey};
use crate::oci::Digest;

/// Days after which a trusted root that came by TUF should be updated again.
const STALE_DAYS: i64 = 90;

/// The logs and authorities of a Sigstore trusted root (`application/vnd.dev.sigstore.trustedroot+json`).
#[derive(Clone)]
pub struct TrustedRoot {
    inner: Arc<Inner>,
}

struct Inner {
    origin: String,
    wire: Wire,
    digest: Digest,
    update: Option<TufUpdate>,
}

/// The record of a trusted root that came by TUF: its digest, its repository and when it was fetched.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TufUpdate {
    schema_version: u32,
    /// URL of the TUF repository.
    pub url: String,
    /// When it was fetched.
    pub updated: Timestamp,
    /// Digest of the trusted root.
    pub digest: Digest,
}

impl TufUpdate {
    /// The record of an update at `updated`.
    pub fn new(url: &str, updated: Timestamp, root: &[u8]) -> Self {
        Self { schema_version: 1, url: url.to_owned(), updated, digest: Digest::of(root) }
    }

    /// Reads `{"schemaVersion":1,"url","updated","digest"}`.
    ///
    /// # Errors
    ///
    /// [`Error::KeyFile`] if it is not such a record.
    pub fn from_json(bytes: &[u8], origin: &str) -> Result<Self, Error> {
        let wrong = |cause: String| Error::KeyFile { origin: origin.to_owned(), cause };
        let update: Self = crate::oci::json::parse(bytes, "record of an update")
            .map_err(|error| wrong(error.to_string()))?;
        if update.schema_version != 1 {
            return Err(wrong(format!(
                "schema version {} is not supported; expected 1",
                update.schema_version
            )));
        }
        Ok(update)
    }

    /// The record as [`TufUpdate::from_json`] reads it.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// The name of the file with the trusted root. It contains the digest, so that record and root always match.
    pub fn file_name(&self) -> String {
        format!("trusted_root-{}.json", self.digest.hex())
    }

    /// Its age in days at `now`, if it should be updated.
    pub fn stale_days(&self, now: Timestamp) -> Option<i64> {
        let days = now.duration_since(self.updated).as_hours() / 24;
        (days > STALE_DAYS).then_some(days)
    }
}

impl TrustedRoot {
    /// The root of Sigstore's public instance, as embedded in this version.
    ///
    /// # Errors
    ///
    /// None that can occur: the embedded root is tested.
    pub fn public_good() -> Result<Self, Error> {
        Self::embedded(SigstoreInstance::PublicGood, "embedded Sigstore root")
    }

    /// The root of Sigstore's staging instance, as embedded in this version. For tests only.
    ///
    /// # Errors
    ///
    /// None that can occur: the embedded root is tested.
    pub fn staging() -> Result<Self, Error> {
        Self::embedded(SigstoreInstance::Staging, "embedded Sigstore staging root")
    }

    fn embedded(instance: SigstoreInstance, origin: &str) -> Result<Self, Error> {
        Self::from_json(instance.embedded_trusted_root_json().as_bytes(), origin)
    }

    /// Reads a `trusted_root.json`.
    ///
    /// # Errors
    ///
    /// [`Error::KeyFile`] if it, or a key, certificate or date in it, cannot be used. [`Error::KeyEncoding`] if a key of
    /// a log is not in canonical encoding.
    pub fn from_json(bytes: &[u8], origin: &str) -> Result<Self, Error> {
        let wrong = |cause: String| Error::KeyFile { origin: origin.to_owned(), cause };
        let _: serde::de::IgnoredAny =
            crate::oci::json::parse(bytes, "trusted root").map_err(|error| wrong(error.to_string()))?;
        let text = std::str::from_utf8(bytes).map_err(|error| wrong(error.to_string()))?;
        let wire = Wire::from_json(text).map_err(|error| wrong(error.to_string()))?;
        // Checks every key, certificate and date in it before it is used.
        Verifier::new(&wire).map_err(|error| wrong(error.to_string()))?;
        // The library checks only the form of log keys; this also checks that each can verify signatures.
        for log in &wire.tlogs {
            PublicKey::from_spki(&log.public_key.raw_bytes, &format!("{origin}, log `{}`", log.base_url))?;
        }
        let (origin, digest) = (origin.to_owned(), Digest::of(bytes));
        Ok(Self { inner: Arc::new(Inner { origin, wire, digest, update: None }) })
    }

    /// Reads the trusted root of `file`, which must have the digest in `update`.
    ///
    /// # Errors
    ///
    /// [`Error::KeyFile`] for another digest, else as [`TrustedRoot::from_json`].
    pub fn from_update(bytes: &[u8], update: TufUpdate, file: &str) -> Result<Self, Error> {
        if !update.digest.matches(bytes) {
            let cause = format!("its digest is not that of the fetched trusted root, {}", update.digest);
            return Err(Error::KeyFile { origin: file.to_owned(), cause });
        }
        let day = update.updated.strftime("%Y-%m-%d");
        let origin = format!("trusted root of {day} by TUF from {}", update.url);
        let read = Self::from_json(bytes, file)?;
        let (wire, digest) = (read.inner.wire.clone(), read.inner.digest);
        Ok(Self { inner: Arc::new(Inner { origin, wire, digest, update: Some(update) }) })
    }

    pub(super) fn wire(&self) -> &Wire {
        &self.inner.wire
    }

    pub(super) fn authorities(&self) -> &[CertificateAuthority] {
        &self.inner.wire.certificate_authorities
    }

    pub(super) fn timestamp_authorities(&self) -> Vec<TsaAuthority> {
        self.inner.wire.tsa_authorities()
    }

    /// Where it came from, for messages.
    pub fn origin(&self) -> &str {
        &self.inner.origin
    }

    /// Digest of the file.
    pub fn digest(&self) -> Digest {
        self.inner.digest
    }

    /// Its record, if it came by TUF.
    pub fn update(&self) -> Option<&TufUpdate> {
        self.inner.update.as_ref()
    }

    /// The log with this ID, if the root has it. The ID is the SHA-256 of its key; Rekor v2 includes the name.
    pub(super) fn log(&self, id: &[u8]) -> Option<&TransparencyLog> {
        self.inner.wire.tlogs.iter().find(|log| log.log_id.key_id.as_bytes() == id)
    }
}

impl fmt::Debug for TrustedRoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TrustedRoot({})", self.inner.origin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &[u8] = include_bytes!("../../fixtures/trusted_root.json");

    #[test]
    fn a_root_from_tuf_must_match_its_record() {
        let at: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
        let update = TufUpdate::new("https://tuf.example.com", at, ROOT);
        assert_eq!(TufUpdate::from_json(update.to_json().as_bytes(), "record"), Ok(update.clone()));
        let root = TrustedRoot::from_update(ROOT, update.clone(), "file").unwrap();
        assert_eq!(root.origin(), "trusted root of 2026-11-20 by TUF from https://tuf.example.com");
        assert_eq!(root.update(), Some(&update));
        let changed = [ROOT, b"\n"].concat();
        assert!(matches!(TrustedRoot::from_update(&changed, update, "file"), Err(Error::KeyFile { .. })));
    }

    #[test]
    fn a_log_with_an_invalid_key_is_refused() {
        use base64::Engine;
        use base64::engine::general_purpose::STANDARD;
        let mut root: serde_json::Value = serde_json::from_slice(ROOT).unwrap();
        let log = &mut root["tlogs"][0];
        let mut key = STANDARD.decode(log["publicKey"]["rawBytes"].as_str().unwrap()).unwrap();
        *key.last_mut().unwrap() ^= 1;
        log["publicKey"]["rawBytes"] = STANDARD.encode(&key).into();
        let Digest::Sha256(id) = Digest::of(&key) else { panic!() };
        log["logId"]["keyId"] = STANDARD.encode(id).into();
        let name = log["baseUrl"].as_str().unwrap().to_owned();
        let error = TrustedRoot::from_json(root.to_string().as_bytes(), "root.json").unwrap_err();
        let Error::KeyFile { origin, cause } = error else { panic!("{error:?}") };
        assert_eq!(origin, format!("root.json, log `{name}`"));
        assert!(cause.contains("not on the curve"), "{cause}");
    }

    #[test]
    fn the_record_is_read_strictly() {
        let good = TufUpdate::new("https://tuf.example.com", Timestamp::UNIX_EPOCH, ROOT).to_json();
        for (from, to) in [("1", "2"), ("url", "from"), ("sha256:", "md5:"), ("}", r#", "x": 1}"#)] {
            let bad = good.replacen(from, to, 1);
            assert!(TufUpdate::from_json(bad.as_bytes(), "record").is_err(), "{bad}");
        }
    }

    #[test]
    fn an_old_root_is_stale() {
        let at: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
        let update = TufUpdate::new("https://tuf.example.com", at, ROOT);
        assert_eq!(update.stale_days("2027-02-18T10:00:00Z".parse().unwrap()), None);
        assert_eq!(update.stale_days("2027-02-19T10:00:00Z".parse().unwrap()), Some(91));
        // If the clock went back, the age is zero.
        assert_eq!(update.stale_days(Timestamp::UNIX_EPOCH), None);
    }
}
