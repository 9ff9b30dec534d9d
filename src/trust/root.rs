//! The transparency logs and authorities that count are those of the trusted root that was given, and no others.

use std::fmt;
use std::sync::Arc;

use sigstore_verify::Verifier;
use sigstore_verify::trust_root::{
    CertificateAuthority, SigstoreInstance, TransparencyLog, TrustedRoot as Wire, TsaAuthority,
};

use super::Error;

/// The logs and authorities of a Sigstore trusted root (`application/vnd.dev.sigstore.trustedroot+json`).
#[derive(Clone)]
pub struct TrustedRoot {
    inner: Arc<Inner>,
}

struct Inner {
    origin: String,
    wire: Wire,
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
        let wire = Wire::from_embedded(instance)
            .map_err(|error| Error::KeyFile { origin: origin.to_owned(), cause: error.to_string() })?;
        Self::new(wire, origin)
    }

    /// Reads a `trusted_root.json`.
    pub fn from_json(bytes: &[u8], origin: &str) -> Result<Self, Error> {
        let wrong = |cause: String| Error::KeyFile { origin: origin.to_owned(), cause };
        let _: serde::de::IgnoredAny =
            crate::oci::json::parse(bytes, "trusted root").map_err(|error| wrong(error.to_string()))?;
        let text = std::str::from_utf8(bytes).map_err(|error| wrong(error.to_string()))?;
        let wire = Wire::from_json(text).map_err(|error| wrong(error.to_string()))?;
        Self::new(wire, origin)
    }

    fn new(wire: Wire, origin: &str) -> Result<Self, Error> {
        // Makes sure of every key, certificate and date in it before anything is judged by it.
        Verifier::new(&wire)
            .map_err(|error| Error::KeyFile { origin: origin.to_owned(), cause: error.to_string() })?;
        Ok(Self { inner: Arc::new(Inner { origin: origin.to_owned(), wire }) })
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
