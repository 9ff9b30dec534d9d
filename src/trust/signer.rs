//! Signers of good signatures: a trusted key, or the holder of a certificate that a trusted rule accepts.

use std::fmt;

use super::certificate::Certificate;
use super::{KeyId, TrustedKey};

/// Who made a good signature: a trusted key, or the holder of a certificate of a trusted authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer(SignerKind);

#[derive(Clone, Debug, PartialEq, Eq)]
enum SignerKind {
    Key { name: String, id: KeyId, is_dhi: bool },
    Certificate { identity: String, issuer: String, rule: usize },
}

/// The identity by which signers are counted: two signatures with one ID count as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum SignerId {
    /// One public key.
    Key(KeyId),
    /// One rule for certificates, by its index.
    Rule(usize),
}

impl Signer {
    pub(super) fn of_key(key: &TrustedKey) -> Self {
        Self(SignerKind::Key { name: key.name.clone(), id: key.key.id(), is_dhi: key.is_dhi() })
    }

    /// The holder of `certificate`, which the rule with this index accepts.
    pub(super) fn of_certificate(certificate: &Certificate, rule: usize) -> Self {
        let (identity, issuer) = (certificate.identity().to_owned(), certificate.issuer().to_owned());
        Self(SignerKind::Certificate { identity, issuer, rule })
    }

    /// The name for people: that of the key (`dhi-2`, a file name, an `id` of a keyring), or the identity in the
    /// certificate (an email address or a URI).
    pub fn name(&self) -> &str {
        match &self.0 {
            SignerKind::Key { name, .. } => name,
            SignerKind::Certificate { identity, .. } => identity,
        }
    }

    /// Whether it is one of Docker's DHI keys, wherever the key came from.
    pub fn is_dhi(&self) -> bool {
        matches!(self.0, SignerKind::Key { is_dhi: true, .. })
    }

    /// The key ID: SHA-256 of its SPKI. Certificates have none.
    pub fn key_id(&self) -> Option<KeyId> {
        match self.0 {
            SignerKind::Key { id, .. } => Some(id),
            SignerKind::Certificate { .. } => None,
        }
    }

    /// The URL of the OIDC issuer that confirmed the identity in the certificate. Keys have none.
    pub fn issuer(&self) -> Option<&str> {
        match &self.0 {
            SignerKind::Key { .. } => None,
            SignerKind::Certificate { issuer, .. } => Some(issuer),
        }
    }

    /// The ID by which it is counted.
    pub fn id(&self) -> SignerId {
        match self.0 {
            SignerKind::Key { id, .. } => SignerId::Key(id),
            SignerKind::Certificate { rule, .. } => SignerId::Rule(rule),
        }
    }
}

/// `NAME (ID)` for keys, `IDENTITY (ISSUER)` for certificates.
impl fmt::Display for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            SignerKind::Key { name, id, .. } => write!(f, "{name} ({})", id.short()),
            SignerKind::Certificate { identity, issuer, .. } => write!(f, "{identity} ({issuer})"),
        }
    }
}
