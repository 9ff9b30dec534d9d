//! The transparency logs and authorities that count are those of the trusted root that was given, and no others.

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

/// Days after which a trusted root that was updated wants to be updated again.
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
    update: Option<Update>,
}

/// What is known of a trusted root that came by TUF: which one, from where and when.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Update {
    schema_version: u32,
    /// URL of the TUF repository.
    pub url: String,
    /// When it was fetched.
    pub updated: Timestamp,
    /// Digest of the trusted root.
    pub digest: Digest,
}

impl Update {
    /// An update of now.
    pub fn new(url: &str, updated: Timestamp, root: &[u8]) -> Self {
        Self { schema_version: 1, url: url.to_owned(), updated, digest: Digest::of(root) }
    }

    /// Reads `{"schemaVersion":1,"url","updated","digest"}`.
    pub fn from_json(bytes: &[u8], origin: &str) -> Result<Self, Error> {
        let wrong = |cause: String| Error::KeyFile { origin: origin.to_owned(), cause };
        let update: Self = crate::oci::json::parse(bytes, "record of an update")
            .map_err(|error| wrong(error.to_string()))?;
        if update.schema_version != 1 {
            return Err(wrong(format!("schema version {} is not known; 1 is", update.schema_version)));
        }
        Ok(update)
    }

    /// What [`Update::from_json`] reads.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// The name of the file that holds the trusted root: by its digest, so that record and root never disagree.
    pub fn file_name(&self) -> String {
        format!("trusted_root-{}.json", self.digest.hex())
    }

    /// How many days old it is at `now`, if that is so many that it should be updated.
    pub fn stale_days(&self, now: Timestamp) -> Option<i64> {
        let days = now.duration_since(self.updated).as_hours() / 24;
        (days > STALE_DAYS).then_some(days)
    }
}

impl TrustedRoot {
    /// The root of Sigstore's public instance, as embedded in this version.
    pub fn public_good() -> Result<Self, Error> {
        Self::embedded(SigstoreInstance::PublicGood, "embedded Sigstore root")
    }

    /// The root of Sigstore's public instance for tests, as embedded in this version. Nothing that it vouches for is
    /// fit for use.
    pub fn staging() -> Result<Self, Error> {
        Self::embedded(SigstoreInstance::Staging, "embedded Sigstore staging root")
    }

    fn embedded(instance: SigstoreInstance, origin: &str) -> Result<Self, Error> {
        Self::from_json(instance.embedded_trusted_root_json().as_bytes(), origin)
    }

    /// Reads a `trusted_root.json`.
    pub fn from_json(bytes: &[u8], origin: &str) -> Result<Self, Error> {
        let wrong = |cause: String| Error::KeyFile { origin: origin.to_owned(), cause };
        let _: serde::de::IgnoredAny =
            crate::oci::json::parse(bytes, "trusted root").map_err(|error| wrong(error.to_string()))?;
        let text = std::str::from_utf8(bytes).map_err(|error| wrong(error.to_string()))?;
        let wire = Wire::from_json(text).map_err(|error| wrong(error.to_string()))?;
        // Makes sure of every key, certificate and date in it before anything is judged by it.
        Verifier::new(&wire).map_err(|error| wrong(error.to_string()))?;
        // And that each log has a key that can sign, of which the library looks at the form alone.
        for log in &wire.tlogs {
            PublicKey::from_spki(&log.public_key.raw_bytes, &format!("{origin}, log `{}`", log.base_url))?;
        }
        let (origin, digest) = (origin.to_owned(), Digest::of(bytes));
        Ok(Self { inner: Arc::new(Inner { origin, wire, digest, update: None }) })
    }

    /// Reads a trusted root that came by TUF, which must be the one that `update` names. `file` holds it.
    pub fn from_update(bytes: &[u8], update: Update, file: &str) -> Result<Self, Error> {
        if !update.digest.matches(bytes) {
            let cause = format!("it is not the trusted root {} that was fetched", update.digest);
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

    /// Where it came from.
    pub fn origin(&self) -> &str {
        &self.inner.origin
    }

    /// Digest of the file.
    pub fn digest(&self) -> Digest {
        self.inner.digest
    }

    /// How it came by TUF, if it did.
    pub fn update(&self) -> Option<&Update> {
        self.inner.update.as_ref()
    }

    /// The log with this id (SHA-256 of its key; Rekor v2 has the name in the hash too), if the root holds it.
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
    fn an_updated_root_is_the_one_of_its_record() {
        let at: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
        let update = Update::new("https://tuf.example.com", at, ROOT);
        assert_eq!(Update::from_json(update.to_json().as_bytes(), "record"), Ok(update.clone()));
        let root = TrustedRoot::from_update(ROOT, update.clone(), "file").unwrap();
        assert_eq!(root.origin(), "trusted root of 2026-11-20 by TUF from https://tuf.example.com");
        assert_eq!(root.update(), Some(&update));
        let changed = [ROOT, b"\n"].concat();
        assert!(matches!(TrustedRoot::from_update(&changed, update, "file"), Err(Error::KeyFile { .. })));
    }

    #[test]
    fn a_log_whose_key_can_sign_nothing_is_refused() {
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
        let good = Update::new("https://tuf.example.com", Timestamp::UNIX_EPOCH, ROOT).to_json();
        for (from, to) in [("1", "2"), ("url", "from"), ("sha256:", "md5:"), ("}", r#", "x": 1}"#)] {
            let bad = good.replacen(from, to, 1);
            assert!(Update::from_json(bad.as_bytes(), "record").is_err(), "{bad}");
        }
    }

    #[test]
    fn an_old_root_is_stale() {
        let at: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
        let update = Update::new("https://tuf.example.com", at, ROOT);
        assert_eq!(update.stale_days("2027-02-18T10:00:00Z".parse().unwrap()), None);
        assert_eq!(update.stale_days("2027-02-19T10:00:00Z".parse().unwrap()), Some(91));
        // A clock that went back is no age.
        assert_eq!(update.stale_days(Timestamp::UNIX_EPOCH), None);
    }
}
