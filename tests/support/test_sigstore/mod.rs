//! The test Sigstore instance: certificate authority, certificate transparency log, Rekor of both versions, timestamp
//! authority and trusted root, with new keys, in this process.
//!
//! ```ignore
//! let sigstore = Sigstore::new();
//! let signed = sigstore.keyless(IDENTITY, ISSUER).attest(&statement).logged(&sigstore.rekor);
//! let (bundle, root) = (signed.bundle(Version::V03), sigstore.trusted_root().json());
//! ```
//!
//! [`cases::cases`] is a table of good and bad signatures, each with its expected verdict.

mod body;
pub(crate) mod cases;
pub(crate) mod clock;
pub(crate) mod cosign;
pub(crate) mod ct;
pub(crate) mod fulcio;
pub(crate) mod key;
pub(crate) mod log;
mod merkle;
pub(crate) mod mutations;
pub(crate) mod proposal;
pub(crate) mod signed;
mod trusted_root;
pub(crate) mod tsa;

use jiff::Timestamp;

use clock::{Window, an_hour_ago};
use ct::CtLog;
use fulcio::{Fulcio, Leaf};
use key::Key;
use log::Log;
use signed::Signer;
pub(crate) use trusted_root::TrustedRoot;
use tsa::Tsa;

/// The instance.
#[derive(Clone)]
pub(crate) struct Sigstore {
    /// The default time of signatures.
    pub(crate) time: Timestamp,
    /// The long-lived key of a signer without certificate.
    pub(crate) key: Key,
    pub(crate) fulcio: Fulcio,
    /// Rekor v1.
    pub(crate) rekor: Log,
    /// Rekor v2 with an Ed25519 key.
    pub(crate) rekor2: Log,
    /// Rekor v2 with an ECDSA key.
    pub(crate) rekor2_ecdsa: Log,
    pub(crate) tsa: Tsa,
}

impl Sigstore {
    /// A new instance with new keys.
    pub(crate) fn new() -> Self {
        let time = an_hour_ago();
        let years = Window::years(time);
        Self {
            time,
            key: Key::p256(),
            fulcio: Fulcio::new(&CtLog::new(), years, years),
            rekor: Log::v1("rekor.sigstore.test"),
            rekor2: Log::v2("log2026-1.rekor.sigstore.test", Key::ed25519()),
            rekor2_ecdsa: Log::v2("log2026-2.rekor.sigstore.test", Key::p256()),
            tsa: Tsa::new(years, years),
        }
    }

    /// The trusted root of a verifier of this instance.
    pub(crate) fn trusted_root(&self) -> TrustedRoot {
        let years = Window::years(self.time);
        TrustedRoot::empty()
            .with_log(&self.rekor, years)
            .with_log(&self.rekor2, years)
            .with_log(&self.rekor2_ecdsa, years)
            .with_fulcio(&self.fulcio, years)
            .with_tsa(&self.tsa, years)
    }

    /// Signs with the long-lived key.
    pub(crate) fn keyed(&self) -> Signer {
        Signer { key: self.key.clone(), certificate: None, chain: Vec::new(), time: self.time }
    }

    /// Signs with a key whose certificate is valid for minutes. An identity with `://` is a URI, any other an email address.
    pub(crate) fn keyless(&self, identity: &str, issuer: &str) -> Signer {
        self.certified(&Leaf::new(identity, issuer, self.time))
    }

    /// Signs with a certificate with any content.
    pub(crate) fn certified(&self, leaf: &Leaf) -> Signer {
        let key = Key::p256();
        let certificate = self.fulcio.certify(leaf, &key);
        Signer { key, certificate: Some(certificate), chain: self.fulcio.chain(), time: self.time }
    }
}

/// A statement of in-toto v1 about one subject.
pub(crate) fn statement(name: &str, sha256: &str, predicate_type: &str) -> String {
    serde_json::json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": name, "digest": {"sha256": sha256}}],
        "predicateType": predicate_type,
        "predicate": {"checked": true},
    })
    .to_string()
}

/// The statement that cosign 3 signs for an image. It has no predicate.
pub(crate) fn sign_statement(sha256: &str) -> String {
    serde_json::json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"digest": {"sha256": sha256}}],
        "predicateType": "https://sigstore.dev/cosign/sign/v1",
        "predicate": {},
    })
    .to_string()
}
