//! Who made a signature is said in terms of what was given: a key, or the rule that its certificate met.

use std::fmt;

use super::certificate::Certificate;
use super::{KeyId, TrustedKey};

/// Who made a good signature: a key that was given, or the holder of a certificate, which a trusted authority issued for
/// a short time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer(SignerKind);

#[derive(Clone, Debug, PartialEq, Eq)]
enum SignerKind {
    ByKey { name: String, id: KeyId, is_dhi: bool },
    ByCertificate { identity: String, issuer: String, rule: usize },
}

/// What is counted when several must have signed: two signatures by one authority are one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum SignerId {
    /// One public key.
    Key(KeyId),
    /// One rule for certificates, in the order given.
    Rule(usize),
}

impl Signer {
    pub(super) fn of_key(key: &TrustedKey) -> Self {
        Self(SignerKind::ByKey { name: key.name.clone(), id: key.key.id(), is_dhi: key.is_dhi() })
    }

    /// The holder of `certificate`, which meets the rule of this number.
    pub(super) fn of_certificate(certificate: &Certificate, rule: usize) -> Self {
        let (identity, issuer) = (certificate.identity().to_owned(), certificate.issuer().to_owned());
        Self(SignerKind::ByCertificate { identity, issuer, rule })
    }

    /// The name for people: that under which the key was given (`dhi-2`, a file name, an id of a keyring), or the
    /// identity in the certificate (an email address or a URI).
    pub fn name(&self) -> &str {
        match &self.0 {
            SignerKind::ByKey { name, .. } => name,
            SignerKind::ByCertificate { identity, .. } => identity,
        }
    }

    /// Whether it is one of Docker's DHI keys, however that was given.
    pub fn is_dhi(&self) -> bool {
        matches!(self.0, SignerKind::ByKey { is_dhi: true, .. })
    }

    /// The id of the key: SHA-256 of its SPKI. Certificates have none.
    pub fn key_id(&self) -> Option<KeyId> {
        match self.0 {
            SignerKind::ByKey { id, .. } => Some(id),
            SignerKind::ByCertificate { .. } => None,
        }
    }

    /// Who vouched for the identity in the certificate: the URL of an OIDC issuer. Keys have none.
    pub fn issuer(&self) -> Option<&str> {
        match &self.0 {
            SignerKind::ByKey { .. } => None,
            SignerKind::ByCertificate { issuer, .. } => Some(issuer),
        }
    }

    /// As whom it counts.
    pub fn id(&self) -> SignerId {
        match self.0 {
            SignerKind::ByKey { id, .. } => SignerId::Key(id),
            SignerKind::ByCertificate { rule, .. } => SignerId::Rule(rule),
        }
    }
}

/// `NAME (ID)` for keys, `IDENTITY (ISSUER)` for certificates.
impl fmt::Display for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            SignerKind::ByKey { name, id, .. } => write!(f, "{name} ({})", id.short()),
            SignerKind::ByCertificate { identity, issuer, .. } => write!(f, "{identity} ({issuer})"),
        }
    }
}
